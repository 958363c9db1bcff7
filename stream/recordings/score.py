"""Recognized events scored against performed actions: recall, precision, confusions.

An event and an action fit when they have the same label and overlap, the action extended by a collar on both
sides; or, stricter, when their intersection over union reaches a given share. Each action and each event is
matched at most once, and of all such matchings a largest one is taken
(augmenting paths, Kuhn 1955; longest overlaps are tried first). Greedy matching by time is not enough: an
early event may take the only action that a later one could have had.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from hnhar.model.labels import UNKNOWN

from ..messages import Event
from .recording import Annotation, Unfinished

COLLAR = 1.5
"""s, the default tolerance at both ends of an action."""


@dataclass(frozen=True, slots=True)
class Recognized:
    """One recognized activity."""

    onset: float
    """s, on the clock of the annotations."""
    duration: float
    """s."""
    label: str
    confidence: float
    """0 to 1; NaN where unknown."""
    decided: float | None = field(default=None, compare=False)
    """Time of its onset's publication: the end of the window that decided it, s; None where not known."""

    @property
    def offset(self) -> float:
        """End, s."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Hit:
    """An action and the event that recognized it."""

    action: Annotation
    event: Recognized

    @property
    def iou(self) -> float:
        """Intersection over union of both intervals, 0 to 1."""
        both = min(self.action.offset, self.event.offset) - max(self.action.onset, self.event.onset)
        either = max(self.action.offset, self.event.offset) - min(self.action.onset, self.event.onset)
        return max(both, 0.0) / either if either > 0 else 1.0

    @property
    def onset_error(self) -> float:
        """Onset of the event minus that of the action, s; positive is late."""
        return self.event.onset - self.action.onset

    @property
    def offset_error(self) -> float:
        """Offset of the event minus that of the action, s; positive is late."""
        return self.event.offset - self.action.offset

    @property
    def duration_error(self) -> float:
        """Duration of the event minus that of the action, s; positive is too long."""
        return self.event.duration - self.action.duration

    @property
    def delay(self) -> float:
        """Time from the action's start to the publication of the event's onset, s; NaN where not known."""
        return float("nan") if self.event.decided is None else self.event.decided - self.action.onset


@dataclass(frozen=True, slots=True)
class Score:
    """Score of a session."""

    hits: tuple[Hit, ...]
    misses: tuple[Annotation, ...]
    false_events: tuple[Recognized, ...]
    """Events that match no action, confused ones included."""
    confusions: Mapping[tuple[str, str], int]
    """(performed, recognized) -> missed actions that overlap an unmatched event of another label."""
    idle_events: int
    """False events that overlap no action at all."""
    idle_minutes: float
    """Minutes of the session in which no action is annotated, nor one unfinished."""
    unscored: tuple[Recognized, ...] = ()
    """Events in the time of an unfinished action of their label: neither hits nor false."""

    @property
    def actions(self) -> int:
        """Number of performed actions."""
        return len(self.hits) + len(self.misses)

    @property
    def events(self) -> int:
        """Number of recognized events, without the unscored."""
        return len(self.hits) + len(self.false_events)

    @property
    def recall(self) -> float:
        """Share of the actions that were recognized; NaN without actions."""
        return len(self.hits) / self.actions if self.actions else float("nan")

    @property
    def precision(self) -> float:
        """Share of the events that match an action; NaN without events."""
        return len(self.hits) / self.events if self.events else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of both: 2 hits / (actions + events); NaN without either."""
        total = self.actions + self.events
        return 2 * len(self.hits) / total if total else float("nan")

    @property
    def false_share(self) -> float:
        """1 - precision: share of the events that are false."""
        return 1.0 - self.precision

    @property
    def false_per_idle_minute(self) -> float:
        """False events in idle time, per minute of it; NaN without idle time."""
        return self.idle_events / self.idle_minutes if self.idle_minutes > 0 else float("nan")

    @property
    def iou(self) -> float:
        """Mean intersection over union of the hits; NaN without hits."""
        return float(np.mean([h.iou for h in self.hits])) if self.hits else float("nan")

    @property
    def onset_error(self) -> float:
        """Median onset error of the hits, s; NaN without hits."""
        return float(np.median([h.onset_error for h in self.hits])) if self.hits else float("nan")


def recognized(events: Sequence[Event], *, end: float | None = None) -> list[Recognized]:
    """Activities of one wearer from its event messages, by onset; those found unknown are called so.

    An onset whose offset never came counts until `end` (s, the events' clock); without `end` it is left out.
    """
    last: dict[int, Event] = {}
    decided: dict[int, float] = {}
    for event in sorted(events, key=lambda e: e.seq):
        last[event.id] = event
        if event.kind == "onset":
            decided[event.id] = event.decided
    found = []
    for event in last.values():
        duration = event.duration
        if duration is None and end is not None:
            duration = max(end - event.onset, 0.0)
        if duration is not None:
            published = decided.get(event.id)
            label = UNKNOWN if event.unknown else event.label
            found.append(Recognized(event.onset, duration, label, event.confidence, published))
    return sorted(found, key=lambda r: (r.onset, r.label))


@dataclass(frozen=True, slots=True)
class Twins:
    """Events of two runs over the same session, side by side."""

    pairs: tuple[tuple[Recognized, Recognized], ...]
    """Same label, onsets and offsets within the tolerance."""
    first: tuple[Recognized, ...]
    """Those of the first run without a twin."""
    second: tuple[Recognized, ...]
    """Those of the second run without one."""


def twins(first: Sequence[Recognized], second: Sequence[Recognized], within: float) -> Twins:
    """Pair the events of two runs one to one: the same label, both ends within `within` s; nearest first."""
    near = sorted(
        (max(abs(a.onset - b.onset), abs(a.offset - b.offset)), i, j)
        for i, a in enumerate(first)
        for j, b in enumerate(second)
        if a.label == b.label
    )
    pairs, taken = dict[int, int](), set[int]()
    for apart, i, j in near:
        if apart <= within and i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return Twins(
        tuple((first[i], second[j]) for i, j in sorted(pairs.items())),
        tuple(a for i, a in enumerate(first) if i not in pairs),
        tuple(b for j, b in enumerate(second) if j not in taken),
    )


def match(
    annotations: Sequence[Annotation],
    recognized: Sequence[Recognized],
    *,
    collar: float = COLLAR,
    iou: float | None = None,
    ignore: Collection[str] = ("idle",),
    others: Collection[str] = (),
    span: tuple[float, float] | None = None,
    unfinished: Sequence[Unfinished] = (),
) -> Score:
    """Match events to actions one to one; labels in `ignore`, and `unknown`, are no actions and no events.

    With `iou` (0 to 1) they fit by intersection over union instead of by `collar`. Actions with labels in
    `others` could not be recognized: they need no event, and their time is not idle. `span` is the session's
    start and end in s, for its idle time; without it, the extent of all annotations. The time of what is
    `unfinished` is not idle, and an event of its label there is left out: nobody knows whether it is right.
    """
    ignore = {*ignore, UNKNOWN}
    unfinished = [u for u in unfinished if u.label not in ignore]
    busy = sorted((a for a in annotations if a.label not in ignore), key=lambda a: a.onset)
    actions = [a for a in busy if a.label not in others]
    considered = sorted((r for r in recognized if r.label not in ignore), key=lambda r: r.onset)
    aside = [e for e in considered if _rather(e, unfinished, actions)]
    events = [e for e in considered if e not in aside]
    partner = _matching(actions, events, collar, iou)
    hits = tuple(Hit(a, events[partner[i]]) for i, a in enumerate(actions) if i in partner)
    misses = tuple(a for i, a in enumerate(actions) if i not in partner)
    taken = set(partner.values())
    free = [e for j, e in enumerate(events) if j not in taken]
    false = tuple(e for e in free if not _near(e, unfinished, collar))
    aside += [e for e in free if _near(e, unfinished, collar)]
    # at 0 they touch: an event without duration inside an action overlaps it
    occupied: list[Annotation | Unfinished] = [*busy, *unfinished]
    idle_events = sum(not any(_overlap(a, e, 0.0) >= 0 for a in occupied) for e in false)
    confusions = _confusions(misses, false, collar)
    idle = _idle(annotations, occupied, span) / 60.0
    unscored = tuple(sorted(aside, key=lambda e: e.onset))
    return Score(hits, misses, false, confusions, idle_events, idle, unscored)


def _rather(event: Recognized, unfinished: Sequence[Unfinished], actions: Sequence[Annotation]) -> bool:
    """True if an event overlaps an unfinished action of its label by more than any action of it."""
    there = [_overlap(u, event, 0.0) for u in unfinished if u.label == event.label]
    here = [_overlap(a, event, 0.0) for a in actions if a.label == event.label]
    return max(there, default=-1.0) >= 0 and max(there) > max(here, default=-1.0)


def _near(event: Recognized, unfinished: Sequence[Unfinished], collar: float) -> bool:
    """True if an event touches an unfinished action of its label, extended by the collar."""
    return any(u.label == event.label and _overlap(u, event, collar) >= 0 for u in unfinished)


def _overlap(action: Annotation | Unfinished, event: Recognized, collar: float) -> float:
    """Overlap in s of an event and an extended action; negative where they are apart."""
    return min(action.offset + collar, event.offset) - max(action.onset - collar, event.onset)


def _fits(action: Annotation, event: Recognized, collar: float, iou: float | None) -> bool:
    if action.label != event.label:
        return False
    return _overlap(action, event, collar) >= 0 if iou is None else Hit(action, event).iou >= iou


def _matching(
    actions: Sequence[Annotation], events: Sequence[Recognized], collar: float, iou: float | None
) -> dict[int, int]:
    """Index of action -> index of event, as many pairs as possible."""
    fits: list[list[int]] = []
    for action in actions:
        near = [
            (-_overlap(action, event, 0.0), j)
            for j, event in enumerate(events)
            if _fits(action, event, collar, iou)
        ]
        fits.append([j for _, j in sorted(near)])
    owner: dict[int, int] = {}
    for first in range(len(actions)):
        _augment(first, fits, owner)
    return {action: event for event, action in owner.items()}


def _augment(first: int, fits: Sequence[Sequence[int]], owner: dict[int, int]) -> None:
    """Find an event for action `first`, moving others' events along a path where that frees one."""
    came_from: dict[int, int] = {}
    queue = [first]
    for action in queue:
        for event in fits[action]:
            if event in came_from:
                continue
            came_from[event] = action
            if event in owner:
                queue.append(owner[event])
                continue
            free: int | None = event
            while free is not None:
                taker = came_from[free]
                given_up = next((e for e, a in owner.items() if a == taker), None)
                owner[free] = taker
                if given_up is not None:
                    del owner[given_up]
                free = given_up
            return


def _confusions(
    misses: Sequence[Annotation], false: Sequence[Recognized], collar: float
) -> Mapping[tuple[str, str], int]:
    """Each missed action takes the false event that overlaps it most, each event once."""
    pairs = sorted(
        (-_overlap(a, e, 0.0), i, j)
        for i, a in enumerate(misses)
        for j, e in enumerate(false)
        if a.label != e.label and _overlap(a, e, collar) >= 0
    )
    actions, events = set[int](), set[int]()
    counts: Counter[tuple[str, str]] = Counter()
    for _, i, j in pairs:
        if i not in actions and j not in events:
            actions.add(i)
            events.add(j)
            counts[misses[i].label, false[j].label] += 1
    return MappingProxyType(dict(counts))


def _idle(
    annotations: Sequence[Annotation],
    actions: Sequence[Annotation | Unfinished],
    span: tuple[float, float] | None,
) -> float:
    """Seconds of the session in no action."""
    if span is None:
        if not annotations:
            return 0.0
        span = min(a.onset for a in annotations), max(a.offset for a in annotations)
    idle, at = 0.0, span[0]
    for action in sorted(actions, key=lambda a: a.onset):
        idle += max(min(action.onset, span[1]) - at, 0.0)
        at = max(at, action.offset)
    return idle + max(span[1] - at, 0.0)
