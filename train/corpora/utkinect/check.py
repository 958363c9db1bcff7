"""UTKinect in a folder, looked at file by file: recordings that are usable, missing or broken."""

from itertools import product
from pathlib import Path
from typing import Final

from hnhar.model.errors import RecordingError

from ..finding import Advance, Finding, ranges
from .files import FilmKey, find_files, read_joints, read_labels
from .recordings import recording_of

SUBJECTS: Final = range(1, 11)
"""Numbers of the people."""
EXECUTIONS: Final = (1, 2)


def check(folder: Path, advance: Advance) -> Finding:
    """Every file read; people and recordings that are not there are missing, labels left out are notes."""
    there = find_files(folder)
    labels = read_labels(folder)
    broken, notes, usable, repeated = [], list(labels.notes), 0, 0
    for done, (key, path) in enumerate(there.items()):
        advance("UTKinect", done, len(there))
        try:
            film = read_joints(path)
        except RecordingError as error:
            broken.append(str(error))
            continue
        usable += 1
        repeated += film.repeated
        notes += [f"{key}: {note}" for note in recording_of(key, film, labels).notes]
        if not labels.actions.get(key):
            broken.append(f"{key} has no actions in the table")
    advance("UTKinect", len(there), len(there))
    if repeated:
        notes.append(f"{repeated} rows repeat the frame before them, and are left out")
    people = {key.subject for key in there}
    absent = sorted(set(SUBJECTS) - people)
    missing = [f"people {ranges(absent)}"] if absent else []
    whole = (FilmKey(*key) for key in product(sorted(people), EXECUTIONS))
    missing += [str(key) for key in whole if key not in there]
    found = f"{usable} of {len(there)} recordings usable, of people {ranges(people)}"
    return Finding("UTKinect", folder, found, tuple(missing), tuple(broken), tuple(notes))
