"""Xsens MVN's files (.mvnx): where each segment of the suit begins, m, z up.

Format: MVN User Manual, "MVNX file format": <subject frameRate> with <segments> and <frames>, of which each
<frame type="normal"> has a <position> of three numbers a segment.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

from ..guarded_xml import Attributes, XmlVisitor, read_xml
from ..recording import Recording
from .skeleton_file import MAX_VALUES, skeleton_recording

MAX_FILE: Final = 16 << 30
"""bytes; its text is read frame by frame."""
_MOST: Final = 200
"""Segments: a body has 23, and forty of fingers."""


class _Mvnx(XmlVisitor):
    def __init__(self) -> None:
        self.segments: list[str] = []
        self.rate = 0.0
        self.rows: list[NDArray[np.float32]] = []
        self.times: list[float] = []
        self.is_mvnx = False
        self.subjects = 0
        self._normal = False
        self._values = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """See `XmlVisitor`."""
        self.is_mvnx = self.is_mvnx or name == "mvnx"
        if name == "subject":
            self.subjects += 1
            if self.subjects == 1:
                self.rate = _number(attributes.get("frameRate", ""))
        elif name == "segment" and self.subjects == 1:
            self.segments.append(attributes.get("label", ""))
            if len(self.segments) > _MOST:
                raise RecordingError(f"it has more than {_MOST} segments")
        elif name == "frame":
            self._normal = attributes.get("type", "normal") == "normal" and self.subjects == 1
            if self._normal:
                self.times.append(_number(attributes.get("time", ""), float("nan")))

    def end(self, name: str, text: str) -> None:
        """See `XmlVisitor`."""
        if name == "frame":
            self._normal = False
        elif name == "position" and self._normal:
            try:
                row = np.array(text.split(), np.float32)
            except ValueError as error:
                raise RecordingError(f"frame {len(self.times)} has a position that is no number") from error
            if len(row) < 3 * len(self.segments) or not self.segments:
                raise RecordingError(
                    f"frame {len(self.times)} has {len(row)} numbers of positions, not 3 for each of its "
                    f"{len(self.segments)} segments"
                )
            self._values += len(row)
            if self._values > MAX_VALUES:
                raise RecordingError(f"it has more than the {MAX_VALUES:,} numbers that are read")
            self.rows.append(row[: 3 * len(self.segments)])


def read_mvnx(path: Path) -> Recording:
    """The recording of a file of MVN. Raises RecordingError with the path and the reason."""
    found = _Mvnx()
    read_xml(path, MAX_FILE, found)
    if not found.is_mvnx:
        raise RecordingError(f"{path} is no file of MVN: it has no element 'mvnx'")
    if not found.rows or len(found.rows) != len(found.times):
        raise RecordingError(
            f"{path} has positions in {len(found.rows)} of its {len(found.times)} frames: export it with them"
        )
    times = np.array(found.times) / 1000  # ms
    if not np.isfinite(times).all():
        if found.rate <= 0:
            raise RecordingError(f"{path} says neither a time of its frames nor a rate (frameRate)")
        times = np.arange(len(times)) / found.rate
    notes = [f"it has {found.subjects} subjects, and the first is read"] if found.subjects > 1 else []
    positions = np.array(found.rows).reshape(len(times), -1, 3)
    return skeleton_recording(
        path, found.segments, positions, times, unit="m", manufacturer="Xsens", notes=notes
    )


def _number(text: str, other: float = 0.0) -> float:
    try:
        return float(text)
    except ValueError:
        return other
