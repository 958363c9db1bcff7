"""Trials of the Timed Up and Go in a session's phases: each with its parts and its total, or why it is none.

A trial begins with standing up and ends with sitting down. Complete is one that has all of `PARTS` but the
second turn, which many make while they sit down. What is cut short, or lacks a part, is incomplete: it is
listed, and never counted.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from .phases import SEATED, SITTING_DOWN, STANDING_UP, TURNING, WALKING, Phase, PhaseSequence

PARTS: Final = ("standing up", "walking out", "turning", "walking back", "turning to sit", "sitting down")
"""Parts of a trial, in order."""
_OPTIONAL: Final = "turning to sit"
LEAST: Final = 0.75
"""Confidence below which a trial is unlike any that the weights learned: with `tug`, people whom a training
left out have 0.83 at least, and gestures of somebody who stands 0.66 at most."""
BRIEF: Final = 0.15
"""s; a walk that is shorter between the last turn and sitting down belongs to the turn."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One Timed Up and Go, whole or not."""

    source: str
    """Name of the session that it is from."""
    phases: tuple[Phase, ...]
    """All of its phases, without sitting before and after."""
    parts: dict[str, Phase]
    """Part of `PARTS` -> its phase, of those that are there."""
    missing: tuple[str, ...] = ()
    """Reasons why it is incomplete, in words; empty for a complete one."""

    @property
    def complete(self) -> bool:
        """True if it counts."""
        return not self.missing

    @property
    def onset(self) -> float:
        """Start of its first phase, s from the start of the session."""
        return self.phases[0].onset

    @property
    def total(self) -> float:
        """From the start of standing up to the end of sitting down, s; of an incomplete one as much as was
        seen."""
        return self.phases[-1].offset - self.phases[0].onset

    @property
    def confidence(self) -> float:
        """Mean probability of its phases' labels, weighed by their durations; NaN where unknown."""
        whole = sum(p.duration for p in self.phases)
        return sum(p.confidence * p.duration for p in self.phases) / whole if whole > 0 else math.nan

    def duration(self, part: str) -> float:
        """Of a part, s; NaN where it is not there."""
        return self.parts[part].duration if part in self.parts else math.nan


def trials_of(segments: Sequence[PhaseSequence], source: str = "") -> tuple[Trial, ...]:
    """Every trial of a session in order, whole or not; empty where nobody left the chair."""
    found = []
    for segment in segments:
        for phases, begun, ended in _risings(segment.phases):
            found.append(_trial(phases, begun, ended, source))
    return tuple(found)


def _risings(phases: Sequence[Phase]) -> Iterator[tuple[tuple[Phase, ...], bool, bool]]:
    """The phases between sitting and sitting; whether their begin and their end were seen.

    Standing up again at once, without sitting between, begins the next.
    """
    run: list[Phase] = []
    begun = False
    for number, phase in enumerate(phases):
        if run and phase.label == STANDING_UP:
            yield tuple(run), begun, True
            run = []
        if phase.label == SEATED:
            if run:
                yield tuple(run), begun, True
            run = []
            continue
        if not run:
            begun = number > 0
        run.append(phase)
    if run:
        yield tuple(run), begun, False


def _trial(phases: tuple[Phase, ...], begun: bool, ended: bool, source: str) -> Trial:
    kept = _without_brief_walk(phases)
    rises, sits = kept[0].label == STANDING_UP, kept[-1].label == SITTING_DOWN
    walk = kept[1 if rises else 0 : -1 if sits else None]
    parts = _parts(kept, walk)
    cut = []
    if not begun:
        cut.append(f"the recording begins {'while' if rises else 'after'} standing up")
    if not ended:
        cut.append(f"the recording ends {'while' if sits else 'before'} sitting down")
    # what is cut short lacks parts for that reason alone
    found = Trial(source, phases, parts, tuple(cut or _lacks(parts, walk, rises, sits)))
    if found.confidence < LEAST:
        unlike = f"unlike the trials that the weights learned (confidence {found.confidence:.0%})"
        return replace(found, missing=(*found.missing, unlike))
    return found


def _lacks(parts: dict[str, Phase], walk: Sequence[Phase], rises: bool, sits: bool) -> list[str]:
    """The lacks of a trial that was seen from its begin to its end, in words; empty where it is whole."""
    lacks = [] if rises else ["no stand-up found"]
    turns = sum(phase.label == TURNING for phase in walk)
    if not any(phase.label == WALKING for phase in walk):
        lacks.append("no walking found")
    elif not turns:
        lacks.append("no turn found")
    elif turns > 2:
        lacks.append(f"{turns} turns, where a trial has one half way and one at the chair")
    else:
        needed = ("walking out", "turning", "walking back")
        lacks += [f"no {part} found" for part in needed if part not in parts]
    return lacks if sits else [*lacks, "no sitting down found"]


def _without_brief_walk(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """The phases, a walk of hardly a step before sitting down added to the turn before it."""
    if len(phases) < 3 or phases[-1].label != SITTING_DOWN or phases[-2].label != WALKING:
        return phases
    turn, walk = phases[-3], phases[-2]
    if turn.label != TURNING or walk.duration > BRIEF:
        return phases
    return (*phases[:-3], Phase(TURNING, turn.onset, walk.offset, turn.confidence), phases[-1])


def _parts(phases: Sequence[Phase], walk: Sequence[Phase]) -> dict[str, Phase]:
    """The parts that are there: the first walk before the first turn, the walk after it, and what follows."""
    parts: dict[str, Phase] = {}
    if phases[0].label == STANDING_UP:
        parts["standing up"] = phases[0]
    turns = [number for number, phase in enumerate(walk) if phase.label == TURNING]
    first = turns[0] if turns else len(walk)
    out = [phase for phase in walk[:first] if phase.label == WALKING]
    if out:
        parts["walking out"] = out[0]
    if turns:
        parts["turning"] = walk[first]
        back = [phase for phase in walk[first + 1 :] if phase.label == WALKING]
        if back:
            parts["walking back"] = back[0]
    if len(turns) > 1:
        parts[_OPTIONAL] = walk[turns[1]]
    if phases[-1].label == SITTING_DOWN:
        parts["sitting down"] = phases[-1]
    return parts
