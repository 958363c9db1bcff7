"""UP-Fall's files: five inertial sensors on one clock, with a tag in every row.

Two lines of headings, then 47 columns: time, five sensors of seven columns each (acceleration in g, angular
velocity in deg/s, luminosity), a brain sensor, six infrared beams, subject, activity, trial, and the tag. A
sensor that was not worn is empty.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

from ..packed import lines_of

SENSORS: Final[Mapping[str, int]] = {"ankle": 1, "pocket": 8, "waist": 15, "neck": 22, "wrist": 29}
"""Place of a sensor -> its first of six columns; its authors' belt is the waist here."""
COLUMNS: Final = 47
"""Cells of a line."""
TAGS: Final[Mapping[int, str]] = {
    1: "fall_hands",
    2: "fall_knees",
    3: "fall_back",
    4: "fall_sideward",
    5: "fall_from_chair",
    6: "walking",
    7: "standing",
    8: "sitting",
    9: "picking_up",
    10: "jumping",
    11: "lying",
    20: "kneeling",
}
"""Tag of a row -> label; 1 to 11 are the activities that files are of."""
FALLS: Final = tuple(label for label in TAGS.values() if label.startswith("fall_"))
"""Labels of falls: forward on the hands, forward on the knees, backward, sideward, and off a chair."""
FEWEST: Final = 10
"""Rows, and samples of a sensor, without which it is left out."""
LIMITS: Final = (64.0, 8192.0)
"""g and deg/s, beyond any sensor's range."""
_NAME: Final = re.compile(r"Subject(\d{1,3})Activity(\d{1,2})Trial(\d{1,2})\.csv(?:\.gz)?", re.IGNORECASE)


class FileKey(NamedTuple):
    """One performance of one activity by one person."""

    subject: int
    activity: int
    trial: int

    def __str__(self) -> str:
        return f"Subject{self.subject}Activity{self.activity}Trial{self.trial}"


class WornSensor(NamedTuple):
    """Samples of one sensor."""

    times: NDArray[np.float64]
    """(n,) s on the file's clock, ascending."""
    samples: NDArray[np.float32]
    """(n, 6): g, deg/s."""


class Performance(NamedTuple):
    """Content of a file."""

    sensors: Mapping[str, WornSensor]
    """Place -> its samples, for those that were worn."""
    times: NDArray[np.float64]
    """(n,) s from the first row, ascending."""
    labels: tuple[str, ...]
    """(n,) of the rows."""
    begin: float
    """Unix time of the first row, s, its clock taken as UTC."""
    notes: tuple[str, ...]


def recognizes(folder: Path) -> bool:
    """True where a file of a performance lies in the folder."""
    return any(_NAME.fullmatch(path.name) for path in folder.glob("[Ss]ubject*"))


def find_files(folder: Path) -> dict[FileKey, Path]:
    """Files by subject, activity and trial, in order. Raises RecordingError where there is none."""
    found = {}
    for path in sorted(folder.glob("[Ss]ubject*")):
        if match := _NAME.fullmatch(path.name):
            found[FileKey(*(int(number) for number in match.groups()))] = path
    if not found:
        raise RecordingError(
            f"{folder} holds no UP-Fall: expected Subject1Activity1Trial1.csv or .csv.gz and so on in it"
        )
    return dict(sorted(found.items()))


def read_file(path: Path) -> Performance:
    """A file's sensors and labels. Raises RecordingError where it has too few usable rows, or no sensor."""
    stamps: list[float] = []
    labels: list[str] = []
    rows: list[list[float]] = []
    bad = 0
    for line in lines_of(path):
        cells = line.split(",")
        time = _time(cells[0])
        if time is None and not rows and not bad and not cells[0].strip().isdigit():
            continue  # of headings
        label = _label(cells[-1]) if len(cells) == COLUMNS else None
        if time is None or label is None:
            bad += 1
            continue
        stamps.append(time)
        labels.append(label)
        rows.append([_value(cells[first + i]) for first in SENSORS.values() for i in range(6)])
    if len(rows) < FEWEST:
        raise RecordingError(
            f"{path} has {len(rows)} usable rows ({bad} others): at least {FEWEST} with "
            f"{COLUMNS} columns, a time and a known tag are needed"
        )
    times = np.array(stamps)
    order = np.argsort(times, kind="stable")
    times, table = times[order], np.array(rows)[order]
    begin = float(times[0])
    sensors, notes = _sensors(times - begin, table)
    if not sensors:
        raise RecordingError(f"{path} has no sensor with at least {FEWEST} samples: {'; '.join(notes)}")
    if bad:
        notes.append(f"{bad} rows were left out")
    return Performance(sensors, times - begin, tuple(labels[i] for i in order), begin, tuple(notes))


def _sensors(
    times: NDArray[np.float64], table: NDArray[np.float64]
) -> tuple[dict[str, WornSensor], list[str]]:
    sensors, notes = {}, []
    for number, place in enumerate(SENSORS):
        values = table[:, 6 * number : 6 * number + 6]
        within = np.abs(values) <= np.repeat(LIMITS, 3)  # False where it is NaN
        worn = np.asarray(within.all(axis=1))
        count = int(worn.sum())
        if count < FEWEST:
            notes.append(f"the sensor at the {place} has {count} samples")
            continue
        if count < len(worn):
            notes.append(f"the sensor at the {place} lacks {len(worn) - count} of {len(worn)} samples")
        sensors[place] = WornSensor(times[worn], values[worn].astype(np.float32))
    return sensors, notes


def _time(text: str) -> float | None:
    """Unix time of an ISO 8601 stamp; None of anything else."""
    try:
        stamp = datetime.fromisoformat(text.strip())
        return (stamp.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()
    except (ValueError, OverflowError):
        return None


def _label(text: str) -> str | None:
    try:
        return TAGS.get(int(float(text)))
    except (ValueError, OverflowError):
        return None


def _value(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def stretches(labels: Sequence[str]) -> list[tuple[int, int]]:
    """(first, end) rows of each run of one label."""
    starts = [i for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]]
    return list(zip(starts, [*starts[1:], len(labels)], strict=True))
