"""UTKinect as a corpus that the commands can name: each action of a recording is a trial of one skeleton.

`skeleton`: (n, 60) m, y up, in the camera's frame, 7 to 15 frames a second as recorded.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ..corpus import Corpus, LabeledTrial, LabeledTrials, Split
from ..people import PARTS_OF_PEOPLE, part_of
from .check import check
from .files import ACTIONS, recognizes
from .recordings import CITATION, load_films

CLASSES: tuple[str, ...] = tuple(ACTIONS.values())
"""Labels, in the order of the table of actions."""
FEWEST = 5
"""Frames of an action, at least."""


def _split(tested: int) -> Split:
    """Split that tests one part of the people and trains on the others."""
    return lambda subject, scene, session: "test" if part_of(subject) == tested else "train"


SPLITS: Mapping[str, Split] = MappingProxyType(
    {f"people-{tested}": _split(tested) for tested in range(PARTS_OF_PEOPLE)}
)
"""Folds: whoever's number has this remainder by four is tested, the others train."""


def load(folder: str | Path, *, subjects: Collection[int] | None = None) -> LabeledTrials:
    """UTKinect: each action as a trial whose session is its recording's number. Raises RecordingError."""
    films = load_films(folder, subjects)
    trials, short = [], 0
    for recording in films.recordings:
        stream = recording.streams[0]
        subject, session = int(recording.name[1:3]), int(recording.name[-2:])
        for action in recording.annotations:
            first, last = np.searchsorted(stream.timestamps, [action.onset, action.offset])
            if last - first < FEWEST:
                short += 1
                continue
            signals = {"skeleton": stream.samples[first:last]}
            times = {"skeleton": stream.timestamps[first:last] - action.onset}
            trials.append(LabeledTrial(subject, action.label, 0, session, signals, times))
    left_out = (f"{short} actions of fewer than {FEWEST} frames were left out",) if short else ()
    return LabeledTrials("utkinect", CLASSES, tuple(trials), SPLITS, (*films.notes, *left_out))


CORPUS = Corpus(
    name="utkinect",
    title="UTKinect",
    layout="actionLabel.txt and joints/joints_s01_e01.txt",
    recognizes=recognizes,
    load=load,
    citation=CITATION,
    license="none named: measure on it, never distribute data or weights made of it",
    obtain="It is at https://cvrc.ece.utexas.edu/KinectDatasets/HOJ3D.html.",
    check=check,
)
"""Entry point `utkinect`."""
