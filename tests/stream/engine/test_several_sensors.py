"""Several sensors of one person live over LSL: told apart, served in any subset, lost and back."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.kinds.accelerometer import ACCELEROMETER
from hnhar.model.kinds.imu import IMU
from hnhar.model.loading import load, save
from hnhar.model.modality import Modality
from hnhar.model.recognizer import Recognizer, preset
from hnhar.model.runtime import Runtime
from hnhar.stream.cli.live_inputs import add_readers
from hnhar.stream.cli.live_weights import ChosenBundle, ChosenWeights
from hnhar.stream.config.config import StreamConfig, Wearer
from hnhar.stream.engine.dispatch import Times
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.pipeline import Pipeline
from hnhar.stream.messages import Message, Prediction, Status, StreamState

from .test_pipeline import Watch
from .worn import LiveSensor

pytestmark = pytest.mark.lsl

PLACES = ("ankle", "neck", "pocket", "waist", "wrist")
FIVE = tuple(IMU.at(place, 50.0) for place in PLACES)
LABELS = ("walk", "fall", "idle")


def written(path: Path, modalities: Sequence[Modality], name: str = "five") -> Path:
    """A bundle with random weights."""
    torch.manual_seed(0)
    recognizer = Recognizer(preset("compact", modalities, window=1.0, classes=len(LABELS)))
    save(path, BundleInfo(name, tuple(modalities), 1.0, 0.25, LABELS, "idle", "", {}), recognizer)
    return path


@contextmanager
def recognizing(bundle: Path, sources: dict[str, str]) -> Iterator[Watch]:
    """A live run over LSL; the messages that it gives."""
    from hnhar.stream.lsl.inlet import now

    info, recognizer = load(bundle)
    runtime = Runtime(info, recognizer, threads=1)
    watch = Watch()
    pipeline = Pipeline(Engine(runtime, info, ["anna"]), Times(now), sinks=[watch])
    config = StreamConfig(wearer=(Wearer(id="anna", sources=sources),))
    weights = ChosenWeights(ChosenBundle(bundle, info, info.decision), {})
    add_readers(pipeline, config, weights, None)
    pipeline.start()
    try:
        yield watch
    finally:
        assert pipeline.stop()
        assert pipeline.error is None


@contextmanager
def worn(*sensors: LiveSensor) -> Iterator[None]:
    for sensor in sensors:
        sensor.on()
    try:
        yield
    finally:
        for sensor in sensors:
            sensor.off()


def made_from(messages: Sequence[Message]) -> list[tuple[str, ...]]:
    return [m.modalities for m in messages if isinstance(m, Prediction)]


def states(messages: Sequence[Message]) -> dict[str, StreamState]:
    """Feed -> its state, by the last status."""
    last = next((m for m in reversed(messages) if isinstance(m, Status)), None)
    return {} if last is None else {stream.feed: stream.state for stream in last.streams}


@pytest.mark.slow
def test_of_five_imus_one_is_lost_and_comes_back_while_recognition_goes_on(tmp_path: Path) -> None:
    run = uuid.uuid4().hex[:8]
    sensors = [LiveSensor(f"{run} {place}", m) for place, m in zip(PLACES, FIVE, strict=True)]
    sources = {m.name: sensor.description.name for m, sensor in zip(FIVE, sensors, strict=True)}
    every = tuple(m.name for m in FIVE)
    bundle = written(tmp_path / "five.safetensors", FIVE)
    with worn(*sensors), recognizing(bundle, sources) as watch:
        watch.until(lambda messages: every in made_from(messages))
        wrist = sensors[-1]
        wrist.off()
        watch.until(lambda messages: made_from(messages)[-3:] == [every[:-1]] * 3)
        watch.until(lambda messages: states(messages).get("imu.wrist") is StreamState.LOST)
        assert [feed for feed, state in states(watch.messages).items() if state is StreamState.LIVE] == list(
            every[:-1]
        )
        lost = len(watch.messages)
        wrist.on()
        watch.until(lambda messages: every in made_from(messages[lost:]))


def test_one_source_for_all_is_told_apart_by_placements(tmp_path: Path) -> None:
    run, two = uuid.uuid4().hex[:8], (IMU.at("wrist"), IMU.at("hip"))
    sensors = (
        LiveSensor(f"{run}-7", two[0], "left wrist", f"IMU-{run}"),
        LiveSensor(f"{run}-8", two[1], "right hip", f"IMU-{run}"),
    )
    bundle = written(tmp_path / "two.safetensors", two)
    asked = {"imu": f"type=IMU-{run}"}
    with worn(*sensors), recognizing(bundle, asked) as watch:
        watch.until(lambda messages: ("imu.wrist", "imu.hip") in made_from(messages))
        status = next(m for m in reversed(watch.messages) if isinstance(m, Status))
        found = {s.feed: s.description.name for s in status.streams if s.description is not None}
        assert found == {"imu.wrist": f"{run}-7", "imu.hip": f"{run}-8"}


@pytest.mark.parametrize("whole", [False, True])
def test_an_accelerometer_alone_is_recognized_and_so_is_that_of_an_imu(tmp_path: Path, whole: bool) -> None:
    name = f"Polar {uuid.uuid4().hex[:8]}"
    measured = (IMU if whole else ACCELEROMETER).modality(52.0)
    sensor = LiveSensor(name, measured, stream_type="IMU" if whole else "ACC")
    bundle = written(tmp_path / "alone.safetensors", (ACCELEROMETER.modality(50.0),), "alone")
    with worn(sensor), recognizing(bundle, {"accelerometer": name}) as watch:
        watch.until(lambda messages: ("accelerometer",) in made_from(messages))
        assert states(watch.messages) == {"accelerometer": StreamState.LIVE}


def test_an_accelerometer_alone_is_refused_where_a_gyroscope_is_wanted_and_the_way_out_is_told(
    tmp_path: Path,
) -> None:
    name = f"Polar {uuid.uuid4().hex[:8]}"
    sensor = LiveSensor(name, ACCELEROMETER.modality(52.0), stream_type="ACC")
    bundle = written(tmp_path / "imu.safetensors", (IMU.modality(50.0),), "imu")
    with worn(sensor), recognizing(bundle, {"imu": name}) as watch:
        watch.until(lambda messages: states(messages).get("imu") is StreamState.REFUSED)
        (stream,) = next(m for m in reversed(watch.messages) if isinstance(m, Status)).streams
        assert "an IMU needs acc_x" in stream.note
        assert "hnhar-train corpus trains them from recordings of it" in stream.note
