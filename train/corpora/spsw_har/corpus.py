"""spsw_har as a corpus that the commands can name: each stretch of a label is a trial.

A trial has phone and watch (6 channels each: g, deg/s).
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from hnhar.stream.recordings.recording import Annotation, Recording

from ..corpus import Corpus, LabeledTrial, LabeledTrials, Split, split_by_subject
from .check import check, recognizes
from .executions import CLASSES, device_of, load_executions

SPLITS: Mapping[str, Split] = MappingProxyType(
    {"subjects": split_by_subject({"train": range(1, 13), "test": range(13, 17)})}
)
"""A split of ours: one of the training subjects is left out to validate."""
SHORTEST = 0.5
"""A stretch of a label that is shorter than this is no trial, s."""


def load(
    folder: str | Path, *, subjects: Collection[int] | None = None, shortest: float = SHORTEST
) -> LabeledTrials:
    """spsw_har: each stretch of a label as a trial of phone and watch (n, 6). Raises RecordingError.

    A stretch has the samples from its onset up to the next label's; its times count from its onset. A device
    with less than `shortest` seconds of it is left out of the trial.
    """
    loaded = load_executions(folder, subjects)
    trials = []
    short = 0
    for recording in loaded.recordings:
        for annotation in recording.annotations:
            trial = _segment(recording, annotation, shortest)
            if trial is not None:
                trials.append(trial)
            else:
                short += 1
    left_out = (f"{short} stretches shorter than {shortest:g} s were left out",) if short else ()
    return LabeledTrials("spsw-har", CLASSES, tuple(trials), SPLITS, (*loaded.notes, *left_out))


def _segment(recording: Recording, annotation: Annotation, shortest: float) -> LabeledTrial | None:
    signals, times = {}, {}
    for stream in recording.streams:
        first, last = np.searchsorted(stream.timestamps, [annotation.onset, annotation.offset])
        within = stream.timestamps[first:last]
        if len(within) > 1 and within[-1] - within[0] >= shortest:
            name = device_of(stream)
            signals[name], times[name] = stream.samples[first:last], within - annotation.onset
    if not signals:
        return None
    subject, execution = (int(part) for part in recording.name[1:].split("_"))
    return LabeledTrial(subject, annotation.label, 0, execution, signals, times)


CORPUS = Corpus(
    name="spsw-har",
    title="spsw_har",
    layout="s01/s01_01_sp.csv",
    recognizes=recognizes,
    load=load,
    citation=(
        "Matey-Sanz, Casteleyn, Granell, Dataset of inertial measurements of smartphones and smartwatches "
        "for human activity recognition, Data in Brief 2023, doi 10.1016/j.dib.2023.109809"
    ),
    license="CC BY 4.0",
    obtain="It is free from https://doi.org/10.1016/j.dib.2023.109809.",
    check=check,
)
"""Entry point `spsw-har`."""
