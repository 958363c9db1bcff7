"""Text files from outside, read whole up to a limit."""

from pathlib import Path
from typing import Final

from hnhar.model.errors import RecordingError
from hnhar.model.files import read_regular

_OTHERS: Final = (
    (b"PK\x03\x04", "it is a spreadsheet (.xlsx, .ods) or another zip archive: export it as CSV, in UTF-8"),
    (b"\xd0\xcf\x11\xe0", "it is a spreadsheet (.xls): export it as CSV, in UTF-8"),
    (b"\xff\xfe", "it is UTF-16: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"),
    (b"\xfe\xff", "it is UTF-16: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"),
)
"""First bytes of files that are not UTF-8, each with advice."""


def read_text(path: Path, limit: int) -> str:
    """The text of a regular file of at most `limit` bytes.

    Raises RecordingError with its name, the reason, and what to do.
    """
    try:
        raw = read_regular(path, limit)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    for begin, advice in _OTHERS:
        if raw.startswith(begin):
            raise RecordingError(f"{path} is not UTF-8 text: {advice}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path} is not UTF-8 text: {_advice(raw, error.start)}") from error


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
