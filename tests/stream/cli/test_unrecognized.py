"""A recording of which nothing could be recognized is an error, with the reason."""

import re
from pathlib import Path

import pytest

from hnhar.stream.cli.stream import main

HEADER = "time,acc_x [g],acc_y [g],acc_z [g],gyro_x [deg/s],gyro_y [deg/s],gyro_z [deg/s]"


@pytest.mark.parametrize(
    ("step", "count", "cells", "says"),
    [
        (0.02, 60, "0,0,1,0,0,0", "its streams have 1.2 s, and .* looks at 3 s at a time; record longer"),
        (0.02, 600, ",,,,,", "48 windows had too few samples or values"),
        (
            1.0,
            60,
            "0,0,1,0,0,0",
            "237 windows had too few samples or values .1 Hz of imu, and .* takes 50 Hz of imu",
        ),
    ],
    ids=["short", "empty", "slow"],
)
def test_nothing_recognized_since_nothing_could_be_ends_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: float, count: int, cells: str, says: str
) -> None:
    rows = [f"{k * step:.2f},{cells}" for k in range(count)]
    (tmp_path / "a.csv").write_text("\n".join([HEADER, *rows]))
    assert main(["--recording", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out")]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert re.search(f"nothing could be recognized: {says}", err), err
