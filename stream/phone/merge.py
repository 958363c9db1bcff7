"""Accelerometer and gyroscope of one phone, each with stamps of its own, as rows of both. Pure.

A row stands at a stamp of the first sensor; the second is interpolated to it, and waited for until it has
passed that stamp. Where it is silent, or has a hole, its values are missing (NaN).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .clock import STEP
from .readings import AXES, Readings

HOLD: Final = 0.25
"""s for which the second sensor is waited for, and the longest hole in it that is bridged."""
MOST: Final = 8192
"""Readings of a sensor that wait for the other."""


class Merge:
    """Rows of the sensors of one phone."""

    def __init__(self, sensors: Sequence[str]) -> None:
        """`sensors`: one or two, in the order of the columns; the first gives the stamps."""
        self.sensors = tuple(sensors)
        self.repeated = 0
        """Readings not above the stamp before, left out."""
        self.lost = 0
        """Readings that waited in vain and made room."""
        self._clear()

    @property
    def columns(self) -> int:
        """Three for each sensor."""
        return len(AXES) * len(self.sensors)

    def add(self, new: Readings) -> None:
        """Take the readings of one sensor; of a sensor that is not merged nothing."""
        if new.sensor not in self.sensors or not len(new.times):
            return
        order = np.argsort(new.times, kind="stable")
        times, values = new.times[order], new.values[order]
        last = self._last.get(new.sensor, -np.inf)
        if times[-1] < last - STEP:  # the phone's clock was set back
            self._clear()
            last = -np.inf
        fresh = (np.diff(times, prepend=last) > 0) & (times > last)
        self.repeated += int(np.count_nonzero(~fresh))
        times, values = times[fresh], values[fresh]
        if not len(times):
            return
        self._last[new.sensor] = float(times[-1])
        before, rows = self._held[new.sensor]
        held = np.concatenate((before, times)), np.concatenate((rows, values))
        self.lost += max(len(held[0]) - MOST, 0)
        self._held[new.sensor] = held[0][-MOST:], held[1][-MOST:]

    def rows(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n,) stamps and (n, columns) rows that are complete now; each is given once."""
        times, values = self._held[self.sensors[0]]
        if not len(times):
            return times, np.empty((0, self.columns))
        if len(self.sensors) == 1:
            self._held[self.sensors[0]] = times[:0], values[:0]
            return times, values
        others, beside = self._held[self.sensors[1]]
        reached = max(self._last.get(self.sensors[1], -np.inf), float(times[-1]) - HOLD)
        ready = int(np.searchsorted(times, reached, side="right"))
        if not ready:
            return times[:0], np.empty((0, self.columns))
        self._held[self.sensors[0]] = times[ready:], values[ready:]
        out = np.column_stack((values[:ready], _at(times[:ready], others, beside)))
        if len(others):
            keep = max(int(np.searchsorted(others, times[ready - 1], side="right")) - 1, 0)
            self._held[self.sensors[1]] = others[keep:], beside[keep:]
        return times[:ready], out

    def _clear(self) -> None:
        self._last: dict[str, float] = {}
        self._held = {sensor: (np.empty(0), np.empty((0, len(AXES)))) for sensor in self.sensors}


def _at(
    wanted: NDArray[np.float64], times: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(m, 3) values between their neighbors at (m,) stamps; NaN where these are too far apart, or none."""
    out = np.full((len(wanted), len(AXES)), np.nan)
    if not len(times) or not len(wanted):
        return out
    right = np.searchsorted(times, wanted)
    left = np.clip(right - 1, 0, len(times) - 1)
    right = np.clip(right, 0, len(times) - 1)
    exact = times[right] == wanted
    inside = (times[left] <= wanted) & (wanted <= times[right]) & (times[right] - times[left] <= HOLD)
    span = np.where(times[right] > times[left], times[right] - times[left], 1.0)
    share = np.where(exact, 1.0, (wanted - times[left]) / span)[:, None]
    between = np.where(exact[:, None], values[right], values[left] * (1 - share) + values[right] * share)
    kept = inside | exact
    out[kept] = between[kept]
    return out
