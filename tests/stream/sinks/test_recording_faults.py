"""`--record` under kill -9 and on full disks, and the reader of what is left."""

import logging
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError, RecordingError
from hnhar.stream.sinks import recorder as module
from hnhar.stream.sinks.recorded import MAX_LINE, RecordedLine, read_lines
from hnhar.stream.sinks.recorder import RETRY, Recorder

from ..examples import event, prediction, status

HERE = Path(__file__).parent
WRITER = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("examples", sys.argv[2])
examples = importlib.util.module_from_spec(spec)
spec.loader.exec_module(examples)
from hnhar.stream.sinks.recorder import Recorder
recorder = Recorder(sys.argv[1], "run")
for seq in range(1_000_000):
    recorder.take(examples.prediction(seq))
    print(seq, flush=True)
"""


def write_until_killed(path: Path, lines: int, delay: float) -> int:
    """A process that records, and tells each line that it has written, killed a little after `lines` of
    them; the last it told."""
    command = [sys.executable, "-c", WRITER, str(path), str(HERE.parent / "examples.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        assert process.stdout is not None
        told = -1
        for line in process.stdout:
            told = int(line)
            if told >= lines:
                break
        threading.Event().wait(delay)
        process.send_signal(signal.SIGKILL)
        for line in process.stdout:
            # the kernel may tear the last of these too
            told = int(line) if line.endswith("\n") else told
        guard.cancel()
    return told


def test_no_written_prediction_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    generator = random.Random(5)
    for number in range(8):
        path = tmp_path / f"{number}.jsonl"
        told = write_until_killed(path, generator.randrange(0, 400), generator.uniform(0, 0.02))
        found = list(read_lines(path))
        whole = [line.fields["seq"] for line in found if not line.fault]
        assert whole == list(range(len(whole)))
        assert len(whole) > told
        assert all(not line.fault for line in found[:-1])
        assert len(found) - len(whole) <= 1


def test_a_torn_last_line_is_recognized_and_what_follows_a_restart_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    first = Recorder(path)
    first.take(prediction(1))
    first.take(prediction(2))
    first.close()
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size - 30)
    before, torn = read_lines(path)
    assert (before.fault, before.fields["seq"]) == ("", 1)
    assert torn == RecordedLine(2, {}, "it ends before its end", torn=True)
    again = Recorder(path)
    again.take(event(7))
    again.close()
    _, damaged, last = read_lines(path)
    assert damaged.fault.startswith("it is no JSON")
    assert not damaged.torn
    assert (last.number, last.fields["seq"], last.fault) == (3, 7, "")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"12", "has no line end"),
        (b"12\n", "no message"),
        (b"[" * 5000 + b"\n", "no JSON"),
        (b'{"type": 3}\n', "no message"),
        (b"\xff\xfe\n", "no JSON"),
        (b"\n", "no JSON"),
        (b'{"type": "event"', "before its end"),
    ],
)
def test_a_line_that_is_no_message_is_reported_with_its_number(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"type": "event"}\n' + content)
    good, bad = read_lines(path)
    assert good.fields == {"type": "event"}
    assert bad.number == 2
    assert says in bad.fault


def test_an_endless_line_is_one_fault_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * (3 * MAX_LINE) + b'\n{"type": "event"}\n')
    long, good = read_lines(path)
    assert "longer than" in long.fault
    assert (good.number, good.fields) == (2, {"type": "event"})


def test_what_is_no_file_is_refused_by_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("none", "pipe", "."):
        with pytest.raises(RecordingError, match="cannot be read"):
            list(read_lines(tmp_path / name))


def test_a_pipe_a_folder_or_an_impossible_name_is_refused_before_the_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "", "a\0b"):
        with pytest.raises(ConfigError, match="cannot record to"):
            Recorder(str(tmp_path / name))


def filled(path: Path, lines: int, room: int) -> Recorder:
    """A recorder whose file may not grow beyond `room` bytes while it takes `lines` predictions."""
    recorder = Recorder(path)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        for seq in range(lines):
            recorder.take(prediction(seq))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    return recorder


def test_a_disk_that_fills_up_is_told_once_and_recording_goes_on_when_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    path = tmp_path / "run.jsonl"
    recorder = filled(path, 30, room=2500)
    assert [record.levelname for record in caplog.records].count("ERROR") <= 2
    assert recorder.written + recorder.lost == 30
    assert 0 < recorder.written < 10
    for seq in range(30, 30 + RETRY):
        recorder.take(prediction(seq))
    recorder.take(status())
    recorder.close()
    assert f"goes on; {recorder.lost} lines were lost" in caplog.text
    found = list(read_lines(path))
    whole = [line.fields["seq"] for line in found if not line.fault]
    assert len(whole) == recorder.written
    assert whole[-1] == 30 + RETRY - 1
    assert sum(bool(line.fault) for line in found) <= 1


def recorded(path: Path) -> list[int]:
    """Sequence numbers of what is in the file; all of it is whole."""
    found = list(read_lines(path))
    assert not [line.fault for line in found if line.fault]
    return [line.fields["seq"] for line in found]


@pytest.mark.parametrize("change", ["deleted", "rotated", "replaced"])
def test_a_file_that_is_no_longer_under_its_name_is_told_and_opened_anew(
    tmp_path: Path, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    path, other = tmp_path / "run.jsonl", tmp_path / "other.jsonl"
    recorder = Recorder(path)
    recorder.take(prediction(1))
    if change == "deleted":
        path.unlink()
    elif change == "rotated":
        path.rename(other)
    else:
        other.write_bytes(b'{"type": "event", "seq": 0}')  # torn: what comes stays apart from it
        other.replace(path)
    recorder.take(prediction(2))
    recorder.take(prediction(3))
    recorder.close()
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.endswith("while it was recorded to; it was opened anew")
    if change == "replaced":
        assert [line.fields.get("seq") for line in read_lines(path)] == [0, 2, 3]
    else:
        assert recorded(path) == [2, 3]
    assert change != "rotated" or recorded(other) == [1]
    assert (recorder.written, recorder.lost, recorder.reopened) == (3, 0, 1)


def test_a_deleted_file_is_told_with_the_next_status_though_nothing_is_recognized(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path / "run.jsonl")
    (tmp_path / "run.jsonl").unlink()
    recorder.take(status())
    recorder.close()
    assert "was deleted" in caplog.text
    assert (tmp_path / "run.jsonl").exists()


@pytest.mark.parametrize("back", ["made anew", "renamed back"])
def test_while_its_folder_is_gone_lines_are_held_and_nothing_is_lost(
    tmp_path: Path, back: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    recorder = Recorder(folder / "run.jsonl")
    recorder.take(prediction(1))
    folder.rename(tmp_path / "elsewhere")
    for seq in (2, 3):
        recorder.take(prediction(seq))
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert "cannot be opened anew: No such file or directory; it is tried again" in told[0]
    if back == "made anew":
        folder.mkdir()
    else:
        (tmp_path / "elsewhere").rename(folder)
    recorder.take(prediction(4))
    recorder.close()
    assert recorded(folder / "run.jsonl") == ([2, 3, 4] if back == "made anew" else [1, 2, 3, 4])
    assert (recorder.written, recorder.lost) == (4, 0)


def test_what_is_held_is_bounded_and_counted_as_lost_where_the_folder_stays_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD", 5)
    folder = tmp_path / "session"
    folder.mkdir()
    recorder = Recorder(folder / "run.jsonl")
    shutil.rmtree(folder)
    for seq in range(8):
        recorder.take(prediction(seq))
    assert recorder.lost == 3
    recorder.close()
    assert (recorder.written, recorder.lost) == (0, 8)
    assert "No such file" in recorder.failed
