"""Actions of the hands near the body: clap, arm cross, curl, push, knock, catch, boxing.

Conventions as in `gestures`. Contacts (a clap, a knock) shake the sensor for some hundredths of a second.
"""

from .play import BOTH, Play


def clap(play: Play) -> float:
    """The hands meet in front of the chest several times."""
    claps = int(play.variant.integers(2, 5))
    period = play.variant.uniform(0.34, 0.5)
    height, far = play.variant.uniform(-0.35, 0.05), play.variant.uniform(0.40, 0.58)
    apart = play.variant.uniform(0.16, 0.36)
    meet = -0.155 / play.person.body.arm * (play.person.body.clavicle / 0.19)
    force = play.variant.uniform(1.0, 3.5)
    for side in BOTH:
        play.hand(side, 0.42, (0.18, -0.6, 0.6), (-1.0, 0.0, 0.1))
    t = 0.72
    for _ in range(claps):
        for side in BOTH:
            play.hand(
                side, t, (meet + apart, height, far), (-1.0, 0.05, 0.0), elbow=(0.5, -0.8, -0.1), exact=True
            )
            play.hand(side, t + period * 0.5, (meet, height, far), (-1.0, 0.05, 0.0), exact=True)
        play.contact(t + period * 0.5, (0.2, 0.2, -1.0), force)
        t += period
    for side in BOTH:
        play.hand(side, t + 0.15, (meet + apart * 0.9, height - 0.2, far), (-1.0, 0.0, 0.0))
    play.home(t + 0.75, *BOTH)
    return t + 0.75


def arm_cross(play: Play) -> float:
    """Both forearms are crossed before the chest, held, and let down."""
    hold = play.variant.uniform(0.6, 1.2)
    height = play.variant.uniform(-0.35, -0.05)
    over = 0.06 if play.variant.random() < 0.6 else -0.06
    for side, depth in (("right", over), ("left", -over)):
        play.arm(side, 0.50, (0.25, -0.85, 0.42), (0.1, -0.1, 0.95), (-1.0, -0.2, 0.0))
        play.arm(
            side,
            0.90,
            (0.02, -0.82, 0.50 + depth),
            (-0.76, 0.62 + height, 0.22),
            (-0.2, -0.5, -0.85),
            stop=True,
        )
        play.arm(
            side,
            0.95 + hold,
            (0.03, -0.82, 0.49 + depth),
            (-0.75, 0.62 + height, 0.24),
            (-0.2, -0.5, -0.85),
            stop=True,
        )
        play.arm(side, 1.30 + hold, (0.27, -0.87, 0.35), (-0.05, -0.5, 0.85), (-1.0, -0.3, 0.0))
    play.home(1.70 + hold, *BOTH)
    return 1.70 + hold


def arm_curl(play: Play) -> float:
    """Both elbows are bent, palms up, as with a dumb-bell, and straightened."""
    hold = play.variant.uniform(0.2, 0.8)
    top = play.variant.uniform(0.65, 0.95)
    pace = play.variant.uniform(0.38, 0.6)
    begin = 0.32
    down = begin + pace + hold
    for side in BOTH:
        play.arm(side, begin, (0.2, -0.97, 0.05), (0.12, -0.9, 0.4), (-0.6, 0.1, 0.6))
        play.arm(side, begin + 0.5 * pace, (0.22, -0.95, 0.15), (-0.02, -0.1, 1.0), (-0.65, 0.75, 0.1))
        play.arm(side, begin + pace, (0.25, -0.9, 0.25), (-0.3, top, 0.3), (-0.5, 0.3, -0.9), flexion=0.2)
        play.arm(side, down, (0.25, -0.9, 0.25), (-0.32, top, 0.28), (-0.5, 0.3, -0.9), flexion=0.2)
        play.arm(side, down + 0.5 * pace, (0.22, -0.95, 0.15), (-0.05, -0.1, 1.0), (-0.65, 0.75, 0.1))
    play.home(down + pace + 0.4, *BOTH)
    return down + pace + 0.4


def push(play: Play) -> float:
    """Both hands are drawn to the chest and pushed forwards, palms ahead."""
    height, hold = play.variant.uniform(-0.3, 0.0), play.variant.uniform(0.15, 0.5)
    thrust = play.variant.uniform(0.35, 0.6)
    for side in BOTH:
        play.arm(side, 0.40, (0.35, -0.85, -0.1), (0.1, 0.0, 0.95), (-0.4, -0.9, 0.2))
        play.hand(side, 0.85, (0.05, height, 0.34), (-0.1, -0.5, 0.9), elbow=(0.6, -0.7, -0.5), flexion=-0.6)
        play.hand(side, 0.85 + thrust, (-0.08, height + 0.05, 0.93), (-0.1, -0.85, 0.5), flexion=-0.8)
        play.hand(side, 0.9 + thrust + hold, (-0.08, height + 0.05, 0.92), (-0.1, -0.85, 0.5), flexion=-0.7)
        play.arm(side, 1.35 + thrust + hold, (0.35, -0.9, 0.25), (-0.05, -0.55, 0.8), (-0.3, -0.8, -0.1))
    play.trunk(0.85, bend=-0.03)
    play.trunk(0.9 + thrust, bend=0.10, z=-0.02)
    end = 1.85 + thrust + hold
    play.home(end, *BOTH, "trunk")
    return end


def knock(play: Play) -> float:
    """The right fist is raised and knocks at a door in front, twice to four times."""
    knocks = int(play.variant.integers(2, 5))
    period = play.variant.uniform(0.26, 0.40)
    up, swing = play.variant.uniform(-0.2, 0.3), play.variant.uniform(0.18, 0.36)
    force = play.variant.uniform(0.0, 1.6)
    palm = (-0.35, -0.3, 0.9)
    upper = (0.3, up - 0.1, 0.8)
    play.arm("right", 0.45, (0.35, -0.8, 0.35), (-0.1, 0.35, 0.9), (-0.6, -0.7, 0.2), flexion=0.2)
    t = 0.85
    for _ in range(knocks):
        play.arm("right", t, upper, (-0.15, 0.95, 0.35 - swing * 0.8), palm, flexion=-0.1)
        play.arm("right", t + period * 0.5, upper, (-0.15, 0.75, 0.35 + swing), palm, flexion=0.3)
        play.contact(t + period * 0.5, (0.3, 0.3, 1.0), force)
        t += period
    play.arm("right", t + 0.05, upper, (-0.15, 0.85, 0.3), palm)
    play.arm("right", t + 0.40, (0.33, -0.85, 0.35), (-0.05, -0.3, 0.95), (-0.5, -0.8, 0.0))
    play.home(t + 0.80, "right")
    return t + 0.80


def catch(play: Play) -> float:
    """The right hand goes up to an object in the air, closes on it and draws it down."""
    out, up = play.variant.uniform(-0.25, 0.25), play.variant.uniform(0.2, 0.6)
    wait = play.variant.uniform(0.15, 0.6)
    play.arm("right", 0.30, (0.35, -0.85, 0.3), (-0.1, 0.0, 0.98), (-0.5, -0.8, 0.2))
    play.hand("right", 0.50, (out * 0.5 + 0.1, up - 0.25, 0.60), (-0.1, -0.4, 0.9), flexion=-0.3)
    play.hand("right", 0.74, (out, up + 0.03, 0.82), (-0.1, -0.5, 0.85), flexion=-0.3)
    play.hand("right", 0.80 + wait, (out, up, 0.82), (-0.1, -0.5, 0.85), flexion=0.4)
    play.contact(0.76 + wait, (-0.4, 0.2, 1.0), play.variant.uniform(0.0, 0.5))
    play.hand("right", 1.12 + wait, (0.08, 0.10, 0.62), (-0.3, -0.5, 0.75), flexion=0.5)
    play.hand("right", 1.45 + wait, (0.10, -0.35, 0.50), (-0.5, -0.6, 0.5), flexion=0.5)
    play.trunk(0.75, twist=0.12, bend=-0.04, nod=-0.15)
    play.trunk(1.3 + wait, twist=0.0, bend=0.02)
    play.home(1.95 + wait, "right", "trunk")
    return 1.95 + wait


def boxing(play: Play) -> float:
    """From a guard, punches with the left and the right in turn."""
    punches = int(play.variant.integers(2, 4))
    period = play.variant.uniform(0.62, 0.85)
    height = play.variant.uniform(-0.12, 0.1)
    first, second = BOTH if play.variant.random() < 0.5 else BOTH[::-1]
    guard = (0.02, -0.12, 0.40)
    for side in BOTH:
        play.arm(side, 0.38, (0.3, -0.85, 0.1), (-0.05, 0.25, 0.9), (-0.8, -0.6, 0.1), flexion=0.1)
        play.hand(side, 0.70, guard, (-0.5, -0.8, 0.1), flexion=0.1)
    t = 0.78
    for _ in range(punches):
        for side, delay in ((first, 0.0), (second, period / 2.0)):
            sign = 1.0 if side == "right" else -1.0
            play.hand(side, t + delay, guard, (-0.5, -0.8, 0.1), flexion=0.1)
            play.hand(side, t + delay + 0.24, (-0.22, height, 0.95), (-0.45, -0.85, 0.0), flexion=0.05)
            play.hand(side, t + delay + 0.48, guard, (-0.5, -0.8, 0.1), flexion=0.1)
            play.trunk(t + delay + 0.24, twist=sign * 0.2, bend=0.05)
        t += period
    t += 0.2
    for side in BOTH:
        play.arm(side, t + 0.30, (0.3, -0.9, 0.15), (0.0, -0.35, 0.9), (-1.0, -0.2, 0.0))
    play.home(t + 0.75, *BOTH, "trunk")
    return t + 0.75
