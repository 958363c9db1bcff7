"""The recorder of JSON lines."""

import json
import os
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.sinks.recorder import Recorder

from ..examples import event, prediction, status


def test_every_prediction_and_event_is_a_whole_line_of_json_at_once(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run.jsonl", "abc")
    recorder.take(prediction())
    recorder.take(status())
    recorder.take(event())
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text("utf-8").splitlines()]
    recorder.close()
    assert [line["type"] for line in lines] == ["prediction", "event"]
    assert {line["publisher"] for line in lines} == {"abc"}
    assert recorder.written == 2


def test_recording_appends_and_keeps_half_a_line_of_a_killed_run_apart(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"type": "event"}\n{"type": "pre')
    recorder = Recorder(path)
    recorder.take(prediction())
    recorder.close()
    first, torn, last = path.read_text("utf-8").splitlines()
    assert json.loads(first)["type"] == "event"
    assert torn == '{"type": "pre'
    assert json.loads(last)["type"] == "prediction"


def test_a_place_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot record to"):
        Recorder(tmp_path / "none" / "run.jsonl")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device /dev/full")
def test_a_full_disk_is_noted_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder("/dev/full")
    recorder.take(prediction())
    recorder.take(prediction())
    recorder.close()
    assert recorder.failed
    assert recorder.written == 0
    assert len(caplog.records) == 1
