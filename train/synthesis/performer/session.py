"""A performed session: its actions and pauses in time, and the one trajectory that carries them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hnhar.stream.recordings.recording import Annotation

from . import fidgets, gestures, handwork, sports
from .body import Posture
from .geometry import Array, path, rotation
from .person import Person
from .play import GROUPS, Contact, KeyframeTrack, Manner, Play
from .pose import ARM, FLEXION, FORE, ROLL, TRUNK, nearest_turn, segments
from .standing import Stance, hanging, noise, rest_postures

RATE = 250.0
"""Hz at which motion is computed: five times the sensor's, so that differences are derivatives."""

GESTURES: dict[str, Callable[[Play], float]] = {
    f.__name__: f
    for f in (
        gestures.swipe_left,
        gestures.swipe_right,
        gestures.wave,
        handwork.clap,
        sports.throw,
        handwork.arm_cross,
        sports.basketball_shoot,
        gestures.draw_x,
        gestures.draw_circle_clockwise,
        gestures.draw_circle_counter_clockwise,
        gestures.draw_triangle,
        sports.bowling,
        handwork.boxing,
        sports.baseball_swing,
        sports.tennis_swing,
        handwork.arm_curl,
        sports.tennis_serve,
        handwork.push,
        handwork.knock,
        handwork.catch,
        sports.pickup_and_throw,
    )
}
"""Action -> the function that writes its keyframes, in the order of the UTD-MHAD numbers 1 to 21."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Motion of a person in a session, as continuous functions of time."""

    person: Person
    duration: float
    tracks: dict[str, KeyframeTrack]
    contacts: tuple[Contact, ...]
    annotations: tuple[Annotation, ...]
    unrest: dict[str, Array]
    """Group -> (n, channels) sway and tremor at `RATE`, the same law over the whole session."""

    def channels(self, group: str, at: Array) -> Array:
        """(n, channels) of a group of channels at the times `at`, s."""
        track = self.tracks[group]
        out = path(np.array(track.times), np.array(track.values), np.array(track.stops), at)
        extra = self.unrest.get(group)
        if extra is not None:
            grid = np.arange(len(extra)) / RATE
            out = out + np.stack([np.interp(at, grid, extra[:, c]) for c in range(extra.shape[1])], axis=1)
        return out

    def arm(self, side: str, at: Array) -> tuple[Array, Array, Array, Array]:
        """Directions (n, 3) of upper arm, forearm, hand and palm, in the heading's frame."""
        upper, fore, hand, out = segments(self.channels(side, at))
        if side == "left":
            mirror = np.array([-1.0, 1.0, 1.0])
            return upper * mirror, fore * mirror, hand * mirror, out * mirror
        return upper, fore, hand, out

    def posture(self, at: Array) -> Posture:
        """The whole posture at the times `at`, s."""
        t = self.channels("trunk", at)
        column = {name: t[:, i] for i, name in enumerate(TRUNK)}
        feet = self.channels("feet", at)
        return Posture(
            pelvis=np.stack([column["x"], column["z"]], axis=1),
            # legs cannot grow: a smooth bound, without a corner
            drop=0.5 * (column["drop"] + np.sqrt(column["drop"] ** 2 + 1e-5)),
            heading=column["heading"],
            bend=column["bend"],
            lean=column["lean"],
            twist=column["twist"],
            head=np.stack([column["nod"], column["look"]], axis=1),
            arms={side: self.arm(side, at)[:3] for side in ("left", "right")},
            feet={"left": feet[:, 0:3], "right": feet[:, 3:6]},
        )


class PerformedSession:
    """Writes a session from its beginning to its end."""

    def __init__(self, person: Person, rng: np.random.Generator, *, idle: bool, pause: float) -> None:
        self._person, self._rng = person, rng
        self._idle, self._pause = idle, pause
        self._rest = rest_postures(person, rng)
        self._tracks = {g: KeyframeTrack([0.0], [self._rest[g].copy()], [True]) for g in GROUPS}
        self._stance = Stance(person, rng, self._tracks, self._rest)
        self._contacts: list[Contact] = []
        self._annotations: list[Annotation] = []
        self.now = 0.0
        """Time, s, until which the session is written."""

    def gap(self) -> float:
        """Length of a pause, s: the law of MMAct's untrimmed recordings (5, 50, 95 %: 3.1, 5.8, 15 s)."""
        if not self._idle:
            return float(self._rng.uniform(0.5, 1.2))
        drawn = 2.4 + 3.35 * self._rng.lognormal(0.0, 0.72)
        return float(min(drawn, 24.0) * self._pause / 5.75)

    def rest_until(self, until: float) -> None:
        """Stand, fidget and look round until `until`, s."""
        while self._idle:
            wait = float(self._rng.exponential(1.4)) / self._person.restlessness
            start = self.now + 0.15 + wait
            if start + 2.0 > until:
                break
            names = [f for f, _ in fidgets.HANDS]
            weights = np.array([w for _, w in fidgets.HANDS])
            chosen = names[int(self._rng.choice(len(names), p=weights / weights.sum()))]
            self._stance.fill(start)
            written = {group: len(track.times) for group, track in self._tracks.items()}
            play, end = self._write(chosen, start, fidget=True)
            if end > until:
                for group, count in written.items():
                    self._tracks[group].cut(count)
                self.now = start
            else:
                self._contacts += play.contacts
                self.now = end
        self.now = until
        for side in ("left", "right"):
            self._settle(side, until)

    def _settle(self, side: str, until: float) -> None:
        """An arm at rest comes to hang a little otherwise now and then."""
        track = self._tracks[side]
        free = until - track.end
        if free > 1.2 and self._rng.random() < 0.6:
            start = track.end + float(self._rng.uniform(0.1, free - 1.0))
            key = hanging(self._person, side, self._rng)
            key[ROLL] = nearest_turn(key[ROLL], track.values[-1][ROLL])
            track.add(start, track.values[-1].copy(), True)
            track.add(start + float(self._rng.uniform(0.5, 0.9)), key, True)
            self._rest[side] = key

    def act(self, action: str) -> None:
        """Do an action now and note it down."""
        start = self.now
        self._stance.fill(start)
        play, end = self._write(GESTURES[action], start, fidget=False)
        self._contacts += play.contacts
        # the movement swells out of the pause and sinks into it: its ends lie inside the blends
        onset = start + float(self._rng.uniform(0.0, 0.08))
        offset = end - float(self._rng.uniform(0.0, 0.12))
        self._stance.planted = end
        self._annotations.append(Annotation(onset, offset - onset, action))
        self.now = end

    def _manner(self, name: str, fidget: bool) -> Manner:
        person, rng = self._person, self._rng
        habit = np.random.default_rng([person.habit, *name.encode()])
        spread = person.steadiness
        tempo = person.tempo * habit.normal(1.0, 0.07) * rng.normal(1.0, 0.06 * spread)
        plane = rotation(person.plane + habit.normal(0.0, 0.07, 3) + rng.normal(0.0, 0.04 * spread, 3))
        return Manner(
            tempo=float(np.clip(tempo * (1.0 if fidget else 1.15), 0.7, 1.6)),
            amplitude=float(
                np.clip(person.amplitude * habit.normal(1.0, 0.05) * rng.normal(1.0, 0.05 * spread), 0.7, 1.3)
            ),
            height=person.height + float(habit.normal(0.0, 0.05) + rng.normal(0.0, 0.03 * spread)),
            plane=plane,
            wobble=spread,
        )

    def _write(self, gesture: Callable[[Play], float], start: float, *, fidget: bool) -> tuple[Play, float]:
        """Write a gesture from `start` on; gives it and its end, s."""
        name = gesture.__name__
        variant = np.random.default_rng([self._person.habit, 1, *name.encode()])
        manner = self._manner(name, fidget)
        play = Play(self._person, manner, self._rng, self._tracks, self._rest, start, variant)
        gesture(play)
        return play, max(self._tracks[group].end for group in play.touched)

    def finish(self) -> Motion:
        """Close the tracks and add what never rests."""
        self._stance.fill(self.now)
        n = int(np.ceil(self.now * RATE)) + 2
        return Motion(
            self._person,
            self.now,
            self._tracks,
            tuple(self._contacts + self._stance.contacts),
            tuple(self._annotations),
            _unrest(self._person, self._rng, n),
        )


def _unrest(person: Person, rng: np.random.Generator, n: int) -> dict[str, Array]:
    """Sway of the trunk, breathing, and drift and tremor of the arms; nothing in it knows of actions."""
    trunk = np.zeros((n, len(TRUNK)))
    slow = noise(rng, n, RATE, 7, 0.05, 0.6) * person.sway
    for name, column, scale in (
        ("x", 0, 0.004),
        ("z", 1, 0.005),
        ("heading", 2, 0.008),
        ("bend", 3, 0.006),
        ("lean", 4, 0.005),
        ("nod", 5, 0.02),
        ("look", 6, 0.02),
    ):
        trunk[:, TRUNK.index(name)] = scale * slow[:, column]
    breath = noise(rng, n, RATE, 1, 0.18, 0.32)[:, 0]
    trunk[:, TRUNK.index("bend")] += 0.004 * breath
    unrest = {"trunk": trunk}
    for side in ("left", "right"):
        arm = np.zeros((n, ARM))
        arm[:, :4] = 0.007 * person.sway * noise(rng, n, RATE, 4, 0.1, 1.2)
        arm[:, :4] += 0.0012 * noise(rng, n, RATE, 4, 1.0, 5.0)
        tremor = person.tremor * noise(rng, n, RATE, 3, 7.0, 11.0)
        arm[:, FORE] += tremor[:, :2]
        arm[:, ROLL] = 0.02 * noise(rng, n, RATE, 1, 0.1, 1.5)[:, 0] + 4.0 * tremor[:, 2]
        arm[:, FLEXION] = 0.05 * noise(rng, n, RATE, 1, 0.1, 1.0)[:, 0]
        unrest[side] = arm
    return unrest


def rehearse(
    person: Person,
    rng: np.random.Generator,
    actions: Sequence[str],
    *,
    repetitions: int,
    duration: float | None,
    idle: bool,
    pause: float,
) -> Motion:
    """Actions in random order, each `repetitions` times, or over and over until `duration` is filled."""
    session = PerformedSession(person, rng, idle=idle, pause=pause)
    queue: list[str] = []
    rounds = 0
    while True:
        if not queue and actions and (duration is not None or rounds < repetitions):
            queue = [actions[i] for i in rng.permutation(len(actions))]
            rounds += 1
        gap = session.gap()
        # an action takes at most some 6 s; it is not begun where it would not be over before the end
        if not queue or (duration is not None and session.now + gap + LONGEST + 1.0 > duration):
            break
        session.rest_until(session.now + gap)
        session.act(queue.pop())
    close = session.now + session.gap() if duration is None else duration
    session.rest_until(max(close, session.now + 0.5))
    return session.finish()


LONGEST = 6.5
"""s that the slowest person may need for the longest action."""
