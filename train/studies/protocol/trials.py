"""Whole trials in memory, each stretched to the same number of steps, as the published tables have them.

Stretching hides how long an action took, so an encoder trained here is for comparing methods and never runs
live. Legend: N trials, T = 50 steps, C channels.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.modality import kind_called

from ...corpora.corpus import LabeledTrials
from ...corpora.utd_mhad import splits
from ...learn.augment import Augmentation, TimeAugmentation, augment
from ...learn.augment_accelerometer import AccelerometerAugmentation
from ...learn.augment_imu import InertialAugmentation
from ...learn.augment_skeleton import SkeletonAugmentation
from .inputs import PUBLISHED, STEPS, Inputs
from .paper_augmentation import augment_as_the_paper

RATE = float(STEPS)
"""Steps per unit of the stretched time: a trial lasts 1."""
TRAIN_SUBJECTS, TEST_SUBJECTS = splits.TRAIN, splits.MEASURED
"""Of UTD-MHAD, on which comparisons are unless their preset names another corpus."""
Changes = Literal["own", "paper", "turned", "apart"]
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
_TURNED: Final = replace(
    AUGMENTATION,
    kinds={
        **AUGMENTATION.kinds,
        IMU.name: InertialAugmentation(rotation=45.0, spin=180.0),
        "accelerometer": AccelerometerAugmentation(rotation=45.0, turned=0.5),
    },
)
AUGMENTATIONS: Final = {
    "own": AUGMENTATION,
    "turned": _TURNED,
    "apart": replace(_TURNED, time=replace(AUGMENTATION.time, shift=0.1, desync=0.15)),
}
"""Sensors as they sit, worn any way round, and besides cut each by itself: a positive is then any part of the
trial by another sensor."""


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
    """Augmentation in training: one of `AUGMENTATIONS`, or the paper's (`paper_augmentation`)."""

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
        return augmented(many, generator, AUGMENTATIONS[self.augmentation])


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


def stack(
    corpus: LabeledTrials,
    subjects: Collection[int],
    inputs: Inputs = PUBLISHED,
    modalities: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
) -> Trials:
    """The trials of the given subjects that have every modality.

    Args:
        corpus: Loaded.
        subjects: Numbers of people.
        inputs: Grid of the steps.
        modalities: That a trial must have; None: all of the corpus.
        classes: Labels in the order of the targets, trials of others are left out; None: the corpus's.

    Raises:
        RecordingError: There is none.
    """
    names = tuple(modalities or corpus.modalities)
    labels = list(classes or corpus.classes)
    whole = [
        trial
        for trial in corpus.trials
        if trial.subject in subjects
        and trial.label in labels
        and all(name in trial.signals for name in names)
    ]
    if not whole:
        raise RecordingError(
            f"{corpus.name} has no trial of subjects {sorted(subjects)} with {', '.join(names)}"
        )
    signals = [inputs.signals(trial, names) for trial in whole]
    return Trials(
        {name: torch.from_numpy(np.stack([of[name] for of in signals])) for name in names},
        torch.tensor([labels.index(trial.label) for trial in whole]),
        torch.tensor([trial.subject for trial in whole]),
        len(labels),
    )


def performed(corpus: LabeledTrials, subjects: Collection[int], modalities: Sequence[str]) -> tuple[str, ...]:
    """Classes of which these subjects have a trial with every modality, in the corpus's order."""
    there = {
        trial.label
        for trial in corpus.trials
        if trial.subject in subjects and all(name in trial.signals for name in modalities)
    }
    return tuple(label for label in corpus.classes if label in there)


def augmented(
    samples: dict[str, Tensor], generator: Generator, settings: Augmentation = AUGMENTATION
) -> dict[str, Tensor]:
    """One random version of a batch. See `train.learn.augment`."""
    kinds = {name: kind_of_trial(name) for name in samples}
    rates = {name: float(values.shape[1]) for name, values in samples.items()}
    return augment(samples, rates, kinds, settings, generator)
