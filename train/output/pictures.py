"""Pictures of documents: their colors, and how they are written."""

from pathlib import Path
from typing import Any

from hnhar.model.errors import ConfigError
from hnhar.stream.recordings.drawn import write_drawn

INK, FAINT = "#222222", "#9a9a9a"
COLORS = ("#1f5f99", "#b3541e", "#3f7d3a", "#7a4a8f")


def without_frame(axes: Any) -> None:
    """Leave out the upper and the right edge of a panel."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def write_picture(drawn: Any, path: Path, **how: Any) -> str:
    """Write a matplotlib figure, whole or not at all, its folder made; the letters that its font lacks.

    Raises ConfigError where that fails.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_drawn(drawn, path, **how)
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be written: {error.strerror or error}") from error
