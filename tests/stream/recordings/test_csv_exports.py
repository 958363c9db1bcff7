"""Files as apps and devices export them: read with the axes, units and times that they mean, or refused."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import ChannelError, RecordingError
from hnhar.model.kinds.imu import imu
from hnhar.stream.recordings import Recording, open_recording
from hnhar.stream.recordings.feeds import recorded_feeds

from . import loggers


def mapped(recording: Recording) -> dict[str, np.ndarray]:
    """Median of each feed in g and deg/s, by its name; what stays the same for 2 s is masked from then on."""
    feeds, _ = recorded_feeds(recording, [imu()])
    return {fed.feed.name: np.nanmedian(fed.samples, axis=0) for fed in feeds}


def rate(recording: Recording) -> list[float]:
    return [round(1 / float(np.median(np.diff(s.timestamps)))) for s in recording.streams]


def values(recording: Recording, turned: float) -> None:
    """Gravity along z, and the turn about x in deg/s."""
    found = mapped(recording)
    both = found.get("imu", np.concatenate([found.get("imu.acc", []), found.get("imu.gyro", [])]))
    np.testing.assert_allclose(np.abs(both[:3]), [0, 0, 1], atol=0.02)
    assert both[3:] == pytest.approx([turned, 0, 0], abs=0.1)


@pytest.mark.parametrize(
    ("made", "turned", "hertz"),
    [
        (lambda f: loggers.sensorlog(f / "a.csv"), np.degrees(0.5), 50),
        (lambda f: loggers.sensorlog(f / "a.csv", twice=True), np.degrees(0.5), 50),
        (lambda f: loggers.dot(f / "a.csv"), 28.6, 60),
        (lambda f: loggers.shimmer(f / "a.csv"), 28.6, 50),
        (lambda f: loggers.explore(f / "a_ORN.csv"), 28.6, 50),
        (lambda f: loggers.metamotion(f / "session"), 28.6, 50),
        (lambda f: loggers.polar(f / "session"), 28.6, 50),
        (
            lambda f: loggers.actigraph(
                f / "a.csv",
                headings="Timestamp,Accelerometer X,Accelerometer Y,Accelerometer Z,Temperature,"
                "Gyroscope X,Gyroscope Y,Gyroscope Z",
            ),
            28.6,
            30,
        ),
        (
            lambda f: loggers.axivity(
                f / "a.csv",
                "Time,Accel-X (g), Accel-Y (g), Accel-Z (g), Gyro-X (d/s), Gyro-Y (d/s), Gyro-Z (d/s)",
            ),
            28.6,
            50,
        ),
    ],
    ids=[
        *(
            "sensorlog",
            "sensorlog-twice",
            "dot",
            "shimmer",
            "explore",
            "metamotion",
            "polar",
            "actigraph-imu",
        ),
        "axivity-6",
    ],
)
def test_a_logger_with_both_sensors_is_read(tmp_path: Path, made: object, turned: float, hertz: int) -> None:
    found = open_recording(made(tmp_path))  # type: ignore[operator]
    values(found, turned)
    assert set(rate(found)) <= {hertz, hertz + 1, hertz - 1}
    assert not found.annotations


@pytest.mark.parametrize(
    ("made", "hertz", "begin"),
    [
        (lambda f: loggers.actigraph(f / "a.csv"), 30, 1_710_324_000),
        (lambda f: loggers.actigraph(f / "a.csv", headings=""), 30, 1_710_324_000),
        (
            lambda f: loggers.actigraph(
                f / "a.csv", headings="Timestamp,Accelerometer X,Accelerometer Y,Accelerometer Z"
            ),
            30,
            1_710_324_000,
        ),
        (lambda f: loggers.axivity(f / "a.csv"), 50, 1_710_324_000),
        (
            lambda f: loggers.axivity(f / "a.csv", "Time,Accel-X (g), Accel-Y (g), Accel-Z (g)"),
            50,
            1_710_324_000,
        ),
        (lambda f: loggers.geneactiv(f / "a.csv"), 50, 1_337_791_620),
        (lambda f: loggers.empatica(f / "e4" / "ACC.csv"), 32, 1_544_027_337),
    ],
    ids=[
        "actigraph",
        "actigraph-bare",
        "actigraph-times",
        "axivity",
        "axivity-headed",
        "geneactiv",
        "empatica",
    ],
)
def test_an_accelerometer_alone_is_a_stream_of_the_recording(
    tmp_path: Path, made: object, hertz: int, begin: int
) -> None:
    found = open_recording(made(tmp_path))  # type: ignore[operator]
    (stream,) = found.streams
    axes = [k for k, label in enumerate(stream.description.channels) if stream.description.units[k] == "g"]
    np.testing.assert_allclose(np.median(stream.samples[:, axes], axis=0), [0, 0, 1])
    assert rate(found) == [hertz]
    assert stream.timestamps[0] == pytest.approx(begin)


def test_a_folder_and_a_zip_of_phyphox_are_one_recording(tmp_path: Path) -> None:
    folder = tmp_path / "Acceleration 2024-01-31"
    loggers.phyphox(folder / "Accelerometer.csv", "X")
    (folder / "Accelerometer.csv").write_text(
        (folder / "Accelerometer.csv").read_text().replace("X x", "X").replace("X y", "Y").replace("X z", "Z")
    )
    loggers.phyphox(folder / "Gyroscope.csv", "Gyroscope", "rad/s")
    loggers.phyphox(folder / "Linear Acceleration.csv", "Linear Acceleration")
    archive = tmp_path / "walk.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.iterdir()):
            packed.write(file, file.name)
        packed.writestr("meta/device.csv", 'property,value\n"deviceModel","x"\n')
    for path, name in ((folder, folder.name), (archive, "walk"), (folder / "Gyroscope.csv", folder.name)):
        found = open_recording(path)
        assert found.name == name
        assert mapped(found)["imu.acc"][2] == pytest.approx(1, abs=0.01)
        assert len(found.streams) == 2


def test_sensor_logger_is_read_with_gravity_from_a_folder_and_a_zip(tmp_path: Path) -> None:
    folder = loggers.sensor_logger(tmp_path / "walk")
    archive = tmp_path / "walk.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(folder.iterdir()):
            packed.write(file, f"2024-01-31/{file.name}")
    for path in (folder, archive):
        found = mapped(open_recording(path))
        np.testing.assert_allclose(found["imu.acc"], [0, 0, 1], atol=0.01)
        np.testing.assert_allclose(found["imu.gyro"], [0, 0, np.degrees(0.5)], atol=0.01)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda f: loggers.phyphox(f / "a.csv", "Linear Acceleration"), "has no gravity"),
        (lambda f: loggers.sensor_logger(f / "a", "Accelerometer", "Gyroscope"), "linear or user"),
        (lambda f: loggers.sensorlog(f / "a.csv", accelerometer=False), "linear or user"),
        (lambda f: loggers.dot(f / "a.csv", free=True), "linear or user"),
        (lambda f: loggers.actigraph(f / "a.csv", rate=""), "counts of an epoch"),
    ],
    ids=["phyphox", "sensor-logger", "sensorlog", "dot", "actigraph"],
)
def test_what_has_no_gravity_or_no_samples_is_refused_with_what_to_export(
    tmp_path: Path, made: object, says: str
) -> None:
    with pytest.raises((RecordingError, ChannelError), match=says):
        recorded_feeds(open_recording(made(tmp_path)), [imu()])  # type: ignore[operator]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_table_is_read_in_the_encoding_that_its_bytes_show(tmp_path: Path, encoding: str) -> None:
    head = '"time";"acc_x [m/s²]";"acc_y [m/s²]";"acc_z [m/s²]";"gyro_x [°/s]";"gyro_y [°/s]";"gyro_z [°/s]"'
    path = loggers.write(
        tmp_path / "a.csv",
        head,
        loggers.rows(lambda k, t: f"{t:.2f};0,0;0,0;9,81;28,6;0,0;0,0".replace(".", ",")),
        encoding,
    )
    found = open_recording(path)
    values(found, 28.6)
    assert bool(found.notes) == (encoding != "utf-8-sig")
    assert all("read as" in note for note in found.notes)


def test_a_folder_of_several_recordings_asks_for_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        loggers.phyphox(tmp_path / f"{name}.csv")
    with pytest.raises(RecordingError, match="holds the tables of 2 recordings, a, b: name one file"):
        open_recording(tmp_path)


def test_an_archive_is_bounded_and_damage_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hnhar.stream.recordings import csv_sources

    monkeypatch.setattr(csv_sources, "MAX_FILE", 100_000)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("Accelerometer.csv", "0" * 10_000_000)
    with pytest.raises(RecordingError, match="unpacks to more than"):
        open_recording(bomb)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(bomb.read_bytes()[:-30])
    with pytest.raises(RecordingError, match="damaged zip archive"):
        open_recording(broken)
    empty = tmp_path / "empty.zip"
    with zipfile.ZipFile(empty, "w") as packed:
        packed.writestr("readme.pdf", "x")
    with pytest.raises(RecordingError, match="holds no table of samples"):
        open_recording(empty)
