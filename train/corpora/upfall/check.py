"""UP-Fall in a folder, looked at file by file: performances that are usable, missing or broken."""

from itertools import product
from pathlib import Path
from typing import Final

from hnhar.model.errors import RecordingError

from ..finding import Advance, Finding, ranges
from .files import SENSORS, FileKey, find_files, read_file

SUBJECTS: Final = range(1, 11)
"""Numbers of the people; their authors published seven more, of which not all files have all sensors."""
ACTIVITIES: Final = range(1, 12)
TRIALS: Final = range(1, 4)


def check(folder: Path, advance: Advance) -> Finding:
    """Every file read; people and files that are not there are missing, sensors not worn are a note."""
    there = find_files(folder)
    broken = []
    usable = 0
    lacking: dict[str, set[int]] = {}
    for done, (key, path) in enumerate(there.items()):
        advance("UP-Fall", done, len(there))
        try:
            performance = read_file(path)
        except RecordingError as error:
            broken.append(str(error))
            continue
        usable += 1
        for place in set(SENSORS) - set(performance.sensors):
            lacking.setdefault(place, set()).add(key.subject)
    advance("UP-Fall", len(there), len(there))
    people = {key.subject for key in there}
    absent = sorted(set(SUBJECTS) - people)
    missing = [f"people {ranges(absent)}"] if absent else []
    whole = (FileKey(*key) for key in product(sorted(people), ACTIVITIES, TRIALS))
    missing += [str(key) for key in whole if key not in there]
    notes = [f"person {ranges(who)} wore no sensor at the {place}" for place, who in sorted(lacking.items())]
    found = f"{usable} of {len(there)} files usable, of people {ranges(people)}"
    return Finding("UP-Fall", folder, found, tuple(missing), tuple(broken), tuple(notes))
