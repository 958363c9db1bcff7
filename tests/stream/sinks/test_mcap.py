"""What MCAP's own reader finds in the file, whole and cut off."""

import json
import os
import resource
import signal
import struct
import subprocess
import sys
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcap.exceptions import EndOfFile
from mcap.reader import NonSeekingReader, make_reader

from hnhar.model.errors import ConfigError, MissingExtraError
from hnhar.stream.sinks import mcap_file
from hnhar.stream.sinks.context import SinkContext
from hnhar.stream.sinks.mcap_file import McapSink, PatientFile, moment, open_mcap

from ..examples import LABELS, event, prediction, status

CONTEXT = SinkContext("abc", "weights@1", LABELS, ("p1", "p2"))


def messages(path: Path) -> list[tuple[str, str, dict[str, Any], int]]:
    """(topic, name of the schema, message, log time in ns) of a whole file, by its index."""
    with path.open("rb") as file:
        return [
            (channel.topic, schema.name if schema else "", json.loads(message.data), message.log_time)
            for schema, channel, message in make_reader(file, validate_crcs=True).iter_messages()
        ]


def readable(path: Path) -> list[dict[str, Any]]:
    """Messages of a file that was cut off, up to where it ends."""
    found = []
    with path.open("rb") as file:
        try:
            for _, _, message in NonSeekingReader(file, validate_crcs=True).iter_messages(
                log_time_order=False
            ):
                found.append(json.loads(message.data))
        except (EndOfFile, struct.error):  # the latter in its footer
            return found
    raise AssertionError("the file was not cut off")


def test_every_message_is_there_with_its_time_and_a_schema_that_it_fits(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    sink = open_mcap(str(path), CONTEXT)
    taken = [prediction(1), event(1), prediction(1, wearer="p2"), status(1), event(2, kind="offset")]
    for message in taken:
        sink.take(message)
    sink.close()
    found = messages(path)
    assert sorted((topic, schema) for topic, schema, _, _ in found) == [
        ("/p1/event", "hnhar.Event"),
        ("/p1/event", "hnhar.Event"),
        ("/p1/prediction", "hnhar.Prediction"),
        ("/p2/prediction", "hnhar.Prediction"),
        ("/status", "hnhar.Status"),
    ]
    assert {(fields["type"], fields["seq"], at) for _, _, fields, at in found} == {
        (type(message).__name__.lower(), message.seq, moment(message)) for message in taken
    }
    with path.open("rb") as file:
        reader = make_reader(file)
        (about,) = reader.iter_metadata()
        summary = reader.get_summary()
        assert summary is not None
        for schema, _, message in reader.iter_messages():
            assert schema is not None
            assert schema.encoding == "jsonschema"
            jsonschema.validate(json.loads(message.data), json.loads(schema.data))
    assert about.metadata["labels"] == "wave, clap, throw, idle"
    assert summary.statistics is not None
    assert summary.statistics.message_count == 5


def test_an_event_stands_at_its_decision_and_what_has_no_unix_time_at_its_arrival(tmp_path: Path) -> None:
    assert moment(event(onset=98.5)) == 1_790_000_000_000_000_000 + int(99.5e9)
    sink = McapSink(tmp_path / "run.mcap", CONTEXT, clock=lambda: 77)
    sink.take(replace(prediction(), end_unix_ns=None))
    sink.close()
    assert messages(tmp_path / "run.mcap")[0][3] == 77


def killed(path: Path, kill: int) -> int:
    """Let a run write 200 predictions and be killed; the exit code."""
    code = (
        "import sys, time\n"
        "sys.path.insert(0, '.')\n"
        "from tests.stream.examples import prediction\n"
        "from hnhar.stream.sinks.mcap_file import open_mcap\n"
        "from hnhar.stream.sinks.context import SinkContext\n"
        f"sink = open_mcap({str(path)!r}, SinkContext('abc', 'w', ('wave',), ('p1',)))\n"
        "for seq in range(200):\n    sink.take(prediction(seq))\n"
        "print('written', flush=True)\ntime.sleep(600)"
    )
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=root) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"written\n"
        run.send_signal(kill)
    return run.returncode


def test_the_file_of_a_run_that_is_killed_can_be_read_up_to_its_last_chunk(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    assert killed(path, signal.SIGKILL) == -signal.SIGKILL
    seqs = [fields["seq"] for fields in readable(path)]
    assert seqs == list(range(len(seqs)))
    assert len(seqs) > 200 - mcap_file.CHUNK / 500  # a prediction takes more than 500 bytes


def test_a_file_cut_anywhere_can_be_read_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    sink = open_mcap(str(path), CONTEXT)
    for seq in range(200):
        sink.take(prediction(seq))
    sink.close()
    whole = path.read_bytes()
    counts = []
    for share in (0.1, 0.4, 0.7, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        seqs = [fields["seq"] for fields in readable(path)]
        assert seqs == list(range(len(seqs)))
        counts.append(len(seqs))
    assert counts == sorted(counts)
    assert counts[-1] == 200


def test_a_file_that_exists_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run.mcap"
    path.write_text("precious")
    with pytest.raises(ConfigError, match=r"run\.mcap exists, and is not overwritten"):
        open_mcap(str(path), CONTEXT)
    assert path.read_text() == "precious"


def test_a_folder_gets_a_file_with_the_time_in_its_name(tmp_path: Path) -> None:
    open_mcap(f"{tmp_path}/", CONTEXT).close()
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("hnhar-20")
    assert path.suffix == ".mcap"
    assert messages(path) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no file"),
        ("/nowhere/at/all/run.mcap", "cannot write to .*No such file"),
        ("a\0b", "null byte"),
    ],
)
def test_what_cannot_be_written_to_is_one_line(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as raised:
        open_mcap(text, CONTEXT)
    assert "\n" not in str(raised.value)


def test_a_disk_that_is_full_for_a_while_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The kernel's limit on the size of a file stands for a full disk: a write breaks off in the middle."""
    path = tmp_path / "run.mcap"
    sink = open_mcap(str(path), CONTEXT)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
        for seq in range(400):
            sink.take(prediction(seq))
        assert path.stat().st_size == 4000
        assert "waits in memory" in caplog.text
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    for seq in range(400, 600):
        sink.take(prediction(seq))
    sink.close()
    assert "nothing was lost" in caplog.text
    assert [fields["seq"] for _, _, fields, _ in messages(path)] == list(range(600))


def test_a_disk_that_stays_full_ends_the_file_and_it_can_be_read_up_to_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcap_file, "HELD", 30_000)
    path = tmp_path / "run.mcap"
    sink = open_mcap(str(path), CONTEXT)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, before[1]))
        many = (prediction(seq) for seq in range(10_000))
        with pytest.raises(OSError, match="File too large"):
            deque(map(sink.take, many), maxlen=0)
        with pytest.raises(OSError, match="File too large"):
            sink.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    seqs = [fields["seq"] for fields in readable(path)]
    assert seqs == list(range(len(seqs)))
    assert len(seqs) > 20


def test_a_short_write_is_gone_on_with(tmp_path: Path) -> None:
    file = PatientFile(tmp_path / "f")
    file.write(b"abc")
    file.write(b"")
    assert (file.tell(), file.held) == (3, 0)
    file.close()
    assert (tmp_path / "f").read_bytes() == b"abc"
    assert os.listdir(tmp_path) == ["f"]


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"--sink mcap: needs .*hnhar\[sinks\]"):
        open_mcap("run.mcap", CONTEXT)
