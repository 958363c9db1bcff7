"""The likeliest sequence of phases in a whole session: Viterbi's path through the grammar of a TUG.

Live decisions know the past alone. A report is made afterwards, so each boundary is set by what came before
and after it. The model is a hidden semi-Markov model with a shortest duration of each phase (each phase is a
chain of states; Rabiner, "A tutorial on hidden Markov models", 1989, III B and IV D): a phase is followed by
one that a body can do next, and nothing shorter than its shortest duration is believed. Durations are
otherwise free: somebody who needs a minute is read like somebody who needs ten seconds. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .phases import PHASES, SEATED, SITTING_DOWN, STANDING_UP, TURNING, WALKING, Phase, PhaseSequence

FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        SEATED: (STANDING_UP,),
        # sat down again at once: an attempt that failed
        STANDING_UP: (WALKING, TURNING, SITTING_DOWN),
        WALKING: (TURNING, SITTING_DOWN),
        TURNING: (WALKING, SITTING_DOWN),
        SITTING_DOWN: (SEATED, STANDING_UP),
    }
)
"""Phase -> those that may come next."""
GAP: Final = 0.5
"""s between two windows from which on nothing is known of what lies between them."""
_FLOOR: Final = 1e-4
"""Least probability that a window leaves to each phase: one wrong window must not forbid a phase."""


@dataclass(frozen=True, slots=True)
class Smoothing:
    """Settings of `smooth`."""

    shortest: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {SEATED: 0.2, STANDING_UP: 0.5, WALKING: 0.5, TURNING: 0.4, SITTING_DOWN: 0.5}
        )
    )
    """Phase -> its shortest duration, s; at either end of a segment it may be cut."""
    evidence: float = 12.0
    """Weight of a second of windows, as independent looks: they overlap, so each says little that is new."""
    seated: float = 2.0
    """Log odds with which a session begins, and ends, seated: the person sits down before it is recorded."""
    change: float = 0.05
    """Probability of a change of phase at a window, where one is allowed, spread over what may follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Answers of windows, each for one instant."""

    times: NDArray[np.float64]
    """(N,) s, ascending: the instants that the windows were asked for."""
    probabilities: NDArray[np.float64]
    """(N, 5): those of `PHASES`."""


def smooth(frames: Frames, settings: Smoothing | None = None) -> tuple[PhaseSequence, ...]:
    """The phases of a session; a gap of more than `GAP` s between frames begins a new segment."""
    settings = settings or Smoothing()
    if not len(frames.times):
        return ()
    cuts = np.flatnonzero(np.diff(frames.times) > GAP) + 1
    pieces = zip(np.split(frames.times, cuts), np.split(frames.probabilities, cuts, axis=0), strict=True)
    return tuple(_segment(times, rows, settings) for times, rows in pieces)


def _segment(
    times: NDArray[np.float64], probabilities: NDArray[np.float64], settings: Smoothing
) -> PhaseSequence:
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.1
    path = viterbi(probabilities, step, settings)
    starts = np.flatnonzero(np.concatenate([[True], path[1:] != path[:-1]]))
    inner = [_border(times, probabilities, path, int(first)) for first in starts[1:]]
    borders = [times[0] - step / 2, *inner, times[-1] + step / 2]
    phases = []
    for number, first in enumerate(starts):
        last = starts[number + 1] if number + 1 < len(starts) else len(path)
        label = int(path[first])
        phases.append(
            Phase(
                PHASES[label],
                float(borders[number]),
                float(borders[number + 1]),
                float(probabilities[first:last, label].mean()),
            )
        )
    return PhaseSequence(tuple(phases))


def _border(
    times: NDArray[np.float64], probabilities: NDArray[np.float64], path: NDArray[np.intp], first: int
) -> float:
    """The moment between the last window of a phase and the first of the next at which both are as likely, s;
    half way where they do not cross there."""
    both = path[[first - 1, first]]
    ahead = np.diff(np.log(np.clip(probabilities[first - 1 : first + 1, both], _FLOOR, None)), axis=1)[:, 0]
    share = -ahead[0] / (ahead[1] - ahead[0]) if ahead[0] < 0 < ahead[1] else 0.5
    return float(times[first - 1] + share * (times[first] - times[first - 1]))


@dataclass(frozen=True, slots=True, eq=False)
class _Chain:
    """States of the model: each phase a chain of as many as its shortest duration has steps."""

    phase: NDArray[np.intp]
    """(S,) column of the phase of each state."""
    first: NDArray[np.intp]
    """(5,) first state of each phase."""
    last: NDArray[np.intp]
    """(5,) last one: the only one that is stayed in, and left."""


def viterbi(probabilities: NDArray[np.float64], step: float, settings: Smoothing) -> NDArray[np.intp]:
    """(N,) columns of `PHASES` along the likeliest path through (N, 5) probabilities `step` s apart."""
    chain = _chain(step, settings)
    weight = settings.evidence * min(step, GAP)
    scores = weight * np.log(np.clip(probabilities, _FLOOR, None))[:, chain.phase]
    change = _changes(settings)
    stay = log(1.0 - settings.change)
    states = np.arange(len(chain.phase))
    inner = np.setdiff1d(states, chain.first)
    away = np.where(chain.phase == PHASES.index(SEATED), 0.0, -settings.seated)
    best = scores[0] + away
    came = np.empty((len(scores), len(states)), np.int32)
    came[0] = states
    for now in range(1, len(scores)):
        reached = np.full(len(states), -np.inf)
        origin = states.copy()
        reached[inner], origin[inner] = best[inner - 1], inner - 1
        stayed = best[chain.last] + stay
        better = stayed >= reached[chain.last]
        reached[chain.last] = np.where(better, stayed, reached[chain.last])
        origin[chain.last] = np.where(better, chain.last, origin[chain.last])
        entered = best[chain.last][:, None] + change
        which = entered.argmax(axis=0)
        into = entered[which, np.arange(len(PHASES))]
        better = into > reached[chain.first]
        reached[chain.first] = np.where(better, into, reached[chain.first])
        origin[chain.first] = np.where(better, chain.last[which], origin[chain.first])
        came[now] = origin
        best = reached + scores[now]
    path = np.empty(len(scores), np.intp)
    state = int((best + away).argmax())
    for now in range(len(scores) - 1, -1, -1):
        path[now] = chain.phase[state]
        state = int(came[now, state])
    return path


def _chain(step: float, settings: Smoothing) -> _Chain:
    lengths = [max(1, round(settings.shortest[phase] / step)) for phase in PHASES]
    ends = np.cumsum(lengths)
    return _Chain(
        np.repeat(np.arange(len(PHASES)), lengths),
        (ends - lengths).astype(np.intp),
        (ends - 1).astype(np.intp),
    )


def _changes(settings: Smoothing) -> NDArray[np.float64]:
    """(5, 5) log probability of a change from the row's phase to the column's; -inf where none may be."""
    out = np.full((len(PHASES), len(PHASES)), -np.inf)
    for before, after in FOLLOWS.items():
        for phase in after:
            out[PHASES.index(before), PHASES.index(phase)] = log(settings.change / len(after))
    return out


def joined(phases: Sequence[Phase], gap: float = GAP) -> tuple[PhaseSequence, ...]:
    """Segments of phases that were recognized one by one, such as live events, as they are.

    Phases less than `gap` s apart touch half way between them, and so do those that overlap.
    """
    segments: list[list[Phase]] = []
    for phase in sorted(phases, key=lambda p: (p.onset, p.offset)):
        before = segments[-1][-1] if segments else None
        if before is None or phase.onset - before.offset > gap:
            segments.append([phase])
            continue
        if phase.offset <= before.offset:
            continue  # wholly within what is there already
        border = max((before.offset + phase.onset) / 2, before.onset)
        segments[-1][-1] = Phase(before.label, before.onset, border, before.confidence)
        segments[-1].append(Phase(phase.label, border, max(phase.offset, border), phase.confidence))
    return tuple(PhaseSequence(_merged(phases)) for phases in segments)


def _merged(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """Neighbors of one label as one phase."""
    out: list[Phase] = []
    for phase in phases:
        if out and out[-1].label == phase.label:
            before = out.pop()
            total = before.duration + phase.duration
            mean = (
                (before.confidence * before.duration + phase.confidence * phase.duration) / total
                if total > 0
                else phase.confidence
            )
            phase = Phase(phase.label, before.onset, phase.offset, mean)
        out.append(phase)
    return tuple(out)
