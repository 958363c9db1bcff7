"""Where messages go besides the socket."""

import io
import json
import os
from contextlib import suppress
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.sinks.outputs import Collector, LogLines, Recorder, line_of

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


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the device /dev/full")
def test_lines_that_fill_the_disk_are_lost_and_recognition_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with suppress(OSError), open("/dev/full", "w") as out:  # closing it fails as well
        lines = LogLines(out)
        lines.take(prediction())
        lines.take(prediction())
        assert not lines.broken
    assert [record.getMessage() for record in caplog.records] == [
        "a line could not be printed: No space left on device; recognition goes on"
    ]


def test_a_line_says_who_when_what_how_sure_and_from_what() -> None:
    out = io.StringIO()
    lines = LogLines(out)
    one = prediction()
    lines.take(one)
    lines.take(status())
    (line,) = out.getvalue().splitlines()
    assert one.wearer in line
    assert one.label in line
    assert f"{one.confidence:.0%}" in line
    assert "+".join(one.modalities) in line
    assert "onset" in line_of(event()) or "offset" in line_of(event())


def test_a_reader_of_the_lines_that_has_gone_is_noticed() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    lines = LogLines(Gone())
    lines.take(prediction())
    assert lines.broken


def test_what_is_kept_are_predictions_and_events_or_events_alone() -> None:
    everything, few = Collector(), Collector(predictions=False)
    assert few.span is None
    for message in (prediction(end=100.0), prediction(end=104.0), prediction(end=99.0), event(), status()):
        everything.take(message)
        few.take(message)
    assert (len(everything.predictions), len(everything.events)) == (3, 1)
    assert (len(few.predictions), len(few.events)) == (0, 1)
    assert everything.span == few.span == (96.0, 104.0)
