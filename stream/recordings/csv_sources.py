"""Tables as text: of files, of a folder that an app exported, or of such a folder as a zip archive."""

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from hnhar.model.errors import RecordingError
from hnhar.model.files import open_regular
from hnhar.model.labels import shortened

from .csv_loggers import ALONE
from .csv_names import SUFFIXES, recording_name, siblings, tables_in, with_gravity
from .label_tables import begins_as_labels
from .text import decoded, read_bytes

MAX_FILE: Final = 512 << 20
"""bytes of a table, and of all tables of an archive; an hour of a skeleton at 30 Hz has some 80 MB."""
MAX_MEMBERS: Final = 5000
"""Entries of an archive."""

_BESIDE: Final = re.compile(r"(?i)(^|[_-])(labels?|events|annotations?|boris|metadata|readme)$")
"""Ends of the names of tables that hold no samples."""


@dataclass(frozen=True, slots=True)
class TableText:
    """One table that is to be read."""

    path: Path
    """Its file; of one in an archive, that and its name inside."""
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableSource:
    """The tables of one recording."""

    name: str
    tables: tuple[TableText, ...]


def of_files(paths: Sequence[Path]) -> TableSource:
    """The tables in files of one recording. Raises RecordingError with the file and the reason."""
    return TableSource(
        recording_name(paths[0]), tuple(_table(path, read_bytes(path, MAX_FILE)) for path in paths)
    )


def source_at(path: Path) -> TableSource:
    """The tables of the recording that a file, a folder or an archive is. Raises RecordingError."""
    if path.is_dir():
        return of_files(first_in(path))
    if path.suffix.lower() == ".zip":
        return _of_archive(path)
    # a table of labels may have the name of the recording
    return of_files([p for p in siblings(path) if p.name == path.name or not begins_as_labels(p)])


def first_in(folder: Path) -> list[Path]:
    """The files of the only recording in a folder. Raises RecordingError where there are several."""
    return siblings(_of_one(str(folder), tables_in(folder))[0])


def _of_one(place: str, paths: Sequence[Path]) -> list[Path]:
    """Of paths those of one recording: of files that are named after their sensors, or else of all."""
    paths = [path for path in paths if not _BESIDE.search(path.stem)]
    alone = [path for path in paths if ALONE.match(path.stem)]
    if alone:
        return with_gravity(alone)
    paths = [path for path in paths if path.suffix.lower() == ".csv" or recording_name(path) != path.stem]
    # what names a sensor in its own name goes before what names none, as a heart's rate beside it
    paths = [path for path in paths if recording_name(path) != path.stem] or paths
    names = sorted({recording_name(path) for path in paths})
    if not names:
        raise RecordingError(f"{place} holds no table of samples (.csv, .txt)")
    if len(names) > 1:
        raise RecordingError(
            f"{place} holds the tables of {len(names)} recordings, {shortened(names, 5)}: name one file"
        )
    return list(paths)


def _table(path: Path, raw: bytes) -> TableText:
    read = decoded(raw, path)
    return TableText(path, read.text, (read.note,) if read.note else ())


def _of_archive(path: Path) -> TableSource:
    try:
        with open_regular(path, MAX_FILE) as file, zipfile.ZipFile(file) as archive:
            return _of_members(path, archive)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise RecordingError(f"{path} is a damaged zip archive ({error})") from error
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or packed in another way
        raise RecordingError(
            f"{path} cannot be unpacked ({error}): unpack it, and name the folder"
        ) from error


def _of_members(path: Path, archive: zipfile.ZipFile) -> TableSource:
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise RecordingError(f"{path} has {len(entries)} entries; up to {MAX_MEMBERS} are read")
    inside = {
        path / PurePosixPath(entry.filename): entry
        for entry in entries
        if not entry.is_dir()
        and Path(entry.filename).suffix.lower() in SUFFIXES
        and not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(entry.filename).parts)
    }
    depth = min((len(member.parts) for member in inside), default=0)  # what lies deeper tells of the device
    chosen = _of_one(str(path), [member for member in inside if len(member.parts) == depth])
    tables, left = [], MAX_FILE
    for member in chosen:
        with archive.open(inside[member]) as file:
            raw = file.read(left + 1)  # whatever size it declares
        left -= len(raw)
        if left < 0:
            raise RecordingError(f"{path} unpacks to more than the {MAX_FILE:,} bytes that are read")
        tables.append(_table(member, raw))
    return TableSource(path.stem, tuple(tables))
