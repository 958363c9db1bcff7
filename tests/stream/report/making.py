"""Phases and sessions of a Timed Up and Go, made by hand."""

from collections.abc import Sequence

import numpy as np

from hnhar.stream.report.phases import PHASES, Phase, PhaseSequence
from hnhar.stream.report.session import Session
from hnhar.stream.report.smoothing import Frames

WHOLE = (
    ("seated", 2.0),
    ("standing_up", 1.2),
    ("walking", 2.5),
    ("turning", 1.1),
    ("walking", 2.4),
    ("turning", 0.9),
    ("sitting_down", 1.4),
    ("seated", 2.0),
)
"""(Label, s) of one trial between two times of sitting."""
TOTAL = 9.5
"""s from its stand-up to its end."""


def phases(sequence: Sequence[tuple[str, float]] = WHOLE, confidence: float = 0.9) -> tuple[Phase, ...]:
    """Phases that follow each other from 0 s on."""
    ends = np.cumsum([duration for _, duration in sequence])
    return tuple(
        Phase(label, float(end - duration), float(end), confidence)
        for (label, duration), end in zip(sequence, ends, strict=True)
    )


def frames(sequence: Sequence[tuple[str, float]] = WHOLE, step: float = 0.1, sure: float = 0.9) -> Frames:
    """What a recognizer that is right would say, `sure` of it, each `step` s."""
    done = phases(sequence)
    times = np.arange(step / 2, done[-1].offset, step)
    rows = np.full((len(times), len(PHASES)), (1 - sure) / (len(PHASES) - 1))
    for phase in done:
        inside = (times >= phase.onset) & (times < phase.offset)
        rows[inside, PHASES.index(phase.label)] = sure
    return Frames(times, rows)


def session(*sequences: Sequence[tuple[str, float]], name: str = "walk") -> Session:
    """A session of one segment a sequence; whole trials by default."""
    segments = tuple(PhaseSequence(phases(sequence)) for sequence in sequences or (WHOLE,))
    return Session(name, segments, "tug@0123abcd", 13.5, {"phone": 1.0, "watch": 1.0})
