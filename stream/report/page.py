"""A report as one page of A4, for a clinician: the total, the trials over time, the parts, what was missing.

matplotlib is needed (extra "figures").
"""

import importlib.util
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hnhar.model.errors import MissingExtraError, RecordingError
from hnhar.model.labels import counted

from ..recordings.drawn import write_drawn
from .phases import SITTING_DOWN, STANDING_UP, TURNING, WALKING, shown
from .report import DISCLAIMER, Report
from .summary import TOTAL, seconds
from .table import percent, spread_rows
from .trials import PARTS, Trial

FORMATS: Final = (".pdf", ".png", ".svg")
COLORS: Final = {STANDING_UP: "#77aadd", WALKING: "#d4d4d4", TURNING: "#ee8866", SITTING_DOWN: "#44bb99"}
"""Phase -> its color; told apart by those who see no red or green too (P. Tol's "light" scheme)."""
MOST: Final = 8
"""Trials that one page shows; the CSV file has all."""
_MOST_LINES: Final = 9
"""Lines about what was missing."""
_INK, _FAINT, _RULE = "#222222", "#777777", "#cccccc"
_LEFT, _RIGHT, _TOP = 0.08, 0.92, 0.955
_PLACES: Final = (_LEFT, 0.175, 0.26, 0.34, 0.43, 0.53, 0.635, 0.735, 0.825, _RIGHT)
"""Columns of the table of trials."""
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z]")
_WITH_OPTION: Final = re.compile(r"\s*\([^()]*(?<![\w-])--[a-z][^()]*\)")
_ROW: Final = 0.0165
"""Height of a line of a table, in pages."""


def save_page(report: Report, path: Path, *, made: str) -> str:
    """Write the page to a .pdf (.png, .svg) file, whole or not at all; the letters that its font lacks.

    `made`: the day on which the report was made, as it is to be printed. Raises RecordingError where the file
    cannot be written, MissingExtraError without matplotlib.
    """
    if path.suffix.lower() not in FORMATS:
        raise RecordingError(f"a page is written as {', '.join(FORMATS)}, not '{path.suffix}': {path}")
    drawn = page(report, made)
    how = {"metadata": {"Title": f"Timed Up and Go: {report.name}"}} if path.suffix.lower() == ".pdf" else {}
    try:
        return write_drawn(drawn, path, dpi=120, facecolor="white", **how)
    except OSError as error:
        raise RecordingError(f"{path} cannot be written: {error.strerror or error}") from error


def page(report: Report, made: str) -> Any:
    """The page as a matplotlib figure. Raises MissingExtraError without matplotlib."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("matplotlib", "figures", "the page of a report")
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(8.27, 11.69))
    writer = _Writer(drawn)
    trials = report.trials[:MOST]
    _head(writer, report, made)
    _figure(writer, drawn, trials)
    _trial_table(writer, report, trials)
    _missing(writer, report)
    _foot(writer, report)
    return drawn


class _Writer:
    """Text on a page from the top down; positions in pages from the left and the bottom."""

    def __init__(self, drawn: Any) -> None:
        self._drawn = drawn
        self.y = _TOP

    def text(self, x: float, words: str, y: float | None = None, **style: Any) -> None:
        """Words at a place, of the present line unless `y` says otherwise."""
        options = {"fontsize": 9, "color": _INK, "va": "top", "parse_math": False, **style}
        self._drawn.text(x, self.y if y is None else y, words, **options)

    def down(self, by: float) -> None:
        """Go on further below."""
        self.y -= by

    def heading(self, words: str) -> None:
        """A heading over a thin rule."""
        self.text(_LEFT, words, fontsize=11, fontweight="bold")
        self.down(0.021)
        self.rule()
        self.down(0.006)

    def rule(self) -> None:
        """A thin line across."""
        from matplotlib.lines import Line2D

        line = Line2D([_LEFT, _RIGHT], [self.y, self.y], color=_RULE, linewidth=0.8)
        line.set_transform(self._drawn.transFigure)
        self._drawn.add_artist(line)

    def row(self, places: Sequence[float], cells: Sequence[str], **style: Any) -> None:
        """A line of a table: the first cell flush left, the others flush right at their places."""
        for number, (place, cell) in enumerate(zip(places, cells, strict=True)):
            self.text(place, cell, ha="left" if number == 0 else "right", **{"fontsize": 8.5, **style})
        self.down(_ROW)


def _head(writer: _Writer, report: Report, made: str) -> None:
    writer.text(_LEFT, "Timed Up and Go", fontsize=20, fontweight="bold")
    writer.text(_RIGHT, _cut(report.name, 40), ha="right", fontsize=11)
    writer.text(_RIGHT, f"report of {made}", y=writer.y - 0.018, ha="right", color=_FAINT)
    writer.down(0.045)
    writer.rule()
    writer.down(0.012)
    total = report.spreads[TOTAL]
    if total.count:
        writer.text(_LEFT, f"{total.mean:.1f} s", fontsize=34, fontweight="bold")
        lines = [
            f"mean of {counted(total.count, 'complete trial')}" if total.count > 1 else "one complete trial"
        ]
        if total.count > 1:
            lines.append(f"± {total.deviation:.1f} s (standard deviation)")
            lines.append(f"from {total.least:.1f} to {total.greatest:.1f} s")
    else:
        writer.text(_LEFT, "no complete trial", fontsize=22, fontweight="bold")
        lines = []
    incomplete = len(report.incomplete)
    lines.append(
        f"{counted(incomplete, 'incomplete trial')}, not counted" if incomplete else "none incomplete"
    )
    writer.text(0.40, "total time, from rising to being seated", fontsize=9, color=_FAINT)
    for number, line in enumerate(lines):
        writer.text(0.40, line, y=writer.y - 0.016 * (number + 1), fontsize=10)
    writer.down(0.088)


def _figure(writer: _Writer, drawn: Any, trials: Sequence[Trial]) -> None:
    """Each trial as a bar of its phases, from its first moment on."""
    from matplotlib.patches import Patch, Rectangle

    writer.heading("Trials over time")
    if not trials:
        writer.text(_LEFT, "Nobody left the chair.", color=_FAINT)
        writer.down(0.03)
        return
    height = 0.021 * len(trials) + 0.012
    axes = drawn.add_axes((_LEFT + 0.03, writer.y - height, _RIGHT - _LEFT - 0.03, height))
    longest = max(trial.total for trial in trials)
    for number, trial in enumerate(trials):
        for phase in trial.phases:
            pale: dict[str, Any] = {} if trial.complete else {"alpha": 0.35, "hatch": "///"}
            left = phase.onset - trial.onset
            box = Rectangle(
                (left, number - 0.36), phase.duration, 0.72,
                facecolor=COLORS[phase.label], edgecolor="white", linewidth=0.8, **pale,
            )  # fmt: skip
            axes.add_patch(box)
            if phase.duration > 0.05 * longest:
                axes.text(
                    left + phase.duration / 2, number, f"{phase.duration:.1f}",
                    ha="center", va="center", fontsize=7, color=_INK, parse_math=False,
                )  # fmt: skip
        words = f"{trial.total:.1f} s" if trial.complete else "incomplete"
        axes.text(
            trial.total + 0.01 * longest, number, words,
            va="center", fontsize=8, color=_INK if trial.complete else _FAINT,
        )  # fmt: skip
    axes.set_xlim(0, 1.12 * longest)
    axes.set_ylim(len(trials) - 0.4, -0.6)
    axes.set_yticks(range(len(trials)), [str(n + 1) for n in range(len(trials))], fontsize=8)
    axes.set_xlabel("seconds since the start of the trial", fontsize=8, color=_FAINT, labelpad=2)
    axes.tick_params(length=2, labelsize=8, colors=_INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    keys = [Patch(facecolor=color, label=shown(phase)) for phase, color in COLORS.items()]
    writer.down(height + 0.034)
    drawn.legend(
        handles=keys, loc="upper center", bbox_to_anchor=(0.5, writer.y + 0.004), ncols=4, fontsize=8,
        frameon=False,
    )  # fmt: skip
    writer.down(0.026)


def _trial_table(writer: _Writer, report: Report, trials: Sequence[Trial]) -> None:
    """Durations of each trial, and below them their mean and spread over all that are complete."""
    if not trials:
        return
    writer.heading("Durations, s")
    heads = ["trial", "starts\nat", *(part.replace(" ", "\n", 1) for part in PARTS), "total", "confidence"]
    writer.row(_PLACES, heads, color=_FAINT, fontsize=7.5)
    writer.down(0.010)
    for number, trial in enumerate(trials, 1):
        total = seconds(trial.total) if trial.complete else "–"
        cells = [str(number), f"{trial.onset:.1f}", *(seconds(trial.duration(part)) for part in PARTS)]
        style = {} if trial.complete else {"color": _FAINT}
        writer.row(_PLACES, [*cells, total, percent(trial.confidence)], **style)
    if more := len(report.trials) - len(trials):
        writer.text(_LEFT, f"and {counted(more, 'further trial')}, in the CSV file", color=_FAINT, fontsize=8)
        writer.down(_ROW)
    if report.complete:
        writer.down(0.003)
        writer.rule()
        writer.down(0.006)
        for name, values in spread_rows(report):
            writer.row(_PLACES, [name, "", *values, ""], fontweight="bold" if name == "mean" else "normal")
    for line in _whose(report):
        writer.text(_LEFT, line, color=_FAINT, fontsize=8)
        writer.down(0.0145)
    writer.down(0.014)


def _whose(report: Report) -> list[str]:
    """Of several files, which trials are from which."""
    if len(report.sessions) < 2:
        return []
    parts = []
    for name in dict.fromkeys(s.name for s in report.sessions):
        numbers = [str(n) for n, trial in enumerate(report.trials, 1) if trial.source == name]
        listed = numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}" if numbers else "none"
        parts.append(f"{listed}: {_cut(name, 40)}")
    return textwrap.wrap(f"Trials by file. {'; '.join(parts)}.", 122)[:3]


def _missing(writer: _Writer, report: Report) -> None:
    """Lines on what was missing: of trials that are not counted, and of the recording."""
    writer.heading("What was missing or assumed")
    lines = [
        f"Trial {number}, not counted: {'; '.join(trial.missing)}."
        for number, trial in enumerate(report.trials, 1)
        if not trial.complete
    ]
    several = len(report.sessions) > 1  # then each note begins with a name
    notes = [plain for note in report.notes if (plain := without_options(note))]
    lines += [f"{note if several else note[:1].upper() + note[1:]}." for note in notes]
    folded = [part for line in lines or ["Nothing."] for part in textwrap.wrap(line, 118)]
    room = max(1, min(_MOST_LINES, int((writer.y - 0.10) / 0.0145)))
    if len(folded) > room:
        folded = [*folded[: room - 1], "and more: the terminal shows all of it."]
    for line in folded:
        writer.text(_LEFT, line, fontsize=8.5)
        writer.down(0.0145)


def without_options(note: str) -> str:
    """A note without the options of a command, which are of no use on a page: what stands in parentheses with
    one is left out, and so is a clause that names one."""
    plain = _WITH_OPTION.sub("", note)
    clauses = re.split(r"(?<=[.;:,])\s+", plain)
    kept = [clause for clause in clauses if not _OPTION.search(clause)]
    return " ".join(kept).rstrip(" .;:,")


def _foot(writer: _Writer, report: Report) -> None:
    """The weights, and what the page is not."""
    writer.y = 0.085
    writer.rule()
    writer.down(0.008)
    lengths = sum(s.length for s in report.sessions)
    sensors = sorted({name for s in report.sessions for name in s.shares})
    made = f"Weights: {', '.join(report.weights)}"
    made += f". Sensors: {', '.join(sensors)}" if sensors else ""
    made += f". {counted(len(report.sessions), 'file')}, {lengths:.0f} s."
    confidence = (
        "Confidence: mean calibrated probability of what each window was taken for. Standing up is measured "
        "from the first movement, sitting down to the last."
    )
    for line in (part for text in (made, confidence, DISCLAIMER) for part in textwrap.wrap(text, 122)):
        writer.text(_LEFT, line, fontsize=7.5, color=_FAINT)
        writer.down(0.0125)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
