"""A camera or a video watched over: rows as they come, what is lost opened again, and how it stands."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from hnhar.model.errors import SourceError

from .address import CameraAddress
from .letters import CameraOpened, Over, Row
from .process import Worker

LATELY: Final = 5.0
"""s over which rate and latency are measured."""
AGAIN: Final = 1.0
"""s until what was lost is opened again."""
MUTE: Final = 15.0
"""s without an image after which a camera is opened anew; it shows in no other way that it hangs."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """How it stands, for somebody to read."""

    opened: CameraOpened | None
    """None while it is being opened, or lost."""
    trouble: str
    """Reason why there are no images now; "" while there are."""
    images: int
    """Looked at since the start."""
    dropped: int
    """Not looked at, since another had come meanwhile."""
    occupied: int
    """Images with somebody in them."""
    lost: int
    """Times that it was lost."""
    rate: float
    """Images a second, lately."""
    latency: tuple[float, float] | None
    """Median and 99th percentile of late, s: from when an image was taken to when its row is here."""
    people: int
    """In the newest image."""
    joints: int
    """Of the person that is followed, seen in the newest image."""
    position: float
    """s since the begin of a file."""
    ended: bool
    """A file is over."""


class CameraFeed:
    """One camera or video, opened as often as need be."""

    def __init__(self, address: CameraAddress) -> None:
        self._address = address
        self._worker: Worker | None = None
        self._opened: CameraOpened | None = None
        self._trouble = "the camera and the model are being opened"
        self._heard = self._retry = time.monotonic()
        self._images = self._dropped = self._gone = self._occupied = self._lost = 0
        self._recent: deque[tuple[float, float]] = deque()
        """(when it came, latency) of the images of late, s."""
        self._newest: Row | None = None
        self._first: float | None = None
        self.ended = False

    def rows(self, timeout: float) -> Iterator[Row]:
        """Images that came, waited for up to `timeout` s.

        Raises SourceError for a fault that will not pass, and where it cannot be opened the first time.
        """
        now = time.monotonic()
        if self._worker is None:
            if now < self._retry:
                time.sleep(min(timeout, self._retry - now))
                return
            self._worker, self._heard = Worker(self._address), now
        while (letter := self._worker.read(timeout)) is not None:
            timeout, self._heard = 0.0, time.monotonic()
            if isinstance(letter, Row):
                self._note(letter)
                yield letter
            elif isinstance(letter, CameraOpened):
                self._opened, self._trouble = letter, ""
            else:
                self._over(letter)
                return
        if time.monotonic() - self._heard > MUTE:
            self._over(Over(f"no image came for {MUTE:g} s", "lost"))

    def _note(self, row: Row) -> None:
        now = time.monotonic()
        self._images += 1
        self._occupied += row.people > 0
        self._gone = row.dropped
        self._newest = row
        self._first = row.time if self._first is None else self._first
        self._recent.append((now, now - row.time))
        while self._recent and now - self._recent[0][0] > LATELY:
            self._recent.popleft()

    def _over(self, over: Over) -> None:
        self.close()
        self._dropped, self._gone = self._dropped + self._gone, 0
        if over.kind == "refused" or not (self._opened or self._lost):
            raise SourceError(over.reason)
        self.ended = over.kind == "end"
        self._lost += not self.ended and self._opened is not None
        self._opened, self._newest, self._trouble = None, None, over.reason
        self._retry = time.monotonic() + AGAIN
        if not self.ended:
            self._recent.clear()

    def state(self) -> FeedState:
        """How it stands now."""
        now, row = time.monotonic(), self._newest
        recent = [late for came, late in self._recent if now - came <= LATELY]
        span = now - self._recent[0][0] if recent else 0.0
        latency = np.percentile(recent, (50, 99)).tolist() if recent else None
        return FeedState(
            opened=self._opened,
            trouble=self._trouble,
            images=self._images,
            dropped=self._dropped + self._gone,
            occupied=self._occupied,
            lost=self._lost,
            rate=len(recent) / span if span > 0.5 else 0.0,
            latency=(latency[0], latency[1]) if latency else None,
            people=row.people if row else 0,
            joints=int(np.isfinite(row.sample[::4]).sum()) if row else 0,
            position=row.time - self._first if row and self._first is not None else 0.0,
            ended=self.ended,
        )

    def close(self) -> None:
        """End its process."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()
