"""Results, checkpoints and presets of earlier versions, brought to the names that are used now."""

from typing import Any

from hnhar.model.spelling import respelled

from .named_loss import HARD_NEGATIVE, PUBLIC_CODE


def renewed(found: Any) -> Any:
    """The same JSON or TOML value with today's spelling, and with losses by their names at any depth."""
    return _with_losses(respelled(found))


def _with_losses(found: Any) -> Any:
    if isinstance(found, list):
        return [_with_losses(value) for value in found]
    if not isinstance(found, dict):
        return found
    out = {key: _with_losses(value) for key, value in found.items() if key != "public_code"}
    if "public_code" in found:
        out.setdefault("loss", PUBLIC_CODE if found["public_code"] is True else HARD_NEGATIVE)
    elif "label_aware" in found:
        out.setdefault("loss", HARD_NEGATIVE)
    return out
