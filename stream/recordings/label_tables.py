"""Tables of what was done, as they are exported: chosen by suffix and by how they begin."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from hnhar.model.errors import RecordingError
from hnhar.model.files import open_regular

from .events_tsv import NAMING, LabelTable, read_labels
from .label_elan import read_tiers
from .label_json import labels_in_json
from .label_text import audacity, boris, spans
from .label_tiers import of_tiers
from .text import decoded, read_bytes

MAX_FILE: Final = 64 << 20
"""bytes."""


def read_label_table(path: Path, tier: str = "") -> LabelTable:
    """The labels of a table of any kind that is known; of several tiers those that `tier` names.

    Raises RecordingError with the path and what is wrong.
    """
    if path.suffix.lower() == ".eaf":
        return _told(path, lambda: _elan(path, tier))
    read = decoded(read_bytes(path, MAX_FILE), path)
    notes = [read.note] if read.note else []
    first = read.text.lstrip()[:1]
    if path.suffix.lower() in (".json", ".jsonl", ".ndjson") or first in ("{", "["):
        return _told(path, lambda: _json(read.text, notes))
    return _told(path, lambda: _text(path, read.text, tier, notes))


def _elan(path: Path, tier: str) -> LabelTable:
    tiers = read_tiers(path)
    events, notes = of_tiers(tiers, tier)
    return LabelTable(events, NAMING[0], notes)


def _json(text: str, notes: list[str]) -> LabelTable:
    found = labels_in_json(text)
    return LabelTable(found.events, NAMING[0], [*notes, *found.notes], found.units, tuple(found.unfinished))


def _text(path: Path, text: str, tier: str, notes: list[str]) -> LabelTable:
    coded = boris(text)
    if coded is not None:
        tiers, more, unfinished = coded
        events, chosen = of_tiers(tiers, tier, "subject")
        return LabelTable(events, NAMING[0], [*notes, *more, *chosen], (1.0,), tuple(unfinished))
    if tier:
        raise RecordingError(f"--tier asks for '{tier}', and a table of this kind has none")
    track = audacity(text)
    if track is not None:
        return LabelTable(track, NAMING[0], notes)
    header = text.partition("\n")[0].lower()
    if "\t" in header and "onset" in header and "duration" in header:
        return read_labels(path)
    lines = spans(text) if "confidence" not in header else None
    if lines is not None:
        return LabelTable(lines, NAMING[0], notes)
    return read_labels(path)  # and with it what is wrong


def _told(path: Path, read: Callable[[], LabelTable]) -> LabelTable:
    try:
        return read()
    except RecordingError as error:
        if str(path) in str(error):
            raise
        raise RecordingError(f"{path}: {error}") from error


def begins_as_labels(path: Path) -> bool:
    """True for a file that begins as a table of labels does, by its first bytes."""
    try:
        with open_regular(path, 1 << 40) as file:
            text = file.read(4096).decode("utf-8", "replace").lstrip("\ufeff")
    except OSError:
        return False
    if path.suffix.lower() == ".json":
        return any(f'"{word}"' in text.lower() for word in ("timeserieslabels", "label", "activity", "onset"))
    whole = text if len(text) < 4000 else text.rpartition("\n")[0]
    try:
        return bool(boris(whole)) or bool(audacity(whole)) or bool(spans(whole))
    except RecordingError:
        return True  # it is read, and then told with what is wrong
