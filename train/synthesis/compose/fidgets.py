"""Fidgets of people who wait, as sequences of postures over time.

A fidget goes from the posture held to another one and back. Arms go where a scratch, a look at the
watch or a tug at the clothes takes them; the nearest posture of the wearer's own trials is used, partly
approached.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .body import (
    LEFT_ARM,
    LEFT_LEG,
    RIGHT_ARM,
    RIGHT_LEG,
    TRUNK,
    Array,
    SkeletonPosture,
    slerp,
    unit,
)
from .library import Library

SENSOR_BONES = {"right wrist": RIGHT_ARM, "right thigh": RIGHT_LEG}
"""Bones whose posture turns the sensor."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A posture to be in at a time; between keys the body moves along great circles with minimum jerk."""

    time: float
    """s from the start of the pause."""
    posture: SkeletonPosture


@dataclass(frozen=True, slots=True, eq=False)
class Tremble:
    """A small to and fro of one arm: scratching, rubbing."""

    start: float
    duration: float
    bones: tuple[int, ...]
    axis: Array
    """(3,) unit vector, direction of the to and fro."""
    frequency: float
    """Hz."""
    amplitude: float
    """rad."""


@dataclass(slots=True)
class Script:
    """Keys and trembles of a pause, in the making."""

    keys: list[Key]
    trembles: list[Tremble] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Time of the last key, s."""
        return self.keys[-1].time

    @property
    def posture(self) -> SkeletonPosture:
        """Posture of the last key."""
        return self.keys[-1].posture

    def go(self, posture: SkeletonPosture, duration: float) -> None:
        """Move to a posture within `duration` s."""
        self.keys.append(Key(self.now + duration, posture))


# Directions of upper arm and forearm of the right arm: (outwards, up, forwards) of the body.
ARM_TARGETS: tuple[tuple[str, Array, Array], ...] = tuple(
    (name, unit(np.array(upper)), unit(np.array(fore)))
    for name, upper, fore in (
        ("watch", (0.2, -0.9, 0.3), (-0.6, 0.2, 0.7)),
        ("head", (0.6, -0.3, 0.5), (-0.4, 0.9, 0.1)),
        ("chin", (0.2, -0.8, 0.4), (-0.4, 0.7, 0.5)),
        ("clothes", (0.4, -0.9, -0.1), (-0.6, -0.5, 0.5)),
        ("hip", (0.6, -0.8, -0.2), (-0.6, -0.8, 0.1)),
        ("other arm", (0.1, -0.9, 0.3), (-0.9, -0.1, 0.4)),
        ("pocket", (0.2, -0.95, -0.2), (0.0, -0.95, 0.3)),
    )
)
_TREMBLING = {"head", "chin", "clothes", "other arm"}


def blended(
    a: SkeletonPosture, b: SkeletonPosture, bones: tuple[int, ...], share: float, turns_sensor: bool
) -> SkeletonPosture:
    """Posture `a` with some bones a share of the way to `b`; `up` goes along where they turn the sensor."""
    directions = a.directions.copy()
    index = list(bones)
    directions[index] = slerp(a.directions[index], b.directions[index], np.full(len(index), share))
    up = slerp(a.up, b.up, np.asarray(share)) if turns_sensor else a.up
    return SkeletonPosture(a.root, directions, a.lengths, up)


def picked(postures: SkeletonPosture, index: int) -> SkeletonPosture:
    """One of many postures."""
    return SkeletonPosture(
        postures.root[index], postures.directions[index], postures.lengths[index], postures.up[index]
    )


def settle(script: Script, generator: np.random.Generator, _library: Library, _placement: str) -> None:
    """Keep the posture for a moment."""
    script.go(script.posture, float(generator.uniform(0.4, 2.5)))


def shift_weight(script: Script, generator: np.random.Generator, _library: Library, placement: str) -> None:
    """Lean onto one leg: the hips move sideways over the feet."""
    here = script.posture
    sideways = generator.normal(0.0, 0.035)
    script.go(_leaning(here, sideways, placement, generator), float(generator.uniform(0.5, 1.2)))


def _leaning(
    here: SkeletonPosture, sideways: float, placement: str, generator: np.random.Generator
) -> SkeletonPosture:
    directions = here.directions.copy()
    height = max(float(here.lengths[13] + here.lengths[14]), 0.4)
    for bone in (13, 14, 17, 18):
        directions[bone, 0] -= sideways / height
    directions[list(TRUNK), 0] -= 0.3 * sideways / height
    up = here.up
    if placement == "right thigh":
        across = np.cross(up, generator.normal(size=3))
        up = unit(up + sideways / height * unit(across))
    return SkeletonPosture(here.root + np.array([sideways, 0.0, 0.0]), unit(directions), here.lengths, up)


def step_aside(script: Script, generator: np.random.Generator, library: Library, placement: str) -> None:
    """A step to the side or forth, and another one back."""
    home = script.posture
    away = generator.normal(0.0, (0.12, 0.0, 0.08))
    duration = float(generator.uniform(0.5, 0.8))
    for target in (home.root + away, home.root):
        step_to(script, target, duration, generator, library, placement)
        script.go(script.posture, float(generator.uniform(0.2, 0.8)))


def step_to(
    script: Script,
    target: Array,
    duration: float,
    generator: np.random.Generator,
    library: Library,
    placement: str,
) -> None:
    """Step so that the root comes to `target`: one leg lifts a little on the way."""
    here = script.posture
    leg = RIGHT_LEG if generator.random() < 0.5 else LEFT_LEG
    wanted = unit(here.directions[leg[0]] + np.array([0.0, 0.1, -0.25 * generator.uniform(0.5, 1.3)]))
    nearest = picked(library.quiet, _nearest(library.quiet, {leg[0]: wanted}, generator))
    lifted = blended(here, nearest, (leg[0],), 0.8, placement == "right thigh" and leg == RIGHT_LEG)
    lifted.directions[leg[0]] = slerp(lifted.directions[leg[0]], wanted, np.asarray(0.5))
    lifted.directions[leg[1]] = unit(lifted.directions[leg[1]] + np.array([0.0, 0.0, 0.2]))
    middle = SkeletonPosture(0.5 * (here.root + target), lifted.directions, here.lengths, lifted.up)
    script.go(middle, 0.5 * duration)
    script.go(SkeletonPosture(target, here.directions, here.lengths, here.up), 0.5 * duration)


def arm_fidget(script: Script, generator: np.random.Generator, library: Library, placement: str) -> None:
    """One hand goes somewhere, stays there or rubs a little, and falls back."""
    name, upper, fore = ARM_TARGETS[int(generator.integers(len(ARM_TARGETS)))]
    right = bool(generator.random() < 0.6)
    arm = RIGHT_ARM if right else LEFT_ARM
    home = script.posture
    # The wearer faces the camera: outwards is +x for the right arm, forwards is -z.
    sign = np.array([1.0 if right else -1.0, 1.0, -1.0])
    noise = generator.normal(0.0, 0.12, (2, 3))
    wanted = {arm[0]: unit(upper * sign + noise[0]), arm[1]: unit(fore * sign + noise[1])}
    turns = placement == "right wrist" and right
    if turns:
        target = picked(library.quiet, _nearest(library.quiet, wanted, generator))
    else:
        directions = home.directions.copy()
        directions[arm[0]], directions[arm[1]], directions[arm[2]] = wanted[arm[0]], *([wanted[arm[1]]] * 2)
        target = SkeletonPosture(home.root, directions, home.lengths, home.up)
    _out_and_back(
        script, generator, target, arm, float(generator.uniform(0.6, 1.0)), turns, name in _TREMBLING
    )


def half_raise(script: Script, generator: np.random.Generator, library: Library, placement: str) -> None:
    """One or both arms begin something and leave it."""
    target = picked(library.quiet, int(generator.integers(len(library.quiet.root))))
    arms = (RIGHT_ARM, LEFT_ARM, RIGHT_ARM + LEFT_ARM)[int(generator.integers(3))]
    turns = placement == "right wrist" and RIGHT_ARM[0] in arms
    _out_and_back(script, generator, target, arms, float(generator.uniform(0.2, 0.5)), turns, False)


def _out_and_back(
    script: Script,
    generator: np.random.Generator,
    target: SkeletonPosture,
    bones: tuple[int, ...],
    share: float,
    turns: bool,
    trembles: bool,
) -> None:
    home = script.posture
    there = blended(home, target, bones, share, turns)
    script.go(there, float(generator.uniform(0.45, 0.95)))
    stay = float(generator.gamma(2.0, 0.35))
    if trembles and stay > 0.4:
        axis = unit(generator.normal(size=3))
        amplitude, frequency = float(generator.uniform(0.04, 0.14)), float(generator.uniform(1.8, 3.5))
        script.trembles.append(Tremble(script.now, stay, bones, axis, frequency, amplitude))
    script.go(there, stay)
    share = float(generator.uniform(0.9, 1.0))
    script.go(blended(there, home, bones, share, turns), float(generator.uniform(0.45, 0.95)))


def _nearest(postures: SkeletonPosture, wanted: dict[int, Array], generator: np.random.Generator) -> int:
    """Index of one of the five postures nearest to the wanted directions."""
    score = np.zeros(len(postures.root))
    for bone, direction in wanted.items():
        score += postures.directions[:, bone] @ direction
    best = np.argsort(-score, kind="stable")[:5]
    return int(best[generator.integers(len(best))])


Fidget = Callable[[Script, np.random.Generator, Library, str], None]
FIDGETS: tuple[tuple[Fidget, float], ...] = (
    (settle, 0.24),
    (shift_weight, 0.20),
    (arm_fidget, 0.30),
    (half_raise, 0.14),
    (step_aside, 0.12),
)
"""Fidgets, and the probability of each to come next in a pause."""
