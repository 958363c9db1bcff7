"""The lines of a run without a dashboard."""

import io
import os
from contextlib import suppress
from dataclasses import replace

import pytest

from hnhar.stream.messages import Repetitions
from hnhar.stream.sinks.lines import LogLines, line_of

from ..examples import event, prediction, status, stream_status


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


def test_how_a_sensor_is_worn_is_said_when_it_is_another_sentence_than_before() -> None:
    out = io.StringIO()
    lines = LogLines(out)
    texts = [
        "how it is turned is not known yet, after 4 s of motion of some 10",
        "how it is turned is not known yet, after 5 s of motion of some 10",
        "turned about 88° about the forearm; corrected (97 % sure, by 60 s of motion)",
        "turned about 90° about the forearm; corrected (98 % sure, by 61 s of motion)",
    ]
    for mount in texts:
        lines.take(status(streams=(replace(stream_status("imu"), mount=mount),)))
    first, second = out.getvalue().splitlines()
    assert first.endswith(f"imu: {texts[0]}")
    assert second.endswith(f"imu: {texts[2]}")


def test_an_offset_says_how_often_and_how_fast_where_something_repeats() -> None:
    offset = event(kind="offset")
    once, often = Repetitions(1, (), None, 0.0), Repetitions(4, (0.6,) * 4, 96.4, 0.9)
    assert line_of(replace(offset, repetitions=often)).endswith("after 1.5 s, 4 times, 96 a minute")
    assert line_of(replace(offset, repetitions=once)) == line_of(offset)


def test_a_reader_of_the_lines_that_has_gone_is_noticed() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    lines = LogLines(Gone())
    lines.take(prediction())
    assert lines.broken
