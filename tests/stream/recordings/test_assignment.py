"""Which streams of a recording are which modalities, and what may be one of two."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import ChannelError, RecordingError
from hnhar.model.kinds.accelerometer import ACCELEROMETER, accelerometer
from hnhar.model.kinds.imu import IMU, imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.modality import Modality
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.assignment import streams_of
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.recording import RecordedStream, Recording

from .session_xdf import write_session

WRIST, HIP = IMU.at("wrist"), IMU.at("hip")


def worn(name: str, placement: str = "", modality: str = "imu", axis: int = 1) -> RecordedStream:
    """An IMU at rest whose gravity lies on an axis."""
    described = StreamDescription(
        name, "IMU", f"{name}-id", IMU.channels, IMU.units, 50.0, placement=placement
    )
    samples = np.random.default_rng(axis).normal(0, 0.01, (500, 6)).astype(np.float32)
    samples[:, axis] += 1.0
    return RecordedStream(described, samples, np.arange(500) / 50.0, modality)


def of(*streams: RecordedStream) -> Recording:
    return Recording("w", streams, name="session")


def names(recording: Recording, *modalities: Modality, placement: str = "") -> dict[str, list[str]]:
    found = streams_of(recording, modalities, placement=placement)
    return {name: [s.description.name for s in streams] for name, streams in found.items()}


def test_streams_are_assigned_by_what_they_were_read_for() -> None:
    two = of(worn("A", modality="imu.hip"), worn("B", modality="imu.wrist"))
    assert names(two, WRIST, HIP) == {"imu.wrist": ["B"], "imu.hip": ["A"]}
    phone, watch = imu(name="phone"), imu(name="watch")
    assert names(of(worn("A", modality="imu.watch"), worn("B", modality="imu.phone")), phone, watch) == {
        "phone": ["B"],
        "watch": ["A"],
    }


def test_streams_are_assigned_by_the_places_that_they_say() -> None:
    two = of(worn("A", "right hip"), worn("B", "left wrist"), worn("C", "head"))
    separate = replace(two, streams=tuple(replace(s, modality=f"imu.{n}") for n, s in enumerate(two.streams)))
    assert names(separate, WRIST, HIP) == {"imu.wrist": ["B"], "imu.hip": ["A"]}


def test_of_several_the_one_where_the_weights_sensor_was_worn_is_taken() -> None:
    two = of(worn("A", "left wrist", "imu.left_wrist"), worn("B", "right wrist", "imu.right_wrist"))
    assert names(two, imu(), placement="right wrist") == {"imu": ["B"]}
    with pytest.raises(ChannelError, match="not plain which stream is the IMU meant"):
        names(two, imu())


def test_one_that_may_be_either_is_listed_and_asked() -> None:
    with pytest.raises(ChannelError, match=r"is which of imu\.wrist, imu\.hip"):
        names(of(worn("A")), WRIST, HIP)


@pytest.mark.parametrize("word", ["MyPhone", "iPhone 13", "my_phone", "Smartphone-IMU", "PHONE", "iphone"])
def test_a_phone_and_a_watch_of_one_file_are_told_apart_by_their_words(tmp_path: Path, word: str) -> None:
    two = Recording("w", (worn(word), worn("AppleWatch")))
    recording = open_recording(write_session(tmp_path / "visit.xdf", two, marked=False))
    assert [s.modality for s in recording.streams] == ["imu.phone", "imu.watch"]
    phone, watch = pocket_and_wrist()
    assert names(recording, phone, watch) == {"phone": [word], "watch": ["AppleWatch"]}


def test_a_phone_says_no_place_so_it_is_asked_whether_it_is_the_one_that_lacks() -> None:
    two = of(worn("MyPhone", modality="imu.phone"), worn("MyWatch", modality="imu.watch"))
    with pytest.raises(ChannelError, match=r"Say it: .*--source imu\.hip="):
        names(two, WRIST, HIP)


def test_devices_whose_words_say_nothing_are_refused_with_the_options_that_help(tmp_path: Path) -> None:
    two = Recording("w", (worn("Dot A"), worn("Dot B")))
    path = write_session(tmp_path / "visit.xdf", two, marked=False)
    with pytest.raises(RecordingError, match=r"--source imu=….* --source phone=… --source watch=…"):
        open_recording(path)
    assert len(open_recording(path, select={"imu.phone": "Dot A", "imu.watch": "Dot B"}).streams) == 2


@pytest.mark.parametrize("text", ["walk1", "TotalAcceleration", "Gyroscope", "source_id=walk1"])
def test_the_halves_of_a_sensor_go_together_whichever_names_it(tmp_path: Path, text: str) -> None:
    folder = sensor_logger(tmp_path / "walk1")
    phone, watch = imu(name="phone"), imu(name="watch")
    with pytest.raises(ChannelError, match="it is one sensor, and enough alone"):
        names(open_recording(folder), phone, watch)
    picked = open_recording(folder, select={"imu.phone": text})
    assert sorted(names(picked, phone, watch)["phone"]) == ["Gyroscope", "TotalAcceleration"]


def pocket_and_wrist() -> tuple[Modality, Modality]:
    """A phone and a watch, as the weights of a Timed Up and Go take them."""
    return (
        IMU.modality(name="phone", placement="trouser pocket"),
        IMU.modality(name="watch", placement="wrist"),
    )


def test_a_sensor_that_is_left_out_is_told_and_whose_place_was_taken() -> None:
    two = of(worn("HipPhone", modality="imu.hip"), worn("MyWatch", modality="imu.watch"))
    feeds, notes = recorded_feeds(two, (imu(), skeleton()), placement="right wrist")
    assert [fed.feed.name for fed in feeds] == ["imu"]
    assert notes[0] == "'HipPhone' left out: 'MyWatch' taken, as the weights want imu"
    assert not any("left out" in note for note in recorded_feeds(of(worn("A")), (imu(), skeleton()))[1])


def sensor_logger(folder: Path) -> Path:
    """A folder as Sensor Logger exports it."""
    folder.mkdir()
    for name, value in (("TotalAcceleration", 9.8), ("Gyroscope", 0.1)):
        rows = [f"{1_700_000_000_000_000_000 + k * 20_000_000},{k / 50:.2f},{value},0,0" for k in range(200)]
        (folder / f"{name}.csv").write_text("\n".join(["time,seconds_elapsed,z,y,x", *rows]))
    return folder


def test_feeds_of_several_sensors_are_called_by_their_modalities_and_mapped_each_by_its_options() -> None:
    two = of(worn("A", modality="imu.hip"), worn("B", modality="imu.wrist"))
    options = MappingOptions(each={"imu.wrist": MappingOptions(imu_axes="x,z,y")})
    feeds, _ = recorded_feeds(two, (WRIST, HIP, skeleton()), options)
    by_name = {fed.feed.name: fed for fed in feeds}
    assert list(by_name) == ["imu.wrist", "imu.hip"]
    gravity = {
        name: np.median(fed.samples[:50, :3], axis=0).round(1).tolist() for name, fed in by_name.items()
    }
    assert gravity == {"imu.wrist": [0.0, 0.0, 1.0], "imu.hip": [0.0, 1.0, 0.0]}


def test_a_sensor_worn_elsewhere_than_was_selected_is_refused() -> None:
    with pytest.raises(ChannelError, match="worn on the hip, but 'A' says 'ankle'"):
        recorded_feeds(of(worn("A", "ankle", "imu.hip"), worn("B", "", "imu.wrist")), (WRIST, HIP))


def strap(modality: str) -> RecordedStream:
    """The accelerometer of a chest strap."""
    whole = worn("Strap", modality=modality)
    described = replace(
        whole.description, type="Accelerometer", channels=ACCELEROMETER.channels, units=ACCELEROMETER.units
    )
    return replace(whole, description=described, samples=whole.samples[:, :3])


def test_an_accelerometer_is_served_by_an_imu_unless_that_is_another_modality() -> None:
    alone, watch = accelerometer(), worn("A")
    assert names(of(strap("imu")), alone) == names(of(strap("accelerometer")), alone)
    assert names(of(watch), alone) == {"accelerometer": ["A"]}
    assert names(of(watch), imu(), alone) == {"imu": ["A"]}
    assert names(of(watch, strap("accelerometer")), imu(), alone) == {
        "imu": ["A"],
        "accelerometer": ["Strap"],
    }
    (recorded,), _ = recorded_feeds(of(watch), (alone,))
    assert (recorded.feed.name, recorded.samples.shape[1]) == ("accelerometer", 3)


def test_an_accelerometer_alone_is_no_imu_and_the_way_out_is_told() -> None:
    with pytest.raises(ChannelError, match=r"an IMU needs .* no gyro_x, .*hnhar-train corpus trains them"):
        recorded_feeds(of(strap("imu")), (imu(),))
