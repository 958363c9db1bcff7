"""A picture of a session: what was done above what was recognized, over time.

Each wearer gets rows of `row` seconds with four bands: truth, events, confidence of the predictions, and how
much of each modality's window real samples covered. matplotlib is needed (extra "figures").
"""

import importlib.util
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hnhar.model.errors import MissingExtraError, RecordingError
from hnhar.model.files import write_whole

from ..messages import Prediction
from .recording import Annotation
from .score import Recognized

FORMATS = (".png", ".svg", ".pdf")
_TRUTH, _EVENTS, _CONFIDENCE, _COVERAGE = 3.3, 2.2, 1.1, 0.0
"""Lower edges of the bands; each is 1 high, coverage is shared by the modalities."""
_INK, _FAINT = "#222222", "#9a9a9a"


@dataclass(frozen=True, slots=True)
class WearerTrack:
    """One wearer's session; all times on one clock, s."""

    wearer: str
    start: float
    end: float
    annotations: Sequence[Annotation] = ()
    recognized: Sequence[Recognized] = ()
    predictions: Sequence[Prediction] = ()


def save_figure(
    tracks: Sequence[WearerTrack], path: str | Path, *, title: str = "", row: float = 120.0, dpi: int = 110
) -> None:
    """Draw to a .png, .svg or .pdf file: whole, or not at all.

    Raises RecordingError for another ending or where the file cannot be written, MissingExtraError without
    matplotlib.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise RecordingError(f"a figure is written as {', '.join(FORMATS)}, not '{path.suffix}': {path}")
    drawn = figure(tracks, title=title, row=row)
    try:
        write_drawn(drawn, path, dpi=dpi, facecolor="white")
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def write_drawn(drawn: Any, path: Path, **how: Any) -> None:
    """Write a matplotlib figure to a file of the kind that its ending names; OSError as `write_whole`."""
    picture = io.BytesIO()
    drawn.savefig(picture, format=path.suffix[1:].lower(), **how)
    write_whole(path, picture.getvalue())


def figure(tracks: Sequence[WearerTrack], *, title: str = "", row: float = 120.0) -> Any:
    """The picture as a matplotlib figure. Raises MissingExtraError without matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("matplotlib", "figures", "A figure")
    from matplotlib.figure import Figure

    if not tracks:
        raise RecordingError("a figure needs at least one wearer")
    colors = _colors(tracks)
    rows = [(t, s) for t in tracks for s in np.arange(t.start, max(t.end, t.start + 1e-3), row)]
    height = 2.3 * len(rows) + 0.8
    drawn = Figure(figsize=(16.0, height), layout="constrained")
    if title:
        drawn.suptitle(title, fontsize=12, color=_INK, parse_math=False)
    all_axes = drawn.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, (track, start) in zip(all_axes, rows, strict=True):
        _draw_row(axes, track, float(start), min(row, max(1e-3, *(t.end - t.start for t in tracks))), colors)
    all_axes[-1].set_xlabel("time (s)", color=_INK)
    return drawn


def _colors(tracks: Sequence[WearerTrack]) -> dict[str, tuple[float, float, float]]:
    """A color per label, the same wherever it appears."""
    from matplotlib.colors import hsv_to_rgb

    labels = sorted(
        {a.label for t in tracks for a in t.annotations} | {r.label for t in tracks for r in t.recognized}
    )
    shades = ((0.45, 0.95), (0.7, 0.8), (0.3, 0.85))
    return {label: tuple(hsv_to_rgb((k * 0.381966 % 1.0, *shades[k % 3]))) for k, label in enumerate(labels)}


def _draw_row(
    axes: Any, track: WearerTrack, start: float, row: float, colors: dict[str, tuple[float, float, float]]
) -> None:
    end = start + row
    modalities = sorted({m for p in track.predictions for m in p.coverage})
    axes.set_xlim(start, end)
    axes.set_ylim(-0.1, 4.4)
    bands: tuple[tuple[float, Sequence[Annotation | Recognized]], ...] = (
        (_TRUTH, track.annotations),
        (_EVENTS, track.recognized),
    )
    for lower, intervals in bands:
        for interval in intervals:
            if interval.offset >= start and interval.onset <= end:
                _interval(axes, interval, lower, (start, end), colors[interval.label])
    inside = [p for p in track.predictions if start <= p.end <= end]
    _lines(axes, inside, modalities)
    ticks = {_TRUTH + 0.5: "truth", _EVENTS + 0.5: "recognized", _CONFIDENCE + 0.5: "confidence"}
    for k, modality in enumerate(modalities):
        ticks[_COVERAGE + (k + 0.5) / len(modalities)] = modality
    axes.set_yticks(list(ticks), list(ticks.values()), fontsize=8)
    for lower in (_CONFIDENCE, _CONFIDENCE + 1.0):
        axes.axhline(lower, color=_FAINT, lw=0.4)
    axes.set_title(track.wearer, loc="left", fontsize=9, color=_INK, pad=2, parse_math=False)
    axes.tick_params(length=2, labelsize=8, colors=_INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _interval(
    axes: Any,
    interval: Annotation | Recognized,
    lower: float,
    view: tuple[float, float],
    color: tuple[float, float, float],
) -> None:
    from matplotlib.patches import Rectangle

    left, right = max(interval.onset, view[0]), min(interval.offset, view[1])
    width = max(right - left, 0.002 * (view[1] - view[0]))
    axes.add_patch(Rectangle((left, lower), width, 1.0, facecolor=color, edgecolor=_INK, linewidth=0.5))
    if right - left >= 0.008 * (view[1] - view[0]):
        text = _wrapped(interval.label, 2 if right - left >= 0.018 * (view[1] - view[0]) else 1)
        axes.text(
            left + width / 2,
            lower + 0.5,
            text,
            rotation=90,
            ha="center",
            va="center",
            fontsize=5.5,
            linespacing=0.95,
            color=_INK,
            clip_on=True,
            parse_math=False,
        )


def _wrapped(label: str, lines: int) -> str:
    """A label on up to `lines` lines of at most 14 characters, shortened where it is longer."""
    out = [""]
    for word in label.split("_"):
        if out[-1] and len(out[-1]) + len(word) >= 14:
            out.append(word)
        else:
            out[-1] = f"{out[-1]} {word}".strip()
    kept = out[:lines]
    if len(out) > lines:
        kept[-1] = kept[-1][:12] + "…"
    return "\n".join(line if len(line) <= 14 else line[:13] + "…" for line in kept)


def _lines(axes: Any, predictions: Sequence[Prediction], modalities: Sequence[str]) -> None:
    """Confidence over time, and a strip a modality whose darkness is its coverage."""
    if not predictions:
        return
    times = np.array([p.end for p in predictions])
    confidence = np.array([p.confidence for p in predictions])
    axes.plot(times, _CONFIDENCE + confidence, color="#1f5f99", lw=0.8)
    height = 1.0 / max(len(modalities), 1)
    edges = np.append(times, times[-1] + (np.median(np.diff(times)) if len(times) > 1 else 0.25))
    for k, modality in enumerate(modalities):
        share = np.array([[p.coverage.get(modality, 0.0) for p in predictions]])
        lower = _COVERAGE + k * height
        bounds = np.array([lower + 0.1 * height, lower + 0.9 * height])
        axes.pcolormesh(edges, bounds, share, cmap="Greens", vmin=-0.15, vmax=1.4, shading="flat")
