"""Files of one recording, by their names.

They share their name up to a last `_imu`, `_acc`, `_gyro`, `_skeleton` or other kind: `sub-01_walk_imu.csv`
and `sub-01_walk_skeleton.csv` are the recording `sub-01_walk`. Files that are named after their sensor alone,
as apps for phones export them, are the recording that their folder is.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..mapping.imu_channels import without_gravity
from ..mapping.kind import mappings
from .csv_loggers import ALONE

SUFFIXES: Final = (".csv", ".txt")
"""Of tables of samples."""


def recording_name(path: Path) -> str:
    """Name of the recording that a file belongs to: the stem without the kind of its stream."""
    if ALONE.match(path.stem):
        return path.resolve().parent.name or path.stem
    stem = re.sub(r"_(accelerometer|gyroscope)_[\d.]+Hz.*$", "", path.stem, flags=re.IGNORECASE)  # MetaMotion
    named = (word for mapping in mappings() for word in (mapping.name, mapping.stream_type, *mapping.sensors))
    parts = "|".join(re.escape(word) for word in (*named, "accelerometer", "gyroscope"))
    return re.sub(rf"_({parts})$", "", stem, flags=re.IGNORECASE)


def siblings(path: Path) -> list[Path]:
    """The files of the recording that `path` is one of."""
    name, alone = recording_name(path), bool(ALONE.match(path.stem))
    suffix = path.suffix.lower()
    found = [p for p in tables_in(path.parent) if p.suffix.lower() == suffix and recording_name(p) == name]
    found = [p for p in found if bool(ALONE.match(p.stem)) == alone]
    return with_gravity(found) if alone else found


def tables_in(folder: Path) -> list[Path]:
    """The tables of a folder that may be of samples, in order; none where it cannot be looked into."""
    try:
        files = list(folder.iterdir())
    except OSError:
        return []
    return sorted(p for p in files if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))


def with_gravity(paths: Sequence[Path]) -> list[Path]:
    """Of files named after their sensors: of each sensor one, of acceleration that with gravity if there is
    one."""
    kept: dict[str, Path] = {}
    for path in sorted(paths, key=lambda p: (*_lesser(p.stem.lower()), len(p.stem), p.name)):
        kept.setdefault("gyro" if "gyro" in path.stem.lower() else "acc", path)
    return sorted(kept.values())


def _lesser(stem: str) -> tuple[bool, bool, bool]:
    return without_gravity(stem), "uncalibrated" in stem, "total" not in stem
