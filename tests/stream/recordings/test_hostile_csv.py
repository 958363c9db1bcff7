"""Tables of samples that are none, or that cost more than they hold: refused by name, in bounded time."""

import resource
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.csv_files import read_csv

COLUMNS = "time,acc_x [g],acc_y [g],acc_z [g],gyro_x,gyro_y,gyro_z [rad/s]\n"
ROWS = "0.0,0,0,1,0,0,0\n0.02,0,0,1,0,0,0\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (COLUMNS + "0.0,0,\r0,1\n", "it is no CSV"),
        (COLUMNS + "0.0," + "9" * 200_000 + "\n", "it is no CSV"),
        ("t" * 200_000, "it is no CSV"),
        (COLUMNS.replace("time", "gone") + ROWS, "must name the columns"),
        (COLUMNS + ROWS + "0.04,0\n" + ROWS, "line 4: not 7 numbers"),
        (COLUMNS, "0 samples"),
        ("", "must name the columns"),
    ],
    ids=range(7),
)
def test_a_table_of_samples_that_is_none_is_refused_with_its_name(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "bad_imu.csv"
    path.write_text(text, "utf-8", newline="")
    with pytest.raises(RecordingError, match=r"bad_imu\.csv") as caught:
        read_csv([path])
    assert says in str(caught.value)


def test_a_time_beyond_all_numbers_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "odd_imu.csv"
    path.write_text(COLUMNS.replace("time", "time [ms]") + "1e999,0,0,1,0,0,0\n" * 3 + ROWS, "utf-8")
    (stream,) = read_csv([path]).streams
    assert np.isfinite(stream.timestamps[-2:]).all()


def test_headings_of_thousands_of_brackets_take_no_time_and_numbers_beyond_float32_warn_nobody(
    tmp_path: Path,
) -> None:
    """Each letter was once looked at as often as there are letters."""
    path = tmp_path / "odd_imu.csv"
    path.write_text(COLUMNS.replace("gyro_y", "gyro_y" + "[" * 100_000) + ROWS.replace("1", "1e300"), "utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    (stream,) = read_csv([path]).streams
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before < 5
    assert stream.description.units == ("g", "g", "g", "", "", "rad/s")
    assert np.isinf(stream.samples[:, 2]).all()
