"""The picture of a report in docs/tug.md, of phases that are made up: no recording is in it.

python -m tools.report_picture docs/tug/report.png
"""

import sys
from pathlib import Path

import numpy as np

from hnhar.stream.report.page import save_page
from hnhar.stream.report.phases import Phase, PhaseSequence
from hnhar.stream.report.report import report_on
from hnhar.stream.report.session import Session

TRIAL = (
    ("seated", 3.0),
    ("standing_up", 1.5),
    ("walking", 3.1),
    ("turning", 1.6),
    ("walking", 2.9),
    ("turning", 1.2),
    ("sitting_down", 1.8),
)
"""(Phase, s) of a trial that is varied."""


def made_up(trials: int, draw: np.random.Generator, cut: int = 0) -> PhaseSequence:
    """Trials after one another, and the first `cut` phases of another one."""
    time, phases = 0.0, []
    for label, typical in (*TRIAL * trials, *(TRIAL[:cut] if cut else TRIAL[:1])):
        duration = typical * (1 + 0.08 * draw.standard_normal())
        phases.append(Phase(label, time, time + duration, float(draw.uniform(0.85, 0.98))))
        time += duration
    return PhaseSequence(tuple(phases))


def main(path: str) -> None:
    """Draw it."""
    draw = np.random.default_rng(4)
    weights = "tug@0123abcd (these trials are made up)"
    parts = [
        ("morning", made_up(4, draw), {"phone": 1.0, "watch": 0.82}, ("the watch began 9.1 s late",)),
        ("evening", made_up(2, draw, cut=5), {"phone": 1.0, "watch": 1.0}, ()),
    ]
    sessions = [
        Session(name, (phases,), weights, phases.phases[-1].offset, shares, notes)
        for name, phases, shares, notes in parts
    ]
    save_page(report_on("Somebody, made up", sessions), Path(path), made="2026-11-30")


if __name__ == "__main__":
    main(sys.argv[1])
