"""One way to open any recording: by what the path is."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

from hnhar.model.errors import RecordingError

from .recording import Recording

PLACEMENTS = ("wrist", "thigh")
SYNTHETIC = "synthetic"
"""Opens the synthetic performer where a path would be."""
_KINDS = (
    "a recording is 'synthetic', an .xdf or .csv file, a folder of UTD-MHAD trials (with Inertial/ and "
    "Skeleton/), or the .mat file of one trial"
)


def open_recording(
    path: str | Path,
    *,
    subject: int | None = None,
    placement: str = "wrist",
    seed: int = 0,
    select: Mapping[str, str] | None = None,
    tables: bool = True,
) -> Recording:
    """The recording at `path`: see `_KINDS` for what it may be.

    `subject` (default: the first there, or performer 0), `placement` ("wrist" or "thigh") and `seed` belong
    to composed and synthetic sessions; `select` to XDF: which streams, by modality ("imu", "skeleton",
    "markers") as a name or `key=value` pairs (name, type, source_id). With `tables`, the labels of an XDF or
    CSV file are those of a table beside it where there is one (`beside.py`). Raises RecordingError.
    """
    if placement not in PLACEMENTS:
        raise RecordingError(f"placement must be wrist or thigh, not '{placement}'")
    if str(path) == SYNTHETIC:
        return _opened(SYNTHETIC, path, subject, placement, seed)
    path = Path(path)
    try:
        there = path.exists()
    except OSError as error:  # a name longer than any file's, a folder that we may not enter
        raise RecordingError(f"{str(path)[:200]} cannot be read: {error.strerror or error}") from error
    if not there:
        raise RecordingError(f"{path} does not exist; {_KINDS}")
    if path.is_dir():
        return _opened("utd-mhad", path, subject, placement, seed)
    suffix = path.suffix.lower()
    if suffix in (".xdf", ".csv"):
        from .beside import labeled, table_beside

        recording = _recorded(path, select)
        table = table_beside(path) if tables else None
        return recording if table is None else labeled(recording, table)
    if suffix == ".mat":
        return _opened("utd-mhad", path, subject, placement, seed)
    raise RecordingError(f"{path} is of an unknown kind ('{suffix or 'no extension'}'); {_KINDS}")


def _recorded(path: Path, select: Mapping[str, str] | None) -> Recording:
    if path.suffix.lower() == ".xdf":
        from .xdf.reader import read_xdf

        return read_xdf(path, select=select)
    from .csv_files import read_csv, siblings

    return read_csv(siblings(path))


def _opened(name: str, path: str | Path, subject: int | None, placement: str, seed: int) -> Recording:
    """By what is registered under `name` in the entry points `hnhar.recordings`."""
    (found,) = entry_points(group="hnhar.recordings", name=name)
    recording: Recording = found.load()(path, subject=subject, placement=placement, seed=seed)
    return recording
