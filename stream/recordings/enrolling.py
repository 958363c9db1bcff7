"""Examples for an enrollment: the windows of a recording with the activity, and those without.

A window is one of the activity where it holds at least 60 % of what it could, min(window, duration), and one
of anything else where it holds at most 10 %; those between are left out. Windows are cut by what cuts live
ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.classifier import Classifier
from hnhar.model.enroll.enroll import Examples
from hnhar.model.enroll.prototypes import Vectors, sections
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.labels import shortened

from ..messages import Window
from ..windows.windower import Windower
from .feeds import Feeds, interleave
from .recording import Recording

WHOLE, NONE = 0.6, 0.1
"""Shares of an activity from which on, and up to which, a window counts."""
SHORTEST = 0.3
"""A performance is at least so long, s."""
MOST_OTHERS = 2000
"""Windows without the activity that are looked at, evenly over the recording."""
_BATCH = 64
_OTHER, _BETWEEN = -1, -2
"""In place of a performance's index: a window without the activity, and one that is left out."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One performance, on the recording's clock."""

    start: float
    """s."""
    end: float
    """s."""


def parse_segments(text: str, recording: Recording) -> list[Span]:
    """`12.0-14.5,20.1-22.0`, in seconds from the recording's start. Raises ConfigError."""
    spans = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        first, dash, last = part.partition("-")
        try:
            start, end = float(first), float(last)
        except ValueError:
            start, end = 0.0, -1.0
        if not dash or not 0 <= start < end < 1e9:
            raise ConfigError(
                f"'{part}' is no segment: write begin and end in seconds from the recording's start, as in "
                "12.0-14.5,20.1-22.0."
            )
        spans.append(Span(recording.zero + start, recording.zero + end))
    return checked(spans, recording)


def annotated(label: str, recording: Recording) -> list[Span]:
    """The performances of a label by the recording's annotations. Raises ConfigError where there is none."""
    spans = [Span(a.onset, a.offset) for a in recording.annotations if a.label == label and a.duration > 0]
    if not spans:
        there = sorted({a.label for a in recording.annotations if a.duration > 0})
        raise ConfigError(
            f"'{recording.name}' has no annotation '{label}' with a duration; it has: "
            f"{shortened(there) or 'none'}. With one recording, --segments say where it was performed."
        )
    return checked(spans, recording)


def checked(spans: Sequence[Span], recording: Recording) -> list[Span]:
    """The performances in order; ConfigError where one is too short, overlaps another, or is not recorded."""
    ordered = sorted(spans)
    if not ordered:
        raise ConfigError("no performance was named: give --segments such as 12.0-14.5,20.1-22.0.")
    end = -np.inf
    for span in ordered:
        text = f"{span.start - recording.zero:.1f}-{span.end - recording.zero:.1f}"
        if span.start < recording.start - 0.5 or span.end > recording.end + 0.5:
            length = recording.end - recording.zero
            raise ConfigError(
                f"the performance {text} lies outside of the recording, which has {length:.1f} s."
            )
        if span.end - span.start < SHORTEST:
            raise ConfigError(f"the performance {text} is shorter than {SHORTEST:g} s.")
        if span.start < end:
            raise ConfigError(f"the performance {text} overlaps the one before it.")
        end = span.end
    return ordered


def examples(feeds: Feeds, info: BundleInfo, runtime: Classifier, spans: Sequence[Span]) -> Examples:
    """Embeddings of the windows of a recording's feeds; what is not in `spans` is not the activity.

    Raises RecordingError where no window holds enough of any performance.
    """
    # windows are cut twice, so that none is kept: which others are picked depends on how many there are
    kinds = np.array([_kind(window, spans) for window in _windows(feeds, info)], np.int64)
    whose = kinds[kinds >= 0]
    if not len(whose):
        raise RecordingError(
            f"none of the {len(spans)} performances has samples for a window of {info.window:g} s. Look at "
            "the streams and the segments."
        )
    others = np.flatnonzero(kinds == _OTHER)
    if len(others) > MOST_OTHERS:
        others = others[np.linspace(0, len(others) - 1, MOST_OTHERS).astype(int)]
    picked = set(others.tolist())
    mine, rest = _Embedder(info, runtime), _Embedder(info, runtime)
    for number, window in enumerate(_windows(feeds, info)):
        if kinds[number] >= 0:
            mine.take(window)
        elif number in picked:
            rest.take(window)
    vectors = mine.vectors()
    return Examples(vectors, whose, rest.vectors() if picked else vectors[:0])


def _kind(window: Window, spans: Sequence[Span]) -> int:
    """Index of the performance that the window is of, `_OTHER`, or `_BETWEEN`."""
    shares = [_share(window, span) for span in spans]
    best = int(np.argmax(shares))
    if shares[best] >= WHOLE:
        return best
    return _OTHER if shares[best] <= NONE else _BETWEEN


def _share(window: Window, span: Span) -> float:
    overlap = min(window.end, span.end) - max(window.start, span.start)
    return max(overlap, 0.0) / min(window.end - window.start, span.end - span.start)


def _windows(feeds: Feeds, info: BundleInfo) -> Iterator[Window]:
    windower = Windower("", info.modalities, window=info.window, hop=info.hop)
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        yield from windower.due()


class _Embedder:
    """Embeds windows as they come, and keeps no more of them than a batch."""

    def __init__(self, info: BundleInfo, runtime: Classifier) -> None:
        self._modalities = len(info.modalities)
        self._runtime = runtime
        self._waiting: list[Mapping[str, NDArray[Any]]] = []
        self._parts: list[Vectors] = []

    def take(self, window: Window) -> None:
        """One window more."""
        self._waiting.append(window.samples)
        if len(self._waiting) == _BATCH:
            self._embed()

    def vectors(self) -> Vectors:
        """(N, M, E) of all that were taken, one at least."""
        if self._waiting:
            self._embed()
        return np.concatenate(self._parts)

    def _embed(self) -> None:
        self._parts.append(sections(self._runtime.classify(self._waiting).embeddings, self._modalities))
        self._waiting = []
