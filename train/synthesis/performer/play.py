"""Keyframes of a movement: arms, trunk and feet, in the person's own way, varied by chance."""

from dataclasses import dataclass, field

import numpy as np

from .geometry import Array, rotation
from .person import Person
from .pose import (
    FEET,
    ROLL,
    TRUNK,
    Vector,
    arm_key,
    frame_axes,
    nearest_turn,
    reach,
)

BOTH = ("right", "left")
"""Sides of the arms."""
GROUPS = (*BOTH, "trunk", "feet")
"""Groups of channels."""


@dataclass(slots=True)
class KeyframeTrack:
    """Keyframes of one group of channels, in the order of time."""

    times: list[float] = field(default_factory=list)
    values: list[Array] = field(default_factory=list)
    stops: list[bool] = field(default_factory=list)

    def add(self, time: float, value: Array, stop: bool) -> None:
        """Append a keyframe; one that is not later than the last is moved just behind it."""
        if self.times and time < self.times[-1] + 0.04:
            time = self.times[-1] + 0.04
        self.times.append(time)
        self.values.append(value)
        self.stops.append(stop)

    def cut(self, count: int) -> None:
        """Keep the first `count` keyframes only."""
        del self.times[count:], self.values[count:], self.stops[count:]

    @property
    def end(self) -> float:
        """Time of the last keyframe."""
        return self.times[-1]


@dataclass(frozen=True, slots=True)
class Contact:
    """The right hand meets something: a short shake of wrist and sensor."""

    time: float
    direction: Array
    """(3,) in the sensor's frame (along the forearm, to the little finger, out of the palm)."""
    strength: float
    """g."""


@dataclass(frozen=True, slots=True, eq=False)
class Manner:
    """Tempo, size and spread of one performance: the person's own, and a variation by chance."""

    tempo: float
    amplitude: float
    height: float
    plane: Array
    """(3, 3) turn of the directions of raised arms."""
    wobble: float
    """Spread of each keyframe's directions and of the times between them."""


class Play:
    """One movement being written, from `start` on; times below are nominal seconds from there."""

    def __init__(
        self,
        person: Person,
        manner: Manner,
        rng: np.random.Generator,
        tracks: dict[str, KeyframeTrack],
        rest: dict[str, Array],
        start: float,
        variant: np.random.Generator,
    ) -> None:
        self.person = person
        self.rng = rng
        self.variant = variant
        """Draws the person's own choices: the same each time this person does this action."""
        self.contacts: list[Contact] = []
        self._manner = manner
        self._tracks = tracks
        self._rest = rest
        self._start = start
        self._stretch = 1.0 / manner.tempo
        self.touched: set[str] = set()

    def at(self, time: float) -> float:
        """Session time, s, of a nominal time."""
        return self._start + time * self._stretch

    def _touch(self, group: str) -> KeyframeTrack:
        track = self._tracks[group]
        if group not in self.touched:
            self.touched.add(group)
            if self._start > track.end + 0.04:
                track.add(self._start, track.values[-1].copy(), True)
        return track

    def arm(
        self,
        side: str,
        time: float,
        upper: Vector,
        fore: Vector,
        palm: Vector,
        *,
        flexion: float = 0.0,
        stop: bool = False,
    ) -> None:
        """Keyframe from the directions of upper arm and forearm (need not be of length one)."""
        u, f, p = (self._manner.plane @ frame_axes(v) for v in (upper, fore, palm))
        self._arm(side, time, u / np.linalg.norm(u), f / np.linalg.norm(f), p, flexion, stop)

    def hand(
        self,
        side: str,
        time: float,
        position: Vector,
        palm: Vector,
        *,
        elbow: Vector = (0.55, -0.8, -0.25),
        flexion: float = 0.0,
        stop: bool = False,
        exact: bool = False,
    ) -> None:
        """Keyframe from the wrist's place: arm lengths (outwards, up, forwards) from the shoulder.

        `exact` leaves the person's size and plane of movement out, for a hand that must meet the other.
        """
        place = frame_axes(position)
        if not exact:
            center = np.array([-0.1, 0.0, -0.6])
            place = center + self._manner.amplitude * (place - center)
            place[1] += self._manner.height
            place = self._manner.plane @ place
        body = self.person.body
        u, f = reach(place * body.arm, frame_axes(elbow), body.upper_arm, body.forearm)
        self._arm(side, time, u, f, frame_axes(palm), flexion, stop)

    def _arm(self, side: str, time: float, u: Array, f: Array, p: Array, flexion: float, stop: bool) -> None:
        track = self._touch(side)
        wobble = self._manner.wobble
        u = rotation(self.rng.normal(0.0, 0.05 * wobble, 3)) @ u
        f = rotation(self.rng.normal(0.0, 0.05 * wobble, 3)) @ f
        key = arm_key(u, f, p, flexion + self.rng.normal(0.0, 0.05), float(track.values[-1][ROLL]))
        key[ROLL] += self.rng.normal(0.0, 0.10 * wobble)
        track.add(self.at(time), key, stop)

    def trunk(self, time: float, *, stop: bool = False, **channels: float) -> None:
        """Keyframe of trunk and head: offsets from the present stance, named as in `pose.TRUNK`."""
        track = self._touch("trunk")
        key = self._rest["trunk"].copy()
        for name, value in channels.items():
            key[TRUNK.index(name)] += value * (1.0 + self.rng.normal(0.0, 0.12 * self._manner.wobble))
        track.add(self.at(time), key, stop)

    def feet(self, time: float, *, stop: bool = False, **channels: float) -> None:
        """Keyframe of the feet: offsets from the present stance, named as in `pose.FEET`."""
        track = self._touch("feet")
        key = self._rest["feet"].copy()
        for name, value in channels.items():
            key[FEET.index(name)] += value
        track.add(self.at(time), key, stop)

    def home(self, time: float, *groups: str) -> None:
        """Return to the present stance, at rest at `time`."""
        for group in groups:
            track = self._touch(group)
            key = self._rest[group].copy()
            if group in BOTH:
                key[ROLL] = nearest_turn(key[ROLL], track.values[-1][ROLL])
            late = self.rng.uniform(0.0, 0.15)
            track.add(self.at(time) + late, key, True)

    def contact(self, time: float, direction: Vector, strength: float) -> None:
        """The right hand meets something; direction as in `Contact`, strength in g."""
        spread = self.rng.lognormal(0.0, 0.35)
        self.contacts.append(Contact(self.at(time), np.array(direction, dtype=np.float64), strength * spread))
