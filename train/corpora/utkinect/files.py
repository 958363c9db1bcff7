"""UTKinect's files: twenty joints of one person over a recording, and a table of what was done when.

`joints/joints_s01_e01.txt` (or .txt.gz): in each row a depth frame and the joints of the Kinect SDK, x, y and
z in m, y up and z away from the camera. `actionLabel.txt`: under the name of each recording a line an action,
with its first and last depth frame. Frames are 30 a second; those without a person are lacking.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS

from ..packed import lines_of

RATE: Final = 30.0
"""Depth frames a second."""
ACTIONS: Final[Mapping[str, str]] = {
    "walk": "walk",
    "sitDown": "sit_down",
    "standUp": "stand_up",
    "pickUp": "pick_up",
    "carry": "carry",
    "throw": "throw",
    "push": "push",
    "pull": "pull",
    "waveHands": "wave_hands",
    "clapHands": "clap_hands",
}
"""Action as its authors write it -> label."""
JOINTS: Final = (
    *("hip_center", "spine", "shoulder_center", "head"),
    *("left_shoulder", "left_elbow", "left_wrist", "left_hand"),
    *("right_shoulder", "right_elbow", "right_wrist", "right_hand"),
    *("left_hip", "left_knee", "left_ankle", "left_foot"),
    *("right_hip", "right_knee", "right_ankle", "right_foot"),
)
"""Joints of a row, in the order of the Kinect SDK."""
LONGEST: Final = 600
"""Frames of an action, at most: the longest that is right has some 410."""
FEWEST: Final = 30
"""Rows of a recording, at least."""
FARTHEST: Final = 20.0
"""m from the camera, at most."""
BRIDGED: Final = 12
"""Frames from one to the next, at most, between which a person is put in the middle."""
STEP: Final = 6
"""Frames from one to the next up to which nothing is lacking: at 0.2 s windows know no hole."""
LABELS_FILE: Final = "actionLabel.txt"
_NAME: Final = re.compile(r"joints_s(\d{2})_e(\d{2})\.txt(?:\.gz)?")
_HEADING: Final = re.compile(r"s(\d{2})_e(\d{2})")
_ACTION: Final = re.compile(r"(\w+)\s*:\s*(\S+)\s+(\S+)")


class FilmKey(NamedTuple):
    """One recording: a person, and which of the two."""

    subject: int
    execution: int

    def __str__(self) -> str:
        return f"s{self.subject:02d}_e{self.execution:02d}"


class LabeledFrames(NamedTuple):
    """One action in a recording."""

    label: str
    first: int
    """Depth frame."""
    last: int


class FilmedJoints(NamedTuple):
    """Content of a file."""

    frames: NDArray[np.float64]
    """(n,) depth frames, ascending."""
    joints: NDArray[np.float32]
    """(n, 60) m, in the order of `UTD_JOINTS`."""
    bad: int
    """Rows left out: no row of 61 finite numbers, or farther than any camera sees."""
    repeated: int
    """Rows left out: the frame of the row before once more."""
    bridged: int
    """Rows put in the middle of two that are `STEP` to `BRIDGED` frames apart."""


class FilmLabels(NamedTuple):
    """Content of the table of actions."""

    actions: dict[FilmKey, tuple[LabeledFrames, ...]]
    bad: dict[FilmKey, tuple[tuple[LabeledFrames, str], ...]]
    """Actions that cannot be right, with the reason."""
    notes: tuple[str, ...]


def recognizes(folder: Path) -> bool:
    """True where the folder has joints of a recording, and the table of actions."""
    return (folder / LABELS_FILE).is_file() and any(_NAME.fullmatch(p.name) for p in _files(folder))


def find_files(folder: Path) -> dict[FilmKey, Path]:
    """Files of joints by person and recording; RecordingError where there is none."""
    found = {
        FilmKey(int(name[1]), int(name[2])): path
        for path in _files(folder)
        if (name := _NAME.fullmatch(path.name))
    }
    if not found:
        raise RecordingError(f"{folder} holds no UTKinect: expected joints/joints_s01_e01.txt and so on")
    return dict(sorted(found.items()))


def read_joints(path: Path) -> FilmedJoints:
    """One recording's joints. Raises RecordingError where it has too few."""
    rows = [_row(line) for line in lines_of(path)]
    good = np.array([row for row in rows if row is not None]).reshape(-1, 1 + 3 * len(JOINTS))
    if len(good) < FEWEST:
        raise RecordingError(
            f"{path.name} has {len(good)} rows of a frame and 20 joints, at least {FEWEST} needed"
        )
    good = good[np.argsort(good[:, 0], kind="stable")]
    new = np.concatenate([[True], np.diff(good[:, 0]) > 0])
    order = [JOINTS.index(joint) for joint in UTD_JOINTS]
    joints = good[new, 1:].reshape(-1, len(JOINTS), 3)[:, order].reshape(-1, 3 * len(JOINTS))
    frames, every = _bridged(good[new, 0], joints)
    repeated, bridged = int(np.sum(~new)), len(frames) - int(np.sum(new))
    return FilmedJoints(frames, every.astype(np.float32), len(rows) - len(good), repeated, bridged)


def _bridged(
    frames: NDArray[np.float64], joints: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frames (n,) and joints (n, 60) with one in the middle of each two that are a little far apart.

    A camera that keeps four to five frames a second, as it did in half of the recordings, is no person gone.
    """
    steps = np.diff(frames)
    (at,) = np.nonzero((steps > STEP) & (steps <= BRIDGED))
    middles = (frames[at] + frames[at + 1]) / 2
    between = (joints[at] + joints[at + 1]) / 2
    return np.insert(frames, at + 1, middles), np.insert(joints, at + 1, between, axis=0)


def read_labels(folder: Path) -> FilmLabels:
    """The table of actions. Raises RecordingError where it cannot be read."""
    lines = lines_of(folder / LABELS_FILE)
    found: dict[FilmKey, list[LabeledFrames]] = {}
    notes, key = [], None
    for line in (text.strip() for text in lines):
        if heading := _HEADING.fullmatch(line):
            key = FilmKey(int(heading[1]), int(heading[2]))
            found.setdefault(key, [])
            continue
        action = _ACTION.fullmatch(line)
        if action is None or key is None or action[1] not in ACTIONS:
            notes.append(f"{LABELS_FILE}: the line '{line[:40]}' was left out")
        elif action[2].isdecimal() and action[3].isdecimal():
            found[key].append(LabeledFrames(ACTIONS[action[1]], int(action[2]), int(action[3])))
        else:
            notes.append(f"{key}: {ACTIONS[action[1]]} has no frames")
    if not found:
        raise RecordingError(
            f"{LABELS_FILE} in {folder} names no recording: expected s01_e01 and its actions"
        )
    wrong = {k: tuple((a, why) for a in of if (why := _wrong(a, of))) for k, of in found.items()}
    bad = {k: {action for action, _ in of} for k, of in wrong.items()}
    actions = {
        k: tuple(sorted((a for a in of if a not in bad[k]), key=lambda a: a.first)) for k, of in found.items()
    }
    return FilmLabels(actions, {k: of for k, of in wrong.items() if of}, tuple(notes))


def _wrong(action: LabeledFrames, among: list[LabeledFrames]) -> str:
    """The reason for which an action cannot be right; "" where nothing speaks against it."""
    frames = action.last - action.first
    if frames <= 0:
        return "ends before it begins"
    if frames > LONGEST:
        return f"would last {frames / RATE:.0f} s"
    if any(action.first < other.first and other.last < action.last for other in among):
        return "holds another action"
    return ""


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "joints").glob("joints_*")) if (folder / "joints").is_dir() else []


def _row(line: str) -> list[float] | None:
    """Frame and coordinates of a line; None where it is no such row."""
    cells = line.split()
    if len(cells) != 1 + 3 * len(JOINTS):
        return None
    try:
        row = [float(cell) for cell in cells]
    except ValueError:
        return None
    coordinates = np.array(row[1:])
    fits = np.isfinite(row[0]) and np.isfinite(coordinates).all() and np.abs(coordinates).max() <= FARTHEST
    return row if fits and 0 <= row[0] < 1e7 else None
