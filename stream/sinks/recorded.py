"""Reading what `--record` wrote: JSON lines, of which a killed run may have left one torn."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from hnhar.model.errors import RecordingError
from hnhar.model.files import open_regular

from ..publish.wire import MAX_PAYLOAD

MAX_FILE: Final = 1 << 40
"""bytes; lines are read one at a time."""
MAX_LINE: Final = 2 * MAX_PAYLOAD
"""bytes; JSON is longer than msgpack, and longer lines are not ours."""


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """One line of the file, whole or not."""

    number: int
    """From 1."""
    fields: dict[str, Any]
    """The message as on the wire (docs/messages.md); empty where `fault` says why it cannot be read."""
    fault: str = ""
    """"" where the line is whole."""
    torn: bool = False
    """True if it is the last and has no end: the run was killed, or the disk full, while it was written."""


def read_lines(path: str | Path) -> Iterator[RecordedLine]:
    """Every line, also those that cannot be read. Raises RecordingError where there is no such file."""
    try:
        with open_regular(path, MAX_FILE) as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                yield _read(number, line)
                while len(line) > MAX_LINE and not line.endswith(b"\n"):  # the rest of one that is too long
                    line = file.readline(MAX_LINE + 1)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error


def _read(number: int, line: bytes) -> RecordedLine:
    if len(line) > MAX_LINE:
        return RecordedLine(number, {}, f"it is longer than the {MAX_LINE:,} bytes of a message")
    torn = not line.endswith(b"\n")
    try:
        fields = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return RecordedLine(number, {}, "it ends before its end" if torn else f"it is no JSON: {error}", torn)
    if torn:
        # what is whole JSON here may be half a number more
        return RecordedLine(number, {}, "it has no line end", torn)
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        return RecordedLine(number, {}, "it is no message of hnhar")
    return RecordedLine(number, fields)
