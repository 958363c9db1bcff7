"""spsw_har as windows of phone and watch, cut by the code that cuts live ones; every instant has a label.

A window is asked what was done at its middle: it sees as much after that as before, so on a stream its answer
comes half a window late. Its target is soft: the shares of the labels in the `CORE` seconds about the middle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.imu import imu
from hnhar.model.modality import Modality
from hnhar.stream.messages import Feed, Window
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.feeds import interleave
from hnhar.stream.windows.windower import Windower

from ..corpora.spsw_har.executions import CLASSES
from ..learn.data import WindowSet, stacked

DEVICES = ("phone", "watch")
WINDOW = 2.0
"""s."""
RATE = 50.0
"""Hz of the grid; the sensors give about 103."""
CORE = 0.4
"""s about the middle whose labels are the target."""
_STEP = 0.01
"""s between samples that are held."""
MODALITIES: tuple[Modality, ...] = tuple(imu(RATE, device) for device in DEVICES)


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The windows of one execution."""

    windows: WindowSet
    middles: NDArray[np.float64]
    """(N,) s on the recording's clock."""


def cut(recording: Recording, hop: float, phase: float) -> Cut:
    """Windows whose middle lies within the annotations; a device that is not there is zeros, not present."""
    first, last = recording.annotations[0].onset, recording.annotations[-1].offset
    windows = [w for w in _windows(recording, hop, phase) if first <= w.end - WINDOW / 2 < last]

    def target(window: Window) -> NDArray[np.float32]:
        middle = window.end - WINDOW / 2
        return shares(recording.annotations, middle - CORE / 2, middle + CORE / 2)

    middles = np.array([window.end - WINDOW / 2 for window in windows])
    return Cut(stacked(windows, MODALITIES, WINDOW, len(CLASSES), target), middles)


def shares(annotations: Sequence[Annotation], start: float, end: float) -> NDArray[np.float32]:
    """(K,) share of each label in what is annotated of [start, end] s."""
    out = np.zeros(len(CLASSES), np.float32)
    for annotation in annotations:
        overlap = min(end, annotation.offset) - max(start, annotation.onset)
        if overlap > 0:
            out[CLASSES.index(annotation.label)] += overlap
    total = float(out.sum())
    return out / total if total > 0 else out


def _windows(recording: Recording, hop: float, phase: float) -> Iterator[Window]:
    columns = tuple(range(6))
    feeds = [
        (Feed(s.description.placement, s.description.placement, columns), *_held(s.timestamps, s.samples))
        for s in recording.streams
        if s.description.placement in DEVICES and len(s.timestamps)
    ]
    windower = Windower(recording.wearer, MODALITIES, window=WINDOW, hop=hop, phase=phase)
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        yield from windower.due()


def _held(
    times: NDArray[np.float64], samples: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """A stream with its first and last sample held for half a window.

    Subjects sit for about a second at either end; unheld, these instants would be in the middle of no window.
    """
    before = times[0] - np.arange(round(WINDOW / 2 / _STEP), 0, -1) * _STEP
    after = times[-1] + np.arange(1, round(WINDOW / 2 / _STEP) + 2) * _STEP
    whole = np.concatenate([before, times, after])
    ends = np.repeat(samples[:1], len(before), axis=0), np.repeat(samples[-1:], len(after), axis=0)
    return whole, np.concatenate([ends[0], samples, ends[1]])
