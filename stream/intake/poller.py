"""One thread that looks at all inlets that need not be waited for (`backend.Polled`).

A thread for each stream is woken for each of its samples, which costs more than all that is done to them. The
poller's is woken by a sample that may end a window, when that is expected (`due`; of a crowd, it looks for
it), and by a loss; where none tells it of that, it looks for one a few times a second, for all streams at
once. It only pulls and hands on. What blocks (opening, asking for the clock, closing) is done by a thread of
each connection, which sleeps meanwhile.

A client that breaks is dropped alone. One that hangs takes the thread with it: the others go to a new one
(`rescue`) as soon as one of their supervisors sees that nothing moves.
"""

import logging
import threading
from math import ceil, floor
from time import monotonic
from typing import Final, Protocol

from .agenda import Agenda

_log = logging.getLogger(__name__)

TICK: Final = 0.05
"""s after which a client is visited at least that is not told of its loss: one is seen no other way, takes
with it what lies in an inlet, and is promised to be told within 0.1 s."""
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

    @property
    def told(self) -> bool:
        """True if a loss of it is told by `hurry`: it is visited when it wants that, and no sooner."""

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
        self._agenda: Agenda[PollerClient] = Agenda()
        self._serving: PollerClient | None = None
        self._again = False
        """What is served has to be visited once more."""
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
            self._soon(client)
        return True

    def hurry(self, client: PollerClient) -> None:
        """Visit it at once, if it is visited at all."""
        with self._lock:
            if client is self._serving:
                self._again = True
            elif client in self._agenda:
                self._soon(client)

    def has(self, client: PollerClient) -> bool:
        """True if it visits `client`."""
        with self._lock:
            return client is self._serving or client in self._agenda

    def give_up(self) -> list[PollerClient]:
        """End it, though it hangs: its clients, but for the one in which it does."""
        with self._lock:
            self._over = True
            return self._agenda.clear()

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
            if wait is None:
                with self._lock:
                    self._serving, self._again = None, False
                client.drop()
            elif not self._served(client, self._due(client, monotonic(), wait)):
                return None
        with self._lock:
            first = self._agenda.first
            if first is None:
                self._over = True
                return None
            return max(first - monotonic(), self._shared)

    def _served(self, client: PollerClient, due: float) -> bool:
        """The next visit of what is served is due then; False where this is over."""
        with self._lock:
            again, self._serving, self._again = self._again, None, False
            if not self._over:
                self._agenda.plan(client, 0.0 if again else due)
                return True
        client.drop(RuntimeError("it has hung"))
        return False

    def _soon(self, client: PollerClient) -> None:
        """Visit it next; by who has the lock."""
        self._agenda.plan(client, 0.0)
        if self._wake.locked():
            self._wake.release()

    def _stood_by(self) -> bool:
        """Rest in the client that is due first, until what it awaits is there or another is due; False where
        it awaits nothing."""
        with self._lock:
            if not 0 < len(self._agenda) < CROWD:
                return False
            due, self._serving = self._agenda.take()
            client, first = self._serving, self._agenda.first
            until = PATIENCE if first is None else first - monotonic()
        stood = until > 0 and client.stand_by(min(until, PATIENCE))
        self._served(client, 0.0 if stood else due)
        return stood

    @property
    def _shared(self) -> float:
        """s of rest after a round."""
        return min(EACH * len(self._agenda), MOST)

    def _due(self, client: PollerClient, now: float, wait: float) -> float:
        """When to visit a client, that wants to be visited in `wait` s at the latest."""
        if wait <= TICK or client.told:
            return now + wait
        if len(self._agenda) + 1 >= CROWD:
            return (floor(now / TICK) + 1) * TICK
        due = now + (wait / ceil(wait / TICK) if wait < 1.0 else TICK)
        return round(due / SHARED) * SHARED

    def _next(self, now: float) -> PollerClient | None:
        """The first client that is due, to be visited."""
        with self._lock:
            first = self._agenda.first
            if first is not None and first <= now:
                self._serving = self._agenda.take()[1]
            return self._serving


_guard = threading.Lock()
_shared: list[Poller] = []
"""The one of this process, if it has any."""


def enroll(client: PollerClient) -> None:
    """Have `client` visited by the thread that all share."""
    with _guard:
        if not (_shared and _shared[0].add(client)):
            _renew([client])


def hurry(client: PollerClient) -> None:
    """Visit it at once, if it is visited."""
    with _guard:
        if _shared:
            _shared[0].hurry(client)


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
