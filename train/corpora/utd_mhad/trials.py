"""UTD-MHAD: trials of 27 actions, an inertial sensor and a Kinect skeleton.

Chen, Jafari, Kehtarnavaz, "UTD-MHAD: a multimodal dataset for human action recognition utilizing a depth
camera and a wearable inertial sensor", ICIP 2015. Files `Inertial/a{A}_s{S}_t{T}_inertial.mat` (d_iner, (N,
6): g and deg/s at 50 Hz) and `Skeleton/a{A}_s{S}_t{T}_skeleton.mat` (d_skel, (20, 3, F): meters). Both files
of a trial span the same action, so the skeleton's rate is F / (N / 50), about 19 to 20 Hz, and never the
camera's nominal 30 Hz.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import IMU_CHANNELS, IMU_UNITS
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS, SKELETON_UNITS
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.recording import Annotation, RecordedStream, Recording

from ..mat import read_variables

IMU_RATE = 50.0
"""Hz."""
ACTIONS: tuple[str, ...] = (
    "swipe_left",
    "swipe_right",
    "wave",
    "clap",
    "throw",
    "arm_cross",
    "basketball_shoot",
    "draw_x",
    "draw_circle_clockwise",
    "draw_circle_counter_clockwise",
    "draw_triangle",
    "bowling",
    "boxing",
    "baseball_swing",
    "tennis_swing",
    "arm_curl",
    "tennis_serve",
    "push",
    "knock",
    "catch",
    "pickup_and_throw",
    "jog",
    "walk",
    "sit_to_stand",
    "stand_to_sit",
    "lunge",
    "squat",
)
"""Labels of the actions 1 to 27."""
WRIST_ACTIONS = ACTIONS[:21]
"""Recorded with the sensor on the right wrist."""
THIGH_ACTIONS = ACTIONS[21:]
"""Recorded with the sensor on the right thigh."""
IDLE = "idle"
"""Label of the time between actions; no trial of the corpus has it."""

PARTS = {"Inertial": "d_iner", "Skeleton": "d_skel"}
"""Folder of each file of a trial -> variable in the file."""
_NAME = re.compile(r"a(\d{1,3})_s(\d{1,3})_t(\d{1,3})_(inertial|skeleton)\.mat")
_CITATION = "UTD-MHAD: Chen, Jafari, Kehtarnavaz, ICIP 2015"


class TrialKey(NamedTuple):
    """Numbers of a trial."""

    subject: int
    action: int
    trial: int

    def __str__(self) -> str:
        return f"a{self.action}_s{self.subject}_t{self.trial}"


@dataclass(frozen=True, slots=True, eq=False)
class UtdTrial:
    """One performance of one action."""

    subject: int
    action: int
    """1 to 27."""
    trial: int
    label: str
    imu: NDArray[np.float32]
    """(N, 6) at 50 Hz: acceleration in g, angular velocity in deg/s."""
    skeleton: NDArray[np.float32]
    """(F, 60) meters, joint-major, +y up, in the camera's frame."""
    skeleton_rate: float
    """Hz: F / (N / 50)."""

    @property
    def placement(self) -> str:
        """Placement of the sensor: "right wrist" or "right thigh"."""
        return "right wrist" if self.action <= len(WRIST_ACTIONS) else "right thigh"

    @property
    def duration(self) -> float:
        """s."""
        return len(self.imu) / IMU_RATE


@dataclass(frozen=True, slots=True)
class UtdMhad:
    """Trials of a folder, and notes on those that were left out."""

    trials: tuple[UtdTrial, ...]
    notes: tuple[str, ...]


def load_corpus(
    folder: str | Path,
    *,
    subjects: Collection[int] | None = None,
    actions: Collection[int | str] | None = None,
) -> UtdMhad:
    """Usable trials under a folder that holds `Inertial/` and `Skeleton/`, by subject, action and trial.

    `actions` are numbers or labels. Raises RecordingError where none is usable, MissingExtraError without
    scipy.
    """
    folder = Path(folder)
    wanted = None if actions is None else {_action_number(a) for a in actions}
    keys, notes = _find(folder, subjects, wanted)
    files = [f for key in keys for f in _files(folder, key)]
    values = read_variables(files)
    trials = []
    for i, key in enumerate(keys):
        made = _trial(key, values[2 * i], values[2 * i + 1])
        if isinstance(made, UtdTrial):
            trials.append(made)
        else:
            part, reason = made
            notes.append(f"{files[2 * i + part][0].name} was left out: {reason}")
    if not trials:
        reasons = "; ".join(notes[:3])
        raise RecordingError(f"no trial in {folder} can be used: {reasons}")
    return UtdMhad(tuple(trials), tuple(notes))


def subjects_in(folder: str | Path) -> list[int]:
    """Numbers of the subjects whose files a folder holds, ascending; RecordingError where it holds none."""
    return sorted({key.subject for key in _halves(Path(folder))})


def load_trial(path: str | Path) -> UtdTrial:
    """The trial that a single file belongs to: its inertial or its skeleton file, beside its partner."""
    path = Path(path)
    name = _NAME.fullmatch(path.name)
    if name is None:
        raise RecordingError(
            f"{path} is not named like a UTD-MHAD trial (a1_s1_t1_inertial.mat or a1_s1_t1_skeleton.mat): "
            "other .mat files are not known"
        )
    key = TrialKey(int(name[2]), int(name[1]), int(name[3]))
    files = _files(path.parent.parent, key)
    for file, _ in files:
        if not file.is_file():
            raise RecordingError(
                f"{path} has no partner {file}: a trial is a pair of files in Inertial/ and Skeleton/"
            )
    imu, skeleton = read_variables(files)
    made = _trial(key, imu, skeleton)
    if not isinstance(made, UtdTrial):
        raise RecordingError(f"{files[made[0]][0]} cannot be used: {made[1]}")
    return made


def trial_recording(trial: UtdTrial) -> Recording:
    """A single trial as a recording that starts at 0 s; its only annotation is the whole trial."""
    name = f"a{trial.action}_s{trial.subject}_t{trial.trial}"
    wearer = f"s{trial.subject}"
    streams = (
        imu_stream(trial.imu, np.arange(len(trial.imu)) / IMU_RATE, wearer, trial.placement),
        skeleton_stream(
            trial.skeleton, np.arange(len(trial.skeleton)) / trial.skeleton_rate, wearer, trial.skeleton_rate
        ),
    )
    annotations = (Annotation(0.0, trial.duration, trial.label),)
    return Recording(wearer, streams, annotations, name, {"corpus": _CITATION, "trial": name})


def imu_stream(
    samples: NDArray[np.float32], timestamps: NDArray[np.float64], wearer: str, placement: str
) -> RecordedStream:
    """A stream of samples (n, 6) in g and deg/s, described as this corpus's sensor."""
    description = StreamDescription(
        "imu", "IMU", f"utd-mhad-{wearer}-imu", IMU_CHANNELS, IMU_UNITS, IMU_RATE, placement=placement
    )
    return RecordedStream(description, samples, timestamps, "imu")


def skeleton_stream(
    samples: NDArray[np.float32], timestamps: NDArray[np.float64], wearer: str, rate: float
) -> RecordedStream:
    """A stream of samples (n, 60) in meters, described as this corpus's skeleton."""
    description = StreamDescription(
        "skeleton", "MoCap", f"utd-mhad-{wearer}-skeleton", SKELETON_CHANNELS, SKELETON_UNITS, rate
    )
    return RecordedStream(description, samples, timestamps, "skeleton")


def _action_number(action: int | str) -> int:
    if isinstance(action, str):
        if action not in ACTIONS:
            raise RecordingError(f"UTD-MHAD has no action '{action}'; it has: {', '.join(ACTIONS)}")
        return ACTIONS.index(action) + 1
    if not 1 <= action <= len(ACTIONS):
        raise RecordingError(f"UTD-MHAD has no action {action}; its actions are numbered 1 to {len(ACTIONS)}")
    return action


def _find(
    folder: Path, subjects: Collection[int] | None, actions: Collection[int] | None
) -> tuple[list[TrialKey], list[str]]:
    """Each pair in a folder, and a note for each file without its partner."""
    halves = _halves(folder)
    chosen = {
        key: parts
        for key, parts in halves.items()
        if (subjects is None or key.subject in subjects) and (actions is None or key.action in actions)
    }
    if not chosen:
        there = ", ".join(str(s) for s in sorted({key.subject for key in halves}))
        raise RecordingError(
            f"{folder} has no trial of subject {_listed(subjects)} and action {_listed(actions)}; "
            f"it holds subjects {there}"
        )
    notes = [
        f"{key} was left out: it has no file in {'Skeleton' if 'Inertial' in parts else 'Inertial'}/"
        for key, parts in sorted(chosen.items())
        if len(parts) == 1
    ]
    return sorted(key for key, parts in chosen.items() if len(parts) == 2), notes


def find_halves(folder: Path) -> tuple[dict[TrialKey, set[str]], list[str]]:
    """The `PARTS` of each trial that a folder holds, and the names of files that are no trial's."""
    halves: dict[TrialKey, set[str]] = {}
    others = []
    for part in PARTS:
        for path in sorted((folder / part).glob("*")):
            name = _NAME.fullmatch(path.name)
            if name and name[4] == part.lower() and 1 <= int(name[1]) <= len(ACTIONS):
                halves.setdefault(TrialKey(int(name[2]), int(name[1]), int(name[3])), set()).add(part)
            else:
                others.append(path.name)
    return halves, others


def _halves(folder: Path) -> dict[TrialKey, set[str]]:
    halves, _ = find_halves(folder)
    if not halves:
        raise RecordingError(
            f"{folder} holds no UTD-MHAD trials: expected Inertial/a1_s1_t1_inertial.mat and "
            "Skeleton/a1_s1_t1_skeleton.mat and so on under it. Recordings of other kinds are named by their "
            "file, not by their folder"
        )
    return halves


def _listed(numbers: Collection[int] | None) -> str:
    return "any" if numbers is None else ", ".join(str(n) for n in sorted(numbers))


def _files(folder: Path, key: TrialKey) -> list[tuple[Path, str]]:
    return [(folder / part / f"{key}_{part.lower()}.mat", variable) for part, variable in PARTS.items()]


def _trial(
    key: TrialKey, imu: NDArray[np.float32] | str, skeleton: NDArray[np.float32] | str
) -> UtdTrial | tuple[int, str]:
    """A trial, or the number of its unusable file (0 inertial, 1 skeleton) with the reason."""
    subject, action, trial = key
    if isinstance(imu, str):
        return 0, imu
    if isinstance(skeleton, str):
        return 1, skeleton
    if imu.ndim != 2 or imu.shape[1] != 6 or len(imu) < 10:
        return 0, f"d_iner has shape {imu.shape}, expected (N, 6) with N of at least 10"
    if skeleton.ndim != 3 or skeleton.shape[:2] != (20, 3) or skeleton.shape[2] < 5:
        return 1, f"d_skel has shape {skeleton.shape}, expected (20, 3, F) with F of at least 5"
    if not np.isfinite(imu).all():
        return 0, "it holds values that are not finite"
    if not np.isfinite(skeleton).all():
        return 1, "it holds values that are not finite"
    frames = skeleton.shape[2]
    positions = np.ascontiguousarray(skeleton.transpose(2, 0, 1).reshape(frames, 60))
    rate = frames / (len(imu) / IMU_RATE)
    return UtdTrial(subject, action, trial, ACTIONS[action - 1], imu, positions, rate)
