"""Errors of onset, offset and duration of recognized events, in words, from the figures of `summary`."""

from collections.abc import Mapping
from typing import Any

LONGEST_ERROR = 1 / 3
"""Share of the duration of what was done by which an event's may be wrong without a warning."""


def timing(figures: Mapping[str, Any]) -> str:
    """Median errors of onset, offset and duration, "; begins +0.2 s, …"; "" where nothing was recognized."""
    if figures.get("duration_error_s") is None:
        return ""
    return (
        f"; begins {figures['onset_error_s']:+.1f} s, ends {figures['offset_error_s']:+.1f} s, "
        f"lasts {figures['duration_error_s']:+.1f} s of {figures['duration_s']:.1f} s (medians)"
    )


def stretched(subset: str, figures: Mapping[str, Any]) -> str:
    """A warning where events last far longer, or shorter, than what was done; else "".

    F1 says nothing of it: an event counts where it overlaps what was done.
    """
    error, duration = figures.get("duration_error_s"), figures.get("duration_s")
    if error is None or duration is None or abs(error) <= LONGEST_ERROR * duration:
        return ""
    return (
        f"{subset}: what lasted {duration:.1f} s is recognized as lasting {duration + error:.1f} s, "
        "though F1 counts it as right. A longer training (--preset full), more performances or longer pauses "
        "between them help"
    )
