"""Real LSL on this machine: found, read, lost, back, refused."""

import contextlib
import importlib.util
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.modality import Modality
from hnhar.stream.lsl.player import Player, PlayOptions
from hnhar.stream.messages import StreamDescription, StreamState
from hnhar.stream.recordings.recording import Annotation, RecordedStream, Recording

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("collector", HERE / "collector.py")
assert spec is not None
assert spec.loader is not None
_module = importlib.util.module_from_spec(spec)
sys.modules["collector"] = _module
spec.loader.exec_module(_module)
Collector = _module.Collector

pytestmark = pytest.mark.lsl

Sender = subprocess.Popen[str]
IMU = StreamDescription(
    "any",
    "IMU",
    "",
    ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"),
    ("g",) * 3 + ("deg/s",) * 3,
    50.0,
)


@pytest.fixture
def name() -> str:
    return f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture
def send() -> Iterator[Callable[..., Sender]]:
    started: list[Sender] = []

    def start(name: str, kind: str = "imu", source_id: str | None = None, rate: float = 100.0) -> Sender:
        command = [sys.executable, str(HERE / "sender.py"), name, source_id or f"{name}-id", kind, str(rate)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@contextlib.contextmanager
def reading(source: str, modality: Modality | None = None, **more: object):  # type: ignore[no-untyped-def]
    from hnhar.stream.intake.reader import SourceReader
    from hnhar.stream.lsl.inlet import now

    sink = Collector()
    reader = SourceReader("p1", modality or imu(), source, sink, now=now, **more)  # type: ignore[arg-type]
    reader.start()
    try:
        yield sink, reader
    finally:
        assert reader.stop(25.0), "the reader did not stop"
        assert sink.states[-1][1] is StreamState.ENDED


def wait_for_readers(player: "Player") -> None:
    """Until all streams are read, 15 s at most."""
    late = threading.Event()
    timer = threading.Timer(15.0, late.set)
    timer.start()
    player.wait_for_consumers(late)
    timer.cancel()
    assert not late.is_set(), "no reader came"


def recording(seconds: float = 2.0) -> Recording:
    rng = np.random.default_rng(0)
    times = np.arange(0, seconds, 0.02)
    frames = np.sort(rng.uniform(0, seconds, int(30 * seconds)))
    body = skeleton()
    return Recording(
        "w",
        (
            RecordedStream(
                IMU, rng.normal(0, 0.1, (len(times), 6)).astype(np.float32) + np.float32(0.6), times, "imu"
            ),
            RecordedStream(
                StreamDescription("cam", "MoCap", "", body.channels, body.units, 0.0),
                rng.normal(size=(len(frames), 60)).astype(np.float32),
                frames,
                "skeleton",
            ),
        ),
        (Annotation(0.5, 1.0, "wave"),),
    )


@pytest.mark.parametrize("hop", [None, 0.25])
def test_a_replayed_recording_is_read_complete_with_its_own_spacing(name: str, hop: float | None) -> None:
    told = recording()
    player = Player(told, PlayOptions(name_prefix=f"{name}-", placement="right wrist"))
    with (
        reading(f"{name}-imu", placement="wrist", hop=hop) as (sink, reader),
        reading(f"{name}-skeleton", skeleton(), hop=hop) as (bodies, _),
    ):
        wait_for_readers(player)
        pushed = player.play(threading.Event())
        sink.until(lambda: sink.count() == len(told.streams[0].timestamps))
        bodies.until(lambda: bodies.count() == len(told.streams[1].timestamps))
        assert pushed == sink.count() + bodies.count()
        np.testing.assert_array_equal(sink.values(), told.streams[0].samples)
        np.testing.assert_array_equal(bodies.values("skeleton"), told.streams[1].samples)
        np.testing.assert_allclose(np.diff(sink.stamps()), np.diff(told.streams[0].timestamps), atol=1e-6)
        origin = sink.stamps()[0] - told.streams[0].timestamps[0]
        np.testing.assert_allclose(bodies.stamps("skeleton") - origin, told.streams[1].timestamps, atol=1e-6)
        status = reader.statuses(float(sink.stamps()[-1]))[0]
        assert status.state in (StreamState.LIVE, StreamState.STALLED)
        assert status.samples == sink.count()
        assert status.effective_rate == pytest.approx(50, rel=0.05)
        assert (status.gaps, status.drops) == (0, 0)
        assert status.description is not None
        assert status.description.placement == "right wrist"
        assert status.description.units == IMU.units
        assert sink.note(StreamState.WARMUP) == ""
        states = [state for _, state, _ in sink.states]
        assert states[:5] == [
            StreamState.RESOLVING,
            StreamState.OPENING,
            StreamState.VALIDATING,
            StreamState.WARMUP,
            StreamState.LIVE,
        ]


def test_a_killed_sender_is_lost_at_once_and_taken_back_when_it_returns(
    name: str, send: Callable[..., Sender]
) -> None:
    first = send(name)
    with reading(name, hop=0.25) as (sink, _):
        sink.until(lambda: sink.count() > 20)
        first.kill()
        sink.until(lambda: sink.seen(StreamState.LOST), timeout=10.0)
        before, marker = sink.count(), len(sink.states)
        send(name, kind="si")
        sink.until(lambda: sink.count() > before + 20)
        assert sink.seen(StreamState.LIVE, marker)
        values = sink.values()[before:]
        # The same device with another channel order and other units: mapped anew.
        np.testing.assert_allclose(values[:, 2], 1.0, rtol=1e-5)
        assert np.allclose(np.diff(np.radians(values[:, 3])), 1.0, atol=1e-3)


def test_a_returning_sender_that_no_longer_fits_is_refused_with_its_reason(
    name: str, send: Callable[..., Sender]
) -> None:
    first = send(name)
    with reading(name) as (sink, _):
        sink.until(lambda: sink.count() > 5)
        first.kill()
        sink.until(lambda: sink.seen(StreamState.LOST))
        before = sink.count()
        send(name, kind="eeg")
        sink.until(lambda: sink.seen(StreamState.REFUSED))
        assert "acc_x" in sink.note(StreamState.REFUSED)
        assert "Fp1" in sink.note(StreamState.REFUSED)
        assert sink.count() == before


def test_a_frozen_sender_is_stalled_and_live_again_when_it_goes_on(
    name: str, send: Callable[..., Sender]
) -> None:
    sender = send(name)
    with reading(name, hop=0.25) as (sink, reader):
        sink.until(lambda: sink.count() > 50)
        sender.send_signal(signal.SIGSTOP)
        sink.until(lambda: sink.seen(StreamState.STALLED))
        assert reader.statuses(0.0)[0].state is StreamState.STALLED
        marker, before = len(sink.states), sink.count()
        sender.send_signal(signal.SIGCONT)
        sink.until(lambda: sink.seen(StreamState.LIVE, marker) and sink.count() > before + 10)


def test_two_streams_that_match_are_refused_and_listed(name: str, send: Callable[..., Sender]) -> None:
    send(name, source_id=f"{name}-one")
    send(name, source_id=f"{name}-two")
    with reading(name) as (sink, _):
        sink.until(lambda: sink.seen(StreamState.REFUSED))
        note = sink.note(StreamState.REFUSED)
        assert f"{name}-one" in note
        assert f"{name}-two" in note
        assert "--pick newest" in note
        assert sink.count() == 0
    with reading(f"name={name}, source_id={name}-two") as (sink, _):
        sink.until(lambda: sink.count() > 5)
    with reading(name, pick="newest") as (sink, reader):
        sink.until(lambda: sink.count() > 5)
        description = reader.statuses(0.0)[0].description
        assert description is not None
        assert description.source_id == f"{name}-two"


def test_a_source_that_is_absent_is_waited_for(name: str, send: Callable[..., Sender]) -> None:
    with reading(f"type=imu name={name}") as (sink, reader):
        sink.until(lambda: any("no stream matches" in note for _, _, note in sink.states))
        assert reader.statuses(0.0)[0].state is StreamState.RESOLVING
        send(name)
        sink.until(lambda: sink.count() > 5)


def test_another_stream_of_that_name_is_taken_only_after_the_grace_and_said(
    name: str, send: Callable[..., Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hnhar.stream.intake.reader.GRACE", 1.0)
    first = send(name, source_id=f"{name}-one")
    with reading(name) as (sink, _):
        sink.until(lambda: sink.count() > 5)
        first.kill()
        sink.until(lambda: sink.seen(StreamState.LOST))
        lost, before = time.monotonic(), sink.count()
        send(name, source_id=f"{name}-two")
        sink.until(lambda: sink.count() > before)
        assert time.monotonic() - lost > 1.0
        assert any("another stream has taken its place" in note for _, _, note in sink.states)


def test_accelerometer_and_gyroscope_streams_of_one_device_are_one_source(name: str) -> None:
    told = recording()
    both = told.streams[0]
    halves = tuple(
        RecordedStream(
            replace(
                both.description,
                type=kind,
                channels=both.description.channels[part],
                units=both.description.units[part],
            ),
            both.samples[:, part],
            both.timestamps,
            "imu",
        )
        for kind, part in (("ACC", slice(0, 3)), ("GYRO", slice(3, 6)))
    )
    player = Player(Recording("w", halves), PlayOptions(name_prefix=f"{name}-"))
    for source in (f"{name}-imu", f"name={name}-imu,type=acc"):
        with reading(source) as (sink, reader):
            wait_for_readers(player)
            player.play(threading.Event())
            sink.until(lambda: sink.count() == 2 * len(both.timestamps))
            np.testing.assert_array_equal(sink.values("imu.acc"), both.samples[:, :3])
            np.testing.assert_array_equal(sink.values("imu.gyro"), both.samples[:, 3:])
            assert {status.feed for status in reader.statuses(0.0)} == {"imu.acc", "imu.gyro"}


def test_a_missing_unit_is_inferred_from_the_first_second_and_noted(name: str) -> None:
    times = np.arange(0, 3, 0.02)
    rest = np.zeros((len(times), 6), np.float32)
    rest[:, 2] = 9.81 + 0.01 * np.sin(np.arange(len(times)))
    bare = replace(IMU, units=("",) * 6)
    player = Player(
        Recording("w", (RecordedStream(bare, rest, times, "imu"),)), PlayOptions(name_prefix=f"{name}-")
    )
    with reading(f"{name}-imu") as (sink, _):
        wait_for_readers(player)
        player.play(threading.Event())
        sink.until(lambda: sink.count() == len(times))
        np.testing.assert_allclose(sink.values()[:, 2], 1.0, atol=0.01)
        assert "m/s² is assumed" in sink.note(StreamState.WARMUP)


def test_a_reader_that_failed_says_so_and_reads_again(
    name: str, send: Callable[..., Sender], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from hnhar.stream.intake.backend import Found
    from hnhar.stream.lsl.backend import LslBackend

    looked: list[str] = []
    find = LslBackend.find

    def fails_at_first(self: LslBackend, address: str, timeout: float) -> Sequence[Found]:
        looked.append(address)
        if len(looked) == 1:
            raise RuntimeError("out of sockets")
        return find(self, address, timeout)

    monkeypatch.setattr(LslBackend, "find", fails_at_first)
    send(name)
    with reading(name) as (sink, _):
        sink.until(lambda: sink.count() > 20)
    assert "out of sockets" in sink.note(StreamState.LOST)
    assert "failed" in caplog.text
