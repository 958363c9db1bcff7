"""`hnhar-record`: streams and labels into an XDF file, from a terminal and without."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pylsl
import pytest
import pyxdf

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.record import default_name, free_name, main
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.xdf.scan import scan

from ..terminal import Terminal

DEADLINE = 60.0
PROGRAM = [sys.executable, "-c", "import sys; from hnhar.stream.cli.record import main; sys.exit(main())"]


@pytest.fixture
def name() -> str:
    return f"c{uuid.uuid4().hex[:8]}"


@pytest.fixture
def sender(name: str) -> Iterator[pylsl.StreamOutlet]:
    """An IMU at rest, at 50 Hz."""
    info = pylsl.StreamInfo(name, "IMU", 6, 50.0, pylsl.cf_float32, name)
    channels = info.desc().append_child("channels")
    for label in ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"):
        channels.append_child("channel").append_child_value("label", label)
    outlet, stop = pylsl.StreamOutlet(info), threading.Event()

    def push() -> None:
        rng = np.random.default_rng(0)
        while not stop.wait(0.02):
            outlet.push_sample(([0, 0, 1, 0, 0, 0] + 0.01 * rng.normal(size=6)).tolist())

    thread = threading.Thread(target=push, daemon=True)
    thread.start()
    yield outlet
    stop.set()
    thread.join(DEADLINE)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([], "nothing is named to be recorded"),
        (["--all", "--imu-source", "W"], "--all takes every stream: leave --source imu=W out"),
        (["--all", "--minutes", "0"], "--minutes 0 would end at once"),
        (["--all", "--labels", ","], "--labels names no activity"),
        (["--all", "--labels", "a/b"], "'a/b' cannot be a label"),
        (["--all", "--wearer", "ü"], "--wearer 'ü' has no letter of A to Z"),
        (["--all", "--wearer", "a" * 300], "File name too long"),
        (["--all", "it.csv"], "'it.csv' is no .xdf file"),
        (["--stream", "a=b=c,"], "'a' in the source"),
        (["--markers", "name='x"], "a quote or bracket is not closed"),
        (["--all", "--weights", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_one_line_and_leaves_no_file(
    words: list[str], answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert answer in refused(capsys, *words)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_takes_no_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing can be recorded to" in refused(capsys, "--all", "/proc/it.xdf")


def test_a_file_is_named_after_wearer_and_time_and_nobody_is_named_unasked() -> None:
    begun = datetime(2026, 11, 30, 14, 5, 2)
    assert default_name("anna b", begun) == "sub-annab_ses-20261130T140502.xdf"
    assert default_name(None, begun) == "ses-20261130T140502.xdf"
    with pytest.raises(ConfigError):
        default_name("--", begun)


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    assert free_name(path) == path
    path.touch()
    (tmp_path / "a_2.xdf").symlink_to("nowhere")
    assert free_name(path) == tmp_path / "a_3.xdf"


@pytest.mark.lsl
def test_streams_that_never_come_leave_no_file_and_are_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = refused(capsys, "--imu-source", name, "--minutes", "0.01", f"{tmp_path}/it.xdf")
    assert f"no sample came of any stream that was asked for (--source imu={name}), so there is no" in answer
    assert not list(tmp_path.iterdir())


@pytest.mark.lsl
def test_keys_in_a_terminal_label_what_is_recorded(
    sender: pylsl.StreamOutlet, name: str, tmp_path: Path
) -> None:
    words = ["--imu-source", name, "--labels", "stir,pour", "--wearer", "anna", f"{tmp_path}/"]
    with Terminal([*PROGRAM, *words]) as terminal:
        terminal.until(rf"● {name} · IMU, 6 ch")
        for keys, shown in (("1", "stir begins"), ("2", "pour begins"), (" ", r"pour, \d"), ("1", "▶ stir")):
            terminal.until(shown, terminal_at(terminal, keys))
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.settings == terminal.before
        terminal.until(r"hnhar-labels: stir 2, pour 1")
    (path,) = tmp_path.iterdir()
    assert re.fullmatch(r"sub-anna_ses-\d{8}T\d{6}\.xdf", path.name)
    recording = open_recording(path)
    assert [a.label for a in recording.annotations] == ["stir", "pour", "stir"]
    assert scan(path).fault == ""


def terminal_at(terminal: Terminal, keys: str) -> int:
    """Press keys; from where on what follows is shown."""
    shown = len(terminal.text)
    terminal.press(keys)
    return shown


@pytest.mark.lsl
@pytest.mark.slow
def test_a_recorder_that_is_killed_leaves_all_that_it_recorded(
    sender: pylsl.StreamOutlet, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "it.xdf"
    process = subprocess.Popen([*PROGRAM, "--imu-source", name, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert any("is recorded" in line for line in process.stdout)
        over = time.monotonic() + DEADLINE
        while path.stat().st_size < 6000:  # some 2 s of samples
            assert time.monotonic() < over
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        killed = pylsl.local_clock()
        process.communicate(timeout=DEADLINE)
    (stream,), _ = pyxdf.load_xdf(str(path), dejitter_timestamps=False)
    assert len(stream["time_stamps"]) > 100
    assert killed - stream["time_stamps"][-1] < 1.0
    assert [a.modality for a in open_recording(path).streams] == ["imu"]


@pytest.mark.lsl
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_and_a_file_that_is_there_is_kept(
    number: signal.Signals, sender: pylsl.StreamOutlet, name: str, tmp_path: Path
) -> None:
    (tmp_path / "it.xdf").write_bytes(b"mine")
    words = [*PROGRAM, "--stream", name, "--markers", "never", str(tmp_path / "it")]
    with Terminal(words, TERM="dumb") as terminal:
        terminal.until(r"it_2\.xdf")
        terminal.until(r"waiting for --markers never")
        terminal.until("is recorded")
        assert terminal.end(number) == 2  # what never came is an error
        terminal.until(r"of --markers never no sample came; all else is in")
    assert (tmp_path / "it.xdf").read_bytes() == b"mine"
    looked = scan(tmp_path / "it_2.xdf")
    assert (looked.fault, looked.headers, looked.footers) == ("", 1, 1)
    assert os.stat(tmp_path / "it_2.xdf").st_size > 500
