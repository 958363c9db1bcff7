"""Asking for one activity after the other: when it begins and ends, once more, left out, or no more."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Protocol

from hnhar.model.errors import ConfigError

from ..recordings.enrolling import SHORTEST, Span

COUNTDOWN: Final = 3.0
"""s from the key to the begin of a performance."""
READY: Final = 4.0
"""s in which an activity is shown before its countdown, where nobody presses a key for it."""
Clock = Callable[[], float]


class Reply(Enum):
    """The meaning of a key, or of a line."""

    GO = ""
    REDO = "r"
    SKIP = "s"
    FINISH = "f"
    CANCEL = "q"
    END = "the input has ended"


class ScenePhase(Enum):
    """The part of a performance that is on."""

    READY = "ready"
    COUNTDOWN = "countdown"
    GOING = "going"


@dataclass(frozen=True, slots=True)
class Scene:
    """The activity that is asked for at this moment."""

    label: str
    phase: ScenePhase
    activity: int
    """Counted from 1."""
    activities: int
    take: int
    """Which performance of the activity, from 1."""
    takes: int
    performed: int
    """Performances that are there."""
    skipped: int
    """Activities that were left out."""
    following: str = ""
    """The activity after this one; "" at the end."""
    limit: float | None = None
    """s after which the phase is over by itself; None where a key ends it."""
    elapsed: float = 0.0
    """s since the phase began."""


class Guide(Protocol):
    """Shows what is asked for, and hears the answer."""

    def say(self, text: str) -> None:
        """Print a line."""

    def warn(self, text: str) -> None:
        """Print a line about trouble."""

    def ask(self, scene: Scene) -> Reply:
        """Show a phase until it is answered, or over by its limit: `GO`."""


@dataclass(frozen=True, slots=True)
class GuidedPerformance:
    """One performance that counts."""

    label: str
    span: Span


@dataclass(slots=True)
class GuidedRun:
    """The performances of a session, and what was left out."""

    performances: list[GuidedPerformance]
    skipped: list[str]
    """Activities that were left out, in the order in which they were asked for."""


class Guided:
    """Goes through activities, each performed `takes` times; `pace`: s of each, where no key ends it."""

    def __init__(
        self,
        labels: Sequence[str],
        takes: int,
        guide: Guide,
        clock: Clock,
        *,
        troubles: Callable[[], Iterable[str]] = tuple,
        heard: Callable[[Span], str] = lambda span: "",
        forgotten: Callable[[Span], None] = lambda span: None,
        pace: float | None = None,
    ) -> None:
        """`clock`: of the samples' stamps, s; the rest as for `performances`."""
        self._labels, self._takes, self._guide, self._clock = list(labels), takes, guide, clock
        self._troubles, self._heard, self._forgotten, self._pace = troubles, heard, forgotten, pace
        self._run = GuidedRun([], [])

    def run(self) -> GuidedRun:
        """Ask for all. Raises KeyboardInterrupt where it was cancelled, ConfigError where the input ends."""
        tasks = [(number, take) for number in range(len(self._labels)) for take in range(self._takes)]
        place = 0
        while place < len(tasks):
            label = self._labels[tasks[place][0]]
            if label in self._run.skipped:
                place += 1
                continue
            reply, span = self._take(*tasks[place])
            if reply is Reply.GO and span is not None:
                self._run.performances.append(GuidedPerformance(label, span))
                place += 1
            elif reply is Reply.SKIP:
                self._run.skipped.append(label)
                self._guide.say(f"  {label}: left out")
            elif reply is Reply.REDO:
                place = self._back(tasks, place)
            elif reply is Reply.FINISH:
                rest = {self._labels[number] for number, _ in tasks[place:]}
                performed = {performance.label for performance in self._run.performances}
                self._run.skipped += [
                    x for x in self._labels if x in rest - performed and x not in self._run.skipped
                ]
                break
        return self._run

    def _take(self, number: int, take: int) -> tuple[Reply, Span | None]:
        """One performance; (GO, None) where it was too short, (REDO, None) where the one before is to be done
        again."""
        for trouble in self._troubles():
            self._guide.warn(trouble)
        scene = self._scene(number, take)
        paced = self._pace is not None
        reply = self._answered(replace(scene, limit=READY if paced else None))
        if reply is not Reply.GO:
            return reply, None
        reply = self._answered(replace(scene, phase=ScenePhase.COUNTDOWN, limit=COUNTDOWN))
        if reply is not Reply.GO:
            return (Reply.GO if reply is Reply.REDO else reply), None
        start = self._clock()
        reply = self._answered(replace(scene, phase=ScenePhase.GOING, limit=self._pace))
        span = Span(start, self._clock())
        if reply is Reply.GO and span.end - span.start >= SHORTEST:
            self._guide.say(f"  {scene.label}: {span.end - span.start:.1f} s{self._heard(span)}")
            return reply, span
        self._forgotten(span)
        if reply is Reply.GO:
            self._guide.say(f"  that was shorter than {SHORTEST:g} s; once more")
        return (Reply.GO if reply is Reply.REDO else reply), None

    def _back(self, tasks: Sequence[tuple[int, int]], place: int) -> int:
        """Forget the last performance: the place where it is asked for again."""
        if not self._run.performances:
            self._guide.say("  there is none to do again")
            return place
        last = self._run.performances.pop()
        self._forgotten(last.span)
        self._guide.say(f"  {last.label} once more: the last one is forgotten")
        number = self._labels.index(last.label)
        takes = sum(performance.label == last.label for performance in self._run.performances)
        return tasks.index((number, takes))

    def _scene(self, number: int, take: int) -> Scene:
        following = next((x for x in self._labels[number + 1 :] if x not in self._run.skipped), "")
        return Scene(
            label=self._labels[number],
            phase=ScenePhase.READY,
            activity=number + 1,
            activities=len(self._labels),
            take=take + 1,
            takes=self._takes,
            performed=len(self._run.performances),
            skipped=len(self._run.skipped),
            following=following if take + 1 == self._takes else self._labels[number],
        )

    def _answered(self, scene: Scene) -> Reply:
        reply = self._guide.ask(scene)
        if reply is Reply.CANCEL:
            raise KeyboardInterrupt
        if reply is Reply.END:
            there = f"{scene.performed} of {len(self._labels) * self._takes}"
            raise ConfigError(f"the input ended after {there} performances.")
        return reply
