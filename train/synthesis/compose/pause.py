"""The pause between two trials: motion of the body, and of the inertial sensor on it.

The body's motion is a function of time, so the skeleton can be read at its own time stamps and the IMU at its
own. The IMU follows from the motion: its gravity direction u(t) turns along a smooth path, the angular
velocity is that of the path (w = u' x u, plus a turn about the vertical), and the sensor's place on the body
is differentiated twice for the linear acceleration.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.mapping.units import STANDARD_GRAVITY

from .body import (
    LEFT_ARM,
    LEFT_LEG,
    RIGHT_ARM,
    RIGHT_LEG,
    Array,
    SkeletonPosture,
    minimum_jerk,
    slerp,
    unit,
)
from .fidgets import (
    FIDGETS,
    SENSOR_BONES,
    Key,
    Script,
    Tremble,
    picked,
    settle,
    step_to,
)
from .library import Edge, Library, seated

_LEGS = [*LEFT_LEG[:2], *RIGHT_LEG[:2]]
_FADE = 0.45
"""s in which the motion that a trial ends or begins with dies down or builds up."""


_SWAY = np.full(20, 0.004)
"""rad by bone: arms dangle, the rest hardly moves."""
_SWAY[list(LEFT_ARM + RIGHT_ARM)] = 0.010


@dataclass(frozen=True, slots=True, eq=False)
class _Sway:
    """Slow involuntary motion: a sum of sines with random phases, (n_sines, C) each."""

    frequencies: Array
    phases: Array
    amplitudes: Array

    def at(self, times: Array) -> Array:
        """(n, C)."""
        angle = 2 * np.pi * times[:, None, None] * self.frequencies + self.phases
        return np.asarray(np.sum(self.amplitudes * np.sin(angle), axis=1))


def _sway(generator: np.random.Generator, scales: Array) -> _Sway:
    shape = (7, len(scales))
    frequencies = np.exp(generator.uniform(np.log(0.06), np.log(0.6), shape))
    amplitudes = scales * generator.normal(0.0, 0.5, shape) * np.minimum(1.0, 0.15 / frequencies)
    return _Sway(frequencies, generator.uniform(0, 2 * np.pi, shape), amplitudes)


@dataclass(frozen=True, slots=True, eq=False)
class PauseMotion:
    """The smooth motion of a pause; every method takes times in seconds from its start."""

    duration: float
    before: Edge
    after: Edge
    keys: tuple[Key, ...]
    trembles: tuple[Tremble, ...]
    sway: _Sway
    lag: Array
    """(20,) share of a move by which each bone lags behind the root, 0 to 0.25."""
    twists: Array
    """(len(keys),) turn about the vertical per tilt, for each move."""
    placement: str

    def _moves(self, times: Array) -> tuple[NDArray[np.intp], Array]:
        """Index of the move that each of (n,) times is in, and the share of the move that is over."""
        starts = np.array([k.time for k in self.keys])
        move = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, len(starts) - 2)
        return move, (times - starts[move]) / np.maximum(starts[move + 1] - starts[move], 1e-3)

    def at(self, times: Array) -> SkeletonPosture:
        """Postures (n,)."""
        move, share = self._moves(times)
        bones = minimum_jerk((share[:, None] - self.lag) / (1.0 - self.lag.max()))
        directions = np.stack([k.posture.directions for k in self.keys])
        ups = np.stack([k.posture.up for k in self.keys])
        roots = np.stack([k.posture.root for k in self.keys])
        bone = SENSOR_BONES[self.placement][1 if self.placement == "right wrist" else 0]
        direction = slerp(directions[move], directions[move + 1], bones)
        up = slerp(ups[move], ups[move + 1], bones[:, bone])
        root_share = minimum_jerk(share)[:, None]
        root = roots[move] * (1 - root_share) + roots[move + 1] * root_share
        direction, up, root = self._with_edges(times, direction, up, root)
        direction, up = self._with_trembles(times, direction, up)
        calm = minimum_jerk(times / 0.6) * minimum_jerk((self.duration - times) / 0.6)
        sway = self.sway.at(times) * calm[:, None]
        bend = sway[:, 3:63].reshape(-1, 20, 3)
        # Feet stay where they are when the hips sway.
        bend[:, _LEGS] -= (sway[:, :3] / self.before.posture.lengths[_LEGS].sum() * 2)[:, None]
        direction = unit(direction + bend)
        up = unit(up + sway[:, 63:66])
        through = minimum_jerk(times / max(self.duration, 1e-3))[:, None]
        lengths = self.before.posture.lengths * (1 - through) + self.after.posture.lengths * through
        return SkeletonPosture(root + sway[:, :3], direction, lengths, up)

    def _with_edges(
        self, times: Array, direction: Array, up: Array, root: Array
    ) -> tuple[Array, Array, Array]:
        for edge, since, sign in ((self.before, times, 1.0), (self.after, self.duration - times, -1.0)):
            fade = np.clip(1.0 - since / _FADE, 0.0, 1.0)
            reach = sign * since * fade**3
            direction = direction + reach[:, None, None] * edge.turning
            root = root + reach[:, None] * edge.velocity
            turn = -np.cross(np.radians(edge.imu[3:]), edge.posture.up)
            up = up + reach[:, None] * np.clip(turn, -4.0, 4.0)
        return unit(direction), unit(up), root

    def _with_trembles(self, times: Array, direction: Array, up: Array) -> tuple[Array, Array]:
        for t in self.trembles:
            share = (times - t.start) / t.duration
            on = np.where((share > 0) & (share < 1), np.sin(np.pi * np.clip(share, 0, 1)) ** 2, 0.0)
            swing = t.amplitude * on * np.sin(2 * np.pi * t.frequency * (times - t.start))
            index = list(t.bones[1:])
            direction[:, index] = unit(direction[:, index] + swing[:, None, None] * t.axis)
            if self.placement == "right wrist" and RIGHT_ARM[0] in t.bones:
                up = unit(up + swing[:, None] * t.axis)
        return direction, up

    def sensor_place(self, times: Array) -> Array:
        """(n, 3) where the sensor is in the camera's frame, m."""
        joints = self.at(times).positions()
        if self.placement == "right wrist":
            return np.asarray(joints[:, 10])
        return np.asarray(0.5 * (joints[:, 16] + joints[:, 17]))

    def imu(self, times: Array) -> Array:
        """(n, 6) g and deg/s, without the sensor's texture."""
        step = 0.008
        here = self.at(times).up
        change = (self.at(times + step).up - self.at(times - step).up) / (2 * step)
        omega = np.cross(change, here)
        move, share = self._moves(times)
        turned = np.sin(np.pi * np.clip(share, 0, 1)) ** 2
        twist = self.twists[move] * np.linalg.norm(change, axis=1) * turned
        omega = omega + twist[:, None] * here
        place = [self.sensor_place(times + d) for d in (-0.03, 0.0, 0.03)]
        linear = (place[0] - 2 * place[1] + place[2]) / 0.03**2 / STANDARD_GRAVITY
        acc = here + _into_sensor(linear, here, omega, times)
        out = np.concatenate([acc, np.degrees(omega)], axis=1)
        # What the motion leaves unexplained where it meets the trials dies down within the pause.
        for state, since in ((self.before.imu, times), (self.after.imu, self.duration - times)):
            offset = state - out[int(np.argmin(np.abs(since)))]
            out += (1.0 - minimum_jerk(since / 0.35))[:, None] * offset
        return out


def _into_sensor(linear: Array, up: Array, omega: Array, times: Array) -> Array:
    """Linear acceleration (n, 3) of the camera's frame in the sensor's, whose heading starts arbitrary."""
    out = np.empty_like(linear)
    first = unit(np.cross(up[0], (0.3, 0.5, 0.8)))
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.02
    for i, u in enumerate(up):
        first = first - step * _cross(omega[i], first)
        first = first - (first @ u) * u
        first = first / max(float(np.linalg.norm(first)), 1e-9)
        second = _cross(u, first)
        out[i] = linear[i, 0] * first + linear[i, 1] * u - linear[i, 2] * second
    return out


def _cross(a: Array, b: Array) -> Array:
    """As `np.cross` of two vectors (3,), to the bit, in a tenth of the time."""
    (x, y, z), (u, v, w) = a.tolist(), b.tolist()
    return np.array([y * w - z * v, z * u - x * w, x * v - y * u])


def plan(
    duration: float,
    before: Edge,
    after: Edge,
    library: Library,
    placement: str,
    generator: np.random.Generator,
) -> PauseMotion:
    """Draw the motion of the wearer in a pause of `duration` s."""
    script = Script([Key(0.0, before.posture)])
    sits = bool(seated(before.posture.directions)), bool(seated(after.posture.directions))
    end_move = float(generator.uniform(0.6, 1.1)) * min(1.0, duration / 2.5)
    rest = _rest(before.posture, after.posture, sits, library, generator)
    if duration > 1.6:
        # Whoever has come to rest at the end of a trial stays so for a moment, and before the next one too.
        early, late = np.minimum(generator.uniform(0.15, 0.6, 2), 0.12 * duration).tolist()
        if _at_rest(before):
            script.go(before.posture, early)
        late = late if _at_rest(after) else 0.0
        end_move += late
        room = duration - end_move - script.now - 0.05
        script.go(rest, min(float(generator.uniform(0.6, 1.3)), 0.4 * duration, room))
        _fill(script, duration - end_move, library, placement, generator, seated=sits[0])
        _arrive(script, after.posture, duration - end_move, library, placement, generator)
        if late:
            script.go(after.posture, end_move - late)
    script.keys.append(Key(duration, after.posture))
    lag = np.zeros(20)
    for arm in (LEFT_ARM, RIGHT_ARM):
        lag[list(arm)] = generator.uniform(0.0, 0.12) + np.array([0.0, 0.06, 0.12])
    lag[[13, 14, 17, 18]] = generator.uniform(0.0, 0.1)
    scales = np.concatenate([[0.010, 0.001, 0.008], np.repeat(_SWAY, 3), np.full(3, 0.02)])
    twists = generator.normal(0.0, 0.7, len(script.keys))
    return PauseMotion(
        duration,
        before,
        after,
        tuple(script.keys),
        tuple(script.trembles),
        _sway(generator, scales),
        lag,
        twists,
        placement,
    )


def _at_rest(edge: Edge) -> bool:
    return float(np.abs(edge.turning).max()) < 0.6 and float(np.linalg.norm(edge.imu[3:])) < 30.0


def _rest(
    before: SkeletonPosture,
    after: SkeletonPosture,
    sits: tuple[bool, bool],
    library: Library,
    generator: np.random.Generator,
) -> SkeletonPosture:
    """A posture to rest in: one of the wearer's own, near where the last trial ended."""
    if sits[0]:
        return before
    chosen = picked(library.rest, int(generator.integers(len(library.rest.root))))
    root = before.root + generator.normal(0.0, (0.03, 0.004, 0.025))
    if not sits[1]:
        root[1] = 0.5 * (before.root[1] + after.root[1])
    return SkeletonPosture(root, chosen.directions, before.lengths, chosen.up)


def _fill(
    script: Script,
    end: float,
    library: Library,
    placement: str,
    generator: np.random.Generator,
    *,
    seated: bool,
) -> None:
    """Add fidgets while there is time; those that would not end in time are left out."""
    kinds = [f for f, _ in FIDGETS]
    weights = np.array([w for _, w in FIDGETS])
    misses = 0
    while misses < 4:
        kind = kinds[int(generator.choice(len(kinds), p=weights))]
        if seated and kind.__name__ in ("shift_weight", "step_aside"):
            kind = settle
        keys, trembles = len(script.keys), len(script.trembles)
        kind(script, generator, library, placement)
        if script.now > end - 0.1:
            del script.keys[keys:], script.trembles[trembles:]
            misses += 1


def _arrive(
    script: Script,
    after: SkeletonPosture,
    end: float,
    library: Library,
    placement: str,
    generator: np.random.Generator,
) -> None:
    """Step to where the next trial begins, if that is elsewhere, and wait there for the last move."""
    here = script.posture
    far = float(np.linalg.norm((after.root - here.root)[[0, 2]]))
    room = end - script.now
    if far > 0.08 and room > 0.9:
        target = np.array([after.root[0], here.root[1], after.root[2]])
        script.go(here, max(room - 0.9, 0.05))
        step_to(script, target, 0.8, generator, library, placement)
    if end - script.now > 0.05:
        script.go(script.posture, end - script.now)
