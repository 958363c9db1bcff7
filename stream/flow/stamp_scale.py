"""Live time stamps that count ms, µs or ns, in seconds from the first few on."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..mapping.stamp_unit import SECOND, stamp_unit

DIFFERENT: Final = 12
"""Different stamps by which the unit is told; those before it is are handed on as they are."""
LOOKED: Final = 500
"""Stamps that are looked at, at most: bursts may share theirs."""


class StampScale:
    """The unit of one connection's stamps."""

    def __init__(self, nominal: float) -> None:
        """`nominal`: declared rate, Hz; 0 where there is none."""
        self._nominal = nominal
        self._unit = SECOND
        self._first: list[float] | None = []

    @property
    def fault(self) -> str:
        """The unit in words, where it is none of LSL's; "" for seconds."""
        return "" if self._unit is SECOND else f"its time stamps count {self._unit.name}: they are taken so"

    def seconds(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) stamps as they were sent -> s."""
        if self._first is not None:
            self._first += times[:LOOKED].tolist()
            if len(set(self._first)) >= DIFFERENT or len(self._first) >= LOOKED:
                self._unit, self._first = stamp_unit(np.array(self._first), self._nominal), None
        return times if self._unit is SECOND else times * self._unit.seconds
