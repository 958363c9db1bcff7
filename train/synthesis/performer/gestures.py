"""Actions of one free hand in the air: swipes, wave, drawing.

Positions are arm lengths (outwards, up, forwards) from the right shoulder; times are nominal seconds.
Each function writes one performance and returns the nominal time at which the hand is back.
"""

from collections.abc import Sequence

import numpy as np

from .play import Play
from .pose import Vector

POINTING: Vector = (-0.5, -0.8, 0.2)
"""Palm of a hand that points forwards: down and a little inwards."""


def swipe_left(play: Play) -> float:
    """The right arm sweeps from the right to the left at chest to head height."""
    high = play.variant.uniform(0.0, 0.35)
    slow = play.variant.uniform(0.9, 1.15)
    play.hand("right", 0.32, (0.45, -0.6, 0.45), (-0.7, -0.5, 0.3))
    play.hand("right", 0.62 * slow, (0.66, high - 0.15, 0.70), (-0.75, -0.6, 0.2))
    play.hand("right", 0.90 * slow, (0.05, high + 0.14, 0.92), (-0.8, -0.6, -0.2))
    play.hand("right", 1.20 * slow, (-0.75, high + 0.02, 0.62), (-0.3, -0.75, -0.6))
    pause = play.variant.uniform(0.05, 0.35)
    play.hand("right", 1.20 * slow + pause, (-0.82, high - 0.06, 0.50), (-0.3, -0.75, -0.6))
    play.trunk(0.6, twist=-0.10, look=-0.05)
    play.trunk(1.3, twist=0.16, look=0.10)
    end = 1.20 * slow + pause + play.variant.uniform(0.75, 1.0)
    play.hand("right", 0.55 * (1.20 * slow + pause) + 0.45 * end, (-0.35, -0.55, 0.62), (-0.7, -0.6, -0.1))
    play.home(end, "right", "trunk")
    return end


def swipe_right(play: Play) -> float:
    """The right arm crosses over to the left and sweeps to the right."""
    high = play.variant.uniform(0.0, 0.35)
    slow = play.variant.uniform(0.9, 1.15)
    play.hand("right", 0.32, (-0.20, -0.65, 0.50), (-0.5, -0.5, -0.3))
    play.hand("right", 0.66 * slow, (-0.78, high - 0.12, 0.58), (-0.4, -0.7, -0.2))
    play.hand("right", 0.96 * slow, (-0.15, high + 0.16, 0.88), (-0.3, -0.7, 0.5))
    play.hand("right", 1.28 * slow, (0.70, high + 0.02, 0.66), (-0.1, -0.6, 0.8))
    pause = play.variant.uniform(0.05, 0.35)
    play.hand("right", 1.28 * slow + pause, (0.78, high - 0.08, 0.52), (-0.1, -0.6, 0.8))
    play.trunk(0.7, twist=0.14, look=0.06)
    play.trunk(1.35, twist=-0.14, look=-0.10)
    end = 1.28 * slow + pause + play.variant.uniform(0.75, 1.0)
    play.hand("right", 0.5 * (1.28 * slow + pause + end), (0.5, -0.6, 0.45), (-0.3, -0.6, 0.6))
    play.home(end, "right", "trunk")
    return end


def wave(play: Play) -> float:
    """The right hand is raised beside the head and waved from side to side about the elbow."""
    swings = int(play.variant.integers(2, 4)) + int(play.rng.integers(0, 2))
    period = play.variant.uniform(0.42, 0.58)
    width = play.variant.uniform(0.4, 0.75)
    up = play.variant.uniform(-0.3, 0.25)
    out = play.variant.uniform(0.15, 0.6)
    play.arm("right", 0.36, (0.35, -0.8, 0.35), (0.35, 0.1, 0.95), (-0.4, -0.8, 0.2))
    t = 0.70
    upper = (out, up - 0.2, 0.75)
    for i in range(2 * swings):
        side = width if i % 2 == 0 else -width
        play.arm("right", t, upper, (side - 0.2, 0.85, 0.45), (0.3 * side - 0.1, -0.5, 0.85))
        t += period / 2.0
    play.arm("right", t + 0.15, (0.35, -0.8, 0.45), (-0.05, 0.1, 0.98), (-0.2, -0.9, 0.1))
    play.home(t + 0.70, "right")
    return t + 0.70


def _draw(play: Play, points: Sequence[tuple[float, Vector]], end: float) -> float:
    for time, place in points:
        play.hand("right", time, place, POINTING)
    time, place = points[-1]
    play.hand("right", 0.5 * (time + end), (0.1 + 0.3 * place[0], -0.62, 0.55), (-0.3, -0.7, 0.5))
    play.home(end, "right")
    return end


def draw_x(play: Play) -> float:
    """Two crossing strokes: down to the left, up and over, down to the right."""
    size, top = play.variant.uniform(0.48, 0.66), play.variant.uniform(0.35, 0.62)
    out = play.variant.uniform(-0.12, 0.18)
    stroke = play.variant.uniform(0.42, 0.56)
    first = 1 if play.variant.random() < 0.75 else -1
    bottom = top - 2.0 * size

    def at(side: float, height: float, forward: float) -> Vector:
        return (out + side * size * 0.95, height, forward)

    t = 0.85
    points = [(0.42, (0.35, -0.35, 0.5)), (t, at(first, top, 0.72))]
    points += [
        (t + stroke * 0.5, at(0.0, (top + bottom) / 2.0, 0.84)),
        (t + stroke, at(-first, bottom, 0.62)),
    ]
    t += stroke
    points += [(t + 0.45, at(-first * 1.02, top, 0.70))]
    t += 0.45
    points += [(t + stroke * 0.5, at(0.0, (top + bottom) / 2.0, 0.84)), (t + stroke, at(first, bottom, 0.62))]
    return _draw(play, points, t + stroke + 0.55)


def _circle(play: Play, turn: float) -> float:
    radius, middle = play.variant.uniform(0.42, 0.62), play.variant.uniform(-0.12, 0.15)
    out = play.variant.uniform(-0.35, -0.05)
    round_trip = play.variant.uniform(1.4, 1.9)
    begin = play.variant.choice([0.5, 0.5, 0.5, -0.5]) * np.pi + play.rng.normal(0.0, 0.15)
    laps = 1.0 + play.rng.uniform(-0.03, 0.12)
    # clockwise the hand comes up on the left, the other way on the right
    points: list[tuple[float, Vector]] = [(0.36, (0.15 + 0.35 * turn, -0.55, 0.62))]
    steps = 11
    for i in range(steps + 1):
        angle = begin + turn * 2.0 * np.pi * laps * i / steps
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        points.append((0.72 + round_trip * i / steps, (out + x, middle + y, 0.80 - 0.2 * abs(y))))
    return _draw(play, points, 0.72 + round_trip + 0.70)


def draw_circle_clockwise(play: Play) -> float:
    """A circle in front of the body, clockwise as the person sees it."""
    return _circle(play, -1.0)


def draw_circle_counter_clockwise(play: Play) -> float:
    """A circle in front of the body, counter-clockwise as the person sees it."""
    return _circle(play, 1.0)


def draw_triangle(play: Play) -> float:
    """From the apex down to the left, across to the right and back up."""
    size, top = play.variant.uniform(0.45, 0.62), play.variant.uniform(0.35, 0.6)
    out = play.variant.uniform(-0.3, 0.0)
    stroke = play.variant.uniform(0.42, 0.56)
    bottom = top - 1.45 * size
    apex: Vector = (out, top, 0.74)
    left: Vector = (out - size, bottom, 0.70)
    right: Vector = (out + size, bottom, 0.68)
    # strokes slow down in the corners: a key just before and after each keeps them sharp
    t = 0.72
    points: list[tuple[float, Vector]] = [(0.36, (0.2, -0.5, 0.62)), (t, apex)]
    for a, b in ((apex, left), (left, right), (right, apex)):
        middle = tuple(0.5 * (p + q) for p, q in zip(a, b, strict=True))
        points += [(t + 0.5 * stroke, (middle[0], middle[1], middle[2] + 0.06)), (t + stroke, b)]
        t += stroke
    return _draw(play, points, t + 0.65)
