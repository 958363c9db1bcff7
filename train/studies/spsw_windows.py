"""spsw_har as windows of phone and watch, cut by the code that cuts live ones; every instant has a label.

A window is asked what was done at its middle: it sees as much after that as before, so on a stream its answer
comes half a window late. Its target is soft: the shares of the labels in the `CORE` seconds about the middle.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.imu import imu
from hnhar.model.modality import Modality
from hnhar.stream.messages import Window
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import interleave
from hnhar.stream.windows.windower import Windower

from ..bundles.tug.windows import held_feeds, shares
from ..corpora.spsw_har.executions import CLASSES
from ..learn.data import WindowSet, stacked

DEVICES = ("phone", "watch")
WINDOW = 2.0
"""s."""
RATE = 50.0
"""Hz of the grid; the sensors give about 103."""
CORE = 0.4
"""s about the middle whose labels are the target."""
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


def _windows(recording: Recording, hop: float, phase: float) -> Iterator[Window]:
    feeds = held_feeds(recording, DEVICES, before=WINDOW / 2, after=WINDOW / 2)
    windower = Windower(recording.wearer, MODALITIES, window=WINDOW, hop=hop, phase=phase)
    for feed, chunk in interleave(feeds):
        windower.push(feed, chunk)
        yield from windower.due()
