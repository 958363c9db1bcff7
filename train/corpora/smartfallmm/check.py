"""SmartFallMM in a folder, looked at file by file: trials and signals that are usable, missing or broken."""

from collections import Counter
from pathlib import Path
from typing import Final

from hnhar.model.errors import RecordingError

from ..finding import Advance, Finding, ranges
from .files import GROUPS, PARTS, find_trials
from .signals import OddSignalError, read_accelerometer, read_skeleton

PEOPLE: Final = {"young": 14, "old": 21}
"""Group -> people with a skeleton, as published."""


def check(folder: Path, advance: Advance) -> Finding:
    """Every file read. What cannot be used is broken; a group without enough people is missing some."""
    found = find_trials(folder)
    broken, notes = [], []
    whole: Counter[str] = Counter()
    trials: Counter[str] = Counter()
    people: dict[str, set[int]] = {group: set() for group in GROUPS}
    rows = 0
    for done, (key, files) in enumerate(found.trials.items()):
        advance("SmartFallMM", done, len(found.trials))
        usable = 0
        for modality, path in files.items():
            try:
                signal = (read_skeleton if modality == "skeleton" else read_accelerometer)(path)
            except OddSignalError as error:
                notes.append(str(error))
                continue
            except RecordingError as error:
                broken.append(str(error))
                continue
            usable += 1
            rows += signal.left_out
            if modality == "skeleton":
                people[key.group].add(key.subject)
        trials[key.group] += usable > 0
        whole[key.group] += usable == len(PARTS)
    advance("SmartFallMM", len(found.trials), len(found.trials))
    missing = [
        f"{group}: {PEOPLE[group] - len(there)} of {PEOPLE[group]} people with a skeleton"
        for group, there in people.items()
        if len(there) < PEOPLE[group]
    ]
    if rows:
        notes.append(f"{rows} rows of files that can be used were left out")
    if found.others:
        notes.append(f"{len(found.others)} files are not named like a trial's: {', '.join(found.others[:5])}")
    text = "; ".join(
        f"{group}: {trials[group]} trials, {whole[group]} with all signals, people with a skeleton "
        f"{ranges(people[group])}"
        for group in GROUPS
    )
    return Finding("SmartFallMM", folder, text, tuple(missing), tuple(broken), tuple(notes))
