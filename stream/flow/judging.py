"""Samples on the weights' channels, those masked that cannot be right; a body that leaps begins anew."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..mapping.channel_map import ChannelMap
from .pace import RateCheck
from .quality import Quality

LEAPT: Final = "the body is elsewhere at once: another person may be tracked"


class Judging:
    """The last stages of one feed, live or recorded: its channels mapped, its values judged."""

    def __init__(
        self,
        channel_map: ChannelMap,
        send: Callable[[NDArray[np.float32], NDArray[np.float64]], None],
        begin_anew: Callable[[str], None],
        remark: Callable[[str], None],
        grid: float,
    ) -> None:
        """`send` takes (n, columns) values and their (n,) times, s; `begin_anew` the reason why what comes
        next does not continue what came before; `remark` what happened in the samples; `grid`: rate of the
        modality's time grid, Hz."""
        self.map = channel_map
        self.quality = Quality(channel_map.checks)
        self._pace = RateCheck(grid)
        self._send = send
        self._begin_anew = begin_anew
        self._remark = remark

    @property
    def faults(self) -> tuple[str, ...]:
        """Present faults of the samples, in words."""
        pace = self._pace.fault
        return (pace, *self.quality.faults) if pace else self.quality.faults

    def take(
        self, samples: NDArray[np.floating], times: NDArray[np.float64], *, drifting: bool = False
    ) -> None:
        """(n, channels) samples as sent, at (n,) increasing s; `drifting`: they count as missing."""
        values = self.map.apply(samples)
        for words in self.map.remarks():
            self._remark(words)
        while len(times):
            until = self.quality.leap(values, times)
            if until == len(times):
                self._judged(values, times, drifting)
                return
            if until:
                self._judged(values[:until].copy(), times[:until].copy(), drifting)
            values, times = values[until:].copy(), times[until:].copy()
            self.restart(LEAPT)

    def restart(self, reason: str) -> None:
        """Begin a new segment."""
        self.quality.restart()
        self._pace.restart()
        self._begin_anew(reason)

    def _judged(self, values: NDArray[np.float32], times: NDArray[np.float64], drifting: bool) -> None:
        self._pace.take(times)
        values = self.quality.mask(values, times, counted=not drifting)
        if drifting:
            self.quality.count("clock", len(times))
            values = np.full_like(values, np.nan)
        self._send(values, times)
