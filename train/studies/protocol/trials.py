"""Whole trials in memory, each stretched to the same number of steps, as the published tables have them.

Stretching hides how long an action took, so an encoder trained here is for comparing methods and never runs
live. Legend: N trials, T = 50 steps, C channels.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.modality import kind_called

from ...corpora.corpus import LabeledTrials
from ...corpora.utd_mhad import splits
from ...learn.augment import Augmentation, TimeAugmentation, augment
from ...learn.augment_imu import InertialAugmentation
from ...learn.augment_skeleton import SkeletonAugmentation
from .paper_augmentation import augment_as_the_paper

STEPS = 50
"""T of the published protocol."""
RATE = 50.0
"""Steps per unit of the stretched time: a trial lasts 1."""
TRAIN_SUBJECTS, TEST_SUBJECTS = splits.TRAIN, splits.MEASURED
"""Of UTD-MHAD, on which comparisons are unless their preset names another corpus."""
Changes = Literal["own", "paper"]
PARTS = {"acc": slice(0, 3), "gyro": slice(3, 6)}
"""Modalities that are columns of the IMU."""
AUGMENTATION = Augmentation(
    kinds={
        IMU.name: InertialAugmentation(rotation=45.0),
        SKELETON.name: SkeletonAugmentation(yaw=40.0, tilt=25.0, scale=0.2, noise=0.02, smooth_noise=0.04),
    },
    time=TimeAugmentation(stretch=0.25, shift=0.05, desync=0.02, share=1.0),
)
"""Stronger than for live windows: it has to stand for the persons that a small corpus lacks. Times are shares
of a trial."""


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Trials of one corpus."""

    samples: dict[str, Tensor]
    """Modality -> (N, T, C) float32 in canonical units (g, deg/s, m)."""
    labels: Tensor
    """(N,) int64, 0 to `classes` - 1, or -1: not known."""
    subjects: Tensor
    """(N,) int64."""
    classes: int
    augmentation: Changes = "own"
    """Augmentation in training: that of `augmented`, or the paper's (`paper_augmentation`)."""

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, rows: Tensor) -> "Trials":
        """Those of the given rows (indices or a mask)."""
        samples = {name: values[rows] for name, values in self.samples.items()}
        return replace(self, samples=samples, labels=self.labels[rows], subjects=self.subjects[rows])

    def hidden(self, known: Tensor) -> "Trials":
        """The same with the label -1, unknown, everywhere but in the `known` rows."""
        labels = torch.full_like(self.labels, -1)
        labels[known] = self.labels[known]
        return replace(self, labels=labels)

    def views(self, rows: Tensor, count: int, generator: Generator) -> dict[str, Tensor]:
        """`count` random versions of the given trials: modality -> (count·B, T, C), version after version."""
        many = {name: values[rows].repeat(count, 1, 1) for name, values in self.samples.items()}
        if self.augmentation == "paper":
            return augment_as_the_paper(many, generator)
        return augmented(many, generator)


def pick(samples: dict[str, Tensor], modalities: Sequence[str]) -> dict[str, Tensor]:
    """Modality -> (N, T, C) of `modalities`; "acc" and "gyro" are the IMU with the other's columns at 0."""
    picked = {}
    for name in modalities:
        if name in PARTS:
            kept = torch.zeros(samples[IMU.name].shape[-1])
            kept[PARTS[name]] = 1.0
            picked[name] = samples[IMU.name] * kept
        else:
            picked[name] = samples[name]
    return picked


@cache
def kind_of_trial(modality: str) -> str:
    """Kind of a modality of trials: by its name ("imu.wrist"); one that names no kind is an IMU, or a part of
    one."""
    return kind_called(modality) or IMU.name


def stretch(samples: NDArray[np.float32], steps: int = STEPS) -> NDArray[np.float32]:
    """(n, C) -> (steps, C): linear interpolation, with a triangular low-pass where it has fewer steps.

    The filter is as wide as the distance of the new steps, so that nothing is aliased; at the edges it is
    cut and renormalized, so that a constant stays one (a resampling by FFT bends the edges of a ramp).
    """
    position = np.linspace(0, len(samples) - 1, steps)
    width = max(1.0, (len(samples) - 1) / max(steps - 1, 1))
    distance = np.abs(position[:, None] - np.arange(len(samples)))
    weights = np.clip(1 - distance / width, 0, None)
    weights /= weights.sum(axis=1, keepdims=True)
    return (weights @ samples).astype(np.float32)


def stack(corpus: LabeledTrials, subjects: Collection[int]) -> Trials:
    """The trials of the given subjects that have every modality of the corpus.

    Raises:
        RecordingError: There is none.
    """
    whole = [
        trial
        for trial in corpus.trials
        if trial.subject in subjects and all(name in trial.signals for name in corpus.modalities)
    ]
    if not whole:
        raise RecordingError(
            f"{corpus.name} has no trial of subjects {sorted(subjects)} with {', '.join(corpus.modalities)}"
        )
    samples = {
        name: torch.from_numpy(np.stack([stretch(trial.signals[name]) for trial in whole]))
        for name in corpus.modalities
    }
    return Trials(
        samples,
        torch.from_numpy(corpus.targets(whole)),
        torch.tensor([trial.subject for trial in whole]),
        len(corpus.classes),
    )


def augmented(
    samples: dict[str, Tensor], generator: Generator, settings: Augmentation = AUGMENTATION
) -> dict[str, Tensor]:
    """One random version of a batch. See `train.learn.augment`."""
    kinds = {name: kind_of_trial(name) for name in samples}
    return augment(samples, dict.fromkeys(samples, RATE), kinds, settings, generator)
