"""Results, checkpoints and presets of earlier versions, brought to the names that are used now."""

from typing import Any, Final

from hnhar.model.spelling import respelled

from .named_loss import HARD_NEGATIVE, PUBLIC_CODE

_CAMERA: Final = {"depth": 1.0, "occlusion": 0.0, "turning": 0.0, "pitch": 0.0}
"""What `SkeletonAugmentation` did before it had settings for it."""


def renewed(found: Any) -> Any:
    """The same JSON or TOML value with today's spelling, with losses by their names and cameras by their
    settings, at any depth."""
    return _with_cameras(_with_losses(respelled(found)))


def _with_cameras(found: Any) -> Any:
    if isinstance(found, list):
        return [_with_cameras(value) for value in found]
    if not isinstance(found, dict):
        return found
    out = {key: _with_cameras(value) for key, value in found.items()}
    return _CAMERA | out if {"yaw", "tilt", "smooth_noise"} <= out.keys() else out


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
