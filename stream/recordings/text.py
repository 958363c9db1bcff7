"""Text files from outside, read whole up to a limit."""

from pathlib import Path

from hnhar.model.errors import RecordingError


def read_text(path: Path, limit: int) -> str:
    """The text of a regular file of at most `limit` bytes; RecordingError with its name and the reason."""
    try:
        if not path.is_file():  # a pipe or a device would be waited for
            raise RecordingError(f"{path} is not a regular file")
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(raw) > limit:
        raise RecordingError(f"{path} is larger than {limit / (1 << 20):g} MiB: more is not read")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path} is not text: byte {error.start} is not UTF-8") from error
