"""Fidgets between actions: small movements of the hands that are none of the actions.

Conventions as in `gestures`. Each returns the nominal time at which the hands are back.
"""

from collections.abc import Callable

from .play import BOTH, Play
from .pose import Vector


def _side(play: Play) -> str:
    return "right" if play.rng.random() < 0.6 else "left"


def _touch_and_rub(
    play: Play, side: str, place: Vector, palm: Vector, elbow: Vector, rubs: int, size: float
) -> float:
    """A hand goes to a place on the body, rubs it, and returns."""
    period = play.rng.uniform(0.28, 0.5)
    arrive = play.rng.uniform(0.6, 0.95)
    play.hand(side, arrive * 0.5, (0.15, 0.45 * place[1] - 0.45, 0.45), palm, elbow=elbow)
    t = arrive
    for i in range(2 * rubs):
        shift = size if i % 2 else -size
        play.hand(
            side, t, (place[0] + 0.4 * shift, place[1] + shift, place[2]), palm, elbow=elbow, flexion=0.2
        )
        t += period / 2.0
    linger = play.rng.uniform(0.0, 0.9)
    play.hand(side, t + linger, place, palm, elbow=elbow, flexion=0.2, stop=True)
    if side == "right" and play.rng.random() < 0.5:
        play.contact(arrive, (0.1, 0.2, -1.0), play.rng.uniform(0.05, 0.4))
    back = t + linger + play.rng.uniform(0.6, 1.0)
    play.home(back, side)
    return back


def touch_face(play: Play) -> float:
    """Scratching the cheek or nose, or setting glasses right."""
    place = (play.rng.uniform(-0.42, -0.25), play.rng.uniform(0.30, 0.55), play.rng.uniform(0.24, 0.36))
    return _touch_and_rub(
        play, _side(play), place, (-0.4, 0.1, -0.9), (0.5, -0.8, 0.2), int(play.rng.integers(0, 4)), 0.04
    )


def touch_hair(play: Play) -> float:
    """Stroking or scratching the head."""
    place = (play.rng.uniform(-0.22, -0.05), play.rng.uniform(0.66, 0.85), play.rng.uniform(-0.05, 0.15))
    return _touch_and_rub(
        play, _side(play), place, (-0.8, -0.4, -0.2), (0.9, 0.1, 0.3), int(play.rng.integers(1, 4)), 0.07
    )


def scratch_arm(play: Play) -> float:
    """One hand rubs the other arm."""
    place = (play.rng.uniform(-0.85, -0.65), play.rng.uniform(-0.55, -0.2), play.rng.uniform(0.2, 0.34))
    return _touch_and_rub(
        play, _side(play), place, (-0.5, 0.0, -0.9), (0.4, -0.9, 0.2), int(play.rng.integers(1, 4)), 0.08
    )


def adjust_clothes(play: Play) -> float:
    """Pulling at the shirt or the belt with one hand or both."""
    place: Vector = (
        play.rng.uniform(-0.3, -0.1),
        play.rng.uniform(-0.75, -0.45),
        play.rng.uniform(0.25, 0.38),
    )
    sides = BOTH if play.rng.random() < 0.5 else (_side(play),)
    tugs = int(play.rng.integers(1, 4))
    t = play.rng.uniform(0.55, 0.8)
    for side in sides:
        play.hand(side, t, place, (-0.5, 0.0, -0.8), flexion=0.3)
    for _ in range(tugs):
        for side in sides:
            play.hand(
                side, t + 0.2, (place[0] + 0.05, place[1] - 0.1, place[2]), (-0.4, 0.2, -0.8), flexion=0.3
            )
            play.hand(side, t + 0.42, place, (-0.5, 0.0, -0.8), flexion=0.3)
        t += play.rng.uniform(0.42, 0.6)
    play.home(t + 0.75, *sides)
    return t + 0.75


def check_watch(play: Play) -> float:
    """The left or the right forearm is raised before the chest and looked at."""
    side = _side(play)
    hold = play.rng.uniform(0.3, 1.3)
    fore = (-0.85, play.rng.uniform(0.0, 0.45), 0.55)
    play.arm(side, 0.7, (0.25, -0.85, 0.4), fore, (0.0, -0.9, -0.3), stop=True)
    play.arm(side, 0.75 + hold, (0.25, -0.86, 0.4), fore, (0.0, -0.9, -0.35), stop=True)
    play.trunk(0.7, nod=0.35, look=0.1 if side == "left" else -0.1)
    play.trunk(0.75 + hold, nod=0.35)
    play.home(1.5 + hold, side, "trunk")
    return 1.5 + hold


def wipe_hands(play: Play) -> float:
    """Palms brush over the thighs."""
    t = 0.3
    sides = BOTH if play.rng.random() < 0.6 else (_side(play),)
    for _ in range(int(play.rng.integers(1, 4))):
        for side in sides:
            play.arm(side, t + 0.2, (0.2, -0.95, -0.05), (-0.05, -0.8, 0.6), (-0.5, -0.1, -0.8))
            play.arm(side, t + 0.5, (0.2, -0.95, 0.1), (0.0, -0.96, 0.25), (-0.5, 0.0, -0.8))
        t += play.rng.uniform(0.5, 0.7)
    play.home(t + 0.6, *sides)
    return t + 0.6


def swing_arms(play: Play) -> float:
    """Arms dangle to and fro, together or in turn."""
    t, period = 0.2, play.rng.uniform(0.7, 1.1)
    size = play.rng.uniform(0.12, 0.5)
    in_turn = play.rng.random() < 0.5
    for i in range(int(play.rng.integers(2, 6))):
        for side in BOTH:
            forwards = size * (1.0 if (i % 2 == 0) != (in_turn and side == "left") else -0.8)
            play.arm(
                side,
                t + 0.25,
                (0.2, -0.95, forwards - 0.05),
                (0.05, -0.95, forwards + 0.2),
                (-0.95, 0.0, 0.1),
            )
        t += period / 2.0
    play.home(t + 0.8, *BOTH)
    return t + 0.8


def half_gesture(play: Play) -> float:
    """A hand starts to rise somewhere and thinks better of it."""
    side = _side(play)
    place = (play.rng.uniform(-0.5, 0.6), play.rng.uniform(-0.5, 0.35), play.rng.uniform(0.35, 0.8))
    palm = (play.rng.uniform(-1.0, 0.2), play.rng.uniform(-1.0, 0.3), play.rng.uniform(-0.5, 0.9))
    up = play.rng.uniform(0.5, 1.0)
    play.hand(side, up, place, palm)
    hold = play.rng.uniform(0.1, 1.0)
    play.hand(side, up + hold, (place[0] * 0.95, place[1] - 0.03, place[2]), palm)
    play.home(up + hold + play.rng.uniform(0.6, 1.1), side)
    return up + hold + 1.1


def talk_with_hands(play: Play) -> float:
    """Loose gestures of one or both hands before the belly, as while talking."""
    sides = BOTH if play.rng.random() < 0.6 else (_side(play),)
    t = play.rng.uniform(0.5, 0.7)
    for _ in range(int(play.rng.integers(2, 6))):
        for side in sides:
            place = (play.rng.uniform(-0.3, 0.35), play.rng.uniform(-0.7, -0.25), play.rng.uniform(0.4, 0.7))
            palm = (-0.6, play.rng.uniform(-0.6, 0.9), play.rng.uniform(-0.3, 0.4))
            play.hand(side, t, place, palm, stop=bool(play.rng.random() < 0.2))
        t += play.rng.uniform(0.35, 0.8)
    play.home(t + 0.6, *sides)
    return t + 0.6


def stretch(play: Play) -> float:
    """Rolling the shoulders, the elbows drawn back and out."""
    hold = play.rng.uniform(0.2, 0.8)
    for side in BOTH:
        play.arm(side, 0.6, (0.5, -0.8, -0.35), (-0.1, -0.6, 0.75), (-0.9, -0.2, 0.0))
        play.arm(side, 0.7 + hold, (0.55, -0.75, -0.45), (-0.1, -0.5, 0.8), (-0.9, -0.2, 0.0))
    play.trunk(0.7, bend=-0.1, nod=-0.15)
    play.trunk(0.7 + hold, bend=-0.1, nod=-0.15)
    play.home(1.6 + hold, *BOTH, "trunk")
    return 1.6 + hold


def look_down(play: Play) -> float:
    """Bending to look at the ground, a shoe or a knee, one hand going along."""
    lean = play.rng.uniform(0.2, 0.75)
    hold = play.rng.uniform(0.2, 0.9)
    side = _side(play)
    twist = play.rng.uniform(-0.15, 0.15)
    play.trunk(0.8, bend=lean, nod=0.2, twist=twist, drop=0.06 * lean)
    play.trunk(0.85 + hold, bend=lean, nod=0.2, twist=twist, drop=0.06 * lean)
    play.arm(side, 0.85, (0.1, -0.93, 0.3), (-0.05, -0.95, 0.25), (-0.6, 0.0, -0.7))
    play.arm(side, 0.90 + hold, (0.1, -0.93, 0.3), (-0.1, -0.93, 0.3), (-0.6, 0.0, -0.7))
    play.home(1.9 + hold, side, "trunk")
    return 1.9 + hold


def hold_pose(play: Play) -> float:
    """Hands rest elsewhere for a while: on the hips, clasped in front, behind the back, in a pocket."""
    hold = play.rng.uniform(1.0, 4.0)
    kind = play.rng.integers(0, 4)
    sides = BOTH if kind in (1, 2) or play.rng.random() < 0.5 else (_side(play),)
    for side in sides:
        if kind == 0:
            place, palm, elbow = (0.16, -0.78, 0.02), (-0.5, -0.6, -0.3), (1.0, -0.1, -0.4)
        elif kind == 1:
            place, palm, elbow = (-0.30, -0.82, 0.30), (-0.2, 0.0, -1.0), (0.7, -0.6, -0.3)
        elif kind == 2:
            place, palm, elbow = (-0.25, -0.80, -0.28), (0.0, 0.0, -1.0), (0.8, -0.5, -0.5)
        else:
            place, palm, elbow = (0.05, -0.86, 0.12), (-0.9, 0.0, -0.2), (0.7, -0.4, -0.7)
        arrive = play.rng.uniform(0.7, 1.0)
        play.hand(side, arrive, place, palm, elbow=elbow, stop=True)
        play.hand(side, arrive + hold, place, palm, elbow=elbow, stop=True)
    end = 1.0 + hold + play.rng.uniform(0.7, 1.0)
    play.home(end, *sides)
    return end


HANDS: tuple[tuple[Callable[[Play], float], float], ...] = (
    (touch_face, 1.8),
    (touch_hair, 1.4),
    (scratch_arm, 0.9),
    (adjust_clothes, 1.2),
    (check_watch, 0.7),
    (wipe_hands, 0.8),
    (swing_arms, 1.0),
    (half_gesture, 2.0),
    (talk_with_hands, 1.0),
    (stretch, 0.5),
    (look_down, 0.6),
    (hold_pose, 1.2),
)
"""Fidgets with how often each is chosen against the others."""
