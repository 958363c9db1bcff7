"""One door to labeled corpora: trials in memory, as arrays by modality, with what splits them.

A corpus of one's own needs nothing here: any function that makes a `Corpus` is as good as these.

| corpus | modalities | one trial is |
|---|---|---|
| `utd-mhad` | imu (6: g, deg/s), skeleton (60: m) | a file pair |
| `spsw-har` | phone, watch (6 each: g, deg/s) | a stretch of one label in an execution |
| `mmact` | acc_phone, acc_watch (3: g), gyro (3: deg/s), orientation (3: °), pose (51: pixels) | a clip |
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.stream.recordings.recording import Annotation, Recording

from . import spsw_har, utd_mhad
from .mmact import clips as mmact
from .mmact import splits as mmact_protocol

Split = Callable[[int, int, int], str]
"""(subject, scene, session) -> "train", "val", "test", or "" for what takes no part."""


@dataclass(frozen=True, slots=True, eq=False)
class LabeledTrial:
    """One performance of one class by one person."""

    subject: int
    label: str
    scene: int
    """0 where the corpus has one scene only."""
    session: int
    """Number of the session, execution or repetition."""
    signals: Mapping[str, NDArray[np.float32]]
    """Modality -> (n, channels), only those that are there; units: see the top of this file."""
    times: Mapping[str, NDArray[np.float64]]
    """Modality -> (n,) s, ascending, on one clock for the trial."""


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Labeled trials, and the ways to split them that the corpus is published with."""

    name: str
    classes: tuple[str, ...]
    """In the order of the targets."""
    trials: tuple[LabeledTrial, ...]
    splits: Mapping[str, Split] = field(default_factory=dict)
    """The first is the usual one."""
    notes: tuple[str, ...] = ()
    """What was left out while loading, for the user to read."""

    @property
    def modalities(self) -> tuple[str, ...]:
        """Those of any trial, by name."""
        return tuple(sorted({name for trial in self.trials for name in trial.signals}))

    def part(self, part: str, split: str | None = None) -> list[LabeledTrial]:
        """Trials of "train", "val" or "test" by a split (default: the first); ConfigError where unknown."""
        if not self.splits or (split is not None and split not in self.splits):
            known = ", ".join(self.splits) or "none"
            raise ConfigError(f"the corpus {self.name} has no split '{split}'; it has: {known}")
        of = self.splits[split if split is not None else next(iter(self.splits))]
        return [t for t in self.trials if of(t.subject, t.scene, t.session) == part]

    def targets(self, trials: Collection[LabeledTrial]) -> NDArray[np.int64]:
        """(N,) index of each trial's class."""
        index = {label: i for i, label in enumerate(self.classes)}
        return np.array([index[t.label] for t in trials], np.int64)

    def digest(self) -> str:
        """SHA-256 over labels, persons and samples, in hexadecimal: what a run was made from."""
        digest = hashlib.sha256()
        for trial in self.trials:
            digest.update(f"{trial.label} {trial.subject} {trial.scene} {trial.session}".encode())
            for name in sorted(trial.signals):
                digest.update(f"{name} {trial.signals[name].shape}".encode())
                digest.update(np.ascontiguousarray(trial.signals[name]).tobytes())
        return digest.hexdigest()


def split_by_subject(parts: Mapping[str, Collection[int]]) -> Split:
    """A split that looks at the subject only."""
    of = {subject: part for part, subjects in parts.items() for subject in subjects}
    return lambda subject, scene, session: of.get(subject, "")


def accelerometer_and_gyroscope_apart(corpus: Corpus, modality: str = "imu") -> Corpus:
    """The corpus with a six-axis modality as two: "acc" (n, 3) in g and "gyro" (n, 3) in deg/s."""
    return replace(corpus, trials=tuple(_apart(trial, modality) for trial in corpus.trials))


def _apart(trial: LabeledTrial, modality: str) -> LabeledTrial:
    if modality not in trial.signals:
        return trial
    both, times = trial.signals[modality], trial.times[modality]
    rest = {n: s for n, s in trial.signals.items() if n != modality}
    rest_times = {n: t for n, t in trial.times.items() if n != modality}
    return replace(
        trial,
        signals={"acc": both[:, :3], "gyro": both[:, 3:], **rest},
        times={"acc": times, "gyro": times, **rest_times},
    )


UTD_SPLITS: Mapping[str, Split] = MappingProxyType(
    {"subjects": split_by_subject({"train": (1, 3, 5), "val": (7,), "test": (2, 4, 6, 8)})}
)
"""As published (Chen et al. 2015, with subject 7 for validation as in CMC-CMKM)."""


def load_utd_mhad(folder: str | Path, *, subjects: Collection[int] | None = None) -> Corpus:
    """UTD-MHAD: imu (N, 6) at 50 Hz and skeleton (F, 60) at F / (N / 50) Hz. Raises RecordingError."""
    loaded = utd_mhad.load_corpus(folder, subjects=subjects)
    trials = tuple(
        LabeledTrial(
            trial.subject,
            trial.label,
            0,
            trial.trial,
            {"imu": trial.imu, "skeleton": trial.skeleton},
            {
                "imu": np.arange(len(trial.imu)) / utd_mhad.IMU_RATE,
                "skeleton": np.arange(len(trial.skeleton)) / trial.skeleton_rate,
            },
        )
        for trial in loaded.trials
    )
    return Corpus("utd-mhad", utd_mhad.ACTIONS, trials, UTD_SPLITS, loaded.notes)


SPSW_SPLITS: Mapping[str, Split] = MappingProxyType(
    {"subjects": split_by_subject({"train": range(1, 13), "test": range(13, 17)})}
)
"""Ours: validation is by leaving out one of the training subjects."""
SHORTEST = 0.5
"""A stretch of a label that is shorter than this is no trial, s."""


def load_spsw_har(
    folder: str | Path, *, subjects: Collection[int] | None = None, shortest: float = SHORTEST
) -> Corpus:
    """spsw_har: each stretch of a label as a trial of phone and watch (n, 6). Raises RecordingError.

    A stretch has the samples from its onset up to the next label's; its times count from its onset. A device
    with less than `shortest` seconds of it is left out of the trial.
    """
    loaded = spsw_har.load_executions(folder, subjects)
    trials = []
    short = 0
    for recording in loaded.recordings:
        for annotation in recording.annotations:
            trial = _segment(recording, annotation, shortest)
            if trial is not None:
                trials.append(trial)
            else:
                short += 1
    notes = [*loaded.notes]
    if short:
        notes.append(f"{short} stretches shorter than {shortest:g} s were left out")
    return Corpus("spsw-har", spsw_har.CLASSES, tuple(trials), SPSW_SPLITS, tuple(notes))


def _segment(recording: Recording, annotation: Annotation, shortest: float) -> LabeledTrial | None:
    signals, times = {}, {}
    for stream in recording.streams:
        first, last = np.searchsorted(stream.timestamps, [annotation.onset, annotation.offset])
        own = stream.timestamps[first:last]
        if len(own) > 1 and own[-1] - own[0] >= shortest:
            name = stream.description.placement
            signals[name], times[name] = stream.samples[first:last], own - annotation.onset
    if not signals:
        return None
    subject, execution = (int(part) for part in recording.name[1:].split("_"))
    return LabeledTrial(subject, annotation.label, 0, execution, signals, times)


def load_mmact(
    folder: str | Path,
    *,
    subjects: Collection[int] | None = None,
    advance: Callable[[int, int], None] | None = None,
) -> Corpus:
    """MMAct's clips with what of the five modalities each has. Raises RecordingError."""
    clips, notes = mmact.load_clips(folder, subjects=subjects, advance=advance)
    trials = []
    for clip in clips:
        signals, times = clip.signals()
        key = clip.key
        trials.append(LabeledTrial(key.subject, key.label, key.scene, key.session, signals, times))
    return Corpus("mmact", mmact_protocol.CLASSES, tuple(trials), mmact_protocol.SPLITS, notes)


LOADERS: Mapping[str, Callable[[Path], Corpus]] = MappingProxyType(
    {"utd-mhad": load_utd_mhad, "spsw-har": load_spsw_har, "mmact": load_mmact}
)
"""Name -> what loads the corpus from its folder."""


def load_corpus(name: str, folder: str | Path) -> Corpus:
    """A corpus by its name, from the folder that holds it. Raises ConfigError and RecordingError."""
    if name not in LOADERS:
        raise ConfigError(f"there is no corpus '{name}'; known are: {', '.join(LOADERS)}")
    if not Path(folder).is_dir():
        raise RecordingError(f"the folder {folder} for the corpus {name} does not exist")
    return LOADERS[name](Path(folder))
