"""Tables of numbers as text, plain or compressed by gzip, read whole up to a limit.

What a compressed file would unfold to is bounded as well: a few bytes can hold gigabytes.
"""

import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.files import open_regular
from hnhar.stream.recordings.text import read_text

MAX_TEXT: Final = 64 << 20
"""bytes of text of one file."""
MAX_PACKED: Final = 16 << 20
"""bytes of a compressed file."""


class Numbers(NamedTuple):
    """Rows of a table that hold numbers."""

    values: NDArray[np.float64]
    """(n, columns)."""
    bad: int
    """Rows left out: another number of columns, or something that is no finite number."""


def lines_of(path: Path) -> list[str]:
    """Lines of a text file, which ends in .gz where it is compressed, without empty ones.

    Raises RecordingError with its name and the reason.
    """
    text = _unpacked(path) if path.suffix == ".gz" else read_text(path, MAX_TEXT)
    return [line for line in text.splitlines() if line.strip()]


def numbers(lines: Sequence[str], columns: Sequence[int], width: int) -> Numbers:
    """Some columns of the lines of a table of `width` columns."""
    if not lines:
        return Numbers(np.zeros((0, len(columns))), 0)
    try:  # nearly every file is well formed: all at once
        text = io.StringIO("\n".join(lines))
        table = np.loadtxt(text, delimiter=",", usecols=columns, comments=None, ndmin=2)
        if len(table) == len(lines) and all(line.count(",") == width - 1 for line in lines):
            good = np.isfinite(table).all(axis=1)
            return Numbers(table[good], int(np.sum(~good)))
    except ValueError:
        pass
    rows = [row for line in lines if (row := _row(line, columns, width)) is not None]
    return Numbers(np.array(rows, np.float64).reshape(-1, len(columns)), len(lines) - len(rows))


def _row(line: str, columns: Sequence[int], width: int) -> list[float] | None:
    cells = line.split(",")
    if len(cells) != width:
        return None
    try:
        values = [float(cells[column]) for column in columns]
    except ValueError:
        return None
    return values if bool(np.isfinite(values).all()) else None


def _unpacked(path: Path) -> str:
    try:
        with open_regular(path, MAX_PACKED) as file, gzip.GzipFile(fileobj=file) as packed:
            raw = packed.read(MAX_TEXT + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordingError(f"{path} cannot be read: {reason}") from error
    if len(raw) > MAX_TEXT:
        raise RecordingError(f"{path} unfolds to more than the {MAX_TEXT:,} bytes that are read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path} is not UTF-8 text") from error
