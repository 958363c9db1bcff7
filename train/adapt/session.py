"""Windows of a wearer's session, live or recorded, and which of them are held out to judge by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.labels import shortened
from hnhar.stream.messages import Window
from hnhar.stream.recordings.enrolling import Span
from hnhar.stream.recordings.feeds import Feeds, interleave
from hnhar.stream.recordings.recording import Annotation
from hnhar.stream.windows.windower import Windower

HOP: Final = 0.25
"""s between two windows."""
BLOCK: Final = 12.0
"""s of a block; windows that reach over a block's end are left out where a neighbor is held out."""
EVERY: Final = 4
"""Each so many blocks one is held out."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionPart:
    """One stretch of a wearer, such as a recording."""

    feeds: Feeds
    """Samples, mapped to the bundle's modalities."""
    annotations: tuple[Annotation, ...] = ()
    """Activities that were performed, on the feeds' clock; empty where none is known."""
    forgotten: tuple[Span, ...] = ()
    """Performances that do not count; windows that reach into one are neither of the activity nor idle, and
    are left out."""

    def windows(self, info: BundleInfo) -> list[Window]:
        """Its windows, `HOP` s apart, in order. Raises RecordingError where there is none."""
        windower = Windower("wearer", info.modalities, window=info.window, hop=HOP)
        cut: list[Window] = []
        for feed, chunk in interleave(self.feeds):
            windower.push(feed, chunk)
            cut += windower.due()
        if not cut:
            longest = max((float(f.times[-1] - f.times[0]) for f in self.feeds if len(f.times)), default=0.0)
            raise RecordingError(
                f"there is no window to learn from: its streams have {longest:.1f} s, and a window is "
                f"{info.window:g} s long; {windower.poor} had too few samples."
            )
        return [window for window in cut if not any(_overlap(window, span) for span in self.forgotten)]


def check_bundle(info: BundleInfo) -> None:
    """Refuse a bundle with enrolled activities: ConfigError, before anybody performs for it."""
    if info.enrolled:
        enrolled = shortened([enrollment.label for enrollment in info.enrolled])
        raise ConfigError(
            f"{info.name} has enrolled activities ({enrolled}), whose examples would not fit after adapting: "
            "adapt the bundle that it was made of, and enroll them again."
        )


def held_out(windows: Sequence[Window]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the windows that are learned from, and of those held out; none of one overlaps the other's.

    Blocks of `BLOCK` s are held out, one in `EVERY`, so that what is held out was not learned from, and yet
    is of the same minutes.
    """
    if not windows:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    zero = windows[0].start
    starts = np.array([window.start - zero for window in windows])
    ends = np.array([window.end - zero for window in windows])
    first, last = np.floor(starts / BLOCK).astype(int), np.floor((ends - 1e-9) / BLOCK).astype(int)
    held_first, held_last = first % EVERY == EVERY - 1, last % EVERY == EVERY - 1
    held = held_first & held_last & (first == last)
    return np.flatnonzero(~held_first & ~held_last), np.flatnonzero(held)


def _overlap(window: Window, span: Span) -> bool:
    return window.start < span.end and span.start < window.end
