"""A small folder in UP-Fall's format; the signals are made up."""

import gzip
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

HEADINGS = ["TimeStamps,AnkleAccelerometer" + "," * 45, ",x-axis (g),y-axis (g)" + "," * 44]
BEGIN = datetime(2018, 7, 4, 12, 22, 10, 697074)


def rows(
    tags: Sequence[int],
    *,
    seed: int = 0,
    rate: float = 18.0,
    unworn: Sequence[int] = (),
    violent: bool = False,
) -> list[str]:
    """A line a tag; sensors of the numbers `unworn` are empty. A violent fall shakes all of them."""
    generator = np.random.default_rng(seed)
    lines = []
    for i, tag in enumerate(tags):
        stamp = (BEGIN + timedelta(seconds=i / rate)).isoformat()
        cells = [stamp]
        for sensor in range(5):
            shaken = 3.0 if violent and 1 <= tag <= 5 else 0.05
            lying = tag == 11
            down = [1.0, 0.0, 0.0] if lying else [0.0, 1.0, 0.0]
            acc = generator.normal(down, shaken)
            gyro = generator.normal(0.0, 60.0 * shaken, 3)
            values = [f"{v:.3f}" for v in (*acc, *gyro)]
            cells += ["", "", "", "", "", "", ""] if sensor in unworn else [*values, "12.5"]
        lines.append(",".join([*cells, "-86", *"111111", "1", "1", "1", str(tag)]))
    return lines


def place(folder: Path, name: str, lines: Sequence[str], *, packed: bool = True, top: bool = True) -> Path:
    """Write one file (`Subject1Activity1Trial1`)."""
    path = folder / f"{name}.csv{'.gz' if packed else ''}"
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = "".join(f"{line}\n" for line in (*(HEADINGS if top else ()), *lines)).encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path


def fall(kind: int) -> list[int]:
    """Tags of a file of a fall: standing, falling, lying."""
    return [7] * 40 + [kind] * 36 + [11] * 70


def write_tree(folder: Path, subjects: Sequence[int] = (1, 2, 3, 4), seconds: int = 12) -> Path:
    """Two falls and two other activities of each person."""
    for subject in subjects:
        for kind in (1, 5):
            lines = rows(fall(kind), seed=10 * subject + kind, violent=True)
            place(folder, f"Subject{subject}Activity{kind}Trial1", lines)
        for kind in (6, 11):
            lines = rows([kind] * (18 * seconds), seed=10 * subject + kind)
            place(folder, f"Subject{subject}Activity{kind}Trial1", lines)
    return folder
