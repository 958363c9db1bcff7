"""The folder that `hnhar-stream --recording` writes to: refused at the start where it takes no files."""

import tempfile
from pathlib import Path
from typing import Final

from hnhar.model.errors import ConfigError, RecordingError

_PROBE: Final = bytes(4096)
"""Is written to look whether there is room; a full disk often takes an empty file."""


def out_folder(asked: str | None) -> Path:
    """The folder of --out, made where it is not there; by default the current one.

    Raises ConfigError where it cannot be made, or nothing can be written there (read-only, or full).
    """
    folder = Path(asked or ".")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {folder} cannot be made: {error.strerror or error}.") from error
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
            probe.write(_PROBE)
    except OSError as error:
        raise ConfigError(
            f"nothing can be written to the folder '{folder.resolve()}': {error.strerror or error}. Name "
            "another with --out."
        ) from error
    return folder


def cleared(file: Path) -> Path:
    """The same path, without what an earlier run left there. Raises RecordingError where that must stay."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise RecordingError(f"{file} cannot be written: {error.strerror or error}") from error
    return file
