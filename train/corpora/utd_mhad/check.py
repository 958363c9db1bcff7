"""UTD-MHAD in a folder, looked at file by file: pairs that are usable, missing or broken."""

import re
from itertools import product
from os.path import isdir
from pathlib import Path

from hnhar.model.errors import RecordingError

from ..finding import Advance, Finding, ranges
from .trials import ACTIONS, load_corpus

Key = tuple[int, int, int]
"""(action, subject, trial) of a pair."""
NOWHERE: frozenset[Key] = frozenset({(8, 1, 4), (23, 6, 4), (27, 8, 4)})
"""Pairs that the corpus never had: of 27 x 8 x 4 it has 861."""
WHOLE: frozenset[Key] = frozenset(product(range(1, 28), range(1, 9), range(1, 5))) - NOWHERE
"""All pairs."""
_PARTS = {"inertial": "Inertial", "skeleton": "Skeleton"}
_NAME = re.compile(r"a(\d{1,3})_s(\d{1,3})_t(\d{1,3})_(inertial|skeleton)\.mat")


def recognizes(folder: Path) -> bool:
    """True for a folder that holds Inertial/ or Skeleton/."""
    return any(isdir(folder / part) for part in _PARTS.values())


def check(folder: Path, advance: Advance) -> Finding:
    """All pairs by name, each file read; damaged ones by the limited child of `mat.py`."""
    halves, others = _files(folder)
    subjects = sorted({key[1] for key, parts in halves.items() if len(parts) == 2})
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
    notes = [
        f"{', '.join(f'a{a}_s{s}_t{t}' for a, s, t in sorted(NOWHERE))} exist nowhere and are not missed"
    ]
    if more := sorted(set(halves) - WHOLE):
        notes.append(f"{len(more)} more than the corpus has: {', '.join(map(_stem, more[:5]))}")
    if others:
        notes.append(f"{len(others)} files are not named like a trial's: {', '.join(others[:5])}")
    found = f"{usable} of {len(WHOLE)} pairs usable, of subjects {ranges(subjects)}"
    return Finding("UTD-MHAD", folder, found, tuple(_missing(halves)), tuple(broken), tuple(notes))


def _files(folder: Path) -> tuple[dict[Key, set[str]], list[str]]:
    """Halves of each pair that are there, and the names of files that are no trial's."""
    halves: dict[Key, set[str]] = {}
    others = []
    for kind, part in _PARTS.items():
        for path in sorted((folder / part).glob("*")):
            name = _NAME.fullmatch(path.name)
            if name and name[4] == kind and 1 <= int(name[1]) <= len(ACTIONS):
                halves.setdefault((int(name[1]), int(name[2]), int(name[3])), set()).add(kind)
            else:
                others.append(path.name)
    return halves, others


def _missing(halves: dict[Key, set[str]]) -> list[str]:
    """Whole subjects in a line each, then pairs, then single files."""
    lines: list[str] = []
    absent = WHOLE - set(halves)
    for subject in range(1, 9):
        whole = {key for key in WHOLE if key[1] == subject}
        if whole <= absent:
            lines.append(f"subject {subject}: all {len(whole)} pairs")
            absent -= whole
    lines += [f"{_stem(key)}: both files" for key in sorted(absent, key=lambda k: (k[1], k[0], k[2]))]
    for key, parts in sorted(halves.items()):
        lines += [f"{part}/{_stem(key)}_{kind}.mat" for kind, part in _PARTS.items() if kind not in parts]
    return lines


def _stem(key: Key) -> str:
    return f"a{key[0]}_s{key[1]}_t{key[2]}"
