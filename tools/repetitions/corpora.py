"""Real people whose repetitions are known: UTD-MHAD's actions that repeat nothing, SmartFallMM by eye."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.accelerometer import ACCELEROMETER
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.train.corpora.smartfallmm.files import find_trials
from hnhar.train.corpora.smartfallmm.signals import read_accelerometer, read_skeleton
from hnhar.train.corpora.utd_mhad.trials import IMU_RATE, load_corpus

from .measuring import Signal

UTD_REPEATED: Final = ("wave", "clap", "boxing", "knock", "jog", "walk")
"""Actions that its people repeat in a trial."""
BY_EYE: Final[dict[str, tuple[int | None, int | None]]] = {
    "old/S03A07T03": (7, 7),
    "old/S04A07T01": (8, 8),
    "old/S04A07T04": (7, 7),
    "old/S05A07T02": (5, 5),
    "young/S31A07T03": (None, 13),
    "young/S31A07T05": (8, 9),
    "young/S32A07T04": (10, None),
    "young/S34A07T04": (7, 7),
    "young/S35A07T04": (None, 7),
    "young/S37A07T03": (11, 11),
    "young/S37A07T05": (5, 5),
    "young/S39A07T03": (7, 7),
    "young/S43A07T02": (7, 7),
    "young/S43A07T04": (7, 6),
    "young/S44A07T03": (7, 7),
    **dict.fromkeys(
        (
            *("young/S31A09T01", "young/S31A09T02", "young/S31A09T03", "young/S31A09T05"),
            *("young/S35A09T05", "young/S37A09T04", "young/S39A09T04", "young/S44A09T02", "young/S44A09T05"),
        ),
        (1, 1),
    ),
}
"""Trial of SmartFallMM -> repetitions in the file of the wrist and in that of the skeleton, which were cut
apart: counted by eye on plots of the acceleration and of the forearm (waves: the hand's stays at one side)
or of the hips' height, before anything was counted by this code. None: it could not be told."""

BLIND: Final[dict[str, tuple[int | None, int | None]]] = {
    "young/S32A07T02": (11, None),
    "young/S34A07T03": (8, 8),
    "young/S37A07T02": (5, 5),
    "young/S39A07T02": (7, 7),
    "young/S43A07T03": (7, 6),
    "young/S44A07T04": (7, 7),
}
"""As `BY_EYE`, of trials that were counted, by eye and by this code, when nothing of it changed any more."""


class Trial(NamedTuple):
    """One performance, and what is known of it."""

    name: str
    label: str
    known: int
    signal: tuple[Signal, ...]

    @property
    def ends(self) -> tuple[float, float]:
        """Time of the first sample and of the last, s."""
        return (
            min(float(s.times[0]) for s in self.signal),
            max(float(s.times[-1]) for s in self.signal),
        )


def utd_trials(folder: Path, subjects: tuple[int, ...]) -> Iterator[Trial]:
    """Trials with both modalities; `known` 0 where the action is repeated and nobody counted."""
    for trial in load_corpus(folder, subjects=subjects).trials:
        signals = (
            Signal(IMU.modality(), np.arange(len(trial.imu)) / IMU_RATE, trial.imu),
            Signal(SKELETON.modality(), np.arange(len(trial.skeleton)) / trial.skeleton_rate, trial.skeleton),
        )
        name = f"a{trial.action}_s{trial.subject}_t{trial.trial}"
        yield Trial(name, trial.label, 0 if trial.label in UTD_REPEATED else 1, signals)


def smartfall_trials(folder: Path) -> Iterator[Trial]:
    """Trials of `BY_EYE` and `BLIND`, each modality alone."""
    files = {str(key): parts for key, parts in find_trials(folder).trials.items()}
    for name, counts in {**BY_EYE, **BLIND}.items():
        for part, kind, read, count in zip(
            ("accelerometer.wrist", "skeleton"),
            (ACCELEROMETER, SKELETON),
            (read_accelerometer, read_skeleton),
            counts,
            strict=True,
        ):
            if count is None or part not in files.get(name, {}):
                continue
            try:
                found = read(files[name][part])
            except RecordingError:
                continue
            signal = Signal(kind.modality(), found.times, found.samples)
            yield Trial(name, kind.name, count, (signal,))
