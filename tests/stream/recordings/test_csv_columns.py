"""Columns that a user names with `--columns`."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import imu
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.csv_columns import parse_columns
from hnhar.stream.recordings.feeds import recorded_feeds

from .loggers import rows, write

GERMAN = "Zeit;Beschl. X;Beschl. Y;Beschl. Z;Drehrate X;Drehrate Y;Drehrate Z;Was"


def german(path: Path, header: str = GERMAN) -> Path:
    return write(path, header, rows(lambda k, t: f"{k * 20};0,0;0,0;1,0;28,6;0,0;0,0;gehen"))


@pytest.mark.parametrize(
    "columns",
    [
        'time=Zeit[ms],acc="Beschl. X" "Beschl. Y" "Beschl. Z"[g],gyro="Drehrate X" "Drehrate Y" "Drehrate Z"'
        "[deg/s]",
        "time=#1[ms], acc=#2 #3 #4 [g], gyro=#5 #6 #7 [deg/s]",
        "TIME=zeit [ms],acc='beschl. x' 'beschl. y' 'beschl. z' [g],gyro=#5 #6 #7[dps],label=Was",
        "rate=50,acc=#2 #3 #4[g],gyro=#5 #6 #7[deg/s]",
        "rate=50 Hz,acc=#2 #3 #4[g],gyro=#5 #6 #7[deg/s]",
    ],
)
@pytest.mark.parametrize("above", ["", "Gerät: 4711\n\n"])
def test_columns_are_those_that_the_user_names(tmp_path: Path, columns: str, above: str) -> None:
    found = open_recording(german(tmp_path / "a.csv", above + GERMAN), columns=columns)
    (fed,), _ = recorded_feeds(found, [imu()])
    np.testing.assert_allclose(np.diff(fed.times), 0.02, atol=1e-6)
    np.testing.assert_allclose(fed.samples[0], [0, 0, 1, 28.6, 0, 0], rtol=1e-5)
    assert [a.label for a in found.annotations] == (["gehen"] if "label" in columns else [])


def test_numbered_columns_read_a_table_without_headings(tmp_path: Path) -> None:
    first, *others = rows(lambda k, t: f"{t:.3f} 0.0 0.0 1.0 28.6 0.0 0.0".replace(" ", "\t"))
    path = write(tmp_path / "a.csv", first, iter(others))
    found = open_recording(path, columns="time=#1[s],acc=#2 #3 #4[g],gyro=#5 #6 #7[deg/s]")
    assert found.streams[0].samples.shape == (100, 6)


def test_units_that_are_not_said_are_those_of_the_headings(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", "Zeit (ms),u (mg),v (mg),w (mg)", rows(lambda k, t: f"{k * 20},0,0,1000")
    )
    found = open_recording(path, columns="time=Zeit,acc=u v w")
    assert found.streams[0].description.units == ("mg", "mg", "mg")
    assert found.streams[0].timestamps[1] == pytest.approx(0.02)


def test_columns_may_lie_in_two_files_of_one_recording(tmp_path: Path) -> None:
    write(tmp_path / "a_acc.csv", "Zeit,u,v,w", rows(lambda k, t: f"{k * 20},0,0,1"))
    write(tmp_path / "a_gyro.csv", "Zeit,p,q,r", rows(lambda k, t: f"{k * 20},0,0,1"))
    found = open_recording(tmp_path / "a_acc.csv", columns="time=Zeit[ms],acc=u v w[g],gyro=p q r[deg/s]")
    assert [s.description.channels[0] for s in found.streams] == ["acc_x", "gyro_x"]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("", "names each of time"),
        ("ax ay az", "names each of time"),
        ("time=t", "names no acceleration"),
        ("acc=a b c[g]", "names the time, or else the rate"),
        ("time=t,rate=50,acc=a b c[g]", "names the time, or else the rate"),
        ("time=t,acc=a b[g]", "acc is three columns, x, y and z, and 'a b\\[g\\]' names 2"),
        ("time=t,acc=a b c[furlong]", "the unit of acc is one of g,"),
        ("time=t,acc=a b c[deg/s]", "the unit of acc is one of g,"),
        ("time=t[h],acc=a b c[g]", "the unit of time 'h' is none of s, ms"),
        ("rate=fast,acc=a b c[g]", "is no rate in Hz"),
        ("time=t,time=u,acc=a b c", "names each of time"),
    ],
)
def test_columns_that_are_written_otherwise_are_refused_with_an_example(columns: str, says: str) -> None:
    with pytest.raises(RecordingError, match=rf"{says}.*time=Zeit\[ms\],acc=ax ay az\[g\]"):
        parse_columns(columns)


def test_columns_that_are_not_there_are_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"not all of the columns 'Zeit' 'u' 'v' 'w' .*'Beschl. X'"):
        open_recording(german(tmp_path / "a.csv"), columns="time=Zeit[ms],acc=u v w[g]")


def test_a_table_of_other_words_is_refused_with_its_columns_and_how_to_name_them(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"it has 'Zeit', 'Beschl. X'.*--columns \"time=Zeit"):
        open_recording(german(tmp_path / "a.csv"))
