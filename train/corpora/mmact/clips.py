"""MMAct: trimmed clips of 35 actions with phone, watch and a pose, as its authors hand it out on request.

Kong, Wu, Deng, Klinkigt, Tong, Murakami, "MMAct: A Large-Scale Dataset for Cross Modal Human Action
Understanding", ICCV 2019. Under one folder, each of them where its archive puts it:

    {acc_phone_clip,acc_watch_clip,gyro_clip,orientation_clip}/subjectS/sceneC/sessionE/action.csv
    …/subjectS/cam1/sceneC/sessionE/action.json       (pose; also with the camera above the subject)

Phone in the right trouser pocket, watch on the right wrist; gyroscope and orientation are the phone's.
Clips lack modalities, and files may be empty: a clip has what is there.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError

from .pose import Pose, read_pose
from .sensor import FOLDERS, SensorTrack, read_track
from .splits import CLASSES, action

MODALITIES: tuple[str, ...] = (*FOLDERS, "pose")
CAMERA = 1
"""The view that is read of the poses."""
MAX_FILES = 500_000
"""Files looked at under the folder before the search is given up."""
_LEVEL = re.compile(r"(subject|scene|session|cam)(\d{1,4})", re.IGNORECASE)
_SENSORS = {folder: modality for modality, folder in FOLDERS.items()}


@dataclass(frozen=True, slots=True, order=True)
class ClipKey:
    """Identity of a clip: person, place, repetition and class."""

    subject: int
    scene: int
    session: int
    label: str

    def __str__(self) -> str:
        return f"subject{self.subject}/scene{self.scene}/session{self.session}/{self.label}"


@dataclass(frozen=True, slots=True)
class MmactFiles:
    """Files of the clips under a folder."""

    clips: Mapping[ClipKey, Mapping[str, Path]]
    """Clip -> modality -> file, by clip."""
    notes: tuple[str, ...]
    """Files that were left out: of no clip, or of one that was there already."""


@dataclass(frozen=True, slots=True, eq=False)
class MmactClip:
    """One performance of one action. All its times count from `start`."""

    key: ClipKey
    sensors: Mapping[str, SensorTrack]
    """Modality -> track, of those there: acc_phone, acc_watch (g), gyro (deg/s), orientation (degrees)."""
    pose: Pose | None
    """Its file numbers frames and knows no clock: the first frame counts as the clip's start."""
    start: float | None
    """Unix time of the first sensor sample, s; None where there is a pose only."""
    notes: tuple[str, ...] = ()
    """Repairs, and parts that were left out."""

    @property
    def label(self) -> str:
        """One of the 35 classes."""
        return self.key.label

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities of the clip, in the order of `MODALITIES`."""
        return tuple(m for m in MODALITIES if m in self.sensors or (m == "pose" and self.pose is not None))

    def signals(self) -> tuple[dict[str, NDArray[np.float32]], dict[str, NDArray[np.float64]]]:
        """Samples (n, channels) and times (n,) s by modality; the pose is the main person's (n, 51)."""
        samples = {name: track.samples for name, track in self.sensors.items()}
        times = {name: track.times for name, track in self.sensors.items()}
        if self.pose is not None:
            samples["pose"], times["pose"] = self.pose.track()
        return samples, times


def find_clips(folder: str | Path) -> MmactFiles:
    """The files of each clip under a folder. Raises RecordingError where it holds none."""
    folder = Path(folder)
    clips: dict[ClipKey, dict[str, Path]] = {}
    notes: list[str] = []
    for path in _files(folder, notes):
        parts = path.relative_to(folder).parts
        placed = _place(parts)
        if placed is None:
            continue
        modality, levels = placed
        key = ClipKey(levels["subject"], levels["scene"], levels["session"], action(path.stem))
        if key.label not in CLASSES:
            notes.append(f"{Path(*parts)} was left out: MMAct has no trimmed action '{key.label}'")
        elif modality in clips.setdefault(key, {}):
            notes.append(f"{Path(*parts)} was left out: {clips[key][modality]} is the same clip")
        else:
            clips[key][modality] = path
    if not clips:
        raise RecordingError(
            f"{folder} holds no MMAct clip: expected acc_phone_clip/subject1/scene1/session1/carrying.csv "
            "and so on under it"
        )
    return MmactFiles(dict(sorted(clips.items())), tuple(notes))


def read_clip(key: ClipKey, files: Mapping[str, Path]) -> MmactClip:
    """A clip from its files; a file that cannot be read is left out with a note. Never raises for a file."""
    tracks: dict[str, SensorTrack] = {}
    pose: Pose | None = None
    notes = []
    for modality in MODALITIES:
        if modality not in files:
            continue
        try:
            if modality == "pose":
                pose = read_pose(files[modality])
                repairs: tuple[str, ...] = () if pose else ("nobody is in it",)
            else:
                track, repairs = read_track(files[modality], modality)
                if track:
                    tracks[modality] = track
        except RecordingError as error:
            notes.append(f"left out: {error}")
            continue
        notes += [f"{files[modality]}: {note}" for note in repairs]
    start = min((float(t.times[0]) for t in tracks.values()), default=None)
    sensors = {name: replace(t, times=t.times - (start or 0.0)) for name, t in tracks.items()}
    return MmactClip(key, sensors, pose, start, tuple(notes))


def load_clips(
    folder: str | Path, *, subjects: Collection[int] | None = None
) -> tuple[list[MmactClip], tuple[str, ...]]:
    """Clips under a folder that have at least one modality, and notes on repairs and parts left out.

    Raises RecordingError where none is usable.
    """
    found = find_clips(folder)
    clips, notes = [], list(found.notes)
    for key, files in found.clips.items():
        if subjects is None or key.subject in subjects:
            clip = read_clip(key, files)
            notes += clip.notes
            if clip.modalities:
                clips.append(clip)
    if not clips:
        asked = "" if subjects is None else f" of subject {', '.join(map(str, sorted(subjects)))}"
        raise RecordingError(
            f"no MMAct clip{asked} in {folder} can be used: {'; '.join(notes[:3]) or 'none'}"
        )
    return clips, tuple(notes)


def _files(folder: Path, notes: list[str]) -> Iterator[Path]:
    """.csv and .json files under a folder in a fixed order, links to folders not followed."""

    def refused(error: OSError) -> None:
        notes.append(f"{error.filename} cannot be looked into: {error.strerror}")

    looked = 0
    for place, inner, names in os.walk(folder, onerror=refused):
        inner.sort()
        looked += len(names)
        if looked > MAX_FILES:
            raise RecordingError(
                f"{folder} holds more than {MAX_FILES} files: name the folder of MMAct itself"
            )
        for name in sorted(names):
            if name.lower().endswith((".csv", ".json")):
                yield Path(place, name)


def _place(parts: Sequence[str]) -> tuple[str, dict[str, int]] | None:
    """Modality and numbers of a file by the folders it is in; None where it is no file of a clip."""
    levels: dict[str, int] = {}
    modality = ""
    for part in parts[:-1]:
        if match := _LEVEL.fullmatch(part):
            levels[match[1].lower()] = int(match[2])
        modality = _SENSORS.get(part.lower(), modality)
    if not {"subject", "scene", "session"} <= levels.keys():
        return None
    if parts[-1].lower().endswith(".json"):
        return ("pose", levels) if not modality and levels.get("cam", CAMERA) == CAMERA else None
    return (modality, levels) if modality else None
