"""UTD-MHAD in a folder, looked at file by file: pairs that are usable, missing or broken."""

from itertools import product
from os.path import isdir
from pathlib import Path

from hnhar.model.errors import RecordingError

from ..finding import Advance, Finding, ranges
from .trials import PARTS, TrialKey, find_halves, load_corpus

NOWHERE = frozenset({TrialKey(1, 8, 4), TrialKey(6, 23, 4), TrialKey(8, 27, 4)})
"""Pairs that the corpus never had: of 27 x 8 x 4 it has 861."""
WHOLE = frozenset(TrialKey(*key) for key in product(range(1, 9), range(1, 28), range(1, 5))) - NOWHERE
"""All pairs."""


def recognizes(folder: Path) -> bool:
    """True for a folder that holds Inertial/ or Skeleton/."""
    return any(isdir(folder / part) for part in PARTS)


def check(folder: Path, advance: Advance) -> Finding:
    """All pairs by name, each file read; damaged ones by the limited child of `mat.py`."""
    halves, others = find_halves(folder)
    subjects = sorted({key.subject for key, parts in halves.items() if len(parts) == 2})
    broken: list[str] = []
    usable = 0
    for done, subject in enumerate(subjects):
        advance("UTD-MHAD", done, len(subjects))
        try:
            loaded = load_corpus(folder, subjects=[subject])
        except RecordingError as error:
            broken.append(f"subject {subject}: {error}")
            continue
        usable += len(loaded.trials)
        broken += [note for note in loaded.notes if ".mat was left out" in note]
    advance("UTD-MHAD", len(subjects), len(subjects))
    notes = [f"{', '.join(map(str, sorted(NOWHERE)))} exist nowhere and are not missed"]
    if more := sorted(set(halves) - WHOLE):
        notes.append(f"{len(more)} more than the corpus has: {', '.join(map(str, more[:5]))}")
    if others:
        notes.append(f"{len(others)} files are not named like a trial's: {', '.join(others[:5])}")
    found = f"{usable} of {len(WHOLE)} pairs usable, of subjects {ranges(subjects)}"
    return Finding("UTD-MHAD", folder, found, tuple(_missing(halves)), tuple(broken), tuple(notes))


def _missing(halves: dict[TrialKey, set[str]]) -> list[str]:
    """Whole subjects in a line each, then pairs, then single files."""
    lines: list[str] = []
    absent = WHOLE - set(halves)
    for subject in range(1, 9):
        whole = {key for key in WHOLE if key.subject == subject}
        if whole <= absent:
            lines.append(f"subject {subject}: all {len(whole)} pairs")
            absent -= whole
    lines += [f"{key}: both files" for key in sorted(absent)]
    for key, parts in sorted(halves.items()):
        lines += [f"{part}/{key}_{part.lower()}.mat" for part in PARTS if part not in parts]
    return lines
