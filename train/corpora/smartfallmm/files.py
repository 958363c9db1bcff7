"""SmartFallMM's files: which sensor of which trial each one is, by folder and name."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from hnhar.model.errors import RecordingError

GROUPS: Final = ("young", "old")
"""Folders of the two groups of people; their numbers in trials are 1 and 2."""
PARTS: Final[Mapping[str, str]] = {
    "accelerometer.wrist": "accelerometer/meta_wrist",
    "accelerometer.hip": "accelerometer/meta_hip",
    "skeleton": "skeleton",
}
"""Modality -> folder of its files inside that of a group."""
_NAME: Final = re.compile(r"S(\d{1,3})A(\d{1,2})T(\d{1,2})\.csv(?:\.gz)?", re.IGNORECASE)


class PerformanceKey(NamedTuple):
    """One performance of one activity by one person."""

    group: str
    subject: int
    activity: int
    trial: int

    def __str__(self) -> str:
        return f"{self.group}/S{self.subject:02d}A{self.activity:02d}T{self.trial:02d}"


class TrialFiles(NamedTuple):
    """Files of a folder."""

    trials: dict[PerformanceKey, dict[str, Path]]
    """Trial -> modality -> file, in order."""
    others: tuple[str, ...]
    """Files that are not named like a trial's."""


def recognizes(folder: Path) -> bool:
    """True where a group's folder holds one of the sensors' folders."""
    return any((folder / group / part).is_dir() for group in GROUPS for part in PARTS.values())


def find_trials(folder: Path) -> TrialFiles:
    """Trials by their files' names. Raises RecordingError where there is none."""
    found: dict[PerformanceKey, dict[str, Path]] = {}
    others = []
    for group in GROUPS:
        for modality, part in PARTS.items():
            place = folder / group / part
            for path in sorted(place.iterdir()) if place.is_dir() else ():
                match = _NAME.fullmatch(path.name)
                if match is None:
                    others.append(f"{group}/{part}/{path.name}")
                    continue
                subject, activity, trial = (int(number) for number in match.groups())
                # where a file lies there packed and plain, either is the same
                found.setdefault(PerformanceKey(group, subject, activity, trial), {})[modality] = path
    if not found:
        raise RecordingError(
            f"{folder} holds no SmartFallMM: expected young/accelerometer/meta_wrist/S28A01T01.csv or "
            ".csv.gz and so on in it"
        )
    return TrialFiles(dict(sorted(found.items())), tuple(others))
