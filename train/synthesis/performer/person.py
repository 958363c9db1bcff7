"""A performer: size, speed, style and noise of one person, the same in every session."""

from dataclasses import dataclass

import numpy as np

from .body import Body
from .geometry import Array

_PEOPLE = 20230904
"""Keeps persons apart from every other use of a seed."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One performer. Angles in rad, lengths in m, times in s."""

    body: Body
    tempo: float
    """Speed of movement against the nominal one."""
    amplitude: float
    """Size of movement against the nominal one."""
    height: float
    """Height that is added to gestures, in arm lengths."""
    steadiness: float
    """Repetitions of one action differ by this share of the usual spread."""
    plane: Array
    """(3,) rotation vector by which the planes of all gestures are turned."""
    habit: int
    """Seed of the way in which this person does each action."""
    stoop: float
    """Forward bend in standing."""
    hang: Array
    """(2, 3) offsets of hanging arms: (left, right) x (outwards, forwards, palm turned)."""
    restlessness: float
    """Rate of fidgeting against the usual one."""
    sway: float
    """Postural sway against the usual one."""
    tremor: float
    """rad, physiological tremor of a forearm."""
    mounting: Array
    """(3,) rotation vector of the sensor on the wrist, in the sensor's frame."""


def _body(rng: np.random.Generator) -> Body:
    stature = float(np.clip(rng.normal(1.71, 0.10), 1.48, 1.95))

    def part(share: float, spread: float = 0.04) -> float:
        return stature * share * float(np.clip(rng.normal(1.0, spread), 0.88, 1.12))

    return Body(
        neck=part(0.108),
        trunk=part(0.200),
        waist=part(0.047),
        clavicle=part(0.112),
        upper_arm=part(0.153),
        forearm=part(0.135),
        hand=part(0.040, 0.08),
        pelvis=part(0.060),
        thigh=part(0.258),
        shin=part(0.205),
        foot=part(0.046),
        stance=part(0.075, 0.08),
    )


def draw_person(person: int) -> Person:
    """The person of a number: the same for every seed of a session."""
    rng = np.random.default_rng([_PEOPLE, person])
    return Person(
        body=_body(rng),
        tempo=float(np.clip(rng.normal(1.0, 0.13), 0.72, 1.3)),
        amplitude=float(np.clip(rng.normal(1.0, 0.10), 0.78, 1.22)),
        height=float(rng.normal(0.0, 0.07)),
        steadiness=float(rng.uniform(0.6, 1.3)),
        plane=rng.normal(0.0, np.deg2rad([6.0, 7.0, 4.0])),
        habit=int(rng.integers(2**31)),
        stoop=float(np.deg2rad(rng.normal(3.0, 2.5))),
        hang=rng.normal(0.0, 1.0, (2, 3)) * np.array([0.04, 0.06, 0.22]),
        restlessness=float(rng.uniform(0.6, 1.5)),
        sway=float(rng.uniform(0.7, 1.5)),
        tremor=float(np.deg2rad(rng.uniform(0.004, 0.012))),
        mounting=rng.normal(0.0, np.deg2rad([9.0, 3.5, 3.5])),
    )
