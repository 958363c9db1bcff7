"""Samples of an inlet that is looked at, gathered until a window may end with them.

One hop is one chunk: what is done to samples costs nearly the same for one as for a dozen. They are gathered
only while the stream is steady (`Flow.newest`) and its stamps are seconds; else each is handed on as it is
found.
"""

from collections.abc import Callable
from math import floor, inf, isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..flow.flow import Flow
from .backend import ROOM, Clock, Polled, Thrifty
from .due import ExpectedSample
from .poller import TICK

LONGEST: Final = 0.25
"""s for which samples are gathered: what is shown of a stream is so old at most."""
PLAIN: Final = 0.005
"""s between looks at a stream that is not steady."""
SILENT: Final = 0.5
"""s without a sample after which it is looked at with all others."""
SPARE: Final = 0.003
"""s by which a sample may be late, before each wakes liblsl again: it may be another than the expected."""
ENDING: Final = 200
"""Looks for the loss that was told of, which liblsl sees a moment later."""

_NONE: Final = np.empty((0, 1))

HandOn = Callable[[NDArray[np.floating], NDArray[np.float64], float], str]
"""(n, channels) samples with the sender's stamps (n,) s, which arrived at so many s -> the reason where the
stream is to be given up."""


class Gathering:
    """Looks at one inlet, by one thread."""

    def __init__(
        self,
        inlet: Polled,
        flow: Flow,
        hand_on: HandOn,
        now: Clock,
        hop: float | None,
        beside: list[ExpectedSample] | None = None,
        *,
        phase: float = 0.0,
    ) -> None:
        """`flow`: that to which `hand_on` leads; `now`: our clock, s; `hop`: windows end at multiples of it
        and `phase`, s; None: nothing is gathered; `beside`: the streams of the wearer."""
        self._inlet = inlet
        self._flow = flow
        self._hand_on = hand_on
        self._now = now
        self._hop = hop
        self._phase = phase
        self._due = ExpectedSample(hop if hop is not None else inf, beside, phase)
        self._shift: float | None = None
        """From the sender's stamps to the common clock, s; None: nothing is gathered."""
        self._count = 0
        """Samples that were pulled and not handed on."""
        self._handed = 0.0
        """Time of the last sample that was handed on, s, where it is known."""
        self._more = False
        """There was no room for all."""
        self._thrifty = inlet if isinstance(inlet, Thrifty) else None
        self._told = False
        """A loss is told of."""
        self._ending = 0
        """Looks that are left for the one that was."""
        self._since = self._arrived = self._looked = now()
        """When the first of them came, the last one, and when none were there last, s."""

    @property
    def held(self) -> int:
        """Samples that were pulled and not handed on yet."""
        return self._count

    @property
    def told(self) -> bool:
        """True if it need not be looked at to see a loss."""
        return self._told

    def tell_end(self, hurry: Callable[[], None]) -> None:
        """Call `hurry` when a look may see a loss, from any thread."""

        def tell() -> None:
            self._ending = ENDING
            hurry()

        self._told = self._thrifty is not None and self._thrifty.tell_end(tell)

    def look(self) -> str:
        """Pull what is there, and hand on what has to be; the reason where the stream is to be given up.

        Raises ConnectionError where it is lost: what came before is handed on.
        """
        before = self._count
        try:
            self._count = count = self._inlet.gather()
        except Exception:
            self.hand_on()
            raise
        now, self._more = self._now(), count == ROOM
        if count == before:
            if self._flow.held or self._is_quiet(now):
                self._looked = now
                return self.hand_on() or self._hand_on(_NONE, np.empty(0), now)
            return ""
        self._arrived = now
        if not before:
            self._since = now
        if self._ends(self._inlet.last_stamp(), count - before) or self._more or now - self._since >= LONGEST:
            return self.hand_on()
        return ""

    def wait(self) -> float:
        """s until the next look."""
        if self._more:
            return 0.0
        now = self._now()
        silent = now - self._arrived > SILENT
        if self._shift is None:
            wait = TICK if silent else PLAIN
        else:
            wait = TICK if silent and self._due.overdue(now) else self._due.wait(now)
        if self._thrifty is not None:
            self._spare(self._thrifty, now)
        if self._ending:
            self._ending -= 1
            return min(wait, PLAIN)
        return min(wait, LONGEST)

    @property
    def awaited(self) -> bool:
        """True if what ends a window may be there at any moment."""
        return self._shift is not None and self._due.awaited

    def stand_by(self, timeout: float) -> None:
        """Wait up to `timeout` s for a sample."""
        self._inlet.stand_by(timeout)

    def hand_on(self) -> str:
        """Hand on what was gathered; see `look`."""
        if not self._count:
            return ""
        self._count = 0
        samples, times = self._inlet.take()
        reason = self._hand_on(samples, times, self._arrived)
        newest = self._flow.newest if self._hop is not None else None
        if newest is not None and self._flow.in_seconds and isfinite(times[-1]):
            self._shift, self._handed = newest - float(times[-1]), newest
        else:
            self._shift = None
            self._due.restart()
        return reason

    def close(self) -> None:
        """Hand on the last of it; no look follows."""
        self._due.over()
        self.hand_on()

    def _spare(self, inlet: Thrifty, now: float) -> None:
        """Have it woken by the sample that is expected, not by those before it."""
        steady = self._shift is not None and self._due.steps and now < self._due.expected + SPARE
        inlet.wake_at(min(self._due.steps, ROOM // 4) if steady else 1)

    def _is_quiet(self, now: float) -> bool:
        """True if it is to be told that nothing came, which a steady stream is not expected to do."""
        pause = 0.0 if self._shift is None or not self._told else LONGEST
        return now - self._arrived > pause and now - max(self._arrived, self._looked) >= 0.9 * TICK

    def _ends(self, stamp: float, count: int) -> bool:
        """True if a window may end with the last of `count` samples, so stamped by the sender."""
        if self._hop is None or self._shift is None or not isfinite(stamp):
            return True
        newest = stamp + self._shift
        self._due.came(newest, count, self._arrived)
        return self._place(newest) != self._place(self._handed)

    def _place(self, time: float) -> int:
        """Number of the hop that a time (s) lies in."""
        assert self._hop is not None
        return floor((time - self._phase) / self._hop)
