"""Sessions of the performer whose repetitions are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hnhar.stream.recordings.recording import Annotation, RecordedStream, Recording
from hnhar.train.synthesis.performer.camera import capture
from hnhar.train.synthesis.performer.inertial import measure
from hnhar.train.synthesis.performer.perform import perform
from hnhar.train.synthesis.performer.person import draw_person
from hnhar.train.synthesis.performer.play import Play
from hnhar.train.synthesis.performer.session import GESTURES, Motion, PerformedSession

from .moves import MOVES

DRIFT: Final = 0.17
"""Share of a period by which the tempo may drift either way from the middle to the end."""
VARIATION: Final = 0.05
"""Standard deviation of a repetition's duration around that, as a share."""
REPEATED: Final = ("wave", "clap", "knock", "boxing")
"""The performer's own actions that repeat something."""


@dataclass(frozen=True, slots=True)
class Performed:
    """An activity whose repetitions are known."""

    label: str
    count: int
    period: float
    """s; 0 of what is done once."""
    onset: float
    offset: float


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A recording and what was done in it."""

    recording: Recording
    performed: tuple[Performed, ...]


class RepeatingSession(PerformedSession):
    """A session that also does movements of `MOVES`."""

    def repeat(self, name: str, periods: Sequence[float]) -> Performed:
        """Do a movement now."""

        def gesture(play: Play) -> float:
            MOVES[name].write(play, periods)
            return 0.0

        gesture.__name__ = name
        return self._done(gesture, name, len(periods), float(np.median(periods)))

    def once(self, action: str) -> Performed:
        """Do an action of the performer's now that repeats nothing."""
        return self._done(GESTURES[action], action, 1, 0.0)

    def _done(self, gesture: Callable[[Play], float], name: str, count: int, period: float) -> Performed:
        start = self.now
        self._stance.fill(start)
        play, self.now = self._write(gesture, start, fidget=False)
        self._contacts += play.contacts
        self._stance.planted = self.now
        stretched = play.at(period) - play.at(0.0)
        return Performed(name, count, stretched, start, self.now)


def session(seed: int, *, each: int = 4, most: int = 12) -> KnownSession:
    """Each of `MOVES` some times, of 2 to `most` repetitions at any tempo, and all that is done once."""
    rng = np.random.default_rng([seed, 99])
    plan: list[tuple[str, list[float]]] = [(name, []) for name in GESTURES if name not in REPEATED]
    for name, move in MOVES.items():
        tempos = np.exp(rng.uniform(np.log(move.fastest), np.log(move.slowest), each))
        plan += [(name, uneven(rng, int(rng.integers(2, most + 1)), float(tempo))) for tempo in tempos]
    made = RepeatingSession(draw_person(seed), np.random.default_rng([seed, seed, 0]), idle=True, pause=4.0)
    performed = []
    for name, periods in (plan[i] for i in rng.permutation(len(plan))):
        made.rest_until(made.now + made.gap())
        performed.append(made.repeat(name, periods) if periods else made.once(name))
    made.rest_until(made.now + 4.0)
    return KnownSession(recorded(made.finish(), seed, performed), tuple(performed))


def uneven(rng: np.random.Generator, count: int, period: float) -> list[float]:
    """Durations as people's are: they grow or shrink by up to a third in all, and vary by 5 %."""
    drift = 1.0 + rng.uniform(-DRIFT, DRIFT) * np.linspace(-1.0, 1.0, count)
    return [float(p) for p in period * drift * np.clip(rng.normal(1.0, VARIATION, count), 0.8, 1.2)]


def recorded(motion: Motion, seed: int, performed: Sequence[Performed]) -> Recording:
    """The streams of a motion, with the performer's errors of sensors and camera."""
    imu_times, imu = measure(motion, np.random.default_rng([seed, seed, 1]), clean=False)
    frames, skeleton = capture(motion, np.random.default_rng([seed, seed, 2]), clean=False)
    like = perform(seed=0, person=0, actions=(), duration=2.0).streams
    streams = tuple(
        RecordedStream(stream.description, samples, times, stream.modality)
        for stream, samples, times in zip(like, (imu, skeleton), (imu_times, frames), strict=True)
    )
    annotations = tuple(Annotation(p.onset, p.offset - p.onset, p.label) for p in performed)
    return Recording(f"performer-{seed}", streams, annotations, f"performer-{seed}", {"seed": str(seed)})
