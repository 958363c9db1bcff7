"""Movements of the performer that are repeated a given number of times at a given tempo.

Written as those of `hnhar.train.synthesis.performer`: places are arm lengths or directions (outwards, up,
forwards), times nominal seconds. `periods` gives the nominal duration of each repetition, s; the rest is the
person's own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hnhar.train.synthesis.performer.play import BOTH, Play
from hnhar.train.synthesis.performer.pose import Vector


@dataclass(frozen=True, slots=True)
class Move:
    """A movement, and the tempos at which people do it."""

    write: Callable[[Play, Sequence[float]], None]
    """Writes its keyframes, given the nominal duration of each repetition, s."""
    fastest: float
    """Shortest period, s."""
    slowest: float
    """Longest period, s."""


def wave(play: Play, periods: Sequence[float]) -> None:
    """The right hand beside the head, from side to side about the elbow."""
    width, up, out = (play.variant.uniform(*ends) for ends in ((0.4, 0.75), (-0.3, 0.25), (0.15, 0.6)))
    upper: Vector = (out, up - 0.2, 0.75)
    play.arm("right", 0.36, (0.35, -0.8, 0.35), (0.35, 0.1, 0.95), (-0.4, -0.8, 0.2))
    time = 0.7
    for period in periods:
        for side in (width, -width):
            play.arm("right", time, upper, (side - 0.2, 0.85, 0.45), (0.3 * side - 0.1, -0.5, 0.85))
            time += period / 2
    play.arm("right", time + 0.15, (0.35, -0.8, 0.45), (-0.05, 0.1, 0.98), (-0.2, -0.9, 0.1))
    play.home(time + 0.7, "right")


def clap(play: Play, periods: Sequence[float]) -> None:
    """The hands meet in front of the chest."""
    height, far, apart, force = (
        play.variant.uniform(*ends) for ends in ((-0.35, 0.05), (0.4, 0.58), (0.16, 0.36), (1.0, 3.5))
    )
    meet = -0.155 / play.person.body.arm * (play.person.body.clavicle / 0.19)
    for side in BOTH:
        play.hand(side, 0.42, (0.18, -0.6, 0.6), (-1.0, 0.0, 0.1))
    time = 0.72
    for period in periods:
        for side in BOTH:
            open_place, closed = (meet + apart, height, far), (meet, height, far)
            play.hand(side, time, open_place, (-1.0, 0.05, 0.0), elbow=(0.5, -0.8, -0.1), exact=True)
            play.hand(side, time + period / 2, closed, (-1.0, 0.05, 0.0), exact=True)
        play.contact(time + period / 2, (0.2, 0.2, -1.0), force)
        time += period
    for side in BOTH:
        play.hand(side, time + 0.15, (meet + apart * 0.9, height - 0.2, far), (-1.0, 0.0, 0.0))
    play.home(time + 0.75, *BOTH)


def knock(play: Play, periods: Sequence[float]) -> None:
    """The right fist at a door in front."""
    up, swing, force = (play.variant.uniform(*ends) for ends in ((-0.2, 0.3), (0.18, 0.36), (0.0, 1.6)))
    palm: Vector = (-0.35, -0.3, 0.9)
    upper: Vector = (0.3, up - 0.1, 0.8)
    play.arm("right", 0.45, (0.35, -0.8, 0.35), (-0.1, 0.35, 0.9), (-0.6, -0.7, 0.2), flexion=0.2)
    time = 0.85
    for period in periods:
        play.arm("right", time, upper, (-0.15, 0.95, 0.35 - swing * 0.8), palm, flexion=-0.1)
        play.arm("right", time + period / 2, upper, (-0.15, 0.75, 0.35 + swing), palm, flexion=0.3)
        play.contact(time + period / 2, (0.3, 0.3, 1.0), force)
        time += period
    play.arm("right", time + 0.05, upper, (-0.15, 0.85, 0.3), palm)
    play.arm("right", time + 0.40, (0.33, -0.85, 0.35), (-0.05, -0.3, 0.95), (-0.5, -0.8, 0.0))
    play.home(time + 0.80, "right")


def curl(play: Play, periods: Sequence[float]) -> None:
    """Both elbows are bent, palms up, and straightened."""
    top = play.variant.uniform(0.65, 0.95)
    for start, period in zip(starts(periods, 0.1), periods, strict=True):
        for side in BOTH:
            level = ((0.22, -0.95, 0.15), (-0.02, -0.1, 1.0), (-0.65, 0.75, 0.1))
            play.arm(side, start + 0.25 * period, *level)
            bent = ((0.25, -0.9, 0.25), (-0.3, top, 0.3), (-0.5, 0.3, -0.9))
            play.arm(side, start + 0.5 * period, *bent, flexion=0.2)
            play.arm(side, start + 0.75 * period, *level)
            play.arm(side, start + period, (0.2, -0.97, 0.05), (0.12, -0.9, 0.4), (-0.6, 0.1, 0.6))
    play.home(0.1 + sum(periods) + 0.4, *BOTH)


def boxing(play: Play, periods: Sequence[float]) -> None:
    """From a guard, a punch of the right and one of the left."""
    height = play.variant.uniform(-0.12, 0.1)
    guard: Vector = (0.02, -0.12, 0.4)
    palm: Vector = (-0.5, -0.8, 0.1)
    for side in BOTH:
        play.arm(side, 0.38, (0.3, -0.85, 0.1), (-0.05, 0.25, 0.9), (-0.8, -0.6, 0.1), flexion=0.1)
        play.hand(side, 0.7, guard, palm, flexion=0.1)
    for start, period in zip(starts(periods, 0.78), periods, strict=True):
        quick = period / 0.72
        for side, time in (("right", start), ("left", start + period / 2)):
            out = time + 0.24 * quick
            play.hand(side, time, guard, palm, flexion=0.1)
            play.hand(side, out, (-0.22, height, 0.95), (-0.45, -0.85, 0.0), flexion=0.05)
            play.hand(side, time + 0.48 * quick, guard, palm, flexion=0.1)
            play.trunk(out, twist=0.2 if side == "right" else -0.2, bend=0.05)
    end = 0.98 + sum(periods)
    for side in BOTH:
        play.arm(side, end + 0.3, (0.3, -0.9, 0.15), (0.0, -0.35, 0.9), (-1.0, -0.2, 0.0))
    play.home(end + 0.75, *BOTH, "trunk")


def squat(play: Play, periods: Sequence[float]) -> None:
    """Down with the arms forwards, and up."""
    deep, lean = play.variant.uniform(0.2, 0.4), play.variant.uniform(0.4, 0.7)
    for start, period in zip(starts(periods, 0.0), periods, strict=True):
        down, up = start + 0.45 * period, start + period
        play.trunk(down, drop=deep, bend=lean)
        play.trunk(up, drop=0.0, bend=0.02)
        for side in BOTH:
            play.arm(side, down, (0.1, -0.3, 0.9), (-0.1, 0.0, 0.98), (-0.3, -0.9, 0.1))
            play.arm(side, up, (0.2, -0.95, 0.15), (0.05, -0.9, 0.4), (-0.7, 0.0, 0.5))
    play.home(sum(periods) + 0.4, *BOTH, "trunk")


def circle(play: Play, periods: Sequence[float]) -> None:
    """The right hand draws circles in front of the body."""
    radius, middle, out = (
        play.variant.uniform(*ends) for ends in ((0.42, 0.62), (-0.12, 0.15), (-0.35, -0.05))
    )
    pointing: Vector = (-0.5, -0.8, 0.2)
    steps = 10
    play.hand("right", 0.36, (-0.2, -0.55, 0.62), pointing)
    times = np.interp(
        np.arange(len(periods) * steps + 1) / steps, np.arange(len(periods) + 1), np.cumsum([0.72, *periods])
    )
    for step, time in enumerate(times):
        angle = np.pi * (0.5 - 2.0 * step / steps)
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        play.hand("right", time, (out + x, middle + y, 0.8 - 0.2 * abs(y)), pointing)
    play.home(float(times[-1]) + 0.7, "right")


def starts(periods: Sequence[float], first: float) -> list[float]:
    """Nominal time at which each repetition begins, s."""
    return [first + sum(periods[:number]) for number in range(len(periods))]


MOVES: Final = {
    "wave": Move(wave, 0.35, 0.9),
    "clap": Move(clap, 0.3, 0.9),
    "knock": Move(knock, 0.32, 0.6),
    "boxing": Move(boxing, 0.6, 1.2),
    "curl": Move(curl, 1.0, 3.0),
    "circle": Move(circle, 1.2, 2.4),
    "squat": Move(squat, 1.6, 4.0),
}
"""Name -> movement; those that the shipped weights know have the name of their label."""
