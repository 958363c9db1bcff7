"""A corpus as the commands know it: its name, how a folder of it is recognized, loaded and checked.

Registered by an entry point of the group `hnhar.corpora` (`registry.py`); docs/extending.md has an example.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ConfigError

from .finding import Advance, Finding, ranges

Split = Callable[[int, int, int], str]
"""(subject, scene, session) -> "train", "val", "test", or "" for a trial that takes no part."""


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
    """Modality -> (n, channels), only those that are there; units: see the corpus."""
    times: Mapping[str, NDArray[np.float64]]
    """Modality -> (n,) s, ascending, on one clock for the trial."""


@dataclass(frozen=True, slots=True, eq=False)
class LabeledTrials:
    """Trials of a corpus in memory, and the ways to split them that it is published with."""

    name: str
    classes: tuple[str, ...]
    """In the order of the targets."""
    trials: tuple[LabeledTrial, ...]
    splits: Mapping[str, Split] = field(default_factory=dict)
    """The first is the usual one."""
    notes: tuple[str, ...] = ()
    """Trials and files left out while loading, for the user to read."""

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities that any trial has, sorted."""
        return tuple(sorted({name for trial in self.trials for name in trial.signals}))

    def part(self, part: str, split: str | None = None) -> list[LabeledTrial]:
        """Trials of "train", "val" or "test" by a split (default: the first); ConfigError where unknown."""
        if not self.splits or (split is not None and split not in self.splits):
            known = ", ".join(self.splits) or "none"
            raise ConfigError(f"the corpus {self.name} has no split '{split}'; it has: {known}")
        of = self.splits[split if split is not None else next(iter(self.splits))]
        return [t for t in self.trials if of(t.subject, t.scene, t.session) == part]

    def subjects_of(self, part: str) -> tuple[int, ...]:
        """Numbers of the subjects of "train", "val" or "test" by the usual split, ascending."""
        return tuple(sorted({trial.subject for trial in self.part(part)}))

    def targets(self, trials: Collection[LabeledTrial]) -> NDArray[np.int64]:
        """(N,) index of each trial's class."""
        index = {label: i for i, label in enumerate(self.classes)}
        return np.array([index[t.label] for t in trials], np.int64)

    def digest(self) -> str:
        """SHA-256 over labels, persons and samples, in hexadecimal; the provenance of a run."""
        digest = hashlib.sha256()
        for trial in self.trials:
            digest.update(f"{trial.label} {trial.subject} {trial.scene} {trial.session}".encode())
            for name in sorted(trial.signals):
                digest.update(f"{name} {trial.signals[name].shape}".encode())
                digest.update(np.ascontiguousarray(trial.signals[name]).tobytes())
        return digest.hexdigest()


def split_by_subject(parts: Mapping[str, Collection[int]]) -> Split:
    """Split by subject: part -> numbers of its subjects; others take no part."""
    of = {subject: part for part, subjects in parts.items() for subject in subjects}
    return lambda subject, scene, session: of.get(subject, "")


class Loader(Protocol):
    """Reader of a corpus from its own folder; raises RecordingError where nothing in it is usable."""

    def __call__(self, folder: Path, *, subjects: Collection[int] | None = None) -> LabeledTrials:
        """Trials of these subjects; None: of all."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus that the commands can name."""

    name: str
    """As users type it, and as its entry point is called: "utd-mhad"."""
    title: str
    """As its authors call it: "UTD-MHAD"."""
    layout: str
    """Files by which a folder is recognized, for help and errors: "Inertial/ and Skeleton/"."""
    recognizes: Callable[[Path], bool]
    """True where a folder is the corpus's own; looks at names only, as it is asked of every folder."""
    load: Loader
    citation: str = ""
    """Authors, title, venue and year, of whom to cite."""
    license: str = ""
    """License of the recordings: "CC BY 4.0"."""
    obtain: str = ""
    """Sentence on where the recordings are to be had, for errors."""
    check: Callable[[Path, Advance], Finding] | None = None
    """Check of a folder that the corpus recognizes; None: everything is loaded and counted."""

    def checked(self, folder: Path, advance: Advance) -> Finding:
        """Finding on a folder that the corpus recognizes; `advance` is told how far the check is."""
        if self.check is not None:
            return self.check(folder, advance)
        advance(self.title, 0, 1)
        loaded = self.load(folder)
        advance(self.title, 1, 1)
        seen = Counter(label.label for label in loaded.trials)
        absent = [label for label in loaded.classes if not seen[label]]
        missing = (f"{len(absent)} of {len(loaded.classes)} classes: {', '.join(absent)}",) if absent else ()
        subjects = ranges({trial.subject for trial in loaded.trials})
        found = f"{len(loaded.trials)} trials of subjects {subjects}: {', '.join(loaded.modalities)}"
        return Finding(self.title, folder, found, missing, (), loaded.notes)
