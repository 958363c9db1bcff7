"""A sensor file of an MMAct clip: four columns (time, x, y, z), usually without a header.

Times may lack their fraction, be duplicated or out of order, and a file may be empty: that is the corpus, and
is put right with a note. Where no time of a file has a fraction, equal times are no duplicates: the samples
are spread over their seconds. A row that is no row is an error.
"""

import re
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.stream.mapping.units import METERS_PER_SECOND_SQUARED, RADIANS_PER_SECOND
from hnhar.stream.recordings.text import read_text

from .labels import sensor_time

MAX_FILE = 8 << 20
"""bytes; a clip's file has some tens of kilobytes."""
FOLDERS = {
    "acc_phone": "acc_phone_clip",
    "acc_watch": "acc_watch_clip",
    "gyro": "gyro_clip",
    "orientation": "orientation_clip",
}
"""Modality -> folder of its files."""
FACTORS = {
    "acc_phone": METERS_PER_SECOND_SQUARED.factor,
    "acc_watch": METERS_PER_SECOND_SQUARED.factor,
    "gyro": RADIANS_PER_SECOND.factor,
    "orientation": 1.0,
}
"""To g, deg/s and degrees. Android gives angular velocity in rad/s; the corpus does not say its unit."""
RATES = {"acc_phone": 100.0, "acc_watch": 100.0, "gyro": 50.0, "orientation": 50.0}
"""Nominal, Hz."""
_HEADER = re.compile(r"[A-Za-z_][\w .()/²-]*")


@dataclass(frozen=True, slots=True, eq=False)
class SensorTrack:
    """One sensor's samples in a clip."""

    samples: NDArray[np.float32]
    """(n, 3): g, deg/s or degrees."""
    times: NDArray[np.float64]
    """(n,) s, strictly ascending: Unix time as read, from the clip's start in a clip."""


def read_track(path: str | Path, modality: str) -> tuple[SensorTrack | None, tuple[str, ...]]:
    """A sensor file in canonical units (None where it is empty), and notes on repairs.

    Raises RecordingError with the file and the line.
    """
    path = Path(path)
    rows: list[tuple[float, float, float, float]] = []
    headed = False
    for number, line in enumerate(read_text(path, MAX_FILE).splitlines(), 1):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split(",")]
        if not rows and not headed and _is_header(fields):
            headed = True
            continue
        try:
            rows.append(_row(fields))
        except ValueError as error:
            raise RecordingError(f"{path}, line {number}: {error}") from error
    if not rows:
        return None, ("it is empty",)
    table = np.array(rows, np.float64)
    times, samples = table[:, 0], table[:, 1:] * FACTORS[modality]
    notes = []
    back = int(np.sum(np.diff(times) < 0))
    if back:
        order = np.argsort(times, kind="stable")
        times, samples = times[order], samples[order]
        notes.append(f"{back} steps back in time: the samples were put in order")
    first = np.concatenate([[True], np.diff(times) > 0])
    if not first.all() and (times == np.floor(times)).all():
        times = _spread(times, RATES[modality])
        notes.append("no time has a fraction of a second: the samples were spread over their seconds")
    elif not first.all():
        times, samples = times[first], samples[first]
        notes.append(f"{int(np.sum(~first))} samples at a time that was there already were left out")
    return SensorTrack(samples.astype(np.float32), times), tuple(notes)


def _spread(times: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Ascending whole seconds with a fraction by their place: at `rate`, or as many as a second holds.

    The first second may have begun before the recording, so its samples lie at its end.
    """
    seconds, starts, counts = np.unique(times, return_index=True, return_counts=True)
    result = np.empty_like(times)
    for i, (second, start, count) in enumerate(zip(seconds, starts, counts, strict=True)):
        step = 1.0 / max(rate, float(count))
        lead = 1.0 - count * step if i == 0 and len(seconds) > 1 else 0.0
        result[start : start + count] = second + lead + np.arange(count) * step
    return result


def _is_header(fields: list[str]) -> bool:
    return len(fields) == 4 and all(_HEADER.fullmatch(f) and f.lower() not in ("nan", "inf") for f in fields)


def _row(fields: list[str]) -> tuple[float, float, float, float]:
    if len(fields) != 4:
        raise ValueError(f"it has {len(fields)} columns, expected 4: time, x, y, z")
    x, y, z = (float(field) for field in fields[1:])
    if not (isfinite(x) and isfinite(y) and isfinite(z)) or max(abs(x), abs(y), abs(z)) > 1e6:
        raise ValueError(f"{', '.join(fields[1:])[:60]} are not three finite values of a sensor")
    return sensor_time(fields[0]), x, y, z
