"""Actions of the whole upper body: throw, shots, swings, serve, bowling, picking up and throwing.

Conventions as in `gestures`; a positive twist turns the shoulders to the left, the right one forwards.
"""

from .play import BOTH, Play
from .pose import Vector


def _overarm(play: Play, t: float, turn: float, quick: float) -> float:
    """Wind up beside the head, whip forwards, follow through; from nominal `t`, gives the time of release."""
    play.arm("right", t + 0.36, (0.6, -0.7, -0.2), (0.85, 0.35, 0.1), (-0.3, -0.6, 0.5))
    play.arm("right", t + 0.62, (0.85, -0.05, -0.45), (0.15, 0.95, -0.1), (0.1, 0.1, 0.95))
    play.arm("right", t + 0.84, (0.85, 0.42, 0.0), (-0.35, 0.75, -0.5), (-0.1, 0.5, 0.9), flexion=-0.5)
    release = t + 0.84 + 0.24 / quick
    play.arm("right", release, (0.3, 0.45, 0.8), (0.05, 0.75, 0.65), (-0.1, -0.5, 0.85), flexion=0.3)
    play.arm("right", release + 0.20, (0.1, 0.0, 1.0), (-0.25, -0.1, 0.95), (-0.3, -0.95, 0.0), flexion=0.4)
    play.trunk(t + 0.62, twist=-turn, bend=-0.04)
    play.trunk(release + 0.1, twist=turn * 0.9, bend=0.12, nod=0.05)
    return release


def throw(play: Play) -> float:
    """An overarm throw of the right arm."""
    release = _overarm(play, 0.0, play.variant.uniform(0.35, 0.65), play.variant.uniform(0.85, 1.25))
    play.arm("right", release + 0.55, (0.3, -0.5, 0.8), (-0.35, -0.3, 0.9), (-0.6, -0.7, 0.0))
    end = release + play.variant.uniform(0.95, 1.3)
    play.home(end, "right", "trunk")
    return end


def basketball_shoot(play: Play) -> float:
    """Both hands take the ball up before the face; the right one pushes it up and forwards."""
    hold = play.variant.uniform(0.1, 0.45)
    dip = play.variant.uniform(0.0, 0.05)
    for side in BOTH:
        play.arm(side, 0.42, (0.2, -0.92, 0.2), (-0.15, -0.3, 0.9), (-0.8, -0.5, 0.3))
        play.hand(side, 0.80, (-0.12, 0.02, 0.52), (-0.5, 0.0, 0.8), elbow=(0.5, -0.85, 0.2))
    play.arm("right", 1.05, (0.3, 0.05, 0.95), (-0.3, 0.95, 0.0), (-0.1, 0.25, 0.95), flexion=-0.8)
    play.arm("left", 1.05, (0.2, -0.05, 0.95), (-0.35, 0.9, 0.05), (-0.9, 0.0, 0.3))
    play.arm("right", 1.08 + hold, (0.33, 0.15, 0.9), (-0.32, 0.95, -0.05), (-0.1, 0.3, 0.95), flexion=-0.8)
    play.arm("left", 1.08 + hold, (0.2, -0.05, 0.95), (-0.35, 0.92, 0.0), (-0.9, 0.0, 0.3))
    t = 1.08 + hold
    play.arm("right", t + 0.28, (0.08, 0.68, 0.72), (0.0, 0.88, 0.48), (-0.1, -0.3, 0.9), flexion=0.5)
    play.arm("left", t + 0.30, (0.15, 0.05, 0.95), (-0.3, 0.92, 0.25), (-0.9, 0.0, 0.2))
    play.arm("right", t + 0.62, (0.06, 0.55, 0.82), (-0.02, 0.75, 0.65), (-0.1, -0.5, 0.85), flexion=0.8)
    play.arm("left", t + 0.72, (0.2, -0.45, 0.85), (-0.3, 0.7, 0.6), (-0.9, -0.2, 0.1))
    play.arm("right", t + 0.95, (0.35, -0.5, 0.6), (-0.3, 0.2, 0.9), (-0.4, -0.8, 0.2))
    play.trunk(0.95, drop=dip, bend=0.04, nod=-0.05)
    play.trunk(t + 0.28, drop=0.0, bend=-0.03, nod=-0.18)
    play.home(t + 1.45, *BOTH, "trunk")
    return t + 1.45


def bowling(play: Play) -> float:
    """The right arm swings back, then forwards low past the leg, with a step and a bent trunk."""
    deep, step = play.variant.uniform(0.12, 0.34), play.variant.uniform(0.25, 0.5)
    lean = play.variant.uniform(0.45, 0.8)
    slow = play.variant.uniform(0.95, 1.2)
    palm: Vector = (-0.5, 0.0, 0.9)
    play.arm("right", 0.35, (0.2, -0.95, 0.15), (0.05, -0.9, 0.5), (-0.7, 0.0, 0.5))
    play.arm("right", 0.85 * slow, (0.25, -0.9, -0.35), (0.1, -0.96, -0.25), palm)
    play.arm("right", 1.25 * slow, (0.2, -0.35, -0.9), (0.1, -0.25, -0.95), (-0.9, -0.3, 0.2))
    play.arm("right", 1.52 * slow, (0.2, -0.7, -0.65), (0.05, -0.75, -0.65), (-0.7, -0.4, 0.6))
    play.arm("right", 1.78 * slow, (0.05, -0.95, 0.2), (0.0, -0.95, 0.3), (-0.2, 0.2, 0.95))
    play.arm("right", 2.02 * slow, (-0.1, -0.35, 0.92), (-0.12, 0.0, 0.98), (-0.3, 0.85, 0.0))
    play.arm("right", 2.16 * slow, (-0.08, -0.2, 0.95), (-0.15, 0.2, 0.95), (-0.3, 0.85, -0.2))
    play.arm("right", 2.60 * slow, (0.15, -0.95, 0.15), (0.02, -0.95, 0.25), (-0.8, 0.1, 0.4))
    play.arm("left", 1.2 * slow, (0.5, -0.8, 0.1), (0.3, -0.85, 0.3), (-1.0, 0.0, 0.0))
    play.arm("left", 1.9 * slow, (0.75, -0.55, -0.3), (0.5, -0.8, -0.1), (-1.0, 0.0, 0.0))
    play.feet(0.75 * slow, left_lift=0.0)
    play.feet(1.05 * slow, left_z=-0.55 * step, left_lift=0.07)
    play.feet(1.40 * slow, left_z=-step, stop=True)
    play.feet(2.45 * slow, left_z=-step, stop=True)
    play.feet(2.75 * slow, left_z=-0.5 * step, left_lift=0.06)
    play.trunk(1.25 * slow, drop=0.5 * deep, bend=0.75 * lean, z=-0.25 * step, twist=-0.3, nod=-0.3)
    play.trunk(1.80 * slow, drop=deep, bend=lean, z=-0.55 * step, twist=0.15, nod=-0.35)
    play.trunk(2.35 * slow, drop=0.9 * deep, bend=0.8 * lean, z=-0.55 * step, twist=0.25, nod=-0.3)
    end = 2.45 * slow + play.variant.uniform(0.8, 1.3)
    play.home(end, *BOTH, "trunk", "feet")
    return end


def baseball_swing(play: Play) -> float:
    """Both hands hold a bat over the right shoulder and swing it round to the left."""
    wait, turn = play.variant.uniform(0.1, 0.45), play.variant.uniform(0.45, 0.75)
    quick = play.variant.uniform(0.85, 1.2)
    gap = 0.31 / play.person.body.arm * (play.person.body.clavicle / 0.19)
    # the left hand is on the bat just below the right one; places are from each one's own shoulder
    spots: list[tuple[float, Vector, Vector, Vector]] = [
        (0.45, (0.05, -0.45, 0.60), (-0.8, 0.1, 0.0), (0.5, -0.8, -0.1)),
        (0.90, (0.26, 0.00, 0.24), (-0.6, 0.2, 0.6), (0.7, -0.6, -0.3)),
        (0.95 + wait, (0.34, 0.04, 0.12), (-0.6, 0.2, 0.6), (0.7, -0.6, -0.3)),
        (0.95 + wait + 0.22 / quick, (0.12, -0.28, 0.52), (-0.5, 0.4, 0.6), (0.4, -0.9, -0.2)),
        (0.95 + wait + 0.40 / quick, (-0.45, -0.30, 0.74), (-0.5, 0.1, -0.2), (0.3, -0.9, 0.0)),
        (0.95 + wait + 0.62 / quick, (-0.98, 0.02, 0.30), (0.0, -0.5, -0.8), (0.1, -0.9, 0.3)),
        (1.20 + wait + 0.62 / quick, (-1.00, 0.06, 0.20), (0.0, -0.5, -0.8), (0.1, -0.9, 0.3)),
        (1.60 + wait + 0.62 / quick, (-0.45, -0.6, 0.5), (-0.6, -0.2, -0.6), (0.3, -0.9, 0.0)),
    ]
    for time, place, palm, elbow in spots:
        play.hand("right", time, place, palm, elbow=elbow)
        mirrored: Vector = (-place[0] - gap - 0.05, place[1] - 0.12, place[2])
        play.hand("left", time + 0.02, mirrored, (-0.8, 0.0, -0.2), elbow=(0.3, -0.9, 0.1))
    swing = 0.95 + wait
    play.trunk(0.9, twist=-turn, bend=0.03, x=0.02, look=0.25)
    play.trunk(swing, twist=-turn * 1.05, bend=0.03, x=0.03, look=0.3)
    play.trunk(swing + 0.45 / quick, twist=0.6 * turn, lean=-0.08, x=-0.03, look=-0.1)
    play.trunk(swing + 0.85 / quick, twist=turn, lean=-0.08, x=-0.04)
    end = 2.1 + wait + 0.62 / quick
    play.home(end, *BOTH, "trunk")
    return end


def tennis_swing(play: Play) -> float:
    """A forehand: the right arm is taken back at the side and swung forwards and up across the body."""
    turn, quick = play.variant.uniform(0.45, 0.8), play.variant.uniform(0.9, 1.25)
    back = play.variant.uniform(-0.7, 0.35)
    play.arm("right", 0.38, (0.35, -0.9, -0.1), (0.65, -0.7, 0.25), (-0.4, -0.4, 0.7))
    play.arm("right", 0.75, (0.55, -0.5, -0.55), (0.75, back, -0.2), (-0.1, -0.1, 0.95))
    play.arm("right", 1.02, (0.45, -0.45, -0.75), (0.55, back, -0.6), (0.1, 0.1, 0.9))
    contact = 1.02 + 0.36 / quick
    play.arm("right", contact - 0.14 / quick, (0.35, -0.85, -0.25), (0.6, -0.75, -0.05), (-0.1, 0.1, 0.95))
    play.arm("right", contact, (0.2, -0.75, 0.55), (0.25, -0.35, 0.9), (-0.75, 0.3, 0.35))
    play.arm("right", contact + 0.18, (-0.2, -0.2, 0.95), (-0.55, 0.5, 0.6), (-0.6, -0.5, -0.3))
    play.arm("right", contact + 0.42, (-0.3, -0.15, 0.9), (-0.65, 0.6, 0.3), (-0.4, -0.6, -0.6))
    play.arm("right", contact + 0.85, (0.2, -0.8, 0.35), (-0.35, -0.6, 0.7), (-0.8, -0.4, -0.1))
    play.arm("left", 0.9, (0.35, -0.9, 0.2), (0.1, -0.85, 0.45), (-1.0, 0.0, 0.0))
    play.arm("left", contact + 0.2, (0.25, -0.95, -0.15), (0.2, -0.95, 0.15), (-1.0, 0.0, 0.0))
    play.trunk(0.95, twist=-turn, bend=0.04, look=0.15)
    play.trunk(contact, twist=0.2 * turn, bend=0.08, drop=0.03, x=-0.02)
    play.trunk(contact + 0.35, twist=0.75 * turn, lean=-0.05)
    end = contact + 1.25
    play.home(end, *BOTH, "trunk")
    return end


def tennis_serve(play: Play) -> float:
    """The left hand tosses the ball up; the right arm winds up behind the head and strikes over it."""
    turn, quick = play.variant.uniform(0.5, 0.8), play.variant.uniform(0.9, 1.3)
    play.arm("left", 0.50, (0.1, -0.7, 0.7), (-0.3, 0.0, 0.95), (0.0, 1.0, 0.2))
    play.arm("left", 0.80, (-0.1, 0.45, 0.85), (-0.25, 0.8, 0.45), (0.0, 0.6, -0.6))
    play.arm("left", 1.05, (-0.1, 0.35, 0.9), (-0.4, 0.7, 0.45), (0.0, 0.6, -0.6))
    play.arm("left", 1.40, (0.2, -0.65, 0.65), (-0.3, -0.4, 0.7), (-0.8, 0.0, 0.0))
    play.arm("right", 0.45, (0.25, -0.95, -0.05), (0.25, -0.9, 0.3), (-0.8, -0.3, 0.4))
    play.arm("right", 0.78, (0.5, -0.65, -0.45), (0.8, -0.35, 0.15), (-0.3, -0.6, 0.5))
    play.arm("right", 1.05, (0.65, -0.25, -0.65), (0.45, 0.85, 0.0), (0.0, 0.0, 0.95))
    play.arm("right", 1.32, (0.75, 0.25, -0.45), (-0.45, 0.55, -0.55), (-0.2, 0.5, 0.8), flexion=-0.4)
    strike = 1.32 + 0.28 / quick
    play.arm("right", strike, (0.45, 0.80, 0.25), (0.05, 0.97, 0.25), (-0.1, -0.2, 0.95), flexion=0.1)
    play.arm("right", strike + 0.16, (0.15, 0.35, 0.9), (0.0, 0.2, 0.95), (-0.2, -0.95, 0.1), flexion=0.5)
    play.arm(
        "right", strike + 0.36, (0.0, -0.55, 0.85), (-0.45, -0.45, 0.75), (-0.5, -0.8, -0.1), flexion=0.4
    )
    play.arm("right", strike + 0.75, (0.3, -0.85, 0.35), (-0.25, -0.6, 0.7), (-0.9, -0.4, 0.0))
    play.trunk(0.85, twist=-turn, lean=0.04, bend=-0.03, nod=-0.35)
    play.trunk(1.25, twist=-turn, lean=-0.1, bend=-0.08, nod=-0.4)
    play.trunk(strike + 0.1, twist=0.5 * turn, bend=0.16, nod=-0.1)
    play.trunk(strike + 0.40, twist=0.75 * turn, bend=0.22)
    end = strike + 1.2
    play.home(end, *BOTH, "trunk")
    return end


def pickup_and_throw(play: Play) -> float:
    """The person bends down, picks something up with the right hand, rises and throws it overarm."""
    deep = play.variant.uniform(0.10, 0.42)
    lean = play.variant.uniform(0.75, 1.15) - 0.4 * (deep - 0.10)
    bottom = play.variant.uniform(0.85, 1.05)
    play.trunk(0.5 * bottom, drop=0.4 * deep, bend=0.45 * lean, nod=0.1)
    play.trunk(bottom, drop=deep, bend=lean, z=0.03, twist=0.12, lean=0.05, nod=-0.1)
    play.trunk(bottom + 0.3, drop=deep, bend=lean * 0.98, z=0.03, twist=0.15, lean=0.05, nod=-0.1)
    play.arm("right", 0.55 * bottom, (0.25, -0.93, 0.15), (0.1, -0.97, 0.2), (-0.8, 0.0, -0.4))
    play.arm("right", bottom, (0.1, -0.95, 0.2), (-0.1, -0.98, 0.1), (-0.4, 0.0, -0.9), flexion=0.1)
    play.arm("right", bottom + 0.28, (0.1, -0.95, 0.15), (-0.15, -0.97, 0.1), (-0.4, 0.0, -0.9), flexion=0.6)
    play.contact(bottom + 0.2, (0.8, 0.2, 0.4), play.variant.uniform(0.0, 0.3))
    play.arm("left", bottom, (0.45, -0.6, -0.45), (0.05, -0.95, 0.0), (-1.0, 0.0, 0.0))
    play.arm("left", bottom + 0.35, (0.45, -0.65, -0.4), (0.1, -0.95, 0.0), (-1.0, 0.0, 0.0))
    rise = bottom + 0.3
    play.arm("right", rise + 0.35, (0.25, -0.9, -0.1), (0.15, -0.85, 0.5), (-0.8, 0.0, 0.2), flexion=0.4)
    play.trunk(rise + 0.35, drop=0.3 * deep, bend=0.4 * lean, twist=-0.1)
    release = _overarm(play, rise + 0.30, play.variant.uniform(0.35, 0.6), play.variant.uniform(0.9, 1.2))
    play.arm("right", release + 0.55, (0.3, -0.5, 0.8), (-0.35, -0.3, 0.9), (-0.6, -0.7, 0.0))
    end = release + play.variant.uniform(0.95, 1.2)
    play.home(end, *BOTH, "trunk")
    return end
