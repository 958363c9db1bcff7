"""A report as rows of text: what the terminal shows and what the CSV file holds."""

import csv
import io
import math
from collections.abc import Sequence

from .report import Report
from .summary import TOTAL, mean_and_deviation, seconds
from .trials import PARTS, Trial

HEADING = ("trial", "file", "start_s", *(f"{part.replace(' ', '_')}_s" for part in PARTS), "total_s",
           "seen_s", "confidence", "complete", "missing")  # fmt: skip
"""Columns of the CSV file: durations in s, the start in s from the start of its file. An incomplete trial has
no total, so that nobody counts it in, but what was seen of it."""


def trial_rows(trials: Sequence[Trial]) -> list[list[str]]:
    """Of each trial: number, start, parts, total, confidence, and what is missing."""
    rows = []
    for number, trial in enumerate(trials, 1):
        total = seconds(trial.total) if trial.complete else "–"
        durations = [seconds(trial.duration(part)) for part in PARTS]
        rows.append(
            [str(number), f"{trial.onset:.1f}", *durations, total, percent(trial.confidence),
             "; ".join(trial.missing)]
        )  # fmt: skip
    return rows


def spread_rows(report: Report) -> list[tuple[str, list[str]]]:
    """Mean, standard deviation, least, greatest and number over the complete trials: each with the values of
    `PARTS` and of the total."""
    spreads = list(report.spreads.values())
    return [
        ("mean", [seconds(s.mean) for s in spreads]),
        ("SD", [seconds(s.deviation) for s in spreads]),
        ("min", [seconds(s.least) for s in spreads]),
        ("max", [seconds(s.greatest) for s in spreads]),
        ("count", [str(s.count) for s in spreads]),
    ]


def headline(report: Report) -> str:
    """The total over the complete trials, and how many there are of how many."""
    total = report.spreads[TOTAL]
    count = f"{total.count} complete of {len(report.trials)} trial{'s' if len(report.trials) != 1 else ''}"
    return f"{mean_and_deviation(total)} s, {count}" if total.count else count


def percent(share: float) -> str:
    """A share as a percentage; a dash where it is not known."""
    return "–" if math.isnan(share) else f"{share:.0%}"


def csv_text(report: Report) -> str:
    """The trials as comma-separated values, one a line under `HEADING`; a cell without a value is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADING)
    for number, trial in enumerate(report.trials, 1):
        writer.writerow(
            [
                number,
                _safe(trial.source),
                f"{trial.onset:.3f}",
                *(_cell(trial.duration(part)) for part in PARTS),
                _cell(trial.total if trial.complete else math.nan),
                f"{trial.total:.3f}",
                _cell(trial.confidence),
                "yes" if trial.complete else "no",
                "; ".join(trial.missing),
            ]
        )
    return out.getvalue()


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _safe(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
