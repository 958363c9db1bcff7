"""XDF files anywhere under a folder: each is read as a recording is, and what it lacks is found."""

import os
from collections.abc import Sequence
from os.path import isfile
from pathlib import Path

from hnhar.stream.recordings.xdf.reader import read_xdf
from hnhar.stream.recordings.xdf.scan import scan

from .finding import Advance, Finding, reason

XDF_DEPTH = 6
"""Folders below the named one that are searched for XDF files."""
MAX_XDF = 10_000
"""XDF files that are looked at."""


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
