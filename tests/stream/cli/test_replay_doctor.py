"""The commands as a user runs them: processes, signals, real LSL."""

import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.lsl

REPLAY = [sys.executable, "-c", "import sys; from hnhar.stream.cli.replay import main; sys.exit(main())"]
DOCTOR = [sys.executable, "-c", "import sys; from hnhar.stream.cli.doctor import main; sys.exit(main())"]


@pytest.fixture
def prefix() -> str:
    return f"t{uuid.uuid4().hex[:8]}-"


@pytest.fixture
def playing(prefix: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [*REPLAY, "synthetic", "--loop", "--name-prefix", prefix], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while not process.stdout.readline().startswith(f"{prefix}skeleton"):
        assert process.poll() is None
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def run(command: list[str], *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=60, check=False)


def test_the_doctor_sees_what_is_replayed(prefix: str, playing: "subprocess.Popen[str]") -> None:
    answer = json.loads(run(DOCTOR, "--json").stdout)
    streams = {s["name"]: s for s in answer["streams"]}
    imu, body = streams[f"{prefix}imu"], streams[f"{prefix}skeleton"]
    assert imu["channels"][0] == {"label": "acc_x", "unit": "g"}
    assert imu["measured_rate"] == pytest.approx(50, rel=0.2)
    assert abs(imu["clock_offset"]) < 0.1
    assert imu["placement"] == "right wrist"
    assert len(body["channels"]) == 60
    assert body["channels"][0] == {"label": "head_x", "unit": "meters"}
    assert streams[f"{prefix}markers"]["text"]
    assert "liblsl" in answer["versions"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_replay_cleanly(playing: "subprocess.Popen[str]", number: signal.Signals) -> None:
    playing.send_signal(number)
    assert playing.wait(timeout=5) == 0
    assert playing.stdout is not None
    assert "stopped" in playing.stdout.read()


def test_files_are_played_one_after_the_other_and_refused_ones_say_why(data_dir: Path, prefix: str) -> None:
    files = [str(data_dir / "xdf" / f"muse_P00{n}.xdf") for n in (1, 3, 2)]
    answer = run(REPLAY, *files, "--speed", "max", "--name-prefix", prefix)
    assert answer.returncode == 2
    assert answer.stdout.count("played") == 2
    assert answer.stdout.count(f"{prefix}imu") == 4
    assert "empty" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["nowhere.xdf"], "nowhere.xdf"),
        (["synthetic", "--start", "1e6"], "nothing is left to play"),
        (["synthetic", "--start", "20", "--end", "10"], "nothing is left to play"),
        (["synthetic", "synthetic", "--loop"], "--loop"),
        (["synthetic", "--speed", "0"], "0.01"),
        (["synthetic", "--speed", "fast"], "fast"),
    ],
)
def test_what_cannot_be_played_is_one_message(options: list[str], words: str, prefix: str) -> None:
    answer = run(REPLAY, *options, "--name-prefix", prefix)
    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
