"""spsw_har in a folder, looked at file by file: executions that are usable, missing or broken."""

import re
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.text import read_text

from ..finding import Advance, Finding, ranges
from .executions import DEVICES, GAP, SUBJECTS, find_executions, read_execution

_EXECUTION = re.compile(r"s(\d{2,3})_(\d{2,3})")


def recognizes(folder: Path) -> bool:
    """True where a file of an execution lies in its subject's folder."""
    return any(True for _ in folder.glob("s[0-9]*/s[0-9]*_[0-9]*_s[pw].csv"))


def check(folder: Path, advance: Advance) -> Finding:
    """Every execution that its authors' list names, both devices, each file read."""
    there = find_executions(folder)
    missing, broken, listed = [], [], set(there)
    usable, gaps = 0, 0
    try:
        listed |= _listed(folder / "executions_info.csv")
    except RecordingError as error:
        missing.append(f"executions_info.csv, which says what executions there are ({error})")
    for done, (key, files) in enumerate(there.items()):
        advance("spsw_har", done, len(there))
        read = 0
        for name in DEVICES:
            if name not in files:
                missing.append(f"s{key[0]:02d}_{key[1]:02d}: the {name}'s file")
                continue
            try:
                recording = read_execution(key, {name: files[name]})
            except RecordingError as error:
                broken.append(str(error))
                continue
            read += 1
            gaps += any(f"{name}: gaps" in note for note in recording.notes)
        usable += read == len(DEVICES)
    advance("spsw_har", len(there), len(there))
    subjects = {key[0] for key in there}
    lacking = sorted(set(SUBJECTS) - subjects)
    missing = [*([f"subjects {ranges(lacking)}"] if lacking else []), *missing]
    missing += [f"s{s:02d}_{e:02d}: both files" for s, e in sorted(listed - set(there)) if s in subjects]
    notes = (f"{gaps} files have gaps of more than {GAP:g} s, as recorded",) if gaps else ()
    found = f"{usable} of {len(listed)} executions usable, of subjects {ranges(sorted(subjects))}"
    return Finding("spsw_har", folder, found, tuple(missing), tuple(broken), notes)


def _listed(path: Path) -> set[tuple[int, int]]:
    """(subject, number) of the executions that the corpus's list names. Raises RecordingError."""
    first = [line.split(",")[0].strip() for line in read_text(path, 1 << 20).splitlines()]
    found = [_EXECUTION.fullmatch(text) for text in first]
    return {(int(match[1]), int(match[2])) for match in found if match}
