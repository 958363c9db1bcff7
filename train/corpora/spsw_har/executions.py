"""spsw_har: phone and watch during sequences of sitting, standing up, walking, turning and sitting down.

Matey-Sanz, Casteleyn, Granell, "Dataset of inertial measurements of smartphones and smartwatches for human
activity recognition", Data in Brief 2023, doi 10.1016/j.dib.2023.109809 (CC BY 4.0). Each execution has two
files, `sXX/sXX_YY_sp.csv` (phone) and `…_sw.csv` (watch): acceleration in m/s², angular velocity in rad/s,
Unix time in ms and a label in every row, at 102 to 105 rows a second with gaps. The two devices begin up to
about a second apart; their clock is one.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import IMU, IMU_CHANNELS, IMU_UNITS
from hnhar.stream.mapping.units import METERS_PER_SECOND_SQUARED, RADIANS_PER_SECOND
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.recording import Annotation, RecordedStream, Recording
from hnhar.stream.recordings.text import read_text

CLASSES: tuple[str, ...] = ("seated", "standing_up", "walking", "turning", "sitting_down")
"""Labels, in lower case as everywhere here."""
DEVICES: Mapping[str, str] = {"phone": "sp", "watch": "sw"}
"""Device -> ending of its files' names."""
WORN: Mapping[str, str] = {"phone": "trouser pocket", "watch": "wrist"}
"""Device -> place where it was worn."""
SUBJECTS = range(1, 24)
"""Numbers of the whole corpus."""
GAP = 0.1
"""Shortest time between two samples that a note calls a gap, s."""
MAX_FILE = 8 << 20
"""bytes; an execution has some 200 kilobytes."""
_HEADER = ("x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro", "timestamp", "label")
_NAME = re.compile(r"s(\d{2,3})_(\d{2,3})_(sp|sw)\.csv")
_FACTORS = np.array([METERS_PER_SECOND_SQUARED.factor] * 3 + [RADIANS_PER_SECOND.factor] * 3)
_CITATION = "spsw_har: Matey-Sanz, Casteleyn, Granell, Data in Brief 2023"


@dataclass(frozen=True, slots=True)
class Executions:
    """Recordings of a folder, and notes on those that were left out."""

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Device:
    samples: NDArray[np.float32]
    """(n, 6): g, deg/s."""
    times: NDArray[np.float64]
    """(n,) Unix time in ms, ascending."""
    labels: tuple[str, ...]
    notes: tuple[str, ...]


def load_executions(
    folder: str | Path,
    subjects: Collection[int] | None = None,
    *,
    advance: Callable[[int, int], None] | None = None,
) -> Executions:
    """Executions under a folder, by subject and number, with a note for each that was left out.

    Each recording has the two IMUs as streams of modality "imu.phone" and "imu.watch", which differ in name,
    placement and source too. `advance(done, of)` is told of each. Raises RecordingError where none is usable.
    """
    files = find_executions(folder)
    chosen = {key: f for key, f in files.items() if subjects is None or key[0] in subjects}
    recordings, notes = [], []
    for done, (key, by_device) in enumerate(chosen.items(), 1):
        try:
            recordings.append(read_execution(key, by_device))
        except RecordingError as error:
            notes.append(f"left out: {error}")
        if advance is not None:
            advance(done, len(chosen))
    if not recordings:
        there = ", ".join(str(s) for s in sorted({key[0] for key in files}))
        reasons = "; ".join(notes[:3]) or f"it holds subjects {there}"
        raise RecordingError(f"no execution of those asked for in {folder} can be used: {reasons}")
    return Executions(tuple(recordings), tuple(notes))


def find_executions(folder: str | Path) -> dict[tuple[int, int], dict[str, Path]]:
    """(subject, number) -> device -> file, in order. Raises RecordingError where there is none."""
    folder = Path(folder)
    found: dict[tuple[int, int], dict[str, Path]] = {}
    devices = {ending: name for name, ending in DEVICES.items()}
    for path in sorted(folder.glob("s[0-9]*/s[0-9]*_[0-9]*_s[pw].csv")):
        match = _NAME.fullmatch(path.name)
        if match and path.parent.name == f"s{match[1]}":
            found.setdefault((int(match[1]), int(match[2])), {})[devices[match[3]]] = path
    if not found:
        raise RecordingError(
            f"{folder} holds no spsw_har: expected s01/s01_01_sp.csv and s01/s01_01_sw.csv and so on under it"
        )
    return dict(sorted(found.items()))


def read_execution(key: tuple[int, int], files: Mapping[str, Path]) -> Recording:
    """One execution on a clock that starts at its first sample; RecordingError where a file is unusable.

    Where a device's file is absent, the recording has the other alone and says so. Labels are the phone's,
    or the watch's where it is alone: both were labeled by one video.
    """
    devices = {name: _read(files[name]) for name in DEVICES if name in files}
    begin = min(float(device.times[0]) for device in devices.values())
    wearer = f"s{key[0]:02d}"
    name = f"{wearer}_{key[1]:02d}"
    notes = [f"there is no file of the {name}" for name in DEVICES if name not in files]
    streams = []
    for device, read in devices.items():
        description = StreamDescription(
            f"spsw-{name}-{device}",
            "IMU",
            f"spsw-{wearer}-{device}",
            IMU_CHANNELS,
            IMU_UNITS,
            0.0,
            placement=WORN[device],
        )
        times = (read.times - begin) / 1000
        streams.append(RecordedStream(description, read.samples, times, IMU.at(device).name))
        notes += [f"{device}: {note}" for note in read.notes]
    labeled = next(iter(devices.values()))
    return Recording(
        wearer,
        tuple(streams),
        _annotations((labeled.times - begin) / 1000, labeled.labels),
        name,
        {"corpus": _CITATION, "execution": name, "unix_time": f"{begin / 1000:.3f}"},
        tuple(notes),
    )


def device_of(stream: RecordedStream) -> str:
    """The device of an execution's stream: "phone" or "watch"."""
    return stream.modality.partition(".")[2]


def _annotations(times: NDArray[np.float64], labels: tuple[str, ...]) -> tuple[Annotation, ...]:
    """Stretches of one label, each up to the first sample of the next."""
    codes = np.array([CLASSES.index(label) for label in labels])
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    ends = [*times[starts[1:]], times[-1]]
    return tuple(
        Annotation(float(times[a]), float(end - times[a]), labels[a])
        for a, end in zip(starts, ends, strict=True)
    )


def _read(path: Path) -> _Device:
    lines = read_text(path, MAX_FILE).splitlines()
    header = tuple(field.strip() for field in lines[0].split(",")) if lines else ()
    if header != _HEADER:
        raise RecordingError(f"{path} begins with '{','.join(header)[:80]}', expected {','.join(_HEADER)}")
    rows, labels = [], []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            values, label = _row(line.split(","))
        except ValueError as error:
            raise RecordingError(f"{path}, line {number}: {error}") from error
        rows.append(values)
        labels.append(label)
    if len(rows) < 2:
        raise RecordingError(f"{path} has {len(rows)} samples: at least 2 are needed")
    table = np.array(rows, np.float64)
    times, notes = table[:, 6], []
    if back := int(np.sum(np.diff(times) < 0)):
        order = np.argsort(times, kind="stable")
        table, times, labels = table[order], times[order], [labels[i] for i in order]
        notes.append(f"{back} steps back in time: the samples were put in order")
    gaps = np.diff(times) / 1000
    if wide := int(np.sum(gaps > GAP)):
        notes.append(f"gaps of more than {GAP:g} s: {wide}, the longest {gaps.max():.3f} s")
    return _Device((table[:, :6] * _FACTORS).astype(np.float32), times, tuple(labels), tuple(notes))


def _row(fields: list[str]) -> tuple[list[float], str]:
    """Six values and the time in ms, and the label. Raises ValueError."""
    if len(fields) != len(_HEADER):
        raise ValueError(f"it has {len(fields)} columns, expected {len(_HEADER)}")
    values = [float(field) for field in fields[:7]]
    if not all(isfinite(v) for v in values) or max(map(abs, values[:6])) > 1e6:
        raise ValueError("it holds something that is not a finite value of a sensor")
    if not 0 < values[6] < 1e13:
        raise ValueError(f"'{fields[6][:40]}' is not a Unix time in milliseconds")
    label = fields[7].strip().lower()
    if label not in CLASSES:
        raise ValueError(f"the label '{fields[7].strip()[:40]}' is not known")
    return values, label
