"""Text files from outside, read whole up to a limit."""

from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.model.files import read_regular


def read_text(path: Path, limit: int) -> str:
    """The text of a regular file of at most `limit` bytes; RecordingError with its name and the reason."""
    try:
        raw = read_regular(path, limit)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path} is not text: byte {error.start} is not UTF-8") from error
