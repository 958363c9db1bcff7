"""UP-Fall as windows of five IMUs, cut by the code that cuts live ones; what is not covered is absent.

Legend: N windows, K labels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.imu import IMU
from hnhar.model.modality import Modality
from hnhar.stream.messages import Feed, Window
from hnhar.stream.recordings.feeds import RecordedFeed, interleave
from hnhar.stream.recordings.recording import Annotation, Recording
from hnhar.stream.windows.windower import Windower

from ...corpora.upfall.files import FALLS, SENSORS, TAGS
from ...learn.data import WindowSet, soft_target, stacked

WINDOW: Final = 3.0
"""s."""
RATE: Final = 20.0
"""Hz of the grid; the sensors give about 18."""
WHOLE: Final = 0.9
"""Share of its grid that a window's best sensor covers, at least: a recording begins shortly before a fall,
so that a window which begins before the recording would tell falls by that."""
FALL: Final = "fall"
LABELS: Final = (*(label for label in TAGS.values() if label not in FALLS), FALL)
"""Activities, and the five falls as one, last."""
MODALITIES: Final[tuple[Modality, ...]] = tuple(IMU.at(place, RATE) for place in SENSORS)
_OTHER: Final = "other"


@dataclass(frozen=True, slots=True, eq=False)
class CutRecording:
    """The windows of one recording."""

    windows: WindowSet
    ends: NDArray[np.float64]
    """(N,) s on the recording's clock."""
    coverage: NDArray[np.float64]
    """(N, modalities) share of each window's grid that samples support."""


def cut(recording: Recording, hop: float, phase: float = 0.0) -> CutRecording:
    """Windows of what was worn, `hop` s apart; `phase` (s) shifts them."""
    windows = [w for w in _windows(recording, hop, phase) if max(w.coverage.values()) >= WHOLE]
    falls = [Annotation(a.onset, a.duration, FALL) for a in recording.annotations if a.label in FALLS]

    def target(window: Window) -> NDArray[np.float32]:
        return shares(recording.annotations, falls, window.start, window.end)

    return CutRecording(
        stacked(windows, MODALITIES, WINDOW, len(LABELS), target),
        np.array([window.end for window in windows]),
        np.array([[window.coverage.get(m.name, 0.0) for m in MODALITIES] for window in windows]).reshape(
            -1, len(MODALITIES)
        ),
    )


def shares(
    annotations: Sequence[Annotation], falls: Sequence[Annotation], start: float, end: float
) -> NDArray[np.float32]:
    """(K,) target of the window [start, end] s: a fall as it is for live bundles, the rest by time."""
    fall = float(soft_target(falls, start, end, (_OTHER, FALL), _OTHER)[1])
    rest = np.zeros(len(LABELS), np.float32)
    for annotation in annotations:
        overlap = min(end, annotation.offset) - max(start, annotation.onset)
        if overlap > 0 and annotation.label not in FALLS:
            rest[LABELS.index(annotation.label)] += overlap
    total = float(rest.sum())
    out = rest * ((1 - fall) / total) if total > 0 else rest
    out[LABELS.index(FALL)] = fall if total > 0 else 1.0
    return out


def _windows(recording: Recording, hop: float, phase: float) -> Iterator[Window]:
    columns = tuple(range(len(IMU.channels)))
    of_place = {m.place: m.name for m in MODALITIES}
    feeds = []
    for stream in recording.streams:
        name = of_place[stream.description.placement]
        feeds.append(RecordedFeed(Feed(name, name, columns), stream.timestamps, stream.samples))
    windower = Windower(recording.wearer, MODALITIES, window=WINDOW, hop=hop, phase=phase)
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        yield from windower.due()
