"""The Markdown that `hnhar-train evaluate --streaming` writes: figures, latency curve, confusions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hnhar.model.bundle.subsets import subset_key
from hnhar.model.errors import ConfigError

from ..output.document import table
from .aims import Aim
from .cases import Case, confusions
from .figures import CRITERIA

Figures = Mapping[str, Any]
"""Figures of `figures.figures`."""
Conditions = Mapping[str, Mapping[str, Figures]]
"""Condition -> subset of modalities -> figures."""
Take = Callable[[Figures], float | None]

COLUMNS: tuple[tuple[str, Take], ...] = (
    ("F1 1.5 s", lambda f: f["collar_1.5"]["f1"]),
    ("F1 1 s", lambda f: f["collar_1.0"]["f1"]),
    ("F1 IoU .3", lambda f: f["iou_0.3"]["f1"]),
    ("F1 IoU .5", lambda f: f["iou_0.5"]["f1"]),
    ("delay p50 s", lambda f: f["onset_delay_p50_s"]),
    ("delay p90 s", lambda f: f["onset_delay_p90_s"]),
    ("false /idle min", lambda f: f["false_events_per_idle_minute"]),
    ("flips /min", lambda f: f["flips_per_minute"]),
    ("sample F1", lambda f: f["sample_macro_f1"]),
    ("ECE", lambda f: f["ece"]),
    ("unknown AUROC", lambda f: f.get("unknown", {}).get("auroc_against_actions")),
)
"""Heading -> which of the figures."""
MOST = 15
"""Kinds of failure in a table."""


def section(
    names: str,
    who: str,
    measured: Mapping[str, Any],
    failed: Sequence[Case],
    pictures: str,
    aims: Sequence[Aim] = (),
) -> str:
    """The section; `pictures` is the folder of the pictures as the document names it, "" without.

    Raises ConfigError where an aim is of a figure that there is not.
    """
    conditions: Conditions = measured["conditions"]
    lines = [
        "## Continuous sessions",
        "",
        f"`hnhar-train evaluate --streaming` with {names}, on {who}. What the columns are: "
        "`train/evaluate/figures.py`. Unnamed rows are clean streams; the others are all streams with what "
        "the row says done to them (`train/evaluate/corrupt.py`; skew: the skeleton is stamped late).",
        "",
        *_aims(aims, conditions["clean"]),
        *_table(["streams", *(name for name, _ in COLUMNS)], rows(conditions)),
        *([f"{'; '.join(lacking)}.", ""] if (lacking := measured.get("lacking")) else []),
        "Precision / recall / F1 of the clean streams, by what counts as the same:",
        "",
        *_table(["streams", *(name.replace("_", " ") for name in CRITERIA)], _criteria(conditions["clean"])),
        *_curve(measured["latency"], pictures),
        *_failures(failed, pictures),
    ]
    return "\n".join(lines).rstrip() + "\n"


def rows(conditions: Conditions) -> Iterator[tuple[str, list[str]]]:
    """Name and cells of each row of the table of figures."""
    for condition, by_subset in conditions.items():
        for subset, figures in by_subset.items():
            name = subset if condition == "clean" else condition
            yield name, [_cell(take(figures)) for _, take in COLUMNS]


def _aims(aims: Sequence[Aim], clean: Mapping[str, Figures]) -> list[str]:
    take, rows = dict(COLUMNS), []
    for aim in aims:
        if aim.figure not in take:
            raise ConfigError(f"there is no figure '{aim.figure}' to aim at; there are: {', '.join(take)}")
        value = take[aim.figure](clean[aim.streams]) if aim.streams in clean else None
        met = "not measured" if value is None else "yes" if aim.met(value) else "**no**"
        rows.append((f"{aim.figure}, {aim.streams}", [str(aim), _cell(value), met]))
    return _table(["", "aim", "reached", "met"], rows) if rows else []


def _criteria(clean: Mapping[str, Figures]) -> Iterator[tuple[str, list[str]]]:
    for subset, figures in clean.items():
        parts = [[_cell(figures[name][k]) for k in ("precision", "recall", "f1")] for name in CRITERIA]
        yield subset, [" / ".join(three) for three in parts]


def _curve(curves: Mapping[str, Sequence[Mapping[str, float | None]]], pictures: str) -> list[str]:
    lines = ["F1 against delay as the latency knob turns (0: `fast`, 0.5: `balanced`, 1: `sure`):", ""]
    headings = ["streams", "knob", "delay p50 s", "delay p90 s", "F1 1.5 s", "F1 IoU .5", "false /idle min"]
    keys = ("onset_delay_p50_s", "onset_delay_p90_s", "f1", "f1_iou_0.5", "false_events_per_idle_minute")
    body = [
        (subset, [f"{row['knob']:g}", *(_cell(row[key]) for key in keys)])
        for subset, points in curves.items()
        for row in points
    ]
    if pictures:
        lines += [f"![F1 over delay]({pictures}/latency.png)", ""]
    return [*lines, *_table(headings, body)]


def _failures(failed: Sequence[Case], pictures: str) -> list[str]:
    lines = []
    for subset in dict.fromkeys(_subset(case) for case in failed):
        cases = [case for case in failed if _subset(case) == subset]
        kinds = confusions(cases)
        lines += [f"What went wrong with {subset}: {len(cases)} cases of {len(kinds)} kinds.", ""]
        body = [
            (done or "– (idle)", [recognized or "– (missed)", str(count)])
            for (done, recognized), count in kinds[:MOST]
        ]
        rest = sum(count for _, count in kinds[MOST:])
        body += [(f"{len(kinds) - MOST} more kinds", ["", str(rest)])] if rest else []
        lines += _table(["done", "recognized as", "times"], body)
    if pictures and failed:
        lines += ["Three of them, and a whole session:", ""]
        lines += [f"![A failure]({pictures}/failure-{k}.png)\n" for k in range(1, min(len(failed), 3) + 1)]
    if pictures:
        lines += [f"![A session]({pictures}/session.png)"]
    return lines


def _subset(case: Case) -> str:
    return subset_key(set(case.session.watched.subset))


def _table(
    headings: Sequence[str], body: Iterator[tuple[str, list[str]]] | Sequence[tuple[str, list[str]]]
) -> list[str]:
    """A table of Markdown, and an empty line."""
    return [table(headings, [[name, *cells] for name, cells in body]), ""]


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
