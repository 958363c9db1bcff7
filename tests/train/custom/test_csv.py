"""Recordings as CSV files are read as one, with their units, and what is none is refused with the line."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import RecordedStream, open_recording
from hnhar.stream.recordings.csv_files import read_csv
from hnhar.train.custom.files import read_all
from hnhar.train.custom.labels import ReadingOptions

from .own import EVENTS, quiet, read, resting, write_csv, write_table


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_files_of_one_recording_are_read_together(tmp_path: Path, separator: str) -> None:
    skeleton = RecordedStream(
        StreamDescription("s", "", "", SKELETON_CHANNELS, ("m",) * 60, 0.0),
        np.ones((900, 60), np.float32),
        np.arange(900) / 30,
    )
    files = [
        write_csv(tmp_path / "sub-1_x_imu.csv", resting(30.0), separator),
        write_csv(tmp_path / "sub-1_x_skeleton.csv", skeleton, separator),
    ]
    write_table(tmp_path / "sub-1_x_events.tsv", EVENTS)
    (found,), _ = read_all(files, ReadingOptions(), quiet)
    assert found.subject == "1"
    assert [s.modality for s in found.recording.streams] == ["imu", "skeleton"]
    assert [round(s.description.nominal_rate) for s in found.recording.streams] == [50, 30]
    np.testing.assert_allclose(found.recording.streams[0].samples[0, :3], [0, 0, 1])


def test_units_of_a_csv_are_converted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    names = "acc_x [m/s²],acc_y [m/s²],acc_z [m/s²],gyro_x [rad/s],gyro_y [rad/s],gyro_z [rad/s]"
    rows = [f"{k / 50:.2f},0,{k % 2 * 1e-5},9.80665,0,3.14159265,{k % 2 * 1e-5}" for k in range(1500)]
    path.write_text("\n".join([f"time,{names}", *rows]))
    write_table(tmp_path / "a_events.tsv", EVENTS)
    samples = read(path).recording.streams[0].samples
    np.testing.assert_allclose(samples[0, :5], [0, 0, 1, 0, 180], atol=1e-3)


def test_an_axis_without_values_leaves_its_stream_out_as_live(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{k / 50:.2f},0,{k % 2 * 1e-5},9.80665,0,3," for k in range(1500)]
    names = "acc_x [m/s²],acc_y [m/s²],acc_z [m/s²],gyro_x [rad/s],gyro_y [rad/s],gyro_z [rad/s]"
    path.write_text("\n".join([f"time,{names}", *rows]))
    write_table(tmp_path / "a_events.tsv", EVENTS)
    assert np.isnan(read(path).recording.streams[0].samples[50:]).all()


def test_a_recording_as_csv_is_opened_by_any_of_its_files(tmp_path: Path) -> None:
    write_csv(tmp_path / "x_imu.csv", resting(5.0))
    write_csv(tmp_path / "y_imu.csv", resting(5.0))
    found = open_recording(tmp_path / "x_imu.csv")
    assert (found.name, len(found.streams), len(found.streams[0].timestamps)) == ("x", 1, 250)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line must name the columns"),
        ("acc_x,acc_y\n1,2\n", "first line must name the columns"),
        ("time,acc_x\n0,1\n1,x\n", "line 3: not 2 numbers"),
        ("time,acc_x\n0,1\n1\n", "line 3: not 2 numbers"),
        ("time,acc_x\n0,1\n", "has 1 samples"),
        ("time,heart\n0,1\n1,1\n", "no IMU"),
        ("time;acc_x\n0,1;1,x\n", "line 2: not 2 numbers"),
        ("time,acc_x [g],acc_y [g],acc_z [g]\n0,0,0,1\n2.5,0,0,1\n5,0,0,1\n", "every 2.5 s.*in milliseconds"),
    ],
)
def test_a_csv_that_is_none_is_refused_with_the_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(RecordingError, match=said):
        read_csv([tmp_path / "a.csv"])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_numbers_may_have_decimal_commas_where_columns_are_not_separated_by_commas(
    tmp_path: Path, separator: str
) -> None:
    lines = [
        ["time", "acc_x [g]", "acc_y [g]", "acc_z [g]"],
        ["0,00", "0,5", "-1e-2", ""],
        ["0,02", "1", "0.25", "1,"],
    ]
    (tmp_path / "a_imu.csv").write_text("\n".join(separator.join(line) for line in lines))
    (stream,) = read_csv([tmp_path / "a_imu.csv"]).streams
    np.testing.assert_allclose(stream.timestamps, [0.0, 0.02])
    np.testing.assert_allclose(stream.samples, [[0.5, -0.01, np.nan], [1.0, 0.25, 1.0]], atol=1e-7)
