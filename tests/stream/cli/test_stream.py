"""`hnhar-stream` as a user runs it: real LSL streams in, real subscribers, signals, files."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hnhar.model.bundle.bundle import find
from hnhar.model.loading import load, save
from hnhar.stream.cli.stream import main
from hnhar.stream.lsl.player import Player, PlayOptions
from hnhar.stream.messages import Event, Prediction, Status, StreamState
from hnhar.stream.publish.subscriber import Subscriber
from hnhar.stream.recordings.events_tsv import read_events
from hnhar.stream.recordings.recording import Recording
from hnhar.stream.recordings.score import match, recognized
from hnhar.train.synthesis.performer import perform

DEADLINE = 60.0
PROGRAM = Path(sys.executable).with_name("hnhar-stream")


class Run:
    """`hnhar-stream` as a process, its lines as they come."""

    def __init__(self, *options: str) -> None:
        command = [PROGRAM, "--no-dashboard", "--publish", "tcp://127.0.0.1:0", *options]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "200"},
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._changed = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Iterator[str], lines: list[str]) -> None:
        for line in stream:
            with self._changed:
                lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def until(self, pattern: str, lines: list[str]) -> re.Match[str]:
        """Wait for a line."""

        def found() -> re.Match[str] | None:
            return next((m for line in lines if (m := re.search(pattern, line))), None)

        with self._changed:
            hit = self._changed.wait_for(found, DEADLINE)
        assert hit, (pattern, self.out[-5:], self.err[-5:])
        return hit

    @property
    def address(self) -> str:
        return self.until(r"publishing on (\S+)", self.out)[1]

    def end(self, number: signal.Signals | None = signal.SIGINT) -> int:
        """Signal it, and wait: the exit code."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(DEADLINE)
        for reader in self._readers:
            reader.join(DEADLINE)
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def run() -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(*options: str) -> Run:
        runs.append(Run(*options))
        return runs[-1]

    yield start
    for one in runs:
        one.kill()


@contextlib.contextmanager
def playing(recording: Recording, prefix: str, *, speed: float = 1.0) -> Iterator[threading.Event]:
    """The recording as LSL streams from this process; the event is set when it is over."""
    player = Player(recording, PlayOptions(speed=speed, name_prefix=prefix))
    stop, over = threading.Event(), threading.Event()

    def play() -> None:
        player.wait_for_consumers(stop)
        player.play(stop)
        over.set()

    thread = threading.Thread(target=play)
    thread.start()
    try:
        yield over
    finally:
        stop.set()
        thread.join(10)


@contextlib.contextmanager
def reading(source_id: str) -> Iterator[list[tuple[list[Any], float]]]:
    """What an LSL stream of the recognizer sends, as LabRecorder would get it; complete once it has ended."""
    import pylsl

    (info,) = pylsl.resolve_byprop("source_id", source_id, 1, DEADLINE)
    inlet = pylsl.StreamInlet(info, max_buflen=60, recover=False, processing_flags=0)
    inlet.open_stream(DEADLINE)
    got: list[tuple[list[Any], float]] = []

    def pull() -> None:
        with contextlib.suppress(pylsl.util.LostError):
            while True:
                samples, stamps = inlet.pull_chunk(0.05, 256, min_samples=1)
                got.extend(zip(map(list, samples), stamps, strict=True))

    thread = threading.Thread(target=pull)
    thread.start()
    try:
        yield got
    finally:
        thread.join(DEADLINE)


@pytest.fixture(scope="module")
def session() -> Recording:
    return perform(seed=5, person=1002, actions=["wave", "boxing"], duration=20.0)


@pytest.fixture
def prefix() -> str:
    return f"t{uuid.uuid4().hex[:8]}-"


def follow(
    address: str, over: threading.Event
) -> tuple[list[Prediction], list[Event], list[Status], dict[str, int]]:
    """All messages until the streams are over and no more come."""
    predictions: list[Prediction] = []
    events: list[Event] = []
    statuses: list[Status] = []
    deadline = time.monotonic() + DEADLINE
    with Subscriber(address) as subscriber:
        while time.monotonic() < deadline:
            received = subscriber.receive(0.2)
            if received is None:
                continue
            message = received.message
            if isinstance(message, Prediction):
                predictions.append(message)
            elif isinstance(message, Event):
                events.append(message)
            else:
                statuses.append(message)
                if over.is_set() and all(s.state is not StreamState.LIVE for s in message.streams):
                    break
        return predictions, events, statuses, subscriber.lost


@pytest.mark.lsl
def test_streams_in_predictions_out_with_nothing_lost_and_a_summary_at_the_end(
    run: Callable[..., Run], session: Recording, prefix: str, tmp_path: Path
) -> None:
    record = tmp_path / "session.jsonl"
    started = run(
        *("--imu-source", f"{prefix}imu", "--skeleton-source", f"name={prefix}skeleton,type=MoCap"),
        *("--wearer", "anna", "--record", str(record), "--markers", f"{prefix}markers"),
    )
    started.until("waiting for", started.err)
    with playing(session, prefix, speed=4.0) as over:
        predictions, events, statuses, lost = follow(started.address, over)
        assert started.end(signal.SIGTERM) == 0
    assert not lost
    assert {p.wearer for p in predictions} == {"anna"}
    assert [p.seq for p in predictions] == list(range(predictions[0].seq, predictions[-1].seq + 1))
    assert ("imu", "skeleton") in {p.modalities for p in predictions}
    assert {e.label for e in events} == {a.label for a in session.annotations}
    assert {s.wearer for status in statuses for s in status.streams} == {"anna"}
    recorded = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    assert {line["seq"] for line in recorded if line["type"] == "prediction"} >= {p.seq for p in predictions}
    summary = "\n".join(started.out)
    performed = len(session.annotations)
    assert re.search(rf"\d+ predictions \(.* a second\), {performed} events?;", summary)
    assert re.search(r"latency p50 \d+\.\d ms", summary)
    assert re.search(rf"'{prefix}imu', \d+ samples", summary)
    assert f"{performed} of {performed} performed actions recognized" in summary


@pytest.mark.lsl
@pytest.mark.slow
def test_over_lsl_the_events_are_those_of_the_offline_path_within_a_hop(
    run: Callable[..., Run], prefix: str, tmp_path: Path
) -> None:
    recording = perform(seed=6, person=1003, duration=60.0)
    assert main(["--recording", "synthetic", "--subject", "1003", "--seed", "6", "--out", str(tmp_path)]) == 0
    offline = [e for e in read_events(tmp_path / "synthetic-synthetic-1003.events.tsv") if e.onset < 58.0]
    started = run("--imu-source", f"{prefix}imu", "--skeleton-source", f"{prefix}skeleton")
    with playing(recording, prefix, speed=1.0) as over:
        _, events, _, lost = follow(started.address, over)
        assert started.end() == 0
    assert not lost
    live = recognized(events)
    assert [e.label for e in live[: len(offline)]] == [e.label for e in offline[: len(live)]]
    shift = np.median([a.onset - b.onset for a, b in zip(live, offline, strict=False)])
    for a, b in zip(live, offline, strict=False):
        assert abs(a.onset - b.onset - shift) <= 0.25 + 1e-6
        assert abs(a.offset - b.offset - shift) <= 0.25 + 1e-6


@pytest.mark.lsl
def test_wearers_of_a_file_are_recognized_together_from_whatever_streams_they_have(
    run: Callable[..., Run], session: Recording, prefix: str, tmp_path: Path
) -> None:
    config = tmp_path / "lab.toml"
    info, recognizer = load(find("utd-mhad-wrist"))
    anna = save(tmp_path / "anna.safetensors", replace(info, name="anna"), recognizer)
    config.write_text(
        f'[[wearer]]\nid = "anna"\nweights = "{tmp_path}/anna.safetensors"\nimu = "{prefix}imu"\n'
        f'[[wearer]]\nid = "ben"\nskeleton = "{prefix}skeleton"\n',
        "utf-8",
    )
    started = run("--config", str(config), "--lsl-out")
    started.until("waiting for", started.err)
    with reading("hnhar-events:anna") as markers, reading("hnhar-predictions:ben") as rows:
        with playing(session, prefix, speed=4.0) as over:
            predictions, events, statuses, lost = follow(started.address, over)
        assert started.end() == 0
    assert not lost
    onsets = [f"{e.label}/start" for e in events if e.wearer == "anna" and e.kind == "onset"]
    assert [text for (text,), _ in markers if text.endswith("/start")] == onsets
    ends = [p.end for p in predictions if p.wearer == "ben"]
    assert {round(stamp, 3) for _, stamp in rows} >= {round(end, 3) for end in ends}
    assert all(sum(values[:-1]) == pytest.approx(1.0, abs=1e-4) for values, _ in rows)
    assert {(p.wearer, p.modalities) for p in predictions} == {("anna", ("imu",)), ("ben", ("skeleton",))}
    assert {(p.wearer, p.model) for p in predictions} == {("anna", anna.id), ("ben", info.id)}
    assert {(e.wearer, e.model) for e in events} == {("anna", anna.id), ("ben", info.id)}
    assert statuses[-1].weights == {"anna": anna.id}
    assert {(s.wearer, s.modality) for s in statuses[-1].streams} == {("anna", "imu"), ("ben", "skeleton")}
    performed = {a.label for a in session.annotations}
    assert {(e.wearer, e.label) for e in events} == {
        (w, label) for w in ("anna", "ben") for label in performed
    }


@pytest.mark.lsl
def test_a_stream_that_does_not_fit_is_refused_with_the_reason_and_the_run_goes_on(
    run: Callable[..., Run], session: Recording, prefix: str
) -> None:
    started = run("--imu-source", f"{prefix}skeleton")
    with playing(session, prefix):
        said = started.until("imu is refused", started.err).string
        assert started.end() == 0
    assert "acc" in said
    assert "0 predictions" in "\n".join(started.out)


def test_ctrl_c_before_any_stream_was_found_ends_cleanly(run: Callable[..., Run]) -> None:
    started = run("--imu-source", f"none-{uuid.uuid4()}")
    started.until("waiting for", started.err)
    assert started.end() == 0
    assert "gave no sample" in "\n".join(started.out)


@pytest.mark.lsl
def test_the_demonstration_ends_by_itself_and_compares(run: Callable[..., Run]) -> None:
    started = run("--demo", "--duration", "9")
    assert started.end(None) == 0
    text = "\n".join(started.out)
    assert re.search(r"\d+ predictions", text)
    assert "performed" in text.lower()
    assert "measures no accuracy" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "no stream is named"),
        (["--imu-source", ""], "a source is empty"),
        (["--imu-source", "x", "--hop", "0"], "--hop 0"),
        (["--imu-source", "x", "--hop", "4", "--publish", "tcp://127.0.0.1:0"], "at most 3 s"),
        (["--recording", "synthetic", "--hop", "4"], "at most 3 s"),
        (["--imu-source", "x", "--weights", "nonsense"], "no bundle 'nonsense'"),
        (["--imu-source", "x", "--publish", "tcp://0.0.0.0:0"], "--insecure"),
        (["--imu-source", "x", "--publish", "nowhere"], "not an address"),
        (["--imu-source", "x", "--wearer", "a/b"], "slash"),
        (["--imu-source", "a=b"], "is no key of a source"),
        (["--imu-source", "name='x", "--publish", "tcp://127.0.0.1:0"], "not closed"),
        (["--imu-source", "x", "--duration", "-1"], "--duration"),
        (["--imu-source", "x", "--threads", "0"], "--threads"),
        (["--imu-source", "x", "--imu-axes", "x,x,z"], "no axis order"),
        (["--imu-source", "x", "--imu-unit", "parsec"], "imu_unit 'parsec'"),
        (["--skeleton-source", "x", "--joints", "smpl"], "no joint layout"),
        (["--skeleton-source", "x", "--body", "0"], "counted from 1"),
        (["--skeleton-source", "x", "--skeleton-axes", "x,y"], "skeleton_axes 'x,y' is no axis order"),
        (["--recording", "synthetic", "--imu-axes", "up"], "no axis order"),
        (["--config", "none.toml"], "cannot be read"),
        (["--config", "none.toml", "--imu-source", "x"], "leave out"),
        (["--recording", "none.xdf"], "does not exist"),
        (["--recording", "synthetic", "--speed", "0"], "--speed"),
        (["--recording", "synthetic", "--demo"], "leave out --demo"),
        (["--recording", "synthetic", "--lsl-out"], "leave out --lsl-out"),
        (["--imu-source", "x", "--out", "here"], "--out is for --recording"),
        (["--imu-source", "x", "--speed", "2"], "--speed is for --recording"),
        (["--imu-source", "x", "--record", "none/of/this.jsonl", "--publish", "tcp://127.0.0.1:0"], "record"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    options: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "1000")
    assert main(options) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
    assert "Traceback" not in error


def test_a_taken_port_is_refused_and_its_holder_named(
    run: Callable[..., Run], capsys: pytest.CaptureFixture[str]
) -> None:
    started = run("--imu-source", f"none-{uuid.uuid4()}")
    assert main(["--imu-source", "x", "--publish", started.address]) == 2
    assert f"process {started.process.pid}" in capsys.readouterr().err


def test_a_recording_gives_events_predictions_and_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    asked = ["--recording", "synthetic", "--subject", "1004", "--out", str(tmp_path / "new"), "--only", "imu"]
    assert main(asked) == 0
    out = capsys.readouterr().out
    stem = tmp_path / "new" / "synthetic-synthetic-1004"
    events = read_events(f"{stem}.events.tsv")
    annotations = perform(seed=0, person=1004).annotations
    origin = perform(seed=0, person=1004).start
    shifted = [type(a)(a.onset - origin, a.duration, a.label) for a in annotations]
    assert match(shifted, events).recall > 0.9
    lines = [json.loads(line) for line in Path(f"{stem}.predictions.jsonl").read_text("utf-8").splitlines()]
    assert {tuple(line["modalities"]) for line in lines if line["type"] == "prediction"} == {("imu",)}
    assert {line["end_unix_ns"] for line in lines if line["type"] == "prediction"} == {None}
    assert Path(f"{stem}.png").stat().st_size > 10_000
    comparison = Path(f"{stem}.comparison.tsv").read_text("utf-8")
    assert comparison.count("\thit\t") == len(match(shifted, events).hits)
    assert f"comparison: {stem}.comparison.tsv" in " ".join(out.replace("\n", "").split())
    assert "performed actions recognized" in out


@pytest.mark.parametrize("number", [1, 2])
def test_a_real_muse_file_gives_an_imu_and_a_word_on_where_it_was_worn(
    number: int, data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--recording", str(data_dir / "xdf" / f"muse_P00{number}.xdf"), "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "imu.acc" in out
    assert "imu.gyro" in out
    assert "does not say where it is worn" in err


def test_a_real_muse_file_without_samples_is_refused_with_what_is_empty(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--recording", str(data_dir / "xdf" / "muse_P003.xdf")]) == 2
    assert "GYRO and ACC are empty" in " ".join(capsys.readouterr().err.split())
