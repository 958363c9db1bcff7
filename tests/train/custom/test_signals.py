"""The modalities of your own recordings: any set of sensors is learned from, and called alike in all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import Annotation, RecordedStream, Recording
from hnhar.train.custom.files import OwnSession, read_all
from hnhar.train.custom.labels import ReadingOptions
from hnhar.train.custom.workflow import Wanted, recipe_for

from ...stream.recordings.files import XdfStream, imu, markers, xdf
from .own import write_csv

MARKS = tuple(
    (100.0 + 3 * n + part, f"stir/{word}") for n in range(6) for part, word in ((0.5, "start"), (2.0, "stop"))
)


def accelerometer(name: str = "Polar H10 ACC", rate: float = 52.0, **changes: object) -> XdfStream:
    """Three channels in mg, at rest."""
    count = round(20 * rate)
    given = {
        "type": "Accelerometer",
        "labels": ("X", "Y", "Z"),
        "unit": "mg",
        "rate": rate,
        "times": [100.0 + k / rate for k in range(count)],
        "rows": [(0.0, float(k % 3), 1000.0) for k in range(count)],
        **changes,
    }
    return imu(name, **given)


def read(
    tmp_path: Path, *files: tuple[XdfStream, ...], **changes: object
) -> tuple[list[OwnSession], list[str]]:
    paths = []
    for number, streams in enumerate(files):
        path = tmp_path / f"sub-{number}.xdf"
        path.write_bytes(xdf(*streams, markers(*MARKS)))
        paths.append(path)
    return read_all(paths, ReadingOptions(**changes), lambda *_: None)  # type: ignore[arg-type]


def shapes(session: OwnSession) -> dict[str, int]:
    return {s.modality: s.samples.shape[1] for s in session.recording.streams}


def test_a_recording_with_an_accelerometer_alone_is_learned_from(tmp_path: Path) -> None:
    (session,), _ = read(tmp_path, (accelerometer(),))
    assert shapes(session) == {"accelerometer": 3}
    assert np.median(session.recording.streams[0].samples, axis=0) == pytest.approx([0, 0.001, 1.0], abs=1e-5)
    task = recipe_for([session], Wanted()).task
    assert [(m.name, m.kind, m.rate) for m in task.modalities] == [("accelerometer", "accelerometer", 50.0)]


def test_two_imus_and_a_strap_are_three_modalities(tmp_path: Path) -> None:
    watch = imu("MyWatch", 20.0, placement="left wrist")
    phone = imu("Phone", 20.0, placement="right hip")
    (session,), _ = read(tmp_path, (watch, phone))
    assert shapes(session) == {"imu.left_wrist": 6, "imu.right_hip": 6}
    task = recipe_for([session], Wanted()).task
    assert [(m.name, m.placement) for m in task.modalities] == [
        ("imu.left_wrist", "left wrist"),
        ("imu.right_hip", "right hip"),
    ]
    assert task.placement == ""
    with pytest.raises(ConfigError, match="--placement is of one worn sensor"):
        recipe_for([session], Wanted(placement="wrist"))


def test_an_imu_and_an_accelerometer_need_no_places_to_be_told_apart(tmp_path: Path) -> None:
    (session,), _ = read(tmp_path, (imu("MyWatch", 20.0), accelerometer()))
    assert shapes(session) == {"imu": 6, "accelerometer": 3}


def test_sensors_that_say_no_place_are_named_by_the_user(tmp_path: Path) -> None:
    devices = (imu("A1", 20.0), imu("B2", 20.0))
    with pytest.raises(RecordingError, match="2 streams could be the IMU"):
        read(tmp_path, devices)
    (session,), _ = read(tmp_path, devices, select=(("imu.wrist", "B2"), ("imu.ankle", "name=A1")))
    assert shapes(session) == {"imu.wrist": 6, "imu.ankle": 6}


def test_a_recording_of_one_sensor_beside_those_of_two_is_called_by_its_place(tmp_path: Path) -> None:
    watch, phone = imu("W", 20.0, placement="wrist"), imu("P", 20.0, placement="hip")
    sessions, _ = read(tmp_path, (watch, phone), (replace(watch, name="Other"),))
    assert [set(shapes(session)) for session in sessions] == [{"imu.wrist", "imu.hip"}, {"imu.wrist"}]
    with pytest.raises(RecordingError, match=r"sub-1: its imu says no place.*--source imu\.hip=…"):
        read(tmp_path, (watch, phone), (imu("Other", 20.0),))


def test_where_some_have_no_gyroscope_none_is_learned_from(tmp_path: Path) -> None:
    sessions, notes = read(tmp_path, (imu("MyWatch", 20.0),), (accelerometer(),))
    assert [shapes(session) for session in sessions] == [{"accelerometer": 3}] * 2
    assert "sub-1 has accelerometer alone: of imu in the others nothing else is learned either" in notes


def test_tables_of_several_sensors_are_told_apart_by_their_names(tmp_path: Path) -> None:
    times = np.arange(1000) / 50.0
    at_rest = np.tile([0.0, 0.0, 1.0, 0.0, 0.0, 0.0], (1000, 1)).astype(np.float32)
    at_rest[:, 5] = np.arange(1000) % 7
    described = StreamDescription("x", "IMU", "", IMU.channels, IMU.units, 50.0)
    stream = RecordedStream(described, at_rest, times, "imu")
    paths = [write_csv(tmp_path / f"a_{kind}.csv", stream) for kind in ("imu",)]
    (tmp_path / "a_events.tsv").write_text("onset\tduration\tlabel\n1\t2\tstir\n8\t2\tstir\n", "utf-8")
    (session,), _ = read_all(paths, ReadingOptions(select=(("imu.wrist", "name=a_imu"),)), lambda *_: None)
    assert shapes(session) == {"imu.wrist": 6}


def test_three_modalities_are_pre_trained_and_tuned_by_eleven_settings_at_most() -> None:
    body = StreamDescription("cam", "MoCap", "", SKELETON.channels, SKELETON.units, 25.0)
    plain = StreamDescription("w", "IMU", "", IMU.channels, IMU.units, 50.0)
    streams = tuple(
        RecordedStream(plain, np.zeros((500, 6), np.float32), np.arange(500) / 50.0, f"imu.{place}")
        for place in ("wrist", "hip")
    )
    camera = RecordedStream(body, np.zeros((250, 60), np.float32), np.arange(250) / 25.0, "skeleton")
    recording = Recording("w", (*streams, camera), (Annotation(1.0, 2.0, "stir"),), "x")
    recipe = recipe_for([OwnSession("1", recording)], Wanted(preset="quick"))
    assert [m.name for m in recipe.task.modalities] == ["imu.hip", "imu.wrist", "skeleton"]
    assert recipe.pretrain.steps > 0
