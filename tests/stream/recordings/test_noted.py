"""What is likely a mistake in a recording is told when it is opened: how often, and where first."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import Annotation, RecordedStream, open_recording
from hnhar.stream.recordings.noted import empty_rows, leaps, overlaps

from .files import imu, xdf

COLUMNS = "time,acc_x [g],acc_y [g],acc_z [g],gyro_x,gyro_y,gyro_z [rad/s]\n"


def table(path: Path, rows: list[str], encoding: str = "utf-8") -> Path:
    path.write_text(COLUMNS + "".join(f"{row}\n" for row in rows), encoding)
    return path


def test_labels_that_overlap_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(imu(seconds=30)))
    rows = "2.0\t4.0\twave\n5.0\t2.0\tclap\n5.5\t1.0\twalk\n10.0\t2.0\tjump\n12.0\t1.0\twave\n"
    (tmp_path / "a_events.tsv").write_text(f"onset\tduration\tlabel\n{rows}")
    (note,) = [n for n in open_recording(path).notes if "overlap" in n]
    assert note.startswith(
        "2 of 5 labels overlap one before it (first: 'clap' begins at 5.0 s, while 'wave' "
    )
    assert "goes on until 6.0 s" in note


def test_labels_that_touch_or_last_no_time_are_no_overlap() -> None:
    assert (
        overlaps([Annotation(1.0, 2.0, "a"), Annotation(2.995, 1.0, "b"), Annotation(1.5, 0.0, "c")], 0.0)
        == ""
    )


def test_rows_without_numbers_are_counted_and_the_first_is_placed(tmp_path: Path) -> None:
    rows = [
        f"{0.02 * k:.2f},{'nan' if k in (30, 31) else '' if k == 50 else 0},0,1,0,0,0" for k in range(100)
    ]
    found = open_recording(table(tmp_path / "a_imu.csv", rows))
    (note,) = [n for n in found.notes if "missing" in n]
    assert note.startswith(
        "3 of 100 samples of 'a_imu' have values that are missing or no numbers (first at 0.60 s)"
    )
    whole = open_recording(table(tmp_path / "b_imu.csv", [row.replace("nan", "0") for row in rows[:40]]))
    assert whole.notes == ()


def test_of_a_skeleton_a_joint_that_is_hidden_is_no_note() -> None:
    samples = np.zeros((10, 6), np.float32)
    samples[:, 3:] = np.nan
    samples[4] = np.nan
    description = StreamDescription("camera", "MoCap", "", ("",) * 6, ("",) * 6, 30.0)
    stream = RecordedStream(description, samples, np.arange(10.0), "skeleton")
    assert empty_rows(stream, 0.0).startswith("1 of 10 samples of 'camera' has no values (first at 4.00 s)")
    assert empty_rows(RecordedStream(description, samples[:4], np.arange(4.0), "skeleton"), 0.0) == ""


def test_time_that_runs_backward_is_refused_with_what_to_do(tmp_path: Path) -> None:
    rows = [f"{60 - 0.02 * k:.2f},0,0,1,0,0,0" for k in range(100)]
    with pytest.raises(
        RecordingError, match=r"a_imu.csv: its time runs backward: 99 of 100 .*from 60 s .* Sort"
    ):
        open_recording(table(tmp_path / "a_imu.csv", rows))
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(imu(seconds=2, times=[102.0 - k / 50 for k in range(100)])))
    with pytest.raises(RecordingError, match=r"a.xdf, stream '.*': its time runs backward"):
        open_recording(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04" + bytes(30), "spreadsheet.*export it as CSV"),
        (b"\x80" + bytes(30), "bytes that are 0, as binary files do"),
    ],
    ids=["xlsx", "binary"],
)
def test_a_table_that_is_no_text_is_refused_with_advice(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a_imu.csv"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=rf"a_imu.csv is not UTF-8 text: .*{says}"):
        open_recording(path)


def test_a_leap_of_a_streams_time_is_told_with_its_length_and_place() -> None:
    times = np.concatenate([100.0 + np.arange(100) / 50, 7300.0 + np.arange(100) / 50])
    about = StreamDescription("Watch", "IMU", "", ("acc_x",), ("g",), 50.0)
    stream = RecordedStream(about, np.zeros((200, 1), np.float32), times, "imu")
    assert leaps(stream, 100.0).startswith("'Watch' has no sample for 120.0 min after 2.0 s")
    assert leaps(replace(stream, timestamps=np.arange(200) / 50), 0.0) == ""


def test_labels_where_no_stream_has_a_sample_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.xdf").write_bytes(xdf(imu(seconds=3)))
    (tmp_path / "a_events.tsv").write_text("onset\tduration\tlabel\n1\t1\twave\n40\t1\twave\n50\t1\tclap\n")
    assert "2 of 3 labels lie where no stream has a sample (first: 'wave' at 40.0 s)" in (
        open_recording(tmp_path / "a.xdf").notes
    )
