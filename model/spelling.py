"""Keys that files of earlier versions spell otherwise: read as they are spelled now.

Bundles, run folders, checkpoints and presets that were written before 0.2 stay readable.
"""

from typing import Any, Final

_NOW: Final = {"recognised": "recognized", "neighbours": "neighbors"}


def respelled(value: Any) -> Any:
    """A JSON or TOML value with its keys, at any depth, as they are spelled now."""
    if isinstance(value, dict):
        return {_NOW.get(key, key): respelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [respelled(item) for item in value]
    return value
