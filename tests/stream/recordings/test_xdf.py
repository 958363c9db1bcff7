"""XDF files: what is read of them, and that whatever is wrong with them is said."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS
from hnhar.stream.recordings import Annotation, Recording, open_recording

from .files import XdfStream, imu, markers, xdf


def read(folder: Path, *streams: XdfStream, **select: str) -> Recording:
    path = folder / "session.xdf"
    path.write_bytes(xdf(*streams))
    return open_recording(path, select=select or None)


def half(kind: str, **changes: object) -> XdfStream:
    """An accelerometer or a gyroscope of one device, as a Muse sends them."""
    base = imu("Muse", source_id="muse-1")
    columns = slice(0, 3) if kind == "ACC" else slice(3, 6)
    return replace(
        base, type=kind, labels=("X", "Y", "Z"), rows=[row[columns] for row in base.rows], **changes
    )  # type: ignore[arg-type]


def skeleton(name: str = "Kinect") -> XdfStream:
    rows = [tuple(float(k) for k in range(60))] * 10
    return XdfStream(name, "MoCap", SKELETON_CHANNELS, [100.0 + k / 30 for k in range(10)], rows, "m", 30.0)


def test_an_imu_a_skeleton_and_markers_become_a_recording(tmp_path: Path) -> None:
    found = read(tmp_path, imu(unit="g"), skeleton(), markers((100.5, "wave/start"), (101.5, "wave/stop")))
    assert [(s.modality, s.description.name, s.samples.shape) for s in found.streams] == [
        ("imu", "Watch", (100, 6)),
        ("skeleton", "Kinect", (10, 60)),
    ]
    assert found.streams[0].description.units == ("g",) * 6
    assert found.streams[0].description.nominal_rate == 50.0
    assert found.annotations == (Annotation(100.5, 1.0, "wave"),)
    assert (found.name, found.start, found.notes) == ("session", 100.0, ())
    np.testing.assert_array_equal(found.streams[0].samples[:, 5], np.arange(100))


def test_labels_in_the_manner_of_polar_are_read(tmp_path: Path) -> None:
    (stream,) = read(tmp_path, imu(label_key="name")).streams
    assert stream.description.channels[0] == "acc_x"


def test_an_accelerometer_and_a_gyroscope_of_one_device_are_one_imu(tmp_path: Path) -> None:
    found = read(tmp_path, half("ACC"), half("GYRO"))
    assert [s.description.type for s in found.of("imu")] == ["ACC", "GYRO"]


def test_two_imus_are_refused_until_one_is_selected(tmp_path: Path) -> None:
    says = r"(?s)2 streams could be the IMU, and it is not guessed.*name=A,.*name=B,.*Say more \(name="
    with pytest.raises(RecordingError, match=says):
        read(tmp_path, imu("A"), imu("B"))
    assert read(tmp_path, imu("A"), imu("B"), imu="B").streams[0].description.name == "B"
    assert (
        read(tmp_path, imu("A"), imu("B", source_id="7"), imu="source_id=7").streams[0].description.name
        == "B"
    )


def test_a_stream_of_an_unknown_type_can_be_selected(tmp_path: Path) -> None:
    strange = imu("Thing", type="EEG", labels=tuple("abcdef"))
    with pytest.raises(RecordingError, match="no IMU and no skeleton: it holds 'Thing'"):
        read(tmp_path, strange)
    assert read(tmp_path, strange, imu="Thing").streams[0].modality == "imu"


@pytest.mark.parametrize(
    ("select", "says"),
    [
        ({"imu": "Nobody"}, "no stream matches 'Nobody'; the file holds 'Watch'"),
        ({"markers": "Nobody"}, "no stream of markers matches"),
        ({"eeg": "Watch"}, "not eeg"),
        ({"imu": "name='Watch'"}, "only live streams"),
        ({"imu": "contains(name,'Wat')"}, "only live streams"),
    ],
)
def test_a_selection_that_fits_nothing_is_refused_with_what_there_is(
    tmp_path: Path, select: dict[str, str], says: str
) -> None:
    with pytest.raises(RecordingError, match=says):
        read(tmp_path, imu(), **select)


def test_a_stream_that_is_selected_for_two_kinds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="is selected for imu and for skeleton: a stream is of one kind"):
        read(tmp_path, imu("Watch"), imu="Watch", skeleton="Watch")


def test_what_is_neither_is_left_out_with_a_note(tmp_path: Path) -> None:
    eeg = imu("Cap", type="EEG", labels=tuple("abcdef"))
    (note,) = read(tmp_path, imu(), eeg).notes
    assert note.startswith("the stream 'Cap' (type EEG, 6 channels, 100 samples) is neither")


def test_an_empty_imu_is_named_as_empty(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="IMU is empty; it holds 'Watch'"):
        read(tmp_path, imu(times=[], rows=[]), markers((100.0, "x")))


@pytest.mark.parametrize(
    ("texts", "expected", "noted"),
    [
        ([(1.0, "a/start"), (2.0, "b/begin"), (3.0, "a/end"), (5.0, "b/offset")], ["a 1 2", "b 2 3"], 0),
        ([(1.0, "hello")], ["hello 1 0"], 0),
        ([(1.0, '{"label": "wave", "duration": 2.5}')], ["wave 1 2.5"], 0),
        ([(1.0, '{"label": "wave", "duration": "long"}')], ["wave 1 0"], 0),
        ([(1.0, '{"label": "wave", "duration": -1}')], ["wave 1 0"], 0),
        ([(1.0, "{broken")], ["{broken 1 0"], 0),
        ([(1.0, "a/start")], ["a 1 0"], 1),
        ([(0.5, "hello"), (1.0, "a/stop")], ["hello 0.5 0"], 1),
        ([(1.0, "a/start"), (5.0, "a/start"), (6.0, "a/stop")], ["a 1 0", "a 5 1"], 1),
        ([(1.0, "a/start"), (2.0, "b/start"), (3.0, "a/stop"), (4.0, "b/stop")], ["a 1 2", "b 2 2"], 0),
        ([(1.0, " a  b /Start"), (2.0, "a b/ stop ")], ["a b 1 1"], 0),
        ([(1.0, '{"label": null, "duration": 4.2}')], ['{"label": null, "duration": 4.2} 1 0'], 0),
        ([(1.0, '{"label": 7, "duration": 4.2}')], ['{"label": 7, "duration": 4.2} 1 0'], 0),
        ([(1.0, '{"duration": 4.2}')], ['{"duration": 4.2} 1 0'], 0),
        ([(1.0, "/start"), (2.0, "and/or")], ["/start 1 0", "and/or 2 0"], 0),
    ],
)
def test_markers_become_annotations(
    tmp_path: Path, texts: list[tuple[float, str]], expected: list[str], noted: int
) -> None:
    found = read(tmp_path, imu(seconds=7.0, times=[k / 50 for k in range(350)]), markers(*texts))
    assert [f"{a.label} {a.onset:g} {a.duration:g}" for a in found.annotations] == expected
    assert sum("marker /" in note for note in found.notes) == noted


def test_what_hnhar_recognized_is_no_annotation_unless_it_is_selected(tmp_path: Path) -> None:
    events = markers((100.5, "wave/start"), (101.5, "wave/stop"), name="hnhar-events")
    done = markers((100.2, "a/start"), (101.0, "a/stop"))
    streams = (imu(), replace(events, source_id="hnhar-events:anna"), done)
    found = read(tmp_path, *streams)
    assert [a.label for a in found.annotations] == ["a"]
    (note,) = found.notes
    assert "is what hnhar recognized, not what was done" in note
    assert "select source_id=hnhar-events:anna" in note
    chosen = read(tmp_path, *streams, markers="source_id=hnhar-events:anna")
    assert [a.label for a in chosen.annotations] == ["wave"]


def test_starts_without_a_stop_are_told_with_their_time_in_the_recording(tmp_path: Path) -> None:
    texts = [(110.0, "stir/start"), (150.0, "stir/start"), (153.0, "stir/stop"), (160.5, "pour/start")]
    notes = read(tmp_path, imu(seconds=61), markers(*texts)).notes
    assert notes == (
        "2 markers /start have no /stop ('stir' at 10.0 s, 'pour' at 60.5 s); they are kept as instants, "
        "since nobody said when it ended",
    )


def test_of_many_starts_without_a_stop_the_first_are_told(tmp_path: Path) -> None:
    texts = [(100.0 + k, "stir/start") for k in range(9)]
    (note,) = read(tmp_path, imu(), markers(*texts)).notes
    assert note.startswith("9 markers /start")
    assert "'stir' at 4.0 s, …)" in note
    assert "5.0 s" not in note


def test_what_came_before_a_file_broke_off_is_read_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "half.xdf"
    whole = xdf(imu(), replace(imu("Second"), type="EEG", labels=tuple("abcdef")))
    path.write_bytes(whole[: -len(whole) // 4])
    found = open_recording(path)
    assert len(found.streams[0].samples) == 100
    assert found.notes[0].startswith("the file is damaged, what came before was read: the chunk at byte")


def test_a_recorder_that_did_not_finish_is_noted(tmp_path: Path) -> None:
    assert read(tmp_path, imu(footer=False)).notes[0].startswith("1 streams have no footer")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no XDF file"),
        (b"RIFF" + b"\0" * 100, "no XDF file"),
        (b"XDF:", "no stream"),
        (b"XDF:\x08" + b"\xff" * 8 + b"\x02\x00", "claims 18446744073709551615 bytes"),
        (b"XDF:\x04\x02\x00\x00\x00\x02\x00", "is empty"),
        (b"XDF:\x01\x02\x63\x00", "unknown tag 99"),
        (b"XDF:\x07", "length is not readable"),
    ],
    ids=range(7),
)
def test_a_file_that_is_no_recording_is_refused_with_the_place(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "bad.xdf"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=says) as caught:
        open_recording(path)
    assert str(path) in str(caught.value)


def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    generator = random.Random(3)
    whole = xdf(imu(seconds=0.2), markers((100.0, "a/start"), (100.1, "a/stop")))
    path = tmp_path / "damaged.xdf"
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(generator.randint(1, 3)):
            damaged[generator.randrange(4, len(damaged))] = generator.randrange(256)
        path.write_bytes(
            damaged[: generator.randint(5, len(damaged))] if generator.random() < 0.3 else damaged
        )
        try:
            found = open_recording(path)
        except RecordingError:
            refused += 1
        else:
            assert all(np.all(np.diff(stream.timestamps) >= 0) for stream in found.streams)
    assert 30 < refused < 300


@pytest.mark.parametrize("name", ["muse_P001", "muse_P002"])
def test_a_real_headband_gives_an_imu_of_two_streams(data_dir: Path, name: str) -> None:
    found = open_recording(data_dir / "xdf" / f"{name}.xdf")
    acc, gyro = found.of("imu")
    assert (acc.description.type, gyro.description.type) == ("ACC", "GYRO")
    assert acc.samples.shape[1] == gyro.samples.shape[1] == 3
    # gravity is in it, so it is an accelerometer in g
    assert 0.8 < float(np.median(np.linalg.norm(acc.samples, axis=1))) < 1.2
    for stream in (acc, gyro):
        rate = (len(stream.samples) - 1) / (stream.timestamps[-1] - stream.timestamps[0])
        assert 50 < rate < 54
        assert np.all(np.diff(stream.timestamps) >= 0)
    assert any("time stamps step back a little" in note for note in found.notes)
    assert any("EEG" in note and "left out" in note for note in found.notes)


def test_a_real_headband_whose_sensors_gave_nothing_is_refused_saying_so(data_dir: Path) -> None:
    with pytest.raises(RecordingError, match="GYRO and ACC are empty"):
        open_recording(data_dir / "xdf" / "muse_P003.xdf")


def test_a_real_file_whose_clock_was_reset_is_put_in_order(data_dir: Path) -> None:
    path = data_dir / "xdf" / "clock_resets.xdf"
    with pytest.raises(RecordingError, match="holds no IMU and no skeleton: it holds 'MyMarkerStream'"):
        open_recording(path)
    found = open_recording(path, select={"imu": "BioSemi"})
    (stream,) = found.streams
    assert np.all(np.diff(stream.timestamps) >= 0)
    assert len(stream.samples) == len(stream.timestamps) > 10_000
    assert len(found.annotations) == 175


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("chunk_length_lie", "the stream header at byte 64 is empty"),
        ("out_of_order_clock_offsets", "length is not readable"),
        ("empty_streams", "no IMU and no skeleton"),
        ("minimal", "no IMU and no skeleton"),
    ],
)
def test_a_real_file_without_anything_usable_is_refused_with_its_reason(
    data_dir: Path, name: str, says: str
) -> None:
    with pytest.raises(RecordingError, match=says) as caught:
        open_recording(data_dir / "xdf" / f"{name}.xdf")
    assert f"{name}.xdf" in str(caught.value)
