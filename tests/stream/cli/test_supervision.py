"""`hnhar-stream` under a supervisor: what it tells, and that it ends when it is told to, at any moment."""

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pylsl
import pytest

from hnhar.stream.cli.common import EXIT_ERROR, Stop, guarded, stopping
from hnhar.stream.cli.stream import build_parser, main
from hnhar.stream.sinks.prometheus import metrics_address

DEADLINE = 60.0
WITHIN = 20.0
"""s; ten times what is promised."""
PROGRAM = Path(sys.executable).with_name("hnhar-stream")


@contextlib.contextmanager
def running(*options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The program with its lines on pipes; killed at the end if it still runs."""
    command = [PROGRAM, "--no-dashboard", "--publish", "tcp://127.0.0.1:0", "--log-format", "json", *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    ) as process:
        # a read on a pipe has no deadline of its own
        guard = threading.Timer(DEADLINE, process.kill)
        guard.start()
        try:
            yield process
        finally:
            guard.cancel()
            if process.poll() is None:
                process.kill()


def line_with(stream: Iterator[str] | None, pattern: str) -> str:
    assert stream is not None
    for line in stream:
        if re.search(pattern, line):
            return line
    raise AssertionError(f"it ended without {pattern}")


def ended(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, str]]]:
    """Exit code, and the log, after SIGTERM."""
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=WITHIN)
    return process.returncode, [json.loads(line) for line in err.splitlines()]


def test_a_supervisor_hears_ready_signs_of_life_and_stopping_and_scrapes_metrics(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(DEADLINE)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        with running(
            "--imu-source", f"none-{uuid.uuid4()}", "--metrics", "127.0.0.1:0", **environment
        ) as process:
            url = line_with(process.stdout, "metrics on").split()[-1]
            assert re.fullmatch(
                r"READY=1\nSTATUS=publishing on tcp://127\.0\.0\.1:\d+", listening.recv(999).decode()
            )
            assert {listening.recv(999) for _ in range(3)} == {b"WATCHDOG=1"}
            with urllib.request.urlopen(url, timeout=DEADLINE) as answer:
                assert "hnhar_build_info{" in answer.read().decode()
            code, log = ended(process)
            said = [b""]
            while said[-1] != b"STOPPING=1":
                said.append(listening.recv(999))
        assert code == 0
        assert {"wearer": "wearer", "stream": "imu", "level": "info"}.items() <= log[-1].items()


def test_sigterm_while_the_weights_are_loaded_ends_it_cleanly() -> None:
    with running("--imu-source", f"none-{uuid.uuid4()}") as process:
        line_with(process.stdout, "publishing on")
        assert ended(process) == (0, [])


def test_sigterm_while_a_stream_is_looked_for_ends_it_with_a_summary() -> None:
    with running("--imu-source", f"none-{uuid.uuid4()}") as process:
        line_with(process.stderr, "no stream matches yet")
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=WITHIN)
    assert process.returncode == 0
    assert "gave no sample" in out


def replaying(folder: Path, *options: str) -> subprocess.Popen[str]:
    """`hnhar-stream` over a recording, with its lines on pipes."""
    command = [PROGRAM, "--recording", "synthetic", "--out", str(folder), *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def written(path: Path) -> bool:
    """Whether something is in the file already."""
    return path.exists() and path.stat().st_size > 0


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_while_a_recording_is_replayed_writes_what_was_recognized_and_draws_nothing(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    predictions = tmp_path / "synthetic-synthetic-0.predictions.jsonl"
    with replaying(tmp_path, "--speed", "4") as process:
        begun = time.monotonic()
        while not written(predictions) and time.monotonic() - begun < DEADLINE:
            time.sleep(0.05)
        process.send_signal(sent)
        out, err = process.communicate(timeout=WITHIN)
    assert process.returncode == code, err
    assert "it was stopped before its end" in err
    assert "Traceback" not in err
    assert "events:" in out
    assert "figure:" not in out
    assert all(json.loads(line) for line in predictions.read_text("utf-8").splitlines())
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".jsonl", ".tsv"]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_while_a_recording_loads_says_so_and_leaves_no_half_result(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    """The weights of this process are slow to load: the signal comes meanwhile."""
    program = (
        "import os, signal, sys, time\n"
        "import hnhar.stream.cli.options.compute as compute\n"
        f"compute.serve = lambda *_, **__: (os.kill(os.getpid(), {int(sent)}), time.sleep(30))\n"
        "from hnhar.stream.cli.entry import stream\n"
        "sys.exit(stream())\n"
    )
    command = [sys.executable, "-c", program, "--recording", "synthetic", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == code, done.stderr
    assert "it was stopped before its end: nothing was recognized yet" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_figure_is_drawn_leaves_a_whole_one_or_none(
    tmp_path: Path, sent: signal.Signals
) -> None:
    pytest.importorskip("matplotlib")
    with replaying(tmp_path) as process:
        line_with(process.stdout, "events:")
        process.send_signal(sent)
        _, err = process.communicate(timeout=WITHIN)
    assert "Traceback" not in err
    assert process.returncode in ((0,) if sent is signal.SIGTERM else (0, 130))
    pictures = [path for path in tmp_path.iterdir() if path.suffix not in (".jsonl", ".tsv")]
    assert all(path.suffix == ".png" and path.read_bytes().endswith(b"IEND\xaeB`\x82") for path in pictures)


@pytest.mark.lsl
def test_sigterm_while_a_stream_is_refused_ends_it_cleanly() -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "Markers", 1, 0, pylsl.cf_string, name))
    with running("--imu-source", name) as process:
        line_with(process.stderr, "is refused")
        code, _ = ended(process)
    del outlet
    assert code == 0


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.1 * k for k in range(1, 41, 3)])
def test_sigterm_at_any_moment_of_the_start_ends_it_and_leaves_no_trace(delay: float) -> None:
    with running("--imu-source", f"none-{uuid.uuid4()}") as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(delay)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=WITHIN)
    assert process.returncode in (0, -signal.SIGTERM)  # before its first line runs, by the signal itself
    assert "Traceback" not in err


def interrupted(stop: Stop, *, swallows: bool = False) -> None:
    """Work during which SIGTERM arrives."""
    with stop.interrupting(), contextlib.suppress(SystemExit) if swallows else contextlib.nullcontext():
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("it went on")


@pytest.mark.parametrize("swallows", [False, True])
def test_a_signal_interrupts_work_that_looks_at_no_event(swallows: bool) -> None:
    with stopping() as stop:
        with pytest.raises(SystemExit) as caught:
            interrupted(stop, swallows=swallows)
        assert caught.value.code == 0
        assert stop.is_set()


def test_such_work_does_not_begin_after_a_signal() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(SystemExit):
        interrupted(stop)


def test_a_failure_of_ours_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> int:
        raise LookupError("something")

    assert guarded(fails) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: an unexpected LookupError: something")
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metrics", "0.0.0.0:0"], "--insecure"),
        (["--metrics", "nowhere"], "HOST:PORT"),
    ],
)
def test_metrics_that_cannot_be_served_are_refused(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    assert main(["--imu-source", "x", "--publish", "tcp://127.0.0.1:0", "--no-dashboard", *options]) == 2
    assert said in capsys.readouterr().err


def test_the_units_command_line_is_one_that_the_program_takes() -> None:
    unit = (Path(__file__).parents[3] / "docs" / "hnhar-stream.service").read_text("utf-8")
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    program, *options = shlex.split(command)
    assert Path(program).name == "hnhar-stream"
    asked = build_parser().parse_args(options)
    assert (asked.no_dashboard, asked.log_format) == (True, "json")
    assert metrics_address(asked.metrics).port == 9464
    assert "Type=notify" in unit
    assert f"RestartPreventExitStatus={EXIT_ERROR}\n" in unit
