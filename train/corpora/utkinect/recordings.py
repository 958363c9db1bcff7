"""UTKinect as recordings: one skeleton of one person, and what was done when."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS, SKELETON_UNITS
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.recording import Annotation, RecordedStream, Recording, Unfinished

from .files import RATE, FilmedJoints, FilmKey, FilmLabels, find_files, read_joints, read_labels

CITATION = (
    "Xia, Chen, Aggarwal, View invariant human action recognition using histograms of 3D joints, HAU3D at "
    "CVPR 2012"
)
"""Whom to cite."""


@dataclass(frozen=True, slots=True)
class Films:
    """Recordings of a folder, and notes on what was left out."""

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...]


def load_films(folder: str | Path, subjects: Collection[int] | None = None) -> Films:
    """Recordings of these people (None: of all), by person and number; RecordingError where none is."""
    folder = Path(folder)
    files = find_files(folder)
    labels = read_labels(folder)
    recordings, notes = [], list(labels.notes)
    for key, path in files.items():
        if subjects is not None and key.subject not in subjects:
            continue
        try:
            recordings.append(recording_of(key, read_joints(path), labels))
            notes += [f"{key}: {note}" for note in recordings[-1].notes]
        except RecordingError as error:
            notes.append(f"left out: {error}")
    if not recordings:
        people = ", ".join(map(str, sorted({key.subject for key in files})))
        raise RecordingError(
            f"no recording of those asked for in {folder} can be used; it holds people {people}"
        )
    return Films(tuple(recordings), tuple(notes))


def recording_of(key: FilmKey, film: FilmedJoints, labels: FilmLabels) -> Recording:
    """A file's content as a recording; its time is the depth frame's.

    An action that cannot be right was done somewhere in its time, nobody knows when: it is `unfinished`.
    """
    name, wearer = str(key), f"s{key.subject:02d}"
    description = StreamDescription(
        f"utkinect-{name}", "MoCap", f"utkinect-{wearer}", SKELETON_CHANNELS, SKELETON_UNITS, 0.0
    )
    stream = RecordedStream(description, film.joints, film.frames / RATE, "skeleton")
    last = film.frames[-1]
    inside = [a for a in labels.actions.get(key, ()) if film.frames[0] <= a.last and a.first <= last]
    beyond = [a.label for a in labels.actions.get(key, ()) if a not in inside]
    bad = labels.bad.get(key, ())
    notes = [f"{film.bad} rows were left out"] if film.bad else []
    notes += [f"{film.bridged} rows were put between frames 0.2 to 0.4 s apart"] if film.bridged else []
    notes += [f"{label} lies beyond the frames, and was left out" for label in beyond]
    notes += [f"{action.label} {why}, and was left out" for action, why in bad]
    return Recording(
        wearer,
        (stream,),
        tuple(Annotation(a.first / RATE, (a.last - a.first) / RATE, a.label) for a in inside),
        name,
        {"corpus": CITATION, "execution": name},
        tuple(notes),
        tuple(Unfinished(a.first / RATE, a.last / RATE, a.label) for a, _ in bad if a.last > a.first),
    )
