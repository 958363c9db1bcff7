"""Repetitions of given stretches of a recording, counted as a live run counts them: windows, then events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import Modality
from hnhar.stream.messages import Event, Feed, Repetitions, Window
from hnhar.stream.recordings.feeds import RecordedFeed, interleave
from hnhar.stream.repetitions.counter import RepetitionCounter
from hnhar.stream.windows.windower import Windower

WINDOW: Final = 3.0
HOP: Final = 0.25
DECIDED: Final = 1.25
"""s after an onset, or an offset, at which a recognizer has decided on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """Samples of one modality."""

    modality: Modality
    times: NDArray[np.float64]
    """(n,) s."""
    samples: NDArray[np.float32]
    """(n, channels), canonical units."""


@dataclass(frozen=True, slots=True)
class Span:
    """An activity as a recognizer would tell of it, s."""

    onset: float
    offset: float


def windows(signals: Sequence[Signal]) -> Iterator[Window]:
    """The windows of a recording, in order."""
    windower = Windower("p", [s.modality for s in signals], window=WINDOW, hop=HOP)
    feeds = [
        RecordedFeed(
            Feed(s.modality.name, s.modality.name, tuple(range(s.samples.shape[1]))), s.times, s.samples
        )
        for s in signals
    ]
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        yield from windower.due()


def repetitions(signals: Sequence[Signal], spans: Sequence[Span]) -> list[Repetitions | None]:
    """Of each of the activities, one after the other."""
    counter = RepetitionCounter([s.modality for s in signals], WINDOW)
    due: list[tuple[float, Literal["onset", "offset"], Span]] = [
        moment for span in spans for moment in moments(span)
    ]
    found: list[Repetitions | None] = []
    for seq, window in enumerate(windows(signals)):
        counter.classified(seq, window)
        now = []
        while due and due[0][0] <= window.end:
            now.append(event(*due.pop(0)))
        found += [made.repetitions for made in counter.follow(now, seq) if made.kind == "offset"]
    ends = counter.ended([event(*moment) for moment in due])
    return found + [made.repetitions for made in ends if made.kind == "offset"]


def moments(span: Span) -> Iterator[tuple[float, Literal["onset", "offset"], Span]]:
    """When its onset and its offset are decided, s."""
    yield span.onset + DECIDED, "onset", span
    yield span.offset + DECIDED, "offset", span


def event(decided: float, kind: Literal["onset", "offset"], span: Span) -> Event:
    """An onset or an offset."""
    duration = span.offset - span.onset if kind == "offset" else None
    return Event(0, "p", 1, kind, "", span.onset, None, duration, 1.0, decided)
