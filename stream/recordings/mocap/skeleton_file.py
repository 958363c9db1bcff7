"""A recording of one skeleton, as files of motion capture hold it: positions of named joints at a rate."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.labels import shortened

from ...mapping.kind import titles
from ...mapping.sensors import kind_in
from ...messages import StreamDescription
from ..recording import RecordedStream, Recording

TYPE = "MoCap"
"""LSL type of such a stream."""
MAX_VALUES = 400_000_000
"""Numbers of a file that are read: eight hours of 60 joints at 60 Hz."""


def skeleton_recording(
    path: Path,
    joints: Sequence[str],
    positions: NDArray[np.float32],
    times: NDArray[np.float64],
    *,
    unit: str = "",
    manufacturer: str = "",
    notes: Sequence[str] = (),
    anything: bool = False,
) -> Recording:
    """The recording of a file: its axes and unit as they are there, which the mapping looks at.

    Args:
        path: The file.
        joints: Name of each joint.
        positions: (n, joints, 3); NaN where a joint was not seen.
        times: (n,) s.
        unit: Of positions; "" where the file gives none.
        manufacturer: Maker of the system; "" where not known.
        notes: On what the reader left out.
        anything: Such files hold points of other things too, so that labels must say that these are joints.

    Raises:
        RecordingError: Joints that are none of a skeleton that is known, or fewer than two samples.
    """
    if len(times) < 2:
        raise RecordingError(f"{path} has {len(times)} samples")
    labels = tuple(f"{joint}_{axis}" for joint in joints for axis in "xyz")
    rate = (len(times) - 1) / float(times[-1] - times[0]) if times[-1] > times[0] else 0.0
    description = StreamDescription(
        name=path.stem,
        type="" if anything else TYPE,
        source_id=path.stem,
        channels=labels,
        units=(unit,) * len(labels),
        nominal_rate=rate,
        manufacturer=manufacturer,
    )
    kind = kind_in(description)
    if not kind:
        there = shortened([f"'{joint[:40]}'" for joint in joints], 8)
        raise RecordingError(f"{path}: its points are those of {titles()}: {there}")
    samples = positions.reshape(len(times), -1).astype(np.float32)
    stream = RecordedStream(replace(description, type=TYPE), samples, times, kind)
    return Recording(path.stem, (stream,), (), path.stem, {"file": path.name}, tuple(notes))
