"""Pictures of a streaming evaluation: F1 against delay as the latency knob turns, sessions, and failures."""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hnhar.model.errors import MissingExtraError
from hnhar.stream.recordings.figure import WearerTrack, save_figure

from ..output.pictures import COLORS, FAINT, INK, without_frame, write_picture
from .figures import EvaluatedSession

Rows = Sequence[Mapping[str, float | None]]
"""Points of `figures.latency_curve`."""


def drawable() -> bool:
    """True if matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def save_curve(curves: Mapping[str, Rows], path: Path) -> None:
    """F1 (collar 1.5 s) over median and 90th percentile of the onset delay; a line a set of modalities.

    Raises:
        MissingExtraError: matplotlib is not there.
        ConfigError: The file cannot be written.
    """
    if not drawable():
        raise MissingExtraError("matplotlib", "figures", "a figure")
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(7.5, 4.8), layout="constrained")
    axes: Any = drawn.subplots()
    kinds = (("onset_delay_p50_s", "o-", "p50"), ("onset_delay_p90_s", ".:", "p90"))
    for color, (name, rows) in zip(COLORS * len(curves), curves.items(), strict=False):
        shown = [r for r in rows if None not in (r["f1"], r["onset_delay_p50_s"], r["onset_delay_p90_s"])]
        f1 = [r["f1"] for r in shown]
        for key, style, quantile in kinds:
            axes.plot([r[key] for r in shown], f1, style, color=color, ms=4, label=f"{name}, {quantile}")
    axes.set_xlabel("from an action's start to the published onset (s)", color=INK)
    axes.set_ylabel("event F1, collar 1.5 s", color=INK)
    axes.grid(color=FAINT, lw=0.3)
    axes.legend(frameon=False, fontsize=8)
    without_frame(axes)
    write_picture(drawn, path, dpi=110, facecolor="white")


def save_session(session: EvaluatedSession, path: Path, title: str = "") -> str:
    """Truth above what was recognized, over the whole session; the letters that the font lacks."""
    recording = session.watched.recording
    track = WearerTrack(
        recording.wearer,
        recording.start,
        recording.end,
        recording.annotations,
        session.found,
        session.watched.predictions,
    )
    # a quarter of an hour is eight rows: small enough for a document
    return save_figure([track], path, title=title or recording.name, dpi=72)
