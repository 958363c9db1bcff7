"""One thread that looks at all inlets that need not be waited for (`backend.Polled`).

A thread for each stream is woken for each of its samples, which costs more than all that is done to them. The
poller's is woken by a sample that may end a window, when that is expected (`due`; of a crowd, it looks for
it), and a few times a second to see losses: for all streams at once. It only pulls and hands on. What blocks
(opening, asking for the clock, closing) is done by a thread of each connection, which sleeps meanwhile.

A client that breaks is dropped alone. One that hangs takes the thread with it: the others go to a new one
(`rescue`) as soon as one of their supervisors sees that nothing moves.
"""

import logging
import threading
from heapq import heappop, heappush
from itertools import count
from math import ceil, floor
from time import monotonic
from typing import Final, Protocol

_log = logging.getLogger(__name__)

TICK: Final = 0.05
"""s after which each client is visited at least: a loss is seen no other way, takes with it what lies in an
inlet, and is promised to be told within 0.1 s."""
CROWD: Final = 8
"""Clients from which on such visits are all made at the same moments, and none is stood by."""
SHARED: Final = 0.01
"""s between the moments of such visits, with few clients: those of one wearer fall together."""
TOGETHER: Final = 1e-4
"""s by which a visit may be early, with another."""
PATIENCE: Final = 0.01
"""s for which a sample is awaited, before all is looked at anew."""
EACH: Final = 1e-5
"""s of rest for each client after a round: those that are due meanwhile share the next."""
MOST: Final = 0.005
"""s of rest after a round that this comes to at most."""


class PollerClient(Protocol):
    """Something that is looked at again and again, by the poller's thread alone."""

    def visit(self) -> float | None:
        """Look, and do what is to be done, without waiting: s until the next visit, which may come sooner;
        None where there shall be none. Raises nothing."""

    def stand_by(self, timeout: float) -> bool:
        """Wait up to `timeout` s for what the next visit is for, if it may come at any moment; False where it
        may not. Raises nothing."""

    def drop(self, error: BaseException | None = None) -> None:
        """No visit follows any more; `error`: what broke, if anything. Quick."""


class Poller:
    """A thread that visits its clients when they want it; it ends when it has none any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake = threading.Lock()  # an event, at a third of its cost
        self._wake.acquire()
        self._queue: list[tuple[float, int, PollerClient]] = []
        """Heap of (time of the next visit, number, client)."""
        self._numbers = count()
        self._serving: PollerClient | None = None
        self._over = False
        self._thread = threading.Thread(target=self._run, name="source-poller", daemon=True)

    def start(self) -> None:
        """Begin; with clients, since it would end at once."""
        self._thread.start()

    def add(self, client: PollerClient) -> bool:
        """Visit `client` from now on; False where this one is over."""
        with self._lock:
            if self._over:
                return False
            heappush(self._queue, (0.0, next(self._numbers), client))
            if self._wake.locked():
                self._wake.release()
        return True

    def has(self, client: PollerClient) -> bool:
        """True if it visits `client`."""
        with self._lock:
            return client is self._serving or any(client is other for _, _, other in self._queue)

    def give_up(self) -> list[PollerClient]:
        """End it, though it hangs: its clients, but for the one in which it does."""
        with self._lock:
            self._over = True
            clients = [client for _, _, client in self._queue]
            self._queue.clear()
        return clients

    def _run(self) -> None:
        try:
            while (rest := self._round()) is not None:
                if rest > 0 and not self._stood_by():
                    self._wake.acquire(timeout=rest)
        except BaseException as error:
            _log.exception("the thread that reads all sources failed")
            for client in (*self.give_up(), *filter(None, (self._serving,))):
                client.drop(error)

    def _round(self) -> float | None:
        """Visit all that are due: s to rest, or None where it is over."""
        begun = monotonic()
        while (client := self._next(begun + TOGETHER)) is not None:
            wait = client.visit()
            with self._lock:
                self._serving = None
                given_up = self._over
                if wait is not None and not given_up:
                    heappush(self._queue, (self._due(monotonic(), wait), next(self._numbers), client))
            if given_up:
                client.drop(RuntimeError("it has hung"))
                return None
            if wait is None:
                client.drop()
        with self._lock:
            if not self._queue:
                self._over = True
                return None
            shared = min(EACH * len(self._queue), MOST)
            return max(self._queue[0][0] - monotonic(), shared)

    def _stood_by(self) -> bool:
        """Rest in the client that is due first, until what it awaits is there or another is due; False where
        it awaits nothing."""
        with self._lock:
            if not 0 < len(self._queue) < CROWD:
                return False
            due, number, client = heappop(self._queue)
            until = self._queue[0][0] - monotonic() if self._queue else PATIENCE
            self._serving = client
        stood = until > 0 and client.stand_by(min(until, PATIENCE))
        with self._lock:
            self._serving = None
            given_up = self._over
            if not given_up:
                heappush(self._queue, (0.0 if stood else due, number, client))
        if given_up:
            client.drop(RuntimeError("it has hung"))
        return stood

    def _due(self, now: float, wait: float) -> float:
        """When to visit a client, that wants to be visited in `wait` s at the latest."""
        if wait <= TICK:
            return now + wait
        if len(self._queue) >= CROWD:
            return (floor(now / TICK) + 1) * TICK
        due = now + (wait / ceil(wait / TICK) if wait < 1.0 else TICK)
        return round(due / SHARED) * SHARED

    def _next(self, now: float) -> PollerClient | None:
        """The first client that is due, to be visited."""
        with self._lock:
            if self._queue and self._queue[0][0] <= now:
                self._serving = heappop(self._queue)[2]
            return self._serving


_guard = threading.Lock()
_shared: list[Poller] = []
"""The one of this process, if it has any."""


def enroll(client: PollerClient) -> None:
    """Have `client` visited by the thread that all share."""
    with _guard:
        if not (_shared and _shared[0].add(client)):
            _renew([client])


def rescue(client: PollerClient) -> bool:
    """After no visit for long: True if `client` is visited anew, by another thread; False where it is itself
    in what the thread hangs, or is visited no more."""
    with _guard:
        if not _shared or not _shared[0].has(client):
            return False
        others = _shared[0].give_up()
        if others:
            _renew(others)
        return any(client is other for other in others)


def _renew(clients: list[PollerClient]) -> None:
    _shared[:] = [Poller()]
    for client in clients:
        _shared[0].add(client)
    _shared[0].start()
