"""A source backend that plays a script: a sender and its inlet, faults on demand, and time that is told.

Every sample says in its channels to which segment of its sender it belongs (gyro_x) and when it was truly
taken (gyro_y), so that a window shows whether it mixes segments and whether it is on time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.intake.backend import ROOM, Clock, Found, Inlet, SourceBackend
from hnhar.stream.messages import StreamDescription

AXES = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
SCHEMAS = {
    "plain": (AXES, ("g",) * 3 + ("deg/s",) * 3),
    "si, reversed": (AXES[::-1], ("rad/s",) * 3 + ("m/s^2",) * 3),
    "no unit": (AXES, ("",) * 6),
    "not an imu": (("Fp1", "Fp2"), ("uV", "uV")),
}
SCALE = {"g": 1.0, "": 1.0, "deg/s": 1.0, "m/s^2": 9.80665, "rad/s": np.pi / 180, "uV": 1.0}


@dataclass
class World:
    """Time, and the network."""

    now: float = 100.0
    link: bool = True
    segments: int = 0

    def segment(self) -> int:
        self.segments += 1
        return self.segments


@dataclass(eq=False)
class Sender:
    """One outlet, from its start to its death."""

    world: World
    schema: str = "plain"
    rate: float = 50.0
    nominal: float | None = None
    offset: float = 1000.0
    """Our clock minus its own, s."""
    told: float | None = None
    """Offset as the time service tells it; None: the true one."""
    answers: bool = True
    """Whether the time service does."""
    alive: bool = True
    mute: bool = False
    stamp: Callable[[float], float] | None = None
    """True time -> stamp, instead of its clock."""
    change: list[Callable[[NDArray[np.float64], float], tuple[NDArray[np.float64], float]]] = field(
        default_factory=list
    )
    """What is done to the next samples: (values, stamp) -> (values, stamp), one for each."""
    always: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None
    """What is done to the values of every sample."""
    segment: int = 0
    waiting: list[tuple[NDArray[np.float64], float]] = field(default_factory=list)
    pulled: int = 0
    made: int = 0

    def __post_init__(self) -> None:
        self.segment = self.world.segment()
        self.next = self.world.now
        labels, units = SCHEMAS[self.schema]
        nominal = self.rate if self.nominal is None else self.nominal
        self.found = Found("1", StreamDescription("imu", "IMU", "id", labels, units, nominal))

    def advance(self) -> None:
        """Take the samples that are due by the world's time."""
        labels, units = SCHEMAS[self.schema]
        while self.next <= self.world.now:
            true, self.next = self.next, self.next + 1 / self.rate
            if self.mute or not self.alive:
                continue
            self.made += 1
            noise = 1e-3 * np.sin(7.0 * self.made)
            # gravity lies on y, about which it may turn by as much as the time is
            values = np.array([noise, 1.0 + noise, 0.0, self.segment, true, noise])
            if self.always is not None:
                values = self.always(values)
            stamp = true - self.offset if self.stamp is None else self.stamp(true)
            if self.change:
                values, stamp = self.change.pop(0)(values, stamp)
            by_label = dict(zip(AXES, values, strict=True))
            row = [by_label.get(label, 0.0) * SCALE[unit] for label, unit in zip(labels, units, strict=True)]
            self.waiting.append((np.array(row), stamp))


class ScriptedInlet:
    """An inlet without waiting."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.closed = False

    def _check(self) -> None:
        if not self._sender.alive:
            raise ConnectionError("its sender has gone")

    def open(self, timeout: float) -> StreamDescription:
        self._check()
        self._sender.waiting.clear()
        return self._sender.found.description

    def clock_offset(self, timeout: float) -> float:
        self._check()
        if not self._sender.answers or not self._sender.world.link:
            raise TimeoutError("silent")
        return self._sender.offset if self._sender.told is None else self._sender.told

    def pull(self, timeout: float, most: int) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
        self._check()
        sender = self._sender
        taken = sender.waiting[:most] if sender.world.link else []
        del sender.waiting[: len(taken)]
        sender.pulled += len(taken)
        columns = len(sender.found.description.channels)
        rows = np.array([row for row, _ in taken], np.float32).reshape(len(taken), columns)
        return rows, np.array([stamp for _, stamp in taken])

    def close(self) -> None:
        self.closed = True


class PolledInlet(ScriptedInlet):
    """One that is looked at, as those of liblsl are."""

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self._gathered: list[tuple[NDArray[np.floating], NDArray[np.float64]]] = []

    def gather(self) -> int:
        count = sum(len(times) for _, times in self._gathered)
        rows, times = self.pull(0.0, ROOM - count)
        if len(times):
            self._gathered.append((rows, times))
        return count + len(times)

    def stand_by(self, timeout: float) -> None:
        """Nothing comes while this waits."""

    def last_stamp(self) -> float:
        return float(self._gathered[-1][1][-1])

    def take(self) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
        gathered, self._gathered = self._gathered, []
        return np.concatenate([rows for rows, _ in gathered]), np.concatenate([t for _, t in gathered])


class ThriftyInlet(PolledInlet):
    """One that gives nothing until so much is there as is awaited, as those of liblsl on Linux."""

    def __init__(self, sender: Sender) -> None:
        super().__init__(sender)
        self.least = 1

    def tell_end(self, tell: Callable[[], None]) -> bool:
        """Looks of the chain come often enough."""
        return True

    def wake_at(self, samples: int) -> None:
        self.least = samples

    def gather(self) -> int:
        self._check()
        if len(self._sender.waiting) < self.least:
            return sum(len(times) for _, times in self._gathered)
        return super().gather()


class ScriptedBackend(SourceBackend):
    """Finds one sender at every look, and makes its inlets."""

    def __init__(self, sender: Sender, make: Callable[[Sender], Inlet] = ScriptedInlet) -> None:
        self.sender = sender
        self._make = make

    def check(self, address: str) -> None:
        """Any address is fine."""

    def find(self, address: str, timeout: float) -> Sequence[Found]:
        return (self.sender.found,)

    def inlet(self, found: Found, now: Clock) -> Inlet:
        return self._make(self.sender)
