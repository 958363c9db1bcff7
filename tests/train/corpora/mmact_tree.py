"""A small folder in MMAct's format, with each oddity of the corpus; the signals are made up.

`write_tree` says below what each clip shows. Nothing here is the corpus's data.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

RATES = {"acc_phone_clip": 100, "acc_watch_clip": 100, "gyro_clip": 50, "orientation_clip": 50}
"""Sensor folder -> Hz."""
BEGIN = datetime(2018, 10, 16, 13, 33, 45, 170_000)
"""Wall clock in Tokyo of each clip's first sample; Unix time 1539664425.17."""
SECONDS = 2.0
LABELS = (
    "2018/10/16 13:33:45.170-2018/10/16 13:33:49.891-standing\n"
    "2018/10/16 13:33:54-2018/10/16 13:33:58.5-Talking_on_phone_desk\n\n"
)
"""An untrimmed recording's, once without fraction."""


def stamp(seconds: float, *, fraction: bool = True) -> str:
    """A sensor file's time, `seconds` after BEGIN; without fraction where there is none, as str() does."""
    moment = BEGIN + timedelta(seconds=seconds)
    text = moment.strftime("%Y%m%d_%H:%M:%S")
    milliseconds = moment.microsecond // 1000
    return f"{text}.{milliseconds:03d}" if fraction and milliseconds else text


def rows(sensor: str, *, seed: int = 0, fraction: bool = True) -> list[str]:
    """Lines time,x,y,z of two seconds."""
    rate = RATES[sensor]
    values = np.random.default_rng(seed).normal([0.0, 9.8, 0.0], 1.0, (int(SECONDS * rate), 3))
    return [
        f"{stamp(i / rate, fraction=fraction)},{x:.6f},{y:.6f},{z:.6f}" for i, (x, y, z) in enumerate(values)
    ]


def person(frame: int, *, x: float = 300.0, speed: float = 1.0) -> list[float]:
    """51 numbers of somebody who walks to the right."""
    points = [(x + speed * frame + 3 * j, 100.0 + 20 * j, 0.9) for j in range(17)]
    return [value for point in points for value in point]


def frames(count: int = 60) -> dict[str, dict[str, list[float]]]:
    """One person throughout."""
    return {str(i): {"person1": person(i)} for i in range(count)}


def place(folder: Path, kind: str, clip: str, content: Sequence[str] | dict[str, object]) -> Path:
    """Write one file of the clip `subject/scene/session/action`: rows of a sensor, or frames of a pose."""
    subject, scene, session, action = clip.split("/")
    if isinstance(content, dict):
        path = folder / "pose" / f"subject{subject}" / kind / f"scene{scene}" / f"session{session}"
        path = path / f"{action}.json"
    else:
        path = folder / kind / f"subject{subject}" / f"scene{scene}" / f"session{session}" / f"{action}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content) if isinstance(content, dict) else "".join(f"{r}\n" for r in content))
    return path


def whole(folder: Path, clip: str, *, seed: int = 0) -> None:
    """A clip with everything, nothing odd; the watch's file has a header."""
    for i, sensor in enumerate(RATES):
        lines = rows(sensor, seed=seed + i)
        place(folder, sensor, clip, ["time,x,y,z", *lines] if sensor == "acc_watch_clip" else lines)
    place(folder, "cam1", clip, dict(frames()))


def write_tree(folder: Path) -> Path:
    """Clips of subject 1, scene 1, session 1 with an oddity each, and whole ones for the splits."""
    whole(folder, "1/1/1/carrying")
    # The case of the action differs from one modality to the next.
    place(folder, "acc_phone_clip", "1/1/1/Talking_On_Phone", rows("acc_phone_clip"))
    place(folder, "gyro_clip", "1/1/1/talking_on_phone", rows("gyro_clip"))
    # Empty, with a header only, and nobody in the picture.
    place(folder, "acc_phone_clip", "1/1/1/fall", rows("acc_phone_clip"))
    place(folder, "acc_watch_clip", "1/1/1/fall", [])
    place(folder, "gyro_clip", "1/1/1/fall", ["time,x,y,z"])
    place(folder, "cam1", "1/1/1/fall", {"0": {}, "1": {"person1": []}, "2": {"person1": [0.0] * 51}})
    # Duplicated rows, and a stretch that was written late.
    lines = rows("acc_phone_clip")
    place(
        folder,
        "acc_phone_clip",
        "1/1/1/running",
        [*lines[:50], *lines[100:150], *lines[50:100], *lines[140:]],
    )
    # No fraction in any time.
    place(folder, "gyro_clip", "1/1/1/standing", rows("gyro_clip", fraction=False))
    # A pose alone, of two persons: the second comes late, leaves a gap, and walks faster.
    both: dict[str, object] = {}
    for i in range(60):
        second = {"person2": person(i, x=50.0, speed=4.0)} if i >= 20 else {"person2": []} if i < 10 else {}
        both[str(i)] = {"person1": person(i), **second}
    place(folder, "cam1", "1/1/1/talking", both)
    place(folder, "cam2", "1/1/1/talking", {"0": {"person1": person(0)}})  # another view is not read
    for clip in ("13/1/1/walking", "16/3/4/walking", "17/4/2/walking", "20/2/5/walking", "2/2/1/walking"):
        whole(folder, clip, seed=int(clip.split("/")[0]))
    (folder / "untrimmed").mkdir()
    (folder / "untrimmed" / "labels.txt").write_text(LABELS)
    return folder
