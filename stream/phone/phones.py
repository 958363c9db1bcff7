"""Phones that send, each with a bounded buffer of rows between its door and whoever reads it."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..messages import StreamDescription
from .clock import PhoneClock
from .merge import Merge
from .readings import ACC, AXES, GYRO, LINEAR, UNITS, Readings

ROWS: Final = 8192
"""Rows that wait to be read: 10 s at 800 Hz."""
FASTEST: Final = 4000.0
"""Readings a second that are taken of one phone; beyond, for a burst of `BURST` s, they are dropped."""
BURST: Final = 12.0
SETTLE: Final = 0.6
"""s from a phone's first reading until it is known which sensors it sends."""
GONE: Final = 5.0
"""s of silence after which a phone is there no longer."""
PHONES: Final = 16
"""Phones at once; further ones are refused."""
REASONS: Final = 64
"""Different reasons of refusals that are counted apart."""
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Identity:
    """The sender of readings."""

    id: str
    """Stays the same when the phone comes back."""
    name: str
    app: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class PhoneStatus:
    """A phone at one moment, for people."""

    name: str
    app: str
    host: str
    sensors: tuple[str, ...]
    rate: float
    """Hz over the last seconds, by its stamps."""
    latency: float
    """s from the newest stamp of its last message to the arrival, above the least on the way."""
    batch: float
    """s that its last messages spanned."""
    received: int
    dropped: dict[str, int]
    silent: float
    """s since its last message."""
    clock_offset: float | None
    note: str


class Phone:
    """One phone: its doors' threads put readings in, one reader takes rows."""

    def __init__(self, identity: Identity, now: Clock, *, units: dict[str, str] | None = None) -> None:
        """`now`: our clock, s; `units` of the sensors, where the protocol does not convert them."""
        self.identity = identity
        self.clock = PhoneClock()
        self.dropped: Counter[str] = Counter()
        self.note = ""
        self.connected = True
        """False where a connection that it held is closed."""
        self.turn = 0
        """Counts up where it sends other sensors than before."""
        self._now = now
        self._units = {**UNITS, **(units or {})}
        self._ready = threading.Condition()
        self._first: float | None = None
        self._arrived = now()
        self._seen: set[str] = set()
        self._early: list[Readings] = []
        self._merge: Merge | None = None
        self._rows: deque[tuple[float, NDArray[np.float64]]] = deque(maxlen=ROWS)
        self._marks: deque[tuple[float, int]] = deque(maxlen=64)
        self._received = 0
        self._batch = 0.0
        self._credit = (self._arrived, BURST * FASTEST)

    def take(self, new: Sequence[Readings], arrived: float) -> None:
        """Readings of one message that came at `arrived`, s by our clock."""
        new = [readings for readings in new if len(readings.times)]
        if not new:
            return
        count = sum(len(readings.times) for readings in new)
        with self._ready:
            self._arrived = arrived
            self.connected = True
            if not self._afford(count, arrived):
                self.dropped["flood"] += count
                return
            self._first = arrived if self._first is None else self._first
            newest = max(float(readings.times.max()) for readings in new)
            self.clock.note(newest, arrived)
            self._batch = newest - min(float(readings.times.min()) for readings in new)
            self._note_sensors({readings.sensor for readings in new})
            if self._merge is None:
                self._early += new
                if {ACC, GYRO} <= self._seen or arrived - self._first >= SETTLE:
                    self._settle()
            else:
                self._merge_in(new)
            self._ready.notify_all()

    def touch(self) -> None:
        """It is there, though it sent no reading."""
        self._arrived = self._now()

    def leave(self) -> None:
        """The connection that it held is closed."""
        with self._ready:
            self.connected = False
            self._ready.notify_all()

    @property
    def there(self) -> bool:
        """True while it sends."""
        return self.connected and self._now() - self._arrived < GONE

    @property
    def batch(self) -> float:
        """s that its last message spanned: for so long it is silent between two."""
        return self._batch

    def description(self) -> StreamDescription | None:
        """Its stream; None while it is not known what it sends."""
        with self._ready:
            if self._merge is None and self._first is not None and self._now() - self._first >= SETTLE:
                self._settle()
            sensors = self._merge.sensors if self._merge is not None else ()
        if not sensors:
            return None
        channels = tuple(f"{sensor}_{axis}" for sensor in sensors for axis in AXES)
        units = tuple(self._units[sensor] for sensor in sensors for _ in AXES)
        who = self.identity
        return StreamDescription(
            who.name, "IMU", who.id, channels, units, 0.0, hostname=who.host, manufacturer=who.app
        )

    def clear(self) -> None:
        """Forget what waits: who begins to read wants what comes from now on."""
        with self._ready:
            self._rows.clear()

    def rows(self, timeout: float, most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, channels) rows and (n,) stamps by the phone's clock; waits up to `timeout` s for the first."""
        with self._ready:
            if not self._rows and self.connected:
                self._ready.wait(timeout)
            taken = [self._rows.popleft() for _ in range(min(most, len(self._rows)))]
        if not taken:
            columns = self._merge.columns if self._merge is not None else len(AXES)
            return np.empty((0, columns)), np.empty(0)
        return np.array([row for _, row in taken]), np.array([stamp for stamp, _ in taken])

    def status(self) -> PhoneStatus:
        """As it is now."""
        with self._ready:
            marks = list(self._marks)
            span = marks[-1][0] - marks[0][0] if len(marks) > 1 else 0.0
            rate = (marks[-1][1] - marks[0][1]) / span if span > 0 else 0.0
            sensors = self._merge.sensors if self._merge is not None else tuple(sorted(self._seen))
            lost = {"repeated": self._merge.repeated, "waited": self._merge.lost} if self._merge else {}
            dropped = {k: v for k, v in {**self.dropped, **lost}.items() if v}
            who = self.identity
            return PhoneStatus(
                *(who.name, who.app, who.host, sensors, rate, self.clock.latency, self._batch),
                *(self._received, dropped, self._now() - self._arrived, self.clock.offset, self.note),
            )

    def _afford(self, count: int, arrived: float) -> bool:
        since, credit = self._credit
        credit = min(credit + FASTEST * max(arrived - since, 0.0), BURST * FASTEST)
        enough = count <= credit
        self._credit = arrived, credit - count if enough else credit
        return enough

    def _note_sensors(self, sensors: set[str]) -> None:
        new = sensors - self._seen
        self._seen |= sensors
        if self._merge is not None and new - {LINEAR}:
            # another stream from now on: what reads the one before is told that it is over
            self._merge, self._first, self._early = None, self._arrived, []
            self._rows.clear()
            self.turn += 1

    def _settle(self) -> None:
        lead = ACC if ACC in self._seen else LINEAR
        self._merge = Merge([sensor for sensor in (lead, GYRO) if sensor in self._seen])
        early, self._early = self._early, []
        self._merge_in(early)

    def _merge_in(self, new: Sequence[Readings]) -> None:
        if self._merge is None:
            return
        for readings in new:
            self._merge.add(readings)
        stamps, rows = self._merge.rows()
        if not len(stamps):
            return
        over = len(self._rows) + len(stamps) - ROWS
        if over > 0:
            self.dropped["unread"] += over
        self._rows.extend(zip(stamps.tolist(), rows, strict=True))
        self._received += len(stamps)
        last = self._marks[-1][0] if self._marks else None
        if last is not None and stamps[-1] < last:
            self._marks.clear()
        self._marks.append((float(stamps[-1]), self._received))
        while len(self._marks) > 2 and stamps[-1] - self._marks[1][0] > GONE:
            self._marks.popleft()


class Phones:
    """All phones of one door, and what it refused."""

    def __init__(self, now: Clock) -> None:
        """`now`: our clock, s."""
        self.now = now
        self._refused: Counter[str] = Counter()
        self._phones: dict[str, Phone] = {}
        self._lock = threading.Lock()

    def phone(self, identity: Identity, *, units: dict[str, str] | None = None) -> Phone | None:
        """The phone of that id, made where it is new; None where there are too many."""
        with self._lock:
            known = self._phones.get(identity.id)
            if known is not None:
                known.identity = identity
                return known
            if len(self._phones) >= PHONES:
                gone = [key for key, phone in self._phones.items() if not phone.there]
                if not gone:
                    return None
                del self._phones[gone[0]]
            made = self._phones[identity.id] = Phone(identity, self.now, units=units)
            return made

    def refuse(self, reason: str) -> None:
        """Count a message or a request that is not taken."""
        with self._lock:
            known = reason in self._refused or len(self._refused) < REASONS
            self._refused[reason if known else "other reasons"] += 1

    @property
    def refused(self) -> dict[str, int]:
        """Reason -> messages and requests that were not taken."""
        with self._lock:
            return dict(self._refused)

    def all(self) -> list[Phone]:
        """Every phone that sent, in the order in which they came."""
        with self._lock:
            return list(self._phones.values())

    def there(self) -> list[Phone]:
        """Those that send now."""
        return [phone for phone in self.all() if phone.there]
