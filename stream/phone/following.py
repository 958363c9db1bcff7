"""Phones that are asked, or publish elsewhere: a thread that stays connected, and comes back after a loss."""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from hnhar.model.errors import HnharError

from ..intake.backend import Clock, Found, Inlet, SourceBackend
from .inlet import PhoneInlet, found
from .phones import Phones

_log = logging.getLogger(__name__)
BACKOFF: Final = (0.5, 5.0)
"""s between two attempts to connect: the first wait, doubled up to the last."""
_LOOK: Final = 0.05


class PhoneLink(ABC):
    """A connection to phones by one protocol; `run` is called again and again, in one thread."""

    def __init__(self) -> None:
        self.phones = Phones(time.monotonic)
        self.state = "connecting"
        """What it waits for, for the user."""

    @abstractmethod
    def run(self, stop: threading.Event) -> None:
        """Connect, and take what comes until `stop`.

        Raises OSError where it is lost or not there, and HnharError with what is wrong.
        """


class Following:
    """A link that is kept up, from `start` to `stop`."""

    def __init__(self, link: PhoneLink, name: str) -> None:
        self.link = link
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self) -> None:
        """End, within about a second."""
        self._stop.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        delay = BACKOFF[0]
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                self.link.run(self._stop)
            except (OSError, HnharError) as error:
                self.link.state = str(error) or type(error).__name__
            except Exception as error:  # of a third party's package; it is begun anew and said
                _log.exception("%s failed", self._thread.name)
                self.link.state = f"{type(error).__name__}: {error}"
            for phone in self.link.phones.all():
                phone.leave()
            delay = BACKOFF[0] if time.monotonic() - begun > BACKOFF[1] else min(2 * delay, BACKOFF[1])
            self._stop.wait(delay)


_following: dict[str, Following] = {}
_lock = threading.Lock()


def following(key: str, make: Callable[[], PhoneLink]) -> PhoneLink:
    """The link of that source, begun where it was not; it lasts as long as this process."""
    with _lock:
        if key not in _following:
            _following[key] = Following(make(), key)
            _following[key].start()
        return _following[key].link


def stop_following() -> None:
    """End every link of this process."""
    with _lock:
        for each in _following.values():
            each.stop()
        _following.clear()


class LinkBackend(SourceBackend):
    """A source of phones that a link finds."""

    scheme: ClassVar[str]

    @abstractmethod
    def link(self, address: str) -> tuple[str, Callable[[], PhoneLink]]:
        """(what it is, for whoever names the same one; how it is made). Raises HnharError."""

    def check(self, address: str) -> None:
        """See `SourceBackend`."""
        self.link(address)

    def find(self, address: str, timeout: float) -> Sequence[Found]:
        """See `SourceBackend`; the reason of nothing is what the link waits for."""
        key, make = self.link(address)
        link = following(f"{self.scheme}:{key}", make)
        until = time.monotonic() + timeout
        while not (streams := found(link.phones.there())):
            if time.monotonic() > until:
                refused = "; ".join(f"{n} refused: {why}" for why, n in link.phones.refused.items())
                raise OSError(f"{link.state}{f' ; {refused}' if refused else ''}")
            time.sleep(_LOOK)
        return streams

    def inlet(self, found: Found, now: Clock) -> Inlet:
        """See `SourceBackend`."""
        return PhoneInlet(found, now)
