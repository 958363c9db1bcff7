"""Files of optical motion capture (.c3d): points with labels, read by the package c3d (`hnhar[formats]`).

Points are joints where they are labeled so. Of the markers of Plug-in Gait (Vicon) joints are made.
"""

import io
import math
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened

from ..recording import Recording
from ..text import read_bytes
from .skeleton_file import MAX_VALUES, skeleton_recording

MAX_FILE: Final = 1 << 30
"""bytes; an hour of 60 points at 100 Hz has some 350 MB."""
MARKERS: Final[dict[str, tuple[str, ...]]] = {
    "head": ("LFHD", "RFHD", "LBHD", "RBHD"),
    "shoulder_center": ("C7", "CLAV"),
    "spine": ("T10", "STRN"),
    "hip_center": ("LASI", "RASI", "LPSI", "RPSI"),
    **{
        f"{side}_{joint}": tuple(f"{letter}{marker}" for marker in markers)
        for side, letter in (("left", "L"), ("right", "R"))
        for joint, markers in (
            ("shoulder", ("SHO",)),
            ("elbow", ("ELB",)),
            ("wrist", ("WRA", "WRB")),
            ("hand", ("FIN",)),
            ("hip", ("ASI", "PSI")),
            ("knee", ("KNE",)),
            ("ankle", ("ANK",)),
            ("foot", ("TOE",)),
        )
    },
}
"""Joint -> the markers of Plug-in Gait whose mean it is taken to be: on the skin, some cm from its center."""


def read_c3d(path: Path) -> Recording:
    """The recording of a file. Raises RecordingError with the path and the reason."""
    try:
        import c3d
    except ImportError as error:
        raise RecordingError(f"{path}: .c3d needs the package c3d: pip install 'hnhar[formats]'") from error
    raw = read_bytes(path, MAX_FILE)
    if len(raw) < 512 or raw[1] != 0x50:
        raise RecordingError(f"{path} is no C3D file: its second byte is not 0x50")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its reader, on headers that contradict its parameters
        try:
            labels, points, rate, unit, maker = _points(c3d.Reader(io.BytesIO(raw)), len(raw))
        except RecordingError as error:
            raise RecordingError(f"{path}: {error}") from error
        except (Exception, struct.error) as error:  # its reader raises whatever it runs into
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:120]
            raise RecordingError(f"{path} cannot be used: its reader stopped with {reason}") from error
    labels, points, notes = _one_subject(labels, points)
    made = _joints_of_markers(labels, points)
    if made is not None:
        labels, points, marker_note = made
        notes.append(marker_note)
    times = np.arange(len(points)) / rate
    return skeleton_recording(
        path, labels, points, times, unit=unit, manufacturer=maker, notes=notes, anything=True
    )


def _points(reader: Any, size: int) -> tuple[list[str], NDArray[np.float32], float, str, str]:
    """Labels, (n, points, 3), Hz, unit and maker. Raises RecordingError."""
    rate = float(reader.point_rate)
    frames = int(reader.last_frame) - int(reader.first_frame) + 1
    used = int(reader.point_used)
    if not 0 < rate < 10_000 or not math.isfinite(rate):
        raise RecordingError(f"it has {rate:g} frames a second")
    if frames < 1 or used < 1:
        raise RecordingError(f"it has {max(frames, 0)} frames of {used} points")
    if frames * used * 8 > size or frames * used * 3 > MAX_VALUES:
        raise RecordingError(f"it declares {frames} frames of {used} points, which it does not hold")
    points = np.empty((frames, used, 3), np.float32)
    count = 0
    for _, here, _ in reader.read_frames(copy=False, analog_transform=False):
        points[count] = np.where(here[:, 3:4] < 0, np.nan, here[:, :3])
        count += 1
    labels = [str(label).strip() for label in reader.point_labels][:used]
    labels += [""] * (used - len(labels))
    return labels, points[:count], rate, _text(reader, "POINT:UNITS"), _text(reader, "MANUFACTURER:COMPANY")


def _text(reader: Any, key: str) -> str:
    try:
        return str(reader.get_string(key)).strip()[:40]
    except (AttributeError, ValueError, KeyError):
        return ""


def _one_subject(
    labels: Sequence[str], points: NDArray[np.float32]
) -> tuple[list[str], NDArray[np.float32], list[str]]:
    """The labeled points of the first subject, whose name stands before a colon, and notes."""
    subjects = list(dict.fromkeys(label.rpartition(":")[0] for label in labels if ":" in label))
    notes = []
    first = subjects[0] if subjects else ""
    if len(subjects) > 1:
        others = shortened([f"'{name}'" for name in subjects[1:]], 5)
        notes.append(
            f"points of '{first}' are read, the first of {len(subjects)} subjects; {others} left out"
        )
    keep = [
        k for k, label in enumerate(labels) if label and label.rpartition(":")[0] == first and label[0] != "*"
    ]
    return [labels[k].rpartition(":")[2] for k in keep], points[:, keep], notes


def _joints_of_markers(
    labels: Sequence[str], points: NDArray[np.float32]
) -> tuple[list[str], NDArray[np.float32], str] | None:
    """Joints of Plug-in Gait's markers, and a note; None where they are not there."""
    at = {label.upper(): k for k, label in enumerate(labels)}
    if not {"C7", "LSHO", "RSHO", "LASI", "RASI", "LKNE", "RKNE"} <= set(at):
        return None
    joints, made = [], []
    for joint, markers in MARKERS.items():
        there = [at[marker] for marker in markers if marker in at]
        if there:
            joints.append(joint)
            whole = points[:, there]
            made.append(whole.mean(axis=1) if len(there) > 1 else whole[:, 0])
    note = "its points are markers on the skin (Plug-in Gait); joints are the means of those around them"
    return joints, np.stack(made, axis=1), note
