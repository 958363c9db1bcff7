"""Text files from outside, read whole up to a limit."""

import codecs
from pathlib import Path
from typing import Final, NamedTuple

from hnhar.model.errors import RecordingError
from hnhar.model.files import read_regular

_OTHERS: Final = (
    (b"PK\x03\x04", "it is a spreadsheet (.xlsx, .ods) or another zip archive: export it as CSV, in UTF-8"),
    (b"\xd0\xcf\x11\xe0", "it is a spreadsheet (.xls): export it as CSV, in UTF-8"),
    (b"\xff\xfe", "it is UTF-16: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"),
    (b"\xfe\xff", "it is UTF-16: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"),
)
"""First bytes of files that are not UTF-8, each with advice."""


class Decoded(NamedTuple):
    """Text of a file, and a note where its encoding was found by its bytes ("" where it is UTF-8)."""

    text: str
    note: str


def decoded(raw: bytes, path: Path) -> Decoded:
    """The text of a file's bytes, in UTF-8, in UTF-16 with a mark of its order, or else in Windows-1252.

    Raises RecordingError with its name for what is no text.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return Decoded(raw.decode("utf-16"), "it is read as UTF-16")
        except UnicodeDecodeError as error:
            raise RecordingError(f"{path} is no text: it begins as UTF-16, and goes on as none") from error
    for begin, advice in _OTHERS:
        if raw.startswith(begin):
            raise RecordingError(f"{path} is not UTF-8 text: {advice}")
    if b"\0" in raw:
        raise RecordingError(f"{path} is not UTF-8 text: it holds bytes that are 0, as binary files do")
    try:
        return Decoded(raw.decode("utf-8-sig"), "")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    text = raw.decode("cp1252", "replace")
    if "\ufffd" in text:
        raise RecordingError(f"{path} is not UTF-8 text, nor in Windows-1252 (line {line}): save it as UTF-8")
    return Decoded(text, f"it is no UTF-8 (line {line}), and was read as Windows-1252")


def read_text(path: Path, limit: int) -> str:
    """The text of a regular file of at most `limit` bytes.

    Raises RecordingError with its name, the reason, and what to do.
    """
    raw = read_bytes(path, limit)
    for begin, advice in _OTHERS:
        if raw.startswith(begin):
            raise RecordingError(f"{path} is not UTF-8 text: {advice}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path} is not UTF-8 text: {_advice(raw, error.start)}") from error


def read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit`. Raises RecordingError with its name and the reason."""
    try:
        return read_regular(path, limit)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error


def _advice(raw: bytes, place: int) -> str:
    """Advice on bytes that are not UTF-8 from `place` on: the line, the likely encoding, the remedy."""
    line = raw.count(b"\n", 0, place) + 1
    if b"\0" in raw:
        return "it holds bytes that are 0, as binary files do"
    around = raw[max(0, place - 12) : place + 4].decode("latin-1").split("\n")
    shown = next((part for part in around if ord(max(part, default=" ")) > 127), around[0]).strip()
    return (
        f"in line {line} stands {shown!r}, as it seems in Latin-1 or Windows-1252. Save it as UTF-8 "
        "('CSV UTF-8' in a spreadsheet; iconv -f WINDOWS-1252 -t UTF-8)"
    )
