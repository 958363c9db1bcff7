"""Pictures of a streaming evaluation: F1 against delay as the latency knob turns, sessions, and failures."""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hnhar.model.errors import ConfigError, MissingExtraError
from hnhar.stream.recordings.figure import WearerTrack, save_figure, write_drawn

from .figures import EvaluatedSession

_COLORS = ("#1f5f99", "#b3541e", "#3f7d3a", "#7a4a8f")
_INK, _FAINT = "#222222", "#9a9a9a"

Rows = Sequence[Mapping[str, float | None]]
"""What `streaming.latency_curve` gives."""


def drawable() -> bool:
    """Whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


def save_curve(curves: Mapping[str, Rows], path: Path) -> None:
    """F1 (collar 1.5 s) over median and 90th percentile of the onset delay; a line a set of modalities.

    Raises:
        MissingExtraError: matplotlib is not there.
        ConfigError: The file cannot be written.
    """
    if not drawable():
        raise MissingExtraError("matplotlib", "figures", "A figure")
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(7.5, 4.8), layout="constrained")
    axes: Any = drawn.subplots()
    kinds = (("onset_delay_p50_s", "o-", "p50"), ("onset_delay_p90_s", ".:", "p90"))
    for color, (name, rows) in zip(_COLORS * len(curves), curves.items(), strict=False):
        shown = [r for r in rows if None not in (r["f1"], r["onset_delay_p50_s"], r["onset_delay_p90_s"])]
        f1 = [r["f1"] for r in shown]
        for key, style, quantile in kinds:
            axes.plot([r[key] for r in shown], f1, style, color=color, ms=4, label=f"{name}, {quantile}")
    axes.set_xlabel("from an action's start to the published onset (s)", color=_INK)
    axes.set_ylabel("event F1, collar 1.5 s", color=_INK)
    axes.grid(color=_FAINT, lw=0.3)
    axes.legend(frameon=False, fontsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    try:
        write_drawn(drawn, path, dpi=110, facecolor="white")
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be written: {error.strerror or error}") from error


def save_session(session: EvaluatedSession, path: Path, title: str = "") -> None:
    """Truth above what was recognized, over the whole session."""
    # a quarter of an hour is eight rows: small enough for a document
    save_figure([_track(session)], path, title=title or session.watched.recording.name, dpi=72)


def _track(session: EvaluatedSession) -> WearerTrack:
    watched = session.watched
    recording = watched.recording
    return WearerTrack(
        recording.wearer,
        recording.start,
        recording.end,
        recording.annotations,
        session.found,
        watched.predictions,
    )
