"""UP-Fall as a corpus that the commands can name: each stretch of a tag is a trial of five IMUs.

`imu.ankle`, `imu.pocket`, `imu.waist`, `imu.neck`, `imu.wrist`: (n, 6) each, g and deg/s, at
18 Hz as recorded.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from hnhar.stream.recordings.recording import Annotation, Recording

from ..corpus import Corpus, LabeledTrial, LabeledTrials, Split
from ..people import PARTS_OF_PEOPLE, part_of
from .check import check
from .files import TAGS, find_files, recognizes
from .recordings import CITATION, load_recordings

CLASSES: tuple[str, ...] = tuple(TAGS.values())
"""Labels, in the order of their tags."""
SHORTEST = 0.3
"""A stretch of a tag that is shorter than this is no trial, s."""


def _split(tested: int) -> Split:
    """Split that tests one part of the people and trains on the others."""
    return lambda subject, scene, session: "test" if part_of(subject) == tested else "train"


SPLITS: Mapping[str, Split] = MappingProxyType(
    {f"people-{tested}": _split(tested) for tested in range(PARTS_OF_PEOPLE)}
)
"""Folds: whoever's number has this remainder by four is tested, the others train."""


def load(
    folder: str | Path, *, subjects: Collection[int] | None = None, shortest: float = SHORTEST
) -> LabeledTrials:
    """UP-Fall: each stretch of a tag as a trial of the sensors that were worn. Raises RecordingError.

    Its scene is the activity that its file is of, its session the file's trial; times count from its onset.
    """
    loaded = load_recordings(folder, subjects)
    keys = {str(key): key for key in find_files(Path(folder))}
    trials, short = [], 0
    for recording in loaded.recordings:
        key = keys[recording.name]
        for annotation in recording.annotations:
            signals, times = _segment(recording, annotation, shortest)
            if signals:
                trials.append(
                    LabeledTrial(key.subject, annotation.label, key.activity, key.trial, signals, times)
                )
            else:
                short += 1
    left_out = (f"{short} stretches shorter than {shortest:g} s were left out",) if short else ()
    return LabeledTrials("upfall", CLASSES, tuple(trials), SPLITS, (*loaded.notes, *left_out))


def _segment(
    recording: Recording, annotation: Annotation, shortest: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    signals, times = {}, {}
    for stream in recording.streams:
        first, last = np.searchsorted(stream.timestamps, [annotation.onset, annotation.offset])
        within = stream.timestamps[first:last]
        if len(within) > 1 and within[-1] - within[0] >= shortest:
            name = f"imu.{stream.description.placement}"
            signals[name], times[name] = stream.samples[first:last], within - annotation.onset
    return signals, times


CORPUS = Corpus(
    name="upfall",
    title="UP-Fall",
    layout="Subject1Activity1Trial1.csv",
    recognizes=recognizes,
    load=load,
    citation=CITATION,
    license="none named: train and measure, never distribute data or weights made of it",
    obtain="It is at https://sites.google.com/up.edu.mx/har-up.",
    check=check,
)
"""Entry point `upfall`."""
