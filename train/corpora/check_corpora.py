"""One corpus in one folder, looked at file by file: what `check` asks of each kind."""

import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import product
from os.path import isdir, isfile
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.text import read_text
from hnhar.stream.recordings.xdf.reader import read_xdf
from hnhar.stream.recordings.xdf.scan import scan

from . import spsw_har, utd_mhad
from .check import Advance, Finding, reason
from .mmact import (
    clips as mmact,
)
from .mmact import (
    sensor as mmact_sensor,
)
from .mmact import (
    splits as mmact_protocol,
)

Key = tuple[int, int, int]
"""(action, subject, trial) of a UTD-MHAD pair."""
NOWHERE: frozenset[Key] = frozenset({(8, 1, 4), (23, 6, 4), (27, 8, 4)})
"""Pairs that the corpus never had: of 27 x 8 x 4 it has 861."""
WHOLE: frozenset[Key] = frozenset(product(range(1, 28), range(1, 9), range(1, 5))) - NOWHERE
"""All pairs of UTD-MHAD."""
XDF_DEPTH = 6
"""Folders below the named one that are searched for XDF files."""
MAX_XDF = 10_000
"""XDF files that are looked at."""
_UTD_PARTS = {"inertial": "Inertial", "skeleton": "Skeleton"}
_UTD_NAME = re.compile(r"a(\d{1,3})_s(\d{1,3})_t(\d{1,3})_(inertial|skeleton)\.mat")
_EXECUTION = re.compile(r"s(\d{2,3})_(\d{2,3})")


def is_utd_mhad(folder: Path) -> bool:
    """Whether it holds Inertial/ or Skeleton/."""
    return any(isdir(folder / part) for part in _UTD_PARTS.values())


def check_utd_mhad(folder: Path, advance: Advance) -> Finding:
    """All pairs by name, each file read; damaged ones by the limited child of `recordings.mat`."""
    halves, others = _utd_files(folder)
    subjects = sorted({key[1] for key, parts in halves.items() if len(parts) == 2})
    broken: list[str] = []
    usable = 0
    for done, subject in enumerate(subjects):
        advance("UTD-MHAD", done, len(subjects))
        try:
            loaded = utd_mhad.load_corpus(folder, subjects=[subject])
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
        notes.append(f"{len(more)} more than the corpus has: {', '.join(map(_utd_name, more[:5]))}")
    if others:
        notes.append(f"{len(others)} files are not named like a trial's: {', '.join(others[:5])}")
    found = f"{usable} of {len(WHOLE)} pairs usable, of subjects {_ranges(subjects)}"
    return Finding("UTD-MHAD", folder, found, tuple(_utd_missing(halves)), tuple(broken), tuple(notes))


def _utd_files(folder: Path) -> tuple[dict[Key, set[str]], list[str]]:
    """Which halves of each pair are there, and the names of files that are no trial's."""
    halves: dict[Key, set[str]] = {}
    others = []
    for kind, part in _UTD_PARTS.items():
        for path in sorted((folder / part).glob("*")):
            name = _UTD_NAME.fullmatch(path.name)
            if name and name[4] == kind and 1 <= int(name[1]) <= len(utd_mhad.ACTIONS):
                halves.setdefault((int(name[1]), int(name[2]), int(name[3])), set()).add(kind)
            else:
                others.append(path.name)
    return halves, others


def _utd_missing(halves: dict[Key, set[str]]) -> list[str]:
    """Whole subjects in a line each, then pairs, then single files."""
    lines: list[str] = []
    absent = WHOLE - set(halves)
    for subject in range(1, 9):
        whole = {key for key in WHOLE if key[1] == subject}
        if whole <= absent:
            lines.append(f"subject {subject}: all {len(whole)} pairs")
            absent -= whole
    lines += [f"{_utd_name(key)}: both files" for key in sorted(absent, key=lambda k: (k[1], k[0], k[2]))]
    for key, parts in sorted(halves.items()):
        lines += [
            f"{part}/{_utd_name(key)}_{kind}.mat" for kind, part in _UTD_PARTS.items() if kind not in parts
        ]
    return lines


def _utd_name(key: Key) -> str:
    return f"a{key[0]}_s{key[1]}_t{key[2]}"


def is_spsw_har(folder: Path) -> bool:
    """Whether a file of an execution lies in its subject's folder."""
    return any(True for _ in folder.glob("s[0-9]*/s[0-9]*_[0-9]*_s[pw].csv"))


def check_spsw_har(folder: Path, advance: Advance) -> Finding:
    """Every execution that its authors' list names, both devices, each file read."""
    there = spsw_har.find_executions(folder)
    missing, broken, listed = [], [], set(there)
    usable, gaps = 0, 0
    try:
        listed |= _executions(folder / "executions_info.csv")
    except RecordingError as error:
        missing.append(f"executions_info.csv, which says what executions there are ({error})")
    for done, (key, files) in enumerate(there.items()):
        advance("spsw_har", done, len(there))
        read = 0
        for name in spsw_har.DEVICES:
            if name not in files:
                missing.append(f"s{key[0]:02d}_{key[1]:02d}: the {name}'s file")
                continue
            try:
                recording = spsw_har.read_execution(key, {name: files[name]})
            except RecordingError as error:
                broken.append(str(error))
                continue
            read += 1
            gaps += any(f"{name}: gaps" in note for note in recording.notes)
        usable += read == len(spsw_har.DEVICES)
    advance("spsw_har", len(there), len(there))
    subjects = {key[0] for key in there}
    lacking = sorted(set(spsw_har.SUBJECTS) - subjects)
    missing = [*([f"subjects {_ranges(lacking)}"] if lacking else []), *missing]
    missing += [f"s{s:02d}_{e:02d}: both files" for s, e in sorted(listed - set(there)) if s in subjects]
    notes = (f"{gaps} files have gaps of more than {spsw_har.GAP:g} s, as recorded",) if gaps else ()
    found = f"{usable} of {len(listed)} executions usable, of subjects {_ranges(sorted(subjects))}"
    return Finding("spsw_har", folder, found, tuple(missing), tuple(broken), notes)


def _executions(path: Path) -> set[tuple[int, int]]:
    """(subject, number) of the executions that the corpus's list names. Raises RecordingError."""
    first = [line.split(",")[0].strip() for line in read_text(path, 1 << 20).splitlines()]
    found = [_EXECUTION.fullmatch(text) for text in first]
    return {(int(match[1]), int(match[2])) for match in found if match}


def is_mmact(folder: Path) -> bool:
    """Whether it holds the folder of one of the sensors."""
    return any(isdir(folder / name) for name in mmact_sensor.FOLDERS.values())


def check_mmact(folder: Path, advance: Advance) -> Finding:
    """Every clip read. The corpus itself has empty files and clips that lack a modality: these are noted."""
    found = mmact.find_clips(folder)
    has: Counter[str] = Counter()
    broken, repaired, partial, usable = [], 0, 0, 0
    for done, (key, files) in enumerate(found.clips.items()):
        advance("MMAct", done, len(found.clips))
        clip = mmact.read_clip(key, files)
        has.update(clip.modalities)
        usable += bool(clip.modalities)
        partial += 0 < len(clip.modalities) < len(mmact.MODALITIES)
        damage = [note.removeprefix("left out: ") for note in clip.notes if note.startswith("left out: ")]
        broken += damage
        repaired += len(clip.notes) - len(damage)
    advance("MMAct", len(found.clips), len(found.clips))
    missing = [f"{name}: no file of it" for name in mmact.MODALITIES if not has[name]]
    subjects = {key.subject for key in found.clips}
    if lacking := sorted(set(mmact_protocol.SUBJECTS) - subjects):
        missing.append(f"subjects {_ranges(lacking)}")
    if absent := [c for c in mmact_protocol.CLASSES if c not in {key.label for key in found.clips}]:
        missing.append(f"{len(absent)} of {len(mmact_protocol.CLASSES)} classes: {', '.join(absent)}")
    notes = list(found.notes)
    if partial:
        notes.append(f"{partial} clips lack a modality, as the corpus has it")
    if repaired:
        notes.append(f"{repaired} files are empty or had their times put right, as the corpus has them")
    each = ", ".join(f"{name} {has[name]}" for name in mmact.MODALITIES)
    text = f"{usable} clips of subjects {_ranges(sorted(subjects))}: {each}"
    return Finding("MMAct", folder, text, tuple(missing), tuple(broken), tuple(notes))


def xdf_files(folder: Path) -> list[Path]:
    """XDF files under a folder, as deep as LabRecorder's layouts go; links are not followed."""
    found: list[Path] = []
    for place, inner, names in os.walk(folder):
        inner.sort()
        if len(Path(place).relative_to(folder).parts) >= XDF_DEPTH:
            inner.clear()
        found += [Path(place, name) for name in sorted(names) if name.lower().endswith(".xdf")]
        if len(found) > MAX_XDF:
            break
    return found[:MAX_XDF]


def check_xdf(folder: Path, files: Sequence[Path], advance: Advance) -> Finding:
    """Every file read as a recording is; of one that is whole, IMU and skeleton may be missing."""
    missing: list[str] = []
    broken: list[str] = []
    notes: list[str] = []
    usable, damaged = 0, 0
    for done, path in enumerate(files):
        advance("XDF", done, len(files))
        shown = path.relative_to(folder)
        if not isfile(path):  # a pipe or a device would be waited for
            broken.append(f"{shown}: it is not a regular file")
            continue
        try:
            recording = read_xdf(path)
        except Exception as error:  # a file's surprise is what was found of it
            text = reason(error).removeprefix(f"{path} ").removeprefix(f"{path}: ")
            (missing if _whole(path) else broken).append(f"{shown}: {text}")
            continue
        usable += 1
        damage = [note for note in recording.notes if note.startswith("the file is damaged")]
        damaged += bool(damage)
        broken += [f"{shown}: {note}" for note in damage]
        notes += [f"{shown}: {note}" for note in recording.notes if note not in damage]
    advance("XDF", len(files), len(files))
    found = f"{usable} of {len(files)} files usable" + (f", {damaged} of them in part" if damaged else "")
    return Finding("XDF recordings", folder, found, tuple(missing), tuple(broken), tuple(notes))


def _whole(path: Path) -> bool:
    try:
        return not scan(path).fault
    except OSError:
        return False


def _ranges(numbers: Collection[int]) -> str:
    """1, 2, 3, 7 as "1-3, 7"."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts) or "none"
