"""Trials as slower, quicker, gentler or livelier people would have performed them, to compose sessions from.

Changes of both sensors alike, drawn for each trial. *Tempo* v: the trial lasts 1 / v of its time; angular
velocity grows with v, and what acceleration has beside gravity with its square. *Amplitude* a: the trial
lasts as long as it did, and poses go a times as far from the resting pose. *Effort* e beside them scales
what the inertial sensor feels and not the pose: angular velocity with e, acceleration with its square.

How a smaller motion looks is known roughly only, so each trial draws among two ways: the limbs turn less far
and gravity turns less far in the sensor (`effort`), or joints lie between the resting pose and where they
were and gravity stays as it was.

Legend: N samples, F frames, J = 20 joints.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...corpora.utd_mhad.trials import IMU_RATE, UtdTrial
from ..compose.body import ROOT, Array, limbs, unit
from .effort import smaller_imu, smaller_pose, vigorous_imu
from .gravity import gravity

EDGE = 3
"""Frames at each end of a trial that show its resting pose."""
AT_REST = 12
"""Samples at each end that show how the sensor rests."""
HALFWAY = ("sit_to_stand", "stand_to_sit")
"""Actions that go from one resting pose to another: half of one is no smaller one but another action."""


@dataclass(frozen=True, slots=True)
class Vigor:
    """Changes of one performance; 1 leaves it as it is."""

    tempo: float = 1.0
    amplitude: float = 1.0
    effort: float = 1.0
    limbs: bool = False
    """True: of another amplitude, limbs and gravity turn less far; False: joints move less far."""


@dataclass(frozen=True, slots=True)
class VigorRange:
    """Ranges from which each trial of a session draws its vigor, evenly in the logarithm."""

    share: float = 0.7
    """Share of the trials whose tempo changes, and, drawn apart, of those whose amplitude does."""
    tempo: tuple[float, float] = (0.5, 1.7)
    amplitude: tuple[float, float] = (0.5, 1.5)
    effort: tuple[float, float] = (0.75, 1.35)

    def draw(self, generator: np.random.Generator) -> Vigor:
        """The vigor of one trial."""
        tempo, amplitude, effort = (
            float(np.exp(generator.uniform(*np.log(limits))))
            for limits in (self.tempo, self.amplitude, self.effort)
        )
        paced, sized = generator.random(2) < self.share
        limbs_turn = bool(generator.random() < 0.5)
        return Vigor(tempo if paced else 1.0, *((amplitude, effort) if sized else (1.0, 1.0)), limbs_turn)


def livened(trials: Sequence[UtdTrial], ranges: VigorRange, seed: int) -> list[UtdTrial]:
    """Each trial with a vigor of its own; the same for the same seed."""
    generator = np.random.default_rng(seed)
    return [performed(trial, ranges.draw(generator)) for trial in trials]


def performed(trial: UtdTrial, vigor: Vigor) -> UtdTrial:
    """The trial with another vigor; the very trial where that is 1 throughout."""
    amplitude = 1.0 if trial.label in HALFWAY else vigor.amplitude
    if vigor.tempo == amplitude == vigor.effort == 1.0:
        return trial
    imu, skeleton = trial.imu.astype(np.float64), trial.skeleton.astype(np.float64)
    imu = _felt(imu, vigor, amplitude)
    if amplitude != 1.0:
        skeleton = _posed(skeleton.reshape(len(skeleton), -1, 3), amplitude, vigor.limbs)
    if vigor.tempo != 1.0:
        imu, skeleton = _at_tempo(imu, vigor.tempo, 10), _at_tempo(skeleton, vigor.tempo, 5)
    return replace(
        trial,
        imu=imu.astype(np.float32),
        skeleton=skeleton.astype(np.float32),
        skeleton_rate=len(skeleton) / (len(imu) / IMU_RATE),
    )


def _felt(imu: Array, vigor: Vigor, amplitude: float) -> Array:
    """(N, 6) g and deg/s at the times of before."""
    down = gravity(imu, np.arange(len(imu)) / IMU_RATE)
    faster = vigorous_imu(imu, down, vigor.tempo * vigor.effort)
    if vigor.limbs:
        rest = unit(down[_ends(len(down), AT_REST)].mean(axis=0))
        return smaller_imu(faster, down, rest, amplitude)
    return np.concatenate([down + amplitude * (faster[:, :3] - down), amplitude * faster[:, 3:]], axis=1)


def _posed(joints: Array, amplitude: float, turning: bool) -> Array:
    """(F, 60) m: poses that go `amplitude` times as far from the resting pose, the mean of both ends."""
    root = joints[:, ROOT : ROOT + 1]
    ends = _ends(len(joints), EDGE)
    if turning:
        _, directions, _ = limbs(joints[ends])
        return smaller_pose(joints, unit(directions.mean(axis=0)), amplitude).reshape(len(joints), -1)
    rest_root, rest = root[ends].mean(axis=0), (joints - root)[ends].mean(axis=0)
    moved = rest_root + amplitude * (root - rest_root)
    return np.asarray(moved + rest + amplitude * (joints - root - rest)).reshape(len(joints), -1)


def _ends(count: int, most: int) -> list[int]:
    """Indices of the first and of the last `most` of a trial."""
    return [*range(min(most, count)), *range(max(count - most, 0), count)]


def _at_tempo(samples: Array, tempo: float, least: int) -> Array:
    """(n, C) -> (n / tempo, C) and at least `least` rows, linearly between its samples."""
    count = max(round(len(samples) / tempo), least)
    position = np.linspace(0.0, len(samples) - 1.0, count)
    left = np.minimum(position.astype(int), len(samples) - 2)
    share = (position - left)[:, None]
    return np.asarray(samples[left] * (1.0 - share) + samples[left + 1] * share)
