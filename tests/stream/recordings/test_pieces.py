"""Streams of one origin in a file: duplicates count once, pieces of a device that came back are joined."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import imu as imu_modality
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.arrivals import arrivals
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.recording import Recording
from hnhar.stream.recordings.xdf.pieces import united
from hnhar.stream.recordings.xdf.select import StreamEntry

from .files import XdfStream, imu, xdf
from .labrecorder import Sent, recorded

WATCH = {"source_id": "w1", "hostname": "lab"}


def opened(folder: Path, *streams: XdfStream, **select: str) -> Recording:
    path = folder / "it.xdf"
    path.write_bytes(xdf(*streams))
    return open_recording(path, select=select)


def noise(seed: int, count: int = 100) -> list[Sequence[float]]:
    rows = np.random.default_rng(seed).normal(0, 0.1, (count, 6))
    rows[:, 2] += 1.0
    return rows.tolist()


def whole(seed: int, begin: float = 100.0, **changes: object) -> XdfStream:
    given = {
        "rows": noise(seed),
        "times": [begin + k / 50 for k in range(100)],
        "unit": "",
        **WATCH,
        **changes,
    }
    return imu(**given)  # type: ignore[arg-type]


def sensor(kind: str, begin: float, unit: str, scale: float = 1.0, order: str = "xyz") -> XdfStream:
    """A lone sensor of 2 s: x is 0, y is the count of samples, z is 1, times `scale`."""
    values = {"x": lambda k: 0.0, "y": lambda k: 0.001 * k, "z": lambda k: 1.0}
    rows = [[scale * values[axis](k) for axis in order] for k in range(100)]
    labels = tuple(f"{kind}_{axis}" for axis in order)
    times = [begin + k / 50 for k in range(100)]
    return XdfStream(f"Watch {kind}", kind, labels, times, rows, unit, source_id="w1", hostname="lab")


def test_a_sensor_that_was_recorded_twice_counts_once_with_a_note(tmp_path: Path) -> None:
    first = whole(1)
    again = replace(first, times=[t + 0.004 for t in first.times[:90]], rows=first.rows[:90])
    recording = opened(tmp_path, again, first)
    (stream,) = recording.of("imu")
    assert len(stream.timestamps) == 100
    assert any("was recorded twice" in note and "90 samples" in note for note in recording.notes)


def test_a_skeleton_that_was_recorded_twice_counts_once(tmp_path: Path) -> None:
    labels = tuple(f"{joint}_{a}" for joint in ("head", "hip", "knee_left", "knee_right") for a in "xyz")
    rows = np.random.default_rng(3).normal(size=(60, 12)).tolist()
    times = [100.0 + k / 30 for k in range(60)]
    body = XdfStream("Cam", "MoCap", labels, times, rows, "m", 30.0, "c", hostname="lab")
    recording = opened(tmp_path, body, body)
    assert len(recording.of("skeleton")) == 1
    assert any("was recorded twice" in note for note in recording.notes)


def test_pieces_of_a_device_that_came_back_are_joined_and_the_gap_is_left(tmp_path: Path) -> None:
    recording = opened(tmp_path, whole(2, begin=110.0), whole(1))
    (stream,) = recording.of("imu")
    assert len(stream.timestamps) == 200
    assert np.all(np.diff(stream.timestamps) > 0)
    assert float(np.diff(stream.timestamps).max()) == pytest.approx(8.02)
    assert any("joined, with gaps of 8.0 s" in note for note in recording.notes)


def test_pieces_of_both_sensors_are_joined_each_by_its_own_channels_and_units(tmp_path: Path) -> None:
    recording = opened(
        tmp_path,
        sensor("acc", 100.0, "g"),
        sensor("gyro", 100.0, "deg/s"),
        sensor("acc", 105.0, "m/s^2", 9.80665, "zyx"),
        sensor("gyro", 105.0, "rad/s", np.pi / 180, "yxz"),
    )
    feeds, _ = recorded_feeds(recording, [imu_modality()])
    fed = {each.feed.name: each.samples for each in feeds}
    for samples in fed.values():
        np.testing.assert_allclose(samples[:100], samples[100:], atol=1e-6)
    np.testing.assert_allclose(fed["imu.acc"][0], [0, 0, 1], atol=1e-6)


def test_two_devices_of_one_name_that_overlap_in_time_are_never_joined_and_are_listed(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"2 streams could be the IMU(?s:.*)index=") as refused:
        opened(tmp_path, whole(1), whole(2, begin=101.0))
    assert str(refused.value).count("name=Watch") == 2
    (stream,) = opened(tmp_path, whole(1), whole(2, begin=101.0), imu="index=2").of("imu")
    assert float(stream.timestamps[0]) == 101.0


def test_pieces_of_other_channels_are_not_joined(tmp_path: Path) -> None:
    other = whole(2, begin=110.0, labels=tuple("abcdef"))
    with pytest.raises(RecordingError, match=r"index=1, name=Watch(?s:.*)index=2, name=Watch"):
        opened(tmp_path, whole(1), other)


def test_equal_names_on_two_hosts_are_two_devices_and_the_host_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"hostname=gym(?s:.*)hostname=lab(?s:.*)hostname=…"):
        opened(tmp_path, whole(1), replace(whole(1), hostname="gym"))
    (stream,) = opened(tmp_path, whole(1), replace(whole(2), hostname="gym"), imu="hostname=gym").of("imu")
    assert stream.description.hostname == "gym"


def test_one_piece_that_is_named_by_its_number_stays_alone(tmp_path: Path) -> None:
    (stream,) = opened(tmp_path, whole(1), whole(2, begin=110.0), imu="index=2").of("imu")
    assert len(stream.timestamps) == 100


def test_pieces_that_no_id_tells_are_joined_where_they_are_named_together(tmp_path: Path) -> None:
    pieces = whole(1), replace(whole(2, begin=110.0), source_id="w2")
    with pytest.raises(RecordingError, match="2 streams could be the IMU"):
        opened(tmp_path, *pieces)
    (stream,) = opened(tmp_path, *pieces, imu="index=1+2").of("imu")
    assert len(stream.timestamps) == 200


def test_two_sensors_are_paired_by_their_numbers_whatever_their_names(tmp_path: Path) -> None:
    acc, gyro = sensor("acc", 100.0, "g"), sensor("gyro", 100.0, "deg/s")
    streams = (replace(acc, name="Left 1 acc"), replace(gyro, name="Right 2 gyro", source_id="q"))
    with pytest.raises(RecordingError, match="2 streams could be the IMU"):
        opened(tmp_path, *streams)
    assert len(opened(tmp_path, *streams, imu="index=1+2").of("imu")) == 2


def test_a_sensor_of_several_in_one_stream_is_selected_with_the_stream(tmp_path: Path) -> None:
    labels = tuple(f"{s}_{m}_{a}" for s in ("wrist", "hip") for m in ("acc", "gyro") for a in "xyz")
    rows = [[float(10 * (k // 6)) + (k % 6 == 2) for k in range(12)] for _ in range(100)]
    suit = XdfStream("Suit", "IMU", labels, [100.0 + k / 50 for k in range(100)], rows)
    recording = opened(tmp_path, suit, imu="name=Suit,sensor=wrist")
    (fed,), _ = recorded_feeds(recording, [imu_modality()])
    np.testing.assert_array_equal(fed.samples[0], [0, 0, 1, 0, 0, 0])


def test_pieces_with_gaps_of_any_length_lose_no_sample(tmp_path: Path) -> None:
    """The third piece continues the first as well as the count of samples between them would."""
    begins = (100.0, 112.0, 125.0)

    def piece(seed: int, begin: float) -> XdfStream:
        return whole(seed, begin, rows=noise(seed, 400), times=[begin + k / 50 for k in range(400)])

    recording = opened(tmp_path, *(piece(seed, begin) for seed, begin in enumerate(begins)))
    (stream,) = recording.of("imu")
    assert len(stream.timestamps) == 1200
    assert np.all(np.diff(arrivals(stream.timestamps)) >= 0)
    np.testing.assert_array_equal(arrivals(stream.timestamps), stream.timestamps)


def test_pieces_in_a_file_as_a_recorder_writes_it_keep_their_stamps(tmp_path: Path) -> None:
    """Of a joined stream the order of chunks tells of its first piece only."""
    pieces = whole(1), whole(2, begin=110.0)
    other = XdfStream("Cap", "EEG", ("Fz",), [100.0 + k / 10 for k in range(130)], [[0.0]] * 130, rate=10.0)
    path = tmp_path / "it.xdf"
    path.write_bytes(recorded(*(Sent(s, [t + 0.01 for t in s.times]) for s in (*pieces, other))))
    (stream,) = open_recording(path).of("imu")
    np.testing.assert_allclose(stream.timestamps, [*pieces[0].times, *pieces[1].times], atol=0.01)


def test_a_sensor_at_rest_that_was_recorded_twice_takes_no_time() -> None:
    rows = np.repeat(np.eye(4, 3, dtype=np.float32)[None], 6000, axis=0).reshape(-1, 3)
    sensor = StreamDescription("a", "ACC", "s", ("acc_x", "acc_y", "acc_z"), ("g",) * 3, 100.0)
    entries = [StreamEntry(k, sensor, len(rows), text=False, number=k) for k in range(2)]
    stamps = np.arange(len(rows)) / 100
    loaded = [{"time_stamps": stamps + 0.001 * k, "time_series": rows, "info": {}} for k in range(2)]
    begin = time.monotonic()
    kept, _, notes = united(entries, loaded)
    assert time.monotonic() - begin < 3
    assert len(kept) == 1
    assert "recorded twice" in notes[0]
