"""What the field sends gives the same events from a recording as live: `--recording F` against F over LSL.

One process of `hnhar-stream` has a wearer for each input, sent as its sender would, with its wrong stamps;
the recordings of the same go through `recognize`. Tolerances: a hop for the choice of windows that a live run
begins with, and the length of a burst.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pylsl
import pytest
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo, find
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.offline import recognize
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.lsl.player import Player, PlayOptions
from hnhar.stream.messages import Event, StreamDescription
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.recording import Recording
from hnhar.stream.recordings.score import recognized

from ..recordings.files import XdfStream, xdf
from .test_stream import Run, follow, prefix, run

__all__ = ["prefix", "run"]

LABELS = tuple(f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz")
UNITS = ("g",) * 3 + ("deg/s",) * 3
RATE, COUNT = 50.0, 1500
Times = NDArray[np.float64]


def shaken() -> tuple[Times, NDArray[np.float32]]:
    """30 s of a wrist at rest, shaken five times for 2 s."""
    rng, times = np.random.default_rng(0), np.arange(COUNT) / RATE
    values = np.zeros((COUNT, 6))
    values[:, 2] = 1
    values[:, :3] += 0.05 * rng.standard_normal((COUNT, 3))
    values[:, 3:] = 5 * rng.standard_normal((COUNT, 3))
    for bout in range(5):
        inside = (times > 4 + 5 * bout) & (times < 6 + 5 * bout)
        values[inside, 0] += 1.2 * np.sin(4 * np.pi * times[inside])
        values[inside, 3] += 200 * np.cos(4 * np.pi * times[inside])
    return times, values.astype(np.float32)


def bursts(size: int, late: float = 0.0) -> Callable[[Times], Times]:
    """Samples of one packet have the stamp of their arrival, up to `late` s after the last of them."""

    def stamped(times: Times) -> Times:
        ends = np.minimum((np.arange(COUNT) // size) * size + size - 1, COUNT - 1)
        delays = np.random.default_rng(1).uniform(0, late, COUNT)
        return np.asarray(np.maximum.accumulate(times[ends] + delays[ends]))

    return stamped


def changed(change: Callable[[Times], None]) -> Callable[[Times], Times]:
    """Right stamps, but for some."""

    def stamped(times: Times) -> Times:
        stamps = times.copy()
        change(stamps)
        return stamps

    return stamped


def wrong(*at: int, by: float) -> Callable[[Times], Times]:
    def change(stamps: Times) -> None:
        stamps[list(at)] += by

    return changed(change)


def back(stamps: Times) -> None:
    stamps[100::50] -= 0.025


def no_numbers(stamps: Times) -> None:
    stamps[[0, 400, 401, 900]] = np.nan


def leap_and_back(stamps: Times) -> None:
    stamps[325:600] += 7200.0


def packets(stamps: Times) -> None:
    stamps += (np.arange(COUNT) // 5 * 5 + 4 - np.arange(COUNT)) / RATE + np.arange(COUNT) % 5 * 1e-4


INPUTS: Mapping[str, Callable[[Times], Times]] = {
    "clean": lambda times: times,
    **{f"burst{size}": bursts(size) for size in (2, 3, 6, 12, 25, 50)},
    "late-bursts": bursts(6, 0.03),
    "tenths": lambda times: np.floor(times * 10) / 10,
    "windows-clock": lambda times: np.floor(times / 0.0156) * 0.0156,
    "packets": changed(packets),
    "leap": wrong(700, by=200_000.0),
    "outliers": wrong(0, 1, 333, 1200, 1201, 1499, by=-90_000.0),
    "back": changed(back),
    "nan": changed(no_numbers),
    "leap-and-back": changed(leap_and_back),
}


@contextlib.contextmanager
def sending(prefix: str, begin: list[float]) -> Iterator[threading.Event]:
    """Every input as an LSL stream; `begin` gets the time of their first sample, LSL clock, s."""
    times, values = shaken()
    sent = {name: stamped(times) for name, stamped in INPUTS.items()}
    # a packet comes when its last sample was taken
    size = {name: int(name.removeprefix("burst")) for name in sent if name[:5] == "burst"}
    size |= {"late-bursts": 6, "packets": 5}
    outlets = {
        name: DataOutlet(
            StreamDescription(
                f"{prefix}{name}", "IMU", f"{prefix}{name}", LABELS, UNITS, 0.0, placement="right wrist"
            ),
            "imu",
        )
        for name in INPUTS
    }
    stop, over = threading.Event(), threading.Event()

    def push() -> None:
        while not stop.is_set() and not all(outlet.connected for outlet in outlets.values()):
            stop.wait(0.05)
        begin.append(pylsl.local_clock() + 0.5)
        cursors = dict.fromkeys(outlets, 0)
        while not stop.is_set() and min(cursors.values()) < COUNT:
            due = int(np.searchsorted(times, pylsl.local_clock() - begin[0], side="right"))
            for name, outlet in outlets.items():
                whole = size.get(name, 1)
                until = COUNT if due == COUNT else due // whole * whole
                if until > cursors[name]:
                    rows = slice(cursors[name], until)
                    outlet.push(values[rows], sent[name][rows] + begin[0])
                    cursors[name] = until
            stop.wait(0.01)
        over.set()
        stop.wait(60)  # a stream that is lost gives up what it still holds

    thread = threading.Thread(target=push)
    thread.start()
    try:
        yield over
    finally:
        stop.set()
        thread.join(10)


def written(folder: Path, name: str) -> Recording:
    """An input as a recorder would write it."""
    times, values = shaken()
    stamps = INPUTS[name](times) + 1000.0
    stream = XdfStream(
        "Watch", "IMU", LABELS, stamps.tolist(), values.tolist(), UNITS, 0.0, placement="right wrist"
    )
    path = folder / f"{name}.xdf"
    path.write_bytes(xdf(stream))
    return open_recording(path)


def spans(events: list[Event], begin: float) -> list[tuple[str, float, float]]:
    """Label, onset and offset of what was recognized, s from `begin`."""
    return [(e.label, e.onset - begin, e.offset - begin) for e in recognized(events)]


@pytest.fixture(scope="module")
def runtime() -> tuple[Runtime, BundleInfo]:
    info, recognizer = load(find("utd-mhad-wrist"))
    return Runtime(info, recognizer, threads=1), info


@pytest.mark.lsl
@pytest.mark.slow
def test_what_the_field_sends_gives_the_same_events_live_and_recorded(
    run: Callable[..., Run], prefix: str, tmp_path: Path, runtime: tuple[Runtime, BundleInfo]
) -> None:
    config = tmp_path / "lab.toml"
    config.write_text("".join(f'[[wearer]]\nid = "{n}"\nimu = "{prefix}{n}"\n' for n in INPUTS), "utf-8")
    started = run("--config", str(config))
    started.until("waiting for", started.err)
    begin: list[float] = []
    with sending(prefix, begin) as over:
        _, events, _, lost = follow(started.address, over)
        assert started.end() == 0
    assert not lost
    for name in INPUTS:
        recorded = spans(list(recognize(written(tmp_path, name), *runtime).events), 1000.0)
        live = spans([e for e in events if e.wearer == name], begin[0])
        if name != "leap-and-back":  # no window reaches over where it leaps
            assert [label for label, *_ in recorded] == ["bowling"] * 5, name
        assert [label for label, *_ in live] == [label for label, *_ in recorded], name
        for (_, onset, offset), (_, other, end) in zip(live, recorded, strict=True):
            assert abs(onset - other) < 0.6, (name, live, recorded)
            assert abs(offset - end) < 0.6, (name, live, recorded)


@pytest.mark.lsl
@pytest.mark.slow
@pytest.mark.parametrize("name", ["muse_P001", "muse_P002", "muse_sample", "muse_osc"])
def test_a_real_file_gives_the_same_events_as_when_it_is_replayed(
    run: Callable[..., Run], prefix: str, data_dir: Path, name: str, runtime: tuple[Runtime, BundleInfo]
) -> None:
    recording = open_recording(data_dir / "xdf" / f"{name}.xdf", tables=False)
    end = min(recording.end - recording.start, 25.0)
    offline = [e for e in recognize(recording, *runtime).events if e.onset < recording.start + end - 4]
    started = run("--imu-source", f"{prefix}imu", "--imu-placement", "right wrist")
    player = Player(recording, PlayOptions(name_prefix=prefix, end=end))
    stop, over = threading.Event(), threading.Event()

    def play() -> None:
        player.wait_for_consumers(stop)
        player.play(stop)
        over.set()

    thread = threading.Thread(target=play)
    thread.start()
    try:
        predictions, events, _, _ = follow(started.address, over)
        assert started.end() == 0
    finally:
        stop.set()
        thread.join(10)
    assert predictions
    live = [label for label, onset, _ in spans(events, 0.0)]
    assert live[: len(recognized(offline))] == [e.label for e in recognized(offline)]
