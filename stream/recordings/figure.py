"""Figure of a session over time: performed actions above recognized events.

Each wearer gets rows of up to `row` seconds, longer ones where there would be too many, with up to four
bands: truth, events, confidence of the predictions, and how much of each modality's window real samples
covered. A band or a row without content is left out. With a score, its hits,
misses and false events are what the table of the terminal counts. matplotlib is needed (extra "figures").
"""

import importlib.util
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np

from hnhar.model.errors import MissingExtraError, RecordingError
from hnhar.model.labels import counted

from ..messages import Prediction
from .drawn import write_drawn
from .recording import Annotation
from .score import Recognized, Score

FORMATS = (".png", ".svg", ".pdf")
MOST_ROWS: Final = 20
"""Rows of one figure: more would be taller than any screen, and soon than matplotlib draws."""
_MOST_POINTS: Final = 4000
"""Predictions that are drawn in a row: it has fewer pixels."""
_MOST_NAMED: Final = 12
"""Labels in the legend of colors."""
_LONGEST: Final = 110
"""Letters of a title."""
_INK, _FAINT, _WRONG = "#222222", "#9a9a9a", "#c0272d"
_Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class WearerTrack:
    """One wearer's session; all times on one clock, s."""

    wearer: str
    start: float
    end: float
    annotations: Sequence[Annotation] = ()
    recognized: Sequence[Recognized] = ()
    predictions: Sequence[Prediction] = ()
    score: Score | None = None
    """Score of `recognized` against `annotations`; None: they are drawn without verdicts."""
    origin: float = 0.0
    """Zero of the axis, s."""

    @property
    def title(self) -> str:
        """The wearer, and the counts of the score."""
        if self.score is None:
            return _cut(self.wearer, _LONGEST)
        hits, misses, false = (len(self.score.hits), len(self.score.misses), len(self.score.false_events))
        return (
            f"{_cut(self.wearer, _LONGEST)}: {hits} of {self.score.actions} performed actions recognized, "
            f"{misses} missed, {counted(false, 'false event')}"
        )

    @property
    def modalities(self) -> list[str]:
        """Those of which there was any sample."""
        return sorted({m for p in self.predictions for m, share in p.coverage.items() if share > 0})


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the picture: a stretch of a track."""

    track: WearerTrack
    start: float
    end: float

    def has(self, interval: Annotation | Recognized) -> bool:
        """True if some of it lies in the stretch."""
        return interval.offset >= self.start and interval.onset <= self.end

    def predictions(self) -> list[Prediction]:
        """Those that end in the stretch, at most as many as can be seen."""
        inside = [p for p in self.track.predictions if self.start <= p.end <= self.end]
        return inside[:: max(1, ceil(len(inside) / _MOST_POINTS))]

    def empty(self) -> bool:
        """True if nothing is in it."""
        done: tuple[Annotation | Recognized, ...] = (*self.track.annotations, *self.track.recognized)
        return not (any(self.has(interval) for interval in done) or self.predictions())


class _Verdicts:
    """Styles of the boxes of a track: a miss hatched, a false event framed, an unscored one faint."""

    def __init__(self, score: Score | None) -> None:
        self._judged = score is not None
        self._misses = set(score.misses if score is not None else ())
        self._false = set(score.false_events if score is not None else ())
        hits = score.hits if score is not None else ()
        self._right = {hit.action for hit in hits} | {hit.event for hit in hits}

    def style(self, interval: Annotation | Recognized) -> dict[str, Any]:
        """Keywords of the box of one interval."""
        if interval in self._misses:
            return {"edgecolor": _WRONG, "linewidth": 1.2, "hatch": "////", "alpha": 0.55}
        if interval in self._false:
            return {"edgecolor": _WRONG, "linewidth": 2.0}
        if self._judged and interval not in self._right:
            return {"edgecolor": _FAINT, "linewidth": 0.5, "alpha": 0.35}
        return {"edgecolor": _INK, "linewidth": 0.5}


def save_figure(
    tracks: Sequence[WearerTrack], path: str | Path, *, title: str = "", row: float = 120.0, dpi: int = 110
) -> str:
    """Draw to a .png, .svg or .pdf file: whole, or not at all; the letters that its font lacks.

    Raises RecordingError for another ending or where the file cannot be written, MissingExtraError without
    matplotlib.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise RecordingError(f"a figure is written as {', '.join(FORMATS)}, not '{path.suffix}': {path}")
    drawn = figure(tracks, title=title, row=row)
    try:
        return write_drawn(drawn, path, dpi=dpi, facecolor="white")
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def figure(tracks: Sequence[WearerTrack], *, title: str = "", row: float = 120.0) -> Any:
    """The picture as a matplotlib figure. Raises MissingExtraError without matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("matplotlib", "figures", "a figure")
    from matplotlib.figure import Figure

    if not tracks:
        raise RecordingError("a figure needs at least one wearer")
    colors = _colors(tracks)
    rows = list(_rows(tracks, row))
    drawn = Figure(figsize=(16.0, 2.9 * len(rows) + 0.9), layout="constrained")
    if title:
        drawn.suptitle(_cut(title, _LONGEST), fontsize=12, color=_INK, parse_math=False)
    all_axes = drawn.subplots(len(rows), 1, squeeze=False)[:, 0]
    before: WearerTrack | None = None
    verdicts = _Verdicts(None)
    unnamed: Counter[str] = Counter()
    for axes, stretch in zip(all_axes, rows, strict=True):
        new = stretch.track is not before
        verdicts = _Verdicts(stretch.track.score) if new else verdicts
        unnamed += _draw_row(axes, stretch, colors, verdicts, named=new)
        before = stretch.track
    all_axes[-1].set_xlabel("time (s)", color=_INK)
    _legend(drawn, unnamed, colors, judged=any(t.score is not None for t in tracks))
    return drawn


def _rows(tracks: Sequence[WearerTrack], row: float) -> Iterator[_Row]:
    """Stretches of equal length, of up to `row` s where they are not too many; the empty ones left out.

    Where they would be too many, time leaps over what lies between: so many s without anything at least, that
    what is left has room.
    """
    parts = [_Row(track, track.start, track.end) for track in tracks]
    gap = row
    while sum(map(_length, parts)) > row * MOST_ROWS and gap < max(map(_length, parts)):
        busy = [part for track in tracks for part in _busy(track, gap)]
        longest = max(row, sum(map(_length, busy)) / MOST_ROWS)
        if sum(ceil(_length(part) / longest) for part in busy) <= MOST_ROWS + len(tracks):
            parts = busy
            break
        gap *= 4
    lengths = list(map(_length, parts))
    row = max(row, sum(lengths) / MOST_ROWS)
    length = max(each / ceil(each / row - 1e-9) for each in lengths)
    for part, whole in zip(parts, lengths, strict=True):
        count = ceil(whole / length - 1e-9)
        stretches = [
            _Row(part.track, part.start + k * length, part.start + (k + 1) * length) for k in range(count)
        ]
        yield from [stretch for stretch in stretches if not stretch.empty()] or stretches[:1]


def _length(row: _Row) -> float:
    return max(row.end - row.start, 1e-3)


def _busy(track: WearerTrack, gap: float) -> list[_Row]:
    """Stretches of a track in which something is, more than `gap` s apart from each other."""
    spans = [(done.onset, done.offset) for done in track.annotations]
    spans += [(event.onset, event.offset) for event in track.recognized]
    spans += [(p.start, p.end) for p in track.predictions]
    found: list[_Row] = []
    for start, end in sorted(spans):
        if found and start <= found[-1].end + gap:
            found[-1] = _Row(track, found[-1].start, max(found[-1].end, end))
        else:
            found.append(_Row(track, start, end))
    return found or [_Row(track, track.start, min(track.end, track.start + gap))]


def _colors(tracks: Sequence[WearerTrack]) -> dict[str, _Color]:
    """A color per label, the same wherever it appears."""
    from matplotlib.colors import hsv_to_rgb

    labels = sorted(
        {a.label for t in tracks for a in t.annotations} | {r.label for t in tracks for r in t.recognized}
    )
    shades = ((0.45, 0.95), (0.7, 0.8), (0.3, 0.85))
    return {label: tuple(hsv_to_rgb((k * 0.381966 % 1.0, *shades[k % 3]))) for k, label in enumerate(labels)}


def _draw_row(
    axes: Any, stretch: _Row, colors: dict[str, _Color], verdicts: _Verdicts, *, named: bool
) -> Counter[str]:
    """Draw one row; returns the labels for which there was no room in their boxes, with how often."""
    track, predictions = stretch.track, stretch.predictions()
    modalities = track.modalities
    bands = [name for name, there in (
        ("coverage", modalities),
        ("confidence", predictions),
        ("recognized", track.recognized or not track.annotations),
        ("truth", track.annotations),
    ) if there]  # fmt: skip
    lower = {name: 1.1 * k for k, name in enumerate(bands)}
    axes.set_xlim(stretch.start - track.origin, stretch.end - track.origin)
    axes.set_ylim(-0.1, 1.1 * len(bands))
    unnamed: Counter[str] = Counter()
    for band, intervals in (("truth", track.annotations), ("recognized", track.recognized)):
        for interval in filter(stretch.has, intervals):
            style = verdicts.style(interval)
            if not _interval(axes, interval, lower[band], stretch, colors[interval.label], style):
                unnamed[interval.label] += 1
    ticks = {lower[band] + 0.5: band for band in bands if band != "coverage"}
    if predictions:
        _lines(axes, predictions, modalities, lower, track.origin)
        for k, modality in enumerate(modalities):
            ticks[lower["coverage"] + (k + 0.5) / len(modalities)] = modality
        for edge in (lower["confidence"], lower["confidence"] + 1.0):
            axes.axhline(edge, color=_FAINT, lw=0.4)
    if stretch.empty():
        axes.text(0.5, 0.5, "nothing was recognized", transform=axes.transAxes, ha="center", color=_FAINT)
    axes.set_yticks(list(ticks), list(ticks.values()), fontsize=8)
    title = track.title if named else _cut(track.wearer, _LONGEST)
    axes.set_title(title, loc="left", fontsize=9, color=_INK, pad=2, parse_math=False)
    axes.tick_params(length=2, labelsize=8, colors=_INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return unnamed


def _legend(drawn: Any, unnamed: Counter[str], colors: dict[str, _Color], *, judged: bool) -> None:
    """Below the picture: what frames mean, and colors of labels that were too long for their boxes."""
    from matplotlib.patches import Patch

    keys = []
    if judged:
        keys = [
            Patch(facecolor="white", edgecolor=_WRONG, hatch="////", label="missed"),
            Patch(facecolor="white", edgecolor=_WRONG, linewidth=2.0, label="false"),
            Patch(facecolor="white", edgecolor=_FAINT, alpha=0.5, label="not scored"),
        ]
    names = [label for label, _ in unnamed.most_common(_MOST_NAMED)]
    keys += [
        Patch(facecolor=colors[name], label=_cut(name or "(no label)", 28).replace("_", " "))
        for name in names
    ]
    if len(unnamed) > len(names):
        keys.append(Patch(facecolor="white", label=f"and {len(unnamed) - len(names):,} more"))
    if keys:
        legend = drawn.legend(handles=keys, loc="outside lower center", ncols=8, fontsize=7, frameon=False)
        for text in legend.get_texts():
            text.set_parse_math(False)


def _interval(
    axes: Any,
    interval: Annotation | Recognized,
    lower: float,
    view: _Row,
    color: _Color,
    style: dict[str, Any],
) -> bool:
    """Draw a box; True if its label found room in it."""
    from matplotlib.patches import Rectangle

    whole = view.end - view.start
    left, right = max(interval.onset, view.start), min(interval.offset, view.end)
    left, right = left - view.track.origin, right - view.track.origin
    width = max(right - left, 0.002 * whole)
    axes.add_patch(Rectangle((left, lower), width, 1.0, facecolor=color, **style))
    if right - left < 0.008 * whole:
        return False
    text = _wrapped(interval.label, 2 if right - left >= 0.018 * whole else 1)
    axes.text(
        left + width / 2,
        lower + 0.5,
        text,
        rotation=90,
        ha="center",
        va="center",
        fontsize=5.5,
        linespacing=0.95,
        color=_ink_on(color, style.get("alpha", 1.0)),
        clip_on=True,
        parse_math=False,
    )
    return "…" not in text


def _ink_on(color: _Color, alpha: float) -> str:
    """Black or white, whichever is legible on a color over white (relative luminance, WCAG 2.1)."""
    shown = [alpha * c + 1.0 - alpha for c in color[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in shown]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return _INK if luminance > 0.18 else "#ffffff"


def _cut(text: str, most: int) -> str:
    """The text, cut to at most `most` letters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _wrapped(label: str, lines: int) -> str:
    """A label on up to `lines` lines of at most 13 characters, shortened where it is longer."""
    out = [""]
    for word in label.replace("_", " ").split(" "):
        if out[-1] and len(out[-1]) + len(word) >= 13:
            out.append(word)
        else:
            out[-1] = f"{out[-1]} {word}".strip()
    kept = out[:lines]
    if len(out) > lines:
        kept[-1] = kept[-1][:12] + "…"
    return "\n".join(line if len(line) <= 13 else line[:12] + "…" for line in kept)


def _lines(
    axes: Any,
    predictions: Sequence[Prediction],
    modalities: Sequence[str],
    lower: dict[str, float],
    origin: float,
) -> None:
    """Confidence over time, and a strip a modality whose darkness is its coverage."""
    times = np.array([p.end for p in predictions]) - origin
    confidence = np.array([p.confidence for p in predictions])
    axes.plot(times, lower["confidence"] + confidence, color="#1f5f99", lw=0.8)
    height = 1.0 / max(len(modalities), 1)
    edges = np.append(times, times[-1] + (np.median(np.diff(times)) if len(times) > 1 else 0.25))
    for k, modality in enumerate(modalities):
        share = np.array([[p.coverage.get(modality, 0.0) for p in predictions]])
        begin = lower["coverage"] + k * height
        bounds = np.array([begin + 0.1 * height, begin + 0.9 * height])
        axes.pcolormesh(edges, bounds, share, cmap="Greens", vmin=-0.15, vmax=1.4, shading="flat")
