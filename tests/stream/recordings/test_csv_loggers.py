"""Tables as common loggers export them: times in other units, units, labels, several files a device."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import RecordedStream, Recording, open_recording

N = 100
IMU = "acc_x [g],acc_y [g],acc_z [g],gyro_x [deg/s],gyro_y [deg/s],gyro_z [deg/s]"
ROW = "0.1,0.2,0.97,1,2,3"
REST = ",".join(["0", "0", "9.81", "0.1", "0.2", "0.3"])


def opened(path: Path, header: str, rows: list[str]) -> Recording:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return open_recording(path)


def stream_of(recording: Recording) -> RecordedStream:
    (stream,) = recording.streams
    return stream


def rows_at(form: str, scale: float, begin: float = 0.0, cells: str = ROW) -> list[str]:
    return [f"{format(begin + k * 0.02 * scale, form)},{cells}" for k in range(N)]


@pytest.mark.parametrize(
    ("heading", "rows", "said"),
    [
        ("time [ms]", rows_at(".0f", 1e3), ""),
        ("Time (s)", rows_at(".4f", 1.0), ""),
        ("time [min]", rows_at(".8f", 1 / 60), ""),
        ("timestamp_us", rows_at(".0f", 1e6), ""),
        ("seconds_elapsed", rows_at(".3f", 1.0), ""),
        ("time", rows_at(".0f", 1e3), "ms is assumed, as it counts 20 a sample"),
        ("time", rows_at(".0f", 1e6), "µs is assumed"),
        ("time", [f"{1_700_000_000_000_000_000 + k * 20_000_000},{ROW}" for k in range(N)], "ns since 1970"),
        ("timestamp", [f"{1_700_000_000_000 + k * 20},{ROW}" for k in range(N)], "ms since 1970"),
        ("time", [f"2024-01-31T23:59:{59 + k * 0.02:06.3f},{ROW}" for k in range(50)], ""),
        ("Timestamp", [f"31.01.2024 12:00:{k * 0.02:06.3f},{ROW}" for k in range(N)], ""),
        ("Timestamp", [f"1/31/2024 12:00:{k * 0.02:06.3f},{ROW}" for k in range(N)], ""),
        ("time", [f"1/31/2024 0{2 + k // 50}:59:{k % 50 * 0.02:06.3f} pm,{ROW}" for k in range(50)], ""),
        ("time", [f"2024-01-31 11:59:{k * 0.02:06.3f} AM,{ROW}" for k in range(N)], ""),
        ("time of day", [f"12:00:{k * 0.02:06.3f},{ROW}" for k in range(N)], ""),
    ],
    ids=range(15),
)
def test_times_are_read_in_the_unit_that_they_have(
    tmp_path: Path, heading: str, rows: list[str], said: str
) -> None:
    found = opened(tmp_path / "a.csv", f"{heading},{IMU}", rows)
    np.testing.assert_allclose(np.diff(stream_of(found).timestamps), 0.02, atol=1e-3)
    assert all(said and said in note for note in found.notes)
    assert bool(found.notes) == bool(said)


def test_samples_that_are_counted_have_a_rate_only_where_something_says_it(tmp_path: Path) -> None:
    rows = [f"{k},{ROW}" for k in range(N)]
    with pytest.raises(RecordingError, match=r"counts samples.*Add a column 'time \[s\]'"):
        opened(tmp_path / "a.csv", f"sample index,{IMU}", rows)
    found = opened(tmp_path / "b.csv", f"%Sample Rate = 50 Hz\nsample index,{IMU}", rows)
    assert stream_of(found).timestamps[1] == pytest.approx(0.02)
    assert "at 50 Hz" in found.notes[0]


@pytest.mark.parametrize("unit", ["ticks", "h"])
def test_a_unit_of_time_that_is_not_known_is_refused(tmp_path: Path, unit: str) -> None:
    with pytest.raises(RecordingError, match=rf"the unit of 'time', '{unit}', is none of s, ms"):
        opened(tmp_path / "a.csv", f"time [{unit}],{IMU}", rows_at(".4f", 1.0))


def test_of_two_times_one_is_taken_and_told(tmp_path: Path) -> None:
    rows = [f"{k * 0.02:.2f},{1_700_000_000_000 + 20 * k},{ROW}" for k in range(N)]
    found = opened(tmp_path / "a.csv", f"time,timestamp,{IMU}", rows)
    assert "times are those of 'time'; 'timestamp' left out" in found.notes[0]
    assert stream_of(found).timestamps[1] == pytest.approx(0.02)


def test_a_date_beside_a_time_of_day_is_not_taken_for_the_time(tmp_path: Path) -> None:
    rows = [f"2024-01-31,12:00:{k * 0.02:06.3f},{ROW}" for k in range(N)]
    found = opened(tmp_path / "a.csv", f"Date,Time,{IMU}", rows)
    np.testing.assert_allclose(np.diff(stream_of(found).timestamps), 0.02, atol=1e-4)


def test_a_column_of_labels_says_what_was_done(tmp_path: Path) -> None:
    labels = ["walk"] * 40 + [""] * 10 + ["sit down"] * 50
    rows = [f"{k * 0.02:.2f},{ROW},{label}" for k, label in enumerate(labels)]
    found = opened(tmp_path / "a.csv", f"time,{IMU},Activity", rows)
    spans = [(round(a.onset, 3), round(a.duration, 3), a.label) for a in found.annotations]
    assert spans == [(0.0, 0.8, "walk"), (1.0, 1.0, "sit down")]
    assert "labels are those of its column 'Activity'" in found.notes[0]


def test_columns_of_text_are_left_out_with_a_note(tmp_path: Path) -> None:
    rows = [f"{k * 0.02:.2f},{ROW},uncalibrated" for k in range(N)]
    found = opened(tmp_path / "a.csv", f"time,{IMU},state", rows)
    assert "'state' has no numbers: left out" in found.notes[0]


def test_stamps_that_are_cut_are_spread_as_live_ones_are(tmp_path: Path) -> None:
    rows = [f"{np.floor(k / 5) / 10:.1f},{ROW}" for k in range(N)]
    found = opened(tmp_path / "a.csv", f"time,{IMU}", rows)
    np.testing.assert_allclose(np.diff(stream_of(found).timestamps), 0.02, atol=1e-9)
    assert "80 of 100 samples share the time stamp of the one before" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "header", "row", "units"),
    [
        (
            "phyphox",
            ",".join(
                [
                    '"Time (s)"',
                    *(f'"Acceleration {x} (m/s^2)"' for x in "xyz"),
                    *(f'"Gyroscope {x} (rad/s)"' for x in "xyz"),
                ]
            ),
            "{s:.3f}," + REST,
            ("m/s^2", "rad/s"),
        ),
        (
            "dot",
            "sep=,\nPacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z",
            "{k},{us}," + REST,
            ("m/s²", "deg/s"),
        ),
        (
            "explore_ORN",
            "TimeStamp,ax,ay,az,gx,gy,gz,mx,my,mz",
            "{s:.3f},0,0,1000,1,2,3,4,5,6",
            ("mg", "mdps"),
        ),
        (
            "shimmer",
            "sep=;\nS_Timestamp_Unix_CAL;"
            + ";".join([*(f"S_Accel_LN_{x}_CAL" for x in "XYZ"), *(f"S_Gyro_{x}_CAL" for x in "XYZ")])
            + "\nms;m/(s^2);m/(s^2);m/(s^2);deg/s;deg/s;deg/s",
            "{ms};0,5;0,5;9,7;1,5;2,5;3,5",
            ("m/(s^2)", "deg/s"),
        ),
        (
            "preamble",
            "DeviceTag: 1\nFirmwareVersion: 2.0\n\nTime (s),ax,ay,az,gx,gy,gz",
            "{s:.3f},0,0,1,1,2,3",
            ("", ""),
        ),
        ("tabs", "time\tax\tay\taz\tgx\tgy\tgz\t", "{s:.3f}\t0\t0\t1\t1\t2\t3\t", ("", "")),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 12 else "",
)
def test_a_logger_is_read_with_its_units(
    tmp_path: Path, name: str, header: str, row: str, units: tuple[str, str]
) -> None:
    rows = [row.format(k=k, s=k / 50, ms=1_700_000_000_000 + 20 * k, us=20_000 * k) for k in range(N)]
    found = stream_of(opened(tmp_path / f"{name}.csv", header, rows))
    assert found.modality == "imu"
    assert len(found.timestamps) == N
    np.testing.assert_allclose(np.diff(found.timestamps), 0.02, atol=1e-6)
    assert found.description.units[:6] == (units[0],) * 3 + (units[1],) * 3


def test_files_named_after_their_sensors_are_one_recording_with_gravity(tmp_path: Path) -> None:
    """Sensor Logger: its Accelerometer.csv has no gravity, its TotalAcceleration.csv has."""
    folder = tmp_path / "walk-2024"
    folder.mkdir()
    for name, value in (("Accelerometer", 0.0), ("TotalAcceleration", 9.8), ("Gyroscope", 0.1)):
        rows = [f"{1_700_000_000_000_000_000 + k * 20_000_000},{k / 50:.2f},{value},0,0" for k in range(N)]
        (folder / f"{name}.csv").write_text("\n".join(["time,seconds_elapsed,z,y,x", *rows]))
    (folder / "Metadata.csv").write_text("version,device\n3,phone\n")
    found = open_recording(folder / "Gyroscope.csv")
    assert found.name == "walk-2024"
    described = [(s.description.channels, s.description.units[0]) for s in found.streams]
    assert described == [(("gyro_z", "gyro_y", "gyro_x"), "rad/s"), (("acc_z", "acc_y", "acc_x"), "m/s²")]


def test_a_last_line_that_is_not_whole_is_left_out(tmp_path: Path) -> None:
    whole = [*rows_at(".3f", 1.0)]
    found = opened(tmp_path / "a.csv", f"time,{IMU}", [*whole[:-1], whole[-1][:9]])
    assert len(found.streams[0].samples) == N - 1
    assert any("its last line is not whole: left out" in note for note in found.notes)
