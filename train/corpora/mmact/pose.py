"""The pose file of an MMAct clip: JSON, `{frame: {"person1": [51 numbers], "person2": [51], [] or absent}}`.

51 numbers are COCO's 17 key points as x, y (pixels) and confidence, at 30 frames/s of camera 1.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.text import read_text

MAX_FILE = 8 << 20
"""bytes; a clip of 10 s has about half a megabyte."""
MAX_FRAMES = 20_000
"""A clip has some hundreds."""
FRAME_RATE = 30.0
"""Hz."""
COCO_JOINTS: tuple[str, ...] = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
VALUES = 3 * len(COCO_JOINTS)
PERSONS = ("person1", "person2")
_NUMBER = re.compile(r"([0-9]{1,9})(?:\.[a-z]{1,4})?$")


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """The persons that a clip's camera saw."""

    persons: NDArray[np.float32]
    """(F, 2, 17, 3): x and y in pixels, confidence; not-a-number where a person is absent."""
    times: NDArray[np.float64]
    """(F,) s from the first frame."""

    @property
    def present(self) -> NDArray[np.bool_]:
        """(F, 2) bool, True where a person is in a frame."""
        return np.isfinite(self.persons[:, :, 0, 0])

    @property
    def main(self) -> int:
        """0 or 1, the person to take for the whole clip: the one in more frames, or else who moves more."""
        seen = self.present.sum(axis=0)
        if seen[0] != seen[1]:
            return int(np.argmax(seen))
        return int(np.argmax([self._motion(person) for person in (0, 1)]))

    def track(self, person: int | None = None) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """(n, 51) and (n,) s of a person (default: the main one), frames without them left out."""
        person = self.main if person is None else person
        there = self.present[:, person]
        return self.persons[there, person].reshape(-1, VALUES), self.times[there]

    def _motion(self, person: int) -> float:
        """Mean distance that a joint moves from one frame to the next that has the person, pixels."""
        xy = self.persons[self.present[:, person], person, :, :2].astype(np.float64)
        if len(xy) < 2:
            return 0.0
        return float(np.linalg.norm(np.diff(xy, axis=0), axis=-1).mean())


def read_pose(path: str | Path) -> Pose | None:
    """A pose file, or None where nobody is in any frame. Raises RecordingError with file and frame."""
    path = Path(path)
    text = read_text(path, MAX_FILE)
    if not text.strip():
        return None
    try:
        frames = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{path} is not JSON: {error}") from error
    if not isinstance(frames, dict):
        raise RecordingError(f"{path} is a JSON {type(frames).__name__}, expected an object of frames")
    if len(frames) > MAX_FRAMES:
        raise RecordingError(f"{path} has {len(frames)} frames: no clip has more than {MAX_FRAMES}")
    numbers = _frame_numbers(list(frames))
    persons = np.full((len(frames), len(PERSONS), len(COCO_JOINTS), 3), np.nan, np.float32)
    for row, (frame, content) in enumerate(frames.items()):
        try:
            persons[row] = _frame(content)
        except ValueError as error:
            raise RecordingError(f"{path}, frame '{frame[:40]}': {error}") from error
    order = np.argsort(numbers, kind="stable")
    pose = Pose(persons[order], (numbers[order] - numbers.min(initial=2**31)) / FRAME_RATE)
    return pose if pose.present.any() else None


def _frame_numbers(keys: list[str]) -> NDArray[np.int64]:
    """Number of each frame by its key ("17", "frame_0017.jpg"), or its place where the keys do not tell."""
    found = [_NUMBER.search(key) for key in keys]
    numbers = [int(match[1]) for match in found if match]
    span = max(numbers) - min(numbers) if numbers else 0
    if len(set(numbers)) == len(keys) and span < 10 * len(keys) + 100:
        return np.array(numbers, np.int64)
    return np.arange(len(keys))


def _frame(content: Any) -> NDArray[np.float32]:
    """(2, 17, 3), not-a-number for an absent person."""
    if not isinstance(content, dict):
        raise ValueError(f"it is a {type(content).__name__}, expected an object of persons")
    both = np.full((len(PERSONS), len(COCO_JOINTS), 3), np.nan, np.float32)
    for row, name in enumerate(PERSONS):
        values = content.get(name)
        if values is None or values == []:
            continue
        if not isinstance(values, list) or len(values) != VALUES:
            size = len(values) if isinstance(values, list) else type(values).__name__
            raise ValueError(f"{name} has {size} values, expected {VALUES}")
        if not all(type(v) in (int, float) and abs(v) < 1e6 for v in values):
            raise ValueError(f"{name} holds something that is no coordinate in pixels")
        if any(values):  # only zeros: nobody was found
            both[row] = np.array(values, np.float32).reshape(len(COCO_JOINTS), 3)
    return both
