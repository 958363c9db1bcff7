"""Real LSL streams into an XDF file: as they come, go and come back, and while the disk is full."""

import resource
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import pytest
import pyxdf

from hnhar.stream.lsl import tape
from hnhar.stream.lsl.label_tape import NAME, LabelTape
from hnhar.stream.lsl.recorder import SessionRecorder, SessionState, WantedStream
from hnhar.stream.lsl.source import parse_source, resolve
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.xdf.scan import scan
from hnhar.stream.recordings.xdf.writing import XdfWriter

pytestmark = pytest.mark.lsl
DEADLINE = 30.0
LABELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")


@pytest.fixture
def name() -> str:
    return f"r{uuid.uuid4().hex[:8]}"


def outlet(
    name: str, form: int = pylsl.cf_float32, channels: int = 6, rate: float = 50.0
) -> pylsl.StreamOutlet:
    kind = "Markers" if form == pylsl.cf_string else "IMU"
    info = pylsl.StreamInfo(name, kind, channels, rate, form, f"id-{name}")
    labels = info.desc().append_child("channels")
    for k in range(channels):
        labels.append_child("channel").append_child_value("label", LABELS[k % 6])
    return pylsl.StreamOutlet(info)


def until(holds: Callable[[], Any]) -> None:
    over = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < over
        time.sleep(0.02)


class Session:
    """A recording of the streams of an address, labels with it."""

    def __init__(self, path: Path, *addresses: str) -> None:
        self.file = XdfWriter(path, "2026-11-30T14:05:02+01:00")
        self.wearer = uuid.uuid4().hex
        self.labels = LabelTape(self.file, self.wearer)
        self.recorder = SessionRecorder(
            self.file, [WantedStream(f"--stream {a}", a) for a in addresses], self.labels
        )
        self.recorder.start()
        self.ended = False

    @property
    def state(self) -> SessionState:
        return self.recorder.state()

    def samples(self, name: str) -> int:
        return sum(s.samples for s in self.state.streams if s.description.name == name)

    def live(self, name: str) -> bool:
        return any(s.live for s in self.state.streams if s.description.name == name)

    def end(self) -> None:
        assert self.recorder.stop()
        self.file.close()
        self.ended = True


@pytest.fixture
def session(tmp_path: Path, name: str) -> Iterator[Session]:
    one = Session(tmp_path / "it.xdf", f"{name}-a", f"starts-with(name,'{name}-b')")
    yield one
    if not one.ended:
        one.end()


def loaded(path: Path) -> dict[str, dict[str, Any]]:
    streams, _ = pyxdf.load_xdf(str(path), dejitter_timestamps=False)
    return {stream["info"]["name"][0]: stream for stream in streams}


def test_numbers_and_texts_are_in_the_file_as_they_were_sent(session: Session, name: str) -> None:
    numbers, texts = outlet(f"{name}-a"), outlet(f"{name}-b", pylsl.cf_string, 2, 0.0)
    until(lambda: session.live(f"{name}-a") and session.live(f"{name}-b"))
    begin = pylsl.local_clock()
    rows = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    stamps = begin + np.arange(200) / 50 - 4
    numbers.push_chunk(rows, stamps)
    texts.push_sample(["Zoë/start", ""], begin)
    until(lambda: session.samples(f"{name}-a") == 200 and session.samples(f"{name}-b") == 1)
    session.end()
    found = loaded(session.file.path)
    assert np.array_equal(found[f"{name}-a"]["time_series"], rows)
    assert found[f"{name}-a"]["time_stamps"].tolist() == stamps.tolist()  # of our own host: to the bit
    assert found[f"{name}-b"]["time_series"] == [["Zoë/start", ""]]
    assert found[f"{name}-a"]["info"]["desc"][0]["channels"][0]["channel"][4]["label"] == ["gyro_y"]
    assert found[f"{name}-a"]["footer"]["info"]["sample_count"] == ["200"]
    assert len(found[f"{name}-a"]["clock_times"]) >= 1
    looked = scan(session.file.path)
    assert looked.fault == ""
    assert looked.headers == looked.footers == 3


def test_a_stream_that_goes_and_comes_back_is_one_for_our_reader_with_a_gap(
    session: Session, name: str
) -> None:
    sent = [-np.inf]

    def send() -> None:
        sender = outlet(f"{name}-a")
        until(lambda: session.live(f"{name}-a") and pylsl.local_clock() > sent[-1] + 3)
        stamps = pylsl.local_clock() - 2 + np.arange(100) / 50
        rows = np.tile([0, 0, 1, 0, 0, 0], (100, 1)) + 0.01 * np.random.default_rng(1).normal(size=(100, 6))
        before = session.samples(f"{name}-a")
        sender.push_chunk(rows.astype(np.float32), stamps)
        sent.extend(stamps.tolist())
        until(lambda: session.samples(f"{name}-a") == before + 100)

    send()
    until(lambda: not session.live(f"{name}-a"))
    send()
    (state,) = session.state.streams
    assert state.gaps == 1
    session.end()
    recording = open_recording(session.file.path)
    (stream,) = recording.streams
    assert stream.timestamps == pytest.approx(np.array(sent[1:]), abs=1e-6)
    assert any("they were joined, with gaps of" in note for note in recording.notes)


def test_labels_are_in_the_file_and_on_the_network(session: Session, name: str) -> None:
    (info,) = resolve(parse_source(f"source_id={NAME}:{session.wearer}"), DEADLINE)
    inlet = pylsl.StreamInlet(info)
    inlet.open_stream(timeout=DEADLINE)
    now = pylsl.local_clock()
    for text, stamp in (("stir/start", now), ("stir/stop", now + 2), ("cut/start", now + 3)):
        session.labels.mark(text, stamp)
    session.labels.mark("cut/cancel", now + 4)
    heard = [inlet.pull_sample(timeout=DEADLINE) for _ in range(4)]
    assert [text for (text,), _ in heard] == ["stir/start", "stir/stop", "cut/start", "cut/cancel"]
    assert heard[0][1] == now
    sender = outlet(f"{name}-a")
    until(lambda: session.live(f"{name}-a"))
    sender.push_chunk(np.tile([0, 0, 1, 0, 0, 0], (500, 1)).astype(np.float32), now + np.arange(500) / 50)
    until(lambda: session.samples(f"{name}-a") == 500)
    session.end()
    recording = open_recording(session.file.path)
    (done,) = recording.annotations
    assert (done.label, done.duration) == ("stir", pytest.approx(2.0))
    (canceled,) = recording.unfinished
    assert (canceled.label, canceled.offset - canceled.onset) == ("cut", pytest.approx(1.0))
    assert any("1 start taken back" in note for note in recording.notes)


@pytest.mark.parametrize("lasts", [0.0, pytest.param(6.0, marks=pytest.mark.slow)])
def test_nothing_is_lost_while_the_disk_is_full(
    lasts: float, session: Session, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tape, "SILENT", 5.0)  # a full disk is not the silence of a stream
    sender = outlet(f"{name}-a", rate=1000.0)
    until(lambda: session.live(f"{name}-a"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (session.file.size + 100, hard))
    rows = np.arange(30_000, dtype=np.float32).reshape(-1, 6)
    begin = pylsl.local_clock()
    try:
        sender.push_chunk(rows[:2500], begin + np.arange(2500) / 1000)
        until(lambda: session.state.fault)
        session.labels.mark("stir/start", begin)
        sender.push_chunk(rows[2500:], begin + np.arange(2500, 5000) / 1000)
        time.sleep(lasts)  # the moment that is tested
        assert session.samples(f"{name}-a") == 0
        assert scan(session.file.path).fault == ""
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    until(lambda: session.samples(f"{name}-a") == 5000)
    session.end()
    found = loaded(session.file.path)
    assert np.array_equal(found[f"{name}-a"]["time_series"], rows)
    assert found[NAME]["time_series"] == [["stir/start"]]


def test_a_disk_that_stays_full_ends_it_in_time_with_a_file_that_is_whole(
    session: Session, name: str
) -> None:
    sender = outlet(f"{name}-a", rate=1000.0)
    until(lambda: session.live(f"{name}-a"))
    sender.push_chunk(np.zeros((100, 6), np.float32), pylsl.local_clock() + np.arange(100) / 1000)
    until(lambda: session.samples(f"{name}-a") == 100)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (session.file.size, hard))
    try:
        sender.push_chunk(np.zeros((100, 6), np.float32), pylsl.local_clock() + np.arange(100) / 1000)
        until(lambda: session.state.fault)
        begun = time.monotonic()
        assert session.recorder.stop()
        assert time.monotonic() - begun < 10
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    looked = scan(session.file.path)
    assert looked.fault == ""
    assert sum(looked.counts.values()) == 100


def test_what_is_waited_for_is_named_until_it_has_come(session: Session, name: str) -> None:
    assert session.state.waiting == (f"--stream {name}-a", f"--stream starts-with(name,'{name}-b')")
    kept = outlet(f"{name}-b2", pylsl.cf_int16, 1, 0.0)
    until(lambda: session.state.waiting == (f"--stream {name}-a",))
    # liblsl does not survive that an outlet goes while an inlet of the same process opens
    until(lambda: session.live(f"{name}-b2"))
    assert kept.channel_count == 1


def test_the_other_sensor_of_an_imu_s_device_is_recorded_with_it(tmp_path: Path, name: str) -> None:
    senders = [outlet(f"{name} {sensor}", channels=3) for sensor in ("ACC", "GYRO")]
    other = outlet(f"{name}x ACC", channels=3)
    file = XdfWriter(tmp_path / "it.xdf", "")
    recorder = SessionRecorder(file, [WantedStream("--imu-source", f"{name} ACC", device=True)])
    recorder.start()
    try:
        until(lambda: len(recorder.state().streams) == 2)
    finally:
        recorder.stop()
        file.close()
    assert {s.description.name for s in recorder.state().streams} == {f"{name} ACC", f"{name} GYRO"}
    assert threading.active_count() < 50
    del senders, other


def test_two_streams_of_one_name_and_no_id_are_two_and_neither_has_a_gap(tmp_path: Path, name: str) -> None:
    infos = [pylsl.StreamInfo(f"{name}-a", "IMU", 1, 50, pylsl.cf_float32, "") for _ in range(2)]
    senders = [pylsl.StreamOutlet(info) for info in infos]
    session = Session(tmp_path / "it.xdf", f"{name}-a")
    until(lambda: [s.live for s in session.state.streams] == [True, True])
    for sender in senders:
        sender.push_chunk(np.zeros((50, 1), np.float32), pylsl.local_clock() - 1 + np.arange(50) / 50)
    until(lambda: [s.samples for s in session.state.streams] == [50, 50])
    assert [s.gaps for s in session.state.streams] == [0, 0]
    session.end()


def test_a_slow_stream_without_a_rate_has_gaps_by_its_own_pace(session: Session, name: str) -> None:
    sender = outlet(f"{name}-a", channels=1, rate=0.0)
    until(lambda: session.live(f"{name}-a"))
    begin = pylsl.local_clock() - 60
    sender.push_chunk(np.zeros((20, 1), np.float32), begin + np.arange(20.0))
    until(lambda: session.samples(f"{name}-a") == 20)
    sender.push_chunk(np.zeros((20, 1), np.float32), begin + 30 + np.arange(20.0))
    until(lambda: session.samples(f"{name}-a") == 40)
    assert [s.gaps for s in session.state.streams] == [1]
