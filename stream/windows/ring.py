"""Samples of one feed in time order, kept until every window that needs them has closed."""

import numpy as np
from numpy.typing import NDArray


class Ring:
    """A preallocated buffer of (timestamp, sample) rows with contiguous views.

    Rows are appended at the end and dropped at the front; when the end of the buffer is reached, what is
    still kept moves to its start. It doubles while the reader is behind, up to `limit` rows; past that the
    oldest row goes and is counted in `overflowed`.
    """

    def __init__(self, columns: int, *, capacity: int = 256, limit: int = 1 << 17) -> None:
        """`columns`: width of a sample; `capacity`: rows allocated at first; `limit`: rows at most."""
        self._samples = np.empty((capacity, columns), np.float32)
        self._times = np.empty(capacity, np.float64)
        self._limit = limit
        self._begin = 0
        self._end = 0
        self.appended = 0
        """Rows ever appended."""
        self.overflowed = 0
        """Rows that were pushed out before their time."""

    def __len__(self) -> int:
        return self._end - self._begin

    @property
    def times(self) -> NDArray[np.float64]:
        """(n,) s; a view, valid until the next append or drop."""
        return self._times[self._begin : self._end]

    @property
    def samples(self) -> NDArray[np.float32]:
        """(n, columns); a view, valid until the next append or drop."""
        return self._samples[self._begin : self._end]

    def append(self, times: NDArray[np.float64], samples: NDArray[np.float32]) -> None:
        """Add (n,) times, later than all before, and their (n, columns) samples."""
        rows = len(times)
        self.appended += rows
        if rows > self._limit:
            self.overflowed += rows - self._limit
            times, samples, rows = times[-self._limit :], samples[-self._limit :], self._limit
        excess = len(self) + rows - self._limit
        if excess > 0:
            self.drop(excess)
            self.overflowed += excess
        if self._end + rows > len(self._times):
            self._make_room(len(self) + rows)
        self._times[self._end : self._end + rows] = times
        self._samples[self._end : self._end + rows] = samples
        self._end += rows

    def drop(self, rows: int) -> None:
        """Forget the oldest `rows` rows."""
        self._begin += min(rows, len(self))

    def clear(self) -> None:
        """Forget everything."""
        self._begin = self._end = 0

    def _make_room(self, needed: int) -> None:
        kept = len(self)
        capacity = len(self._times)
        # half full after moving would move again soon: grow instead
        while capacity < 2 * needed and capacity < 2 * self._limit:
            capacity *= 2
        if capacity == len(self._times):
            self._times[:kept] = self._times[self._begin : self._end].copy()
            self._samples[:kept] = self._samples[self._begin : self._end].copy()
        else:
            times = np.empty(capacity, np.float64)
            samples = np.empty((capacity, self._samples.shape[1]), np.float32)
            times[:kept] = self.times
            samples[:kept] = self.samples
            self._times, self._samples = times, samples
        self._begin, self._end = 0, kept
