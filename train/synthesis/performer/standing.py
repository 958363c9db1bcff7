"""Standing, which is never still: the rest posture, shifting weight, looking round, steps, sway, tremor."""

import numpy as np

from .geometry import Array
from .person import Person
from .play import Contact, KeyframeTrack
from .pose import FEET, TRUNK, arm_key, frame_axes


def rest_postures(person: Person, rng: np.random.Generator) -> dict[str, Array]:
    """Group of channels -> its values at the beginning of a session."""
    trunk = np.zeros(len(TRUNK))
    trunk[TRUNK.index("bend")] = person.stoop
    trunk[TRUNK.index("heading")] = rng.normal(0.0, 0.08)
    feet = np.zeros(len(FEET))
    feet[FEET.index("left_x")], feet[FEET.index("right_x")] = -person.body.stance, person.body.stance
    arms = {side: hanging(person, side, rng) for side in ("left", "right")}
    return {"trunk": trunk, "feet": feet, **arms}


def hanging(person: Person, side: str, rng: np.random.Generator) -> Array:
    """(6,) channels of a hanging arm, the forearm a little forwards, the palm to the thigh."""
    out, forwards, turned = person.hang[1 if side == "right" else 0] + rng.normal(0.0, 1.0, 3) * (
        0.015,
        0.03,
        0.12,
    )
    upper = frame_axes((0.20 + out, -0.97, -0.04 + 0.6 * forwards))
    fore = frame_axes((0.07 + out, -0.96, 0.26 + forwards))
    palm = frame_axes((-np.cos(turned), 0.0, -np.sin(turned)))
    return arm_key(upper, fore, palm, 0.15, None)


class Stance:
    """Writes what trunk, head and feet do by themselves; `rest` moves along with the weight and the steps."""

    def __init__(
        self,
        person: Person,
        rng: np.random.Generator,
        tracks: dict[str, KeyframeTrack],
        rest: dict[str, Array],
    ):
        self.person = person
        self.contacts: list[Contact] = []
        self.planted = 0.0
        """Time, s, until which no step is taken: the end of the last action."""
        self._rng = rng
        self._tracks = tracks
        self._rest = rest

    def fill(self, until: float) -> None:
        """Write the idle motion of trunk and feet until a session time, s."""
        track = self._tracks["trunk"]
        while True:
            start = track.end + float(self._rng.exponential(1.6)) / self.person.restlessness + 0.1
            length = float(self._rng.uniform(0.5, 1.6))
            if start + length > until - 0.1:
                return
            kind = self._rng.random()
            if kind < 0.14 and max(self._tracks["feet"].end, self.planted) < start and start + 1.6 < until:
                self._step(start)
            elif kind < 0.50:
                self._look(start, length, until)
            else:
                self._shift(start, length)

    def _key(self, time: float, value: Array) -> None:
        self._tracks["trunk"].add(time, value.copy(), True)

    def _shift(self, start: float, length: float) -> None:
        """Weight onto the other leg, with the hips, the lean and the facing that go with it."""
        rng, rest = self._rng, self._rest["trunk"]
        self._key(start, self._tracks["trunk"].values[-1])
        middle = 0.5 * (self._rest["feet"][[0, 3]].sum())
        depth = 0.5 * (self._rest["feet"][[2, 5]].sum())
        weight = rng.normal(0.0, 0.035)
        rest[:] = 0.0
        rest[TRUNK.index("x")] = middle + weight
        rest[TRUNK.index("z")] = depth + rng.normal(0.0, 0.012)
        rest[TRUNK.index("lean")] = -0.5 * weight + rng.normal(0.0, 0.02)
        rest[TRUNK.index("bend")] = self.person.stoop + rng.normal(0.0, 0.03)
        rest[TRUNK.index("heading")] = rng.normal(0.0, 0.10)
        rest[TRUNK.index("twist")] = rng.normal(0.0, 0.05)
        rest[TRUNK.index("drop")] = abs(rng.normal(0.0, 0.008))
        rest[TRUNK.index("nod")] = rng.normal(0.0, 0.06)
        rest[TRUNK.index("look")] = rng.normal(0.0, 0.08)
        self._key(start + length, rest)

    def _look(self, start: float, length: float, until: float) -> None:
        """The head turns somewhere, the shoulders a little with it, and back."""
        rng = self._rng
        self._key(start, self._tracks["trunk"].values[-1])
        away = self._rest["trunk"].copy()
        turn = rng.normal(0.0, 0.5)
        away[TRUNK.index("look")] += 0.75 * turn
        away[TRUNK.index("twist")] += 0.2 * turn
        away[TRUNK.index("nod")] += rng.normal(0.05, 0.18)
        self._key(start + length, away)
        hold = float(rng.uniform(0.1, 1.2))
        if start + 2.0 * length + hold < until:
            self._key(start + length + hold, away)
            self._key(start + 2.0 * length + hold, self._rest["trunk"])

    def _step(self, start: float) -> None:
        """Both feet, one after the other, to a new place: shuffling, or moving into position."""
        rng, feet, trunk = self._rng, self._rest["feet"], self._rest["trunk"]
        track = self._tracks["feet"]
        target = rng.normal(0.0, (0.10, 0.10))
        order = ("left", "right") if rng.random() < 0.5 else ("right", "left")
        length = float(rng.uniform(0.42, 0.65))
        self._key(start, self._tracks["trunk"].values[-1])
        track.add(start, track.values[-1].copy(), True)
        for i, side in enumerate(order):
            sign = -1.0 if side == "left" else 1.0
            column = FEET.index(f"{side}_x")
            place = np.array([target[0] + sign * self.person.body.stance * rng.normal(1.0, 0.1), target[1]])
            place[1] += rng.normal(0.0, 0.02)
            up = feet.copy()
            up[[column, column + 2]] = 0.5 * (feet[[column, column + 2]] + place)
            up[column + 1] = rng.uniform(0.02, 0.05)
            feet[[column, column + 2]] = place
            begin = start + i * (length + 0.08)
            track.add(begin + 0.04, track.values[-1].copy(), True)
            track.add(begin + 0.5 * length, up, False)
            track.add(begin + length, feet.copy(), True)
            self.contacts.append(
                Contact(begin + length, np.array([0.9, 0.3, 0.3]), float(rng.uniform(0.01, 0.06)))
            )
        trunk[TRUNK.index("x")], trunk[TRUNK.index("z")] = target[0] + rng.normal(0.0, 0.02), target[1]
        self._key(start + 2.0 * length + 0.1, trunk)


def noise(rng: np.random.Generator, n: int, rate: float, channels: int, low: float, high: float) -> Array:
    """(n, channels) Gaussian noise of standard deviation 1 between two frequencies, Hz, with soft edges."""
    if n < 2:
        return np.zeros((n, channels))
    # a length with small factors only, for the transform's speed; the rest is cut off
    wanted, block = n, 2 ** max(n.bit_length() - 4, 0)
    n = -(-n // block) * block
    frequencies = np.fft.rfftfreq(n, 1.0 / rate)
    gain = np.exp(-((frequencies / high) ** 4)) * (1.0 - np.exp(-((frequencies / max(low, 1e-9)) ** 4)))
    # the spectrum is drawn directly; only the bins that carry anything
    used = gain > 1e-6
    spectrum = np.zeros((len(frequencies), channels), dtype=np.complex128)
    m = int(used.sum())
    spectrum[used] = gain[used, None] * (rng.normal(size=(m, channels)) + 1j * rng.normal(size=(m, channels)))
    power = float(np.sqrt(4.0 * np.sum(gain**2))) / n
    out: Array = np.fft.irfft(spectrum, n, axis=0)
    return out[:wanted] / max(power, 1e-12)
