"""Repetitions of one wearer's activities, from their windows and events. Pure: time comes with windows.

While nothing goes on, only the last seconds of samples are kept, and nothing is computed. While an activity
is on, its samples are kept; of a long one what lies further back is counted once and then forgotten, so that
an hour takes no more memory than a minute. Everything follows from the windows and the events in their
order, so a recording gives what a live run over it gives, to the bit.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from hnhar.model.modality import Modality

from ..messages import Event, Window
from .angles import JointAngles
from .count import Counting, counted
from .signals import MotionChannels
from .tally import Tally
from .track import Track

MARGIN: Final = 1.0
"""s before an onset and after an offset that are looked at: both are known to some tenths of a second."""
BEFORE: Final = 3.0
"""s that are kept beyond a window's length while nothing is on: an onset is decided later than it was."""
SECTION: Final = 30.0
"""s of an activity that are looked at together at most."""
WAITING: Final = 256
"""Windows at most that were classified and not decided on: beyond them what is on is not counted."""


class RepetitionCounter:
    """Counts the repetitions of one wearer."""

    def __init__(self, modalities: Sequence[Modality], window: float) -> None:
        """`window`: length of a window, s."""
        self._counting = Counting(
            {m.name: MotionChannels(m) for m in modalities}, {m.name: JointAngles(m) for m in modalities}
        )
        self._track = Track(modalities, window)
        self._keep = window + BEFORE
        self._waiting: deque[tuple[int, Window]] = deque(maxlen=WAITING)
        self._begin: float | None = None
        """Time from which on the motion of the activity that is on is looked at, s; None while none is on."""
        self._anchor: float | None = None
        """Time up to which its repetitions are in the tally, s; None where none is."""
        self._tally = Tally()

    def classified(self, seq: int, window: Window) -> None:
        """A window was classified, as prediction number `seq`; it counts when that is decided on."""
        if len(self._waiting) == WAITING:
            # what is on has a hole then: rather no count than a wrong one
            self._track.clear()
            self._begin = None
        self._waiting.append((seq, window))

    def follow(self, events: Sequence[Event], seq: int) -> list[Event]:
        """The events that prediction number `seq` decided, each offset with its repetitions."""
        back = None
        while self._waiting and self._waiting[0][0] <= seq:
            window = self._waiting.popleft()[1]
            if window.end > self._track.end:
                self._track.take(window)
            else:
                back = window
        made = self.ended(events)
        if back is not None:
            # time has stepped back: what came before was good for the events that end with it
            self._track.clear()
            self._track.take(back)
        self._settle()
        return made

    def ended(self, events: Sequence[Event]) -> list[Event]:
        """Events after which no window came, each offset with its repetitions."""
        return [self._of(event) for event in events]

    @property
    def counting(self) -> bool:
        """True while an activity is on."""
        return self._begin is not None

    @property
    def kept(self) -> int:
        """Samples that are kept, of all modalities."""
        return self._track.kept

    def so_far(self) -> int:
        """Count the repetitions of the activity that is on; 0 where none is, or nothing repeats yet."""
        if self._begin is None:
            return 0
        stretches = self._track.between(self._begin, self._track.end)
        rest = counted(stretches, self._counting, self._anchor, ranges=False)
        total = self._tally.count + (rest.count if rest is not None else 0)
        return total if total > 1 else 0

    def _of(self, event: Event) -> Event:
        if event.kind == "onset":
            # motion that is no activity is told when it is over: its beginning is not kept
            self._begin = None if event.unknown else event.onset - MARGIN
            self._tally, self._anchor = Tally(), None
            return event
        if self._begin is None:
            return event
        end = event.onset + (event.duration or 0.0)
        stretches = self._track.between(self._begin, end + MARGIN)
        self._begin = None
        if not stretches:
            return event
        self._tally.add(counted(stretches, self._counting, self._anchor))
        return replace(event, repetitions=self._tally.repetitions())

    def _settle(self) -> None:
        """Count the older part of what has become long, and forget what nobody will ask for."""
        end = self._track.end
        if self._begin is not None and end - self._begin > SECTION:
            until = end - SECTION / 2
            found = counted(self._track.between(self._begin, end), self._counting, self._anchor)
            ended = self._tally.add(found, until)
            self._begin = until
            if found is not None and ended:
                self._anchor = float(found.bounds[ended])
                # some periods before it, so that the next one is seen in its company
                self._begin = self._anchor - min(SECTION / 4, 2.0 * float(np.diff(found.bounds).max()))
        self._track.forget(end - self._keep if self._begin is None else self._begin)
