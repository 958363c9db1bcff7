"""A small folder in SmartFallMM's format; the signals are made up."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np

WRIST, HIP = "accelerometer/meta_wrist", "accelerometer/meta_hip"
HEADER = "epoch (ms),time (-11:00),elapsed (s),x-axis (g),y-axis (g),z-axis (g)"
CHEST, PELVIS = 2, 0


def acceleration(*, seed: int = 0, count: int = 200, rate: float = 50.0, begin: float = 18.3) -> list[str]:
    """Lines of an accelerometer at rest; the epoch is rounded to seconds, as it is for some people."""
    values = np.random.default_rng(seed).normal([0.0, 1.0, 0.0], 0.05, (count, 3))
    return [
        f"{1658348227 + int(i / rate)}000,2022-07-20T15:17:07,{begin + i / rate:.3f},{x:.3f},{y:.3f},{z:.3f}"
        for i, (x, y, z) in enumerate(values)
    ]


def body(count: int = 90) -> list[str]:
    """Lines of 32 joints in mm, y down: joint k is 10 k to the right and below, and moves away."""
    frames = [[(10.0 * k, 10.0 * k - 500.0, 2000.0 + i) for k in range(32)] for i in range(count)]
    return [",".join(f"{value}" for joint in frame for value in joint) for frame in frames]


def place(
    folder: Path, group: str, part: str, name: str, lines: Sequence[str], *, packed: bool = True
) -> Path:
    """Write one file (`S28A01T01`) of a part (`skeleton`)."""
    path = folder / group / part / f"{name}.csv{'.gz' if packed else ''}"
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


def write_tree(
    folder: Path,
    young: Sequence[int] = (28, 29, 30, 31),
    old: Sequence[int] = (1, 2),
    activities: Sequence[int] = (1, 2),
    trials: int = 1,
) -> Path:
    """Whole trials of some people; files of the old have headings, and are not packed."""
    for group, people in (("young", young), ("old", old)):
        for person in people:
            for activity in activities:
                for trial in range(1, trials + 1):
                    name = f"S{person:02d}A{activity:02d}T{trial:02d}"
                    top = [HEADER] if group == "old" else []
                    plain = {"packed": group == "young"}
                    seed = 100 * person + 10 * activity + trial
                    place(folder, group, WRIST, name, [*top, *acceleration(seed=seed)], **plain)
                    place(folder, group, HIP, name, [*top, *acceleration(seed=seed + 7)], **plain)
                    place(folder, group, "skeleton", name, body(), **plain)
    return folder
