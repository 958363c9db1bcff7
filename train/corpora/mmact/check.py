"""MMAct in a folder, looked at clip by clip."""

from collections import Counter
from os.path import isdir
from pathlib import Path

from ..finding import Advance, Finding, ranges
from .clips import MODALITIES, find_clips, read_clip
from .sensor import FOLDERS
from .splits import CLASSES, SUBJECTS


def recognizes(folder: Path) -> bool:
    """True for a folder that holds the folder of one of the sensors."""
    return any(isdir(folder / name) for name in FOLDERS.values())


def check(folder: Path, advance: Advance) -> Finding:
    """Every clip read. The corpus itself has empty files and clips that lack a modality: these are noted."""
    found = find_clips(folder)
    has: Counter[str] = Counter()
    broken, repaired, partial, usable = [], 0, 0, 0
    for done, (key, files) in enumerate(found.clips.items()):
        advance("MMAct", done, len(found.clips))
        clip = read_clip(key, files)
        has.update(clip.modalities)
        usable += bool(clip.modalities)
        partial += 0 < len(clip.modalities) < len(MODALITIES)
        damage = [note.removeprefix("left out: ") for note in clip.notes if note.startswith("left out: ")]
        broken += damage
        repaired += len(clip.notes) - len(damage)
    advance("MMAct", len(found.clips), len(found.clips))
    missing = [f"{name}: no file of it" for name in MODALITIES if not has[name]]
    subjects = {key.subject for key in found.clips}
    if lacking := sorted(set(SUBJECTS) - subjects):
        missing.append(f"subjects {ranges(lacking)}")
    if absent := [c for c in CLASSES if c not in {key.label for key in found.clips}]:
        missing.append(f"{len(absent)} of {len(CLASSES)} classes: {', '.join(absent)}")
    notes = list(found.notes)
    if partial:
        notes.append(f"{partial} clips lack a modality, as the corpus has it")
    if repaired:
        notes.append(f"{repaired} files are empty or had their times put right, as the corpus has them")
    each = ", ".join(f"{name} {has[name]}" for name in MODALITIES)
    text = f"{usable} clips of subjects {ranges(sorted(subjects))}: {each}"
    return Finding("MMAct", folder, text, tuple(missing), tuple(broken), tuple(notes))
