"""Failures in watched sessions: missed actions, false events, and confusions of one activity with another."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.score import Recognized

from .figures import EvaluatedSession

Interval = TypeVar("Interval", Annotation, Recognized)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One failure, with a collar of 1.5 s: a missed action, a false event, or both at once (a confusion)."""

    session: EvaluatedSession
    at: float
    """s, when it began."""
    done: str
    """Label that was performed; "" for a false event in idle time."""
    recognized: str
    """Label that was recognized; "" for an action that was missed."""

    @property
    def pair(self) -> tuple[str, str]:
        """(Done, recognized), the kind of failure."""
        return self.done, self.recognized


def cases(sessions: Sequence[EvaluatedSession]) -> list[Case]:
    """All failures of these sessions, each session's by time."""
    return [case for session in sessions for case in _of(session)]


def confusions(failed: Sequence[Case]) -> list[tuple[tuple[str, str], int]]:
    """(Done, recognized) -> how often, most frequent first."""
    counted = Counter(case.pair for case in failed)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def picked(failed: Sequence[Case], most: int) -> list[Case]:
    """The first case of each of the most frequent kinds; further ones of these where there are too few."""
    order = [pair for pair, _ in confusions(failed)]
    by_pair = {pair: [case for case in failed if case.pair == pair] for pair in order}
    rounds = max(map(len, by_pair.values()), default=0)
    found = [by_pair[pair][k] for k in range(rounds) for pair in order if k < len(by_pair[pair])]
    return found[:most]


def _of(session: EvaluatedSession) -> list[Case]:
    score = session.scores["collar_1.5"]
    out = []
    taken: list[Recognized] = []
    for missed in score.misses:
        left = [e for e in score.false_events if e not in taken]
        event = _beside(missed, left)
        if event is not None:
            taken.append(event)
        out.append(Case(session, missed.onset, missed.label, "" if event is None else event.label))
    for false in score.false_events:
        if false not in taken:
            done = _beside(false, session.watched.recording.annotations)
            out.append(Case(session, false.onset, "" if done is None else done.label, false.label))
    return sorted(out, key=lambda case: case.at)


def _beside(interval: Annotation | Recognized, others: Sequence[Interval]) -> Interval | None:
    """The one of `others` that overlaps the interval most; None where none does."""
    near = [(overlap(interval, other), k) for k, other in enumerate(others)]
    best = max(near, default=(0.0, 0))
    return others[best[1]] if best[0] > 0 else None


def overlap(a: Annotation | Recognized, b: Annotation | Recognized) -> float:
    """s that two intervals share; negative where they are apart."""
    return min(a.offset, b.offset) - max(a.onset, b.onset)
