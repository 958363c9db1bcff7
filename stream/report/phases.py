"""Phases of a Timed Up and Go (TUG): their names, and stretches of a session in which each was recognized.

Podsiadlo and Richardson, "The Timed Up & Go", J Am Geriatr Soc 1991: stand up from a chair, walk 3 m, turn,
walk back, turn to the chair, sit down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SEATED: Final = "seated"
STANDING_UP: Final = "standing_up"
WALKING: Final = "walking"
TURNING: Final = "turning"
SITTING_DOWN: Final = "sitting_down"
PHASES: Final = (SEATED, STANDING_UP, WALKING, TURNING, SITTING_DOWN)
"""Every phase, in the order of their columns."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of a session in which one phase was recognized."""

    label: str
    """One of `PHASES`."""
    onset: float
    """s from the start of the session."""
    offset: float
    """End, s likewise."""
    confidence: float
    """Mean calibrated probability of the label over its windows, 0 to 1; NaN where unknown."""

    @property
    def duration(self) -> float:
        """s."""
        return self.offset - self.onset


@dataclass(frozen=True, slots=True)
class PhaseSequence:
    """A stretch of a session without a gap in what was seen, as phases that follow each other."""

    phases: tuple[Phase, ...]
    """In order; each begins where the one before ends."""


def phase_called(label: str) -> str | None:
    """The phase of a label, however its words are joined ("Standing up", "standing-up"); None for others."""
    joined = "_".join(label.replace("_", " ").replace("-", " ").split()).lower()
    return joined if joined in PHASES else None


def columns_of(labels: Sequence[str]) -> Mapping[str, str]:
    """Phase -> the label that names it, of those that are named; two labels of one phase: the first."""
    found: dict[str, str] = {}
    for label in labels:
        phase = phase_called(label)
        if phase is not None:
            found.setdefault(phase, label)
    return found


def lacking(labels: Sequence[str]) -> list[str]:
    """The phases that none of these labels names, in words."""
    there = columns_of(labels)
    return [shown(phase) for phase in PHASES if phase not in there]


def shown(label: str) -> str:
    """A label in words: "standing up"."""
    return label.replace("_", " ")
