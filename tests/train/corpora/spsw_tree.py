"""A small folder in spsw_har's format; the signals are made up."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

HEADER = "x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label"
BEGIN = 1657533977813
"""Unix time of the phone's first sample, ms."""
SEQUENCE = ("SEATED", "STANDING_UP", "WALKING", "TURNING", "WALKING", "TURNING", "SITTING_DOWN", "SEATED")


def rows(
    *, seed: int = 0, late: int = 0, step: int = 10, count: int = 100, sequence: Sequence[str] = SEQUENCE
) -> list[str]:
    """Lines of `count` samples a label, `step` ms apart, the first `late` ms after BEGIN."""
    values = np.random.default_rng(seed).normal([0, 9.8, 0, 0, 0, 0], 0.5, (count * len(sequence), 6))
    return [
        ",".join([*(repr(float(v)) for v in row), str(BEGIN + late + step * i), sequence[i // count]])
        for i, row in enumerate(values)
    ]


def place(folder: Path, name: str, lines: Sequence[str], header: str = HEADER) -> Path:
    """Write one file (`s01_01_sp`)."""
    path = folder / name.split("_")[0] / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in (header, *lines)))
    return path


def write_tree(folder: Path, subjects: Sequence[int] = (1, 13), executions: int = 2) -> Path:
    """Whole executions; the watch begins 250 ms after the phone."""
    for subject in subjects:
        for execution in range(1, executions + 1):
            name = f"s{subject:02d}_{execution:02d}"
            place(folder, f"{name}_sp", rows(seed=subject))
            place(folder, f"{name}_sw", rows(seed=100 + subject, late=250))
    return folder
