"""UTD-MHAD as a corpus that the commands can name.

A trial is a pair of files: imu (6 channels: g, deg/s) and skeleton (60: m).
"""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from ..corpus import Corpus, LabeledTrial, LabeledTrials
from .check import check, recognizes
from .splits import SPLITS
from .trials import ACTIONS, IMU_RATE, load_corpus


def load(folder: str | Path, *, subjects: Collection[int] | None = None) -> LabeledTrials:
    """UTD-MHAD: imu (N, 6) at 50 Hz and skeleton (F, 60) at F / (N / 50) Hz. Raises RecordingError."""
    loaded = load_corpus(folder, subjects=subjects)
    trials = tuple(
        LabeledTrial(
            trial.subject,
            trial.label,
            0,
            trial.trial,
            {"imu": trial.imu, "skeleton": trial.skeleton},
            {
                "imu": np.arange(len(trial.imu)) / IMU_RATE,
                "skeleton": np.arange(len(trial.skeleton)) / trial.skeleton_rate,
            },
        )
        for trial in loaded.trials
    )
    return LabeledTrials("utd-mhad", ACTIONS, trials, SPLITS, loaded.notes)


CORPUS = Corpus(
    name="utd-mhad",
    title="UTD-MHAD",
    layout="Inertial/ and Skeleton/",
    recognizes=recognizes,
    load=load,
    citation=(
        "Chen, Jafari, Kehtarnavaz, UTD-MHAD: a multimodal dataset for human action recognition utilizing a "
        "depth camera and a wearable inertial sensor, ICIP 2015"
    ),
    license="free for research",
    obtain=(
        "It is free for research from https://personal.utdallas.edu/~kehtar/UTD-MHAD.html (Inertial and "
        "Skeleton): unpack both beside each other."
    ),
    check=check,
)
"""Entry point `utd-mhad`."""
