"""The reader of markers says at once whether they are there, and why what is there cannot be read."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator

import pylsl
import pytest

from hnhar.stream.lsl.markers import MarkerReader
from hnhar.stream.lsl.source import parse_source, resolve

pytestmark = pytest.mark.lsl


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.02)
    return holds()


@pytest.fixture
def name() -> str:
    return f"m{uuid.uuid4().hex[:8]}"


@pytest.fixture
def told(
    name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[MarkerReader, list[str]]]:
    """A reader that looks for the name, and what it tells."""
    # a command that ran in this process before has taken the log to a stderr of its own
    monkeypatch.setattr(logging.getLogger("hnhar"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("hnhar"), "handlers", [])
    caplog.set_level(logging.INFO, "hnhar")
    caplog.clear()
    reader, lines = MarkerReader(parse_source(name)), list[str]()
    reader.start(lines.append)
    assert within(
        10.0, lambda: lines != []
    )  # here: what is logged between setup and call is in neither's records
    yield reader, lines
    assert reader.stop()


def sends(
    name: str, kind: str = "Markers", channels: int = 1, form: int = pylsl.cf_string
) -> pylsl.StreamOutlet:
    return pylsl.StreamOutlet(pylsl.StreamInfo(name, kind, channels, 0, form, f"{name}-{kind}"))


def test_it_says_that_it_waits_and_that_it_has_found(
    name: str, told: tuple[MarkerReader, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    reader, lines = told
    assert within(10.0, lambda: lines == [f"waiting for marker stream '{name}'"])
    outlet = sends(name)
    assert within(10.0, lambda: lines[1:] == [f"marker stream '{name}' found"])
    assert reader.found.is_set()
    assert reader.problem == ""
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    assert [r.getMessage() for r in records if r.name.endswith("markers")] == lines
    del outlet
    assert within(
        20.0, lambda: lines[2:] == [f"marker stream '{name}' has gone; waiting for it to come back"]
    )


@pytest.mark.parametrize(
    ("kind", "channels", "said"),
    [("IMU", 6, "type IMU and 6 channels"), ("Markers", 2, "2 channels of numbers")],
)
def test_a_stream_of_numbers_is_no_marker_stream(
    name: str, told: tuple[MarkerReader, list[str]], kind: str, channels: int, said: str
) -> None:
    reader, lines = told
    wrong = sends(name, kind, channels, pylsl.cf_float32)
    assert within(10.0, lambda: len(lines) == 2)
    assert lines[1].startswith(f"'{name}' is no marker stream: it has type {kind} and {channels} channel")
    assert said in lines[1]
    assert reader.problem == lines[1]
    right = sends(name)
    assert within(10.0, lambda: lines[-1] == f"marker stream '{name}' found")
    del wrong, right


def test_numbers_are_markers_that_mean_what_the_map_says(name: str) -> None:
    reader = MarkerReader(parse_source(name), {"1": "walk/start", "2": "walk/stop"})
    outlet = sends(name, form=pylsl.cf_int32)
    reader.start()
    assert reader.found.wait(10.0)
    assert outlet.wait_for_consumers(10.0)
    outlet.push_sample([1], 100.0)
    outlet.push_sample([2], 101.5)
    assert within(10.0, lambda: len(reader.annotations().annotations) == 1 and not reader.annotations().notes)
    (found,) = reader.annotations().annotations
    assert (found.label, round(found.duration, 3)) == ("walk", 1.5)
    assert reader.stop()
    del outlet


def test_several_are_told_and_none_is_read(name: str) -> None:
    reader, lines = MarkerReader(parse_source(name)), list[str]()
    both = sends(name), sends(name, "Other")
    assert within(10.0, lambda: len(resolve(reader.source, 1.0)) == 2)
    reader.start(lines.append)
    assert within(10.0, lambda: lines[-1:] == [f"'{name}' matches 2 marker streams: say which"])
    assert reader.stop()
    del both
    assert reader.problem == lines[-1]
    assert not reader.found.is_set()


def test_what_has_begun_and_not_ended_is_told_as_unfinished(
    name: str, told: tuple[MarkerReader, list[str]]
) -> None:
    reader, _ = told
    outlet = sends(name)
    assert within(10.0, reader.found.is_set)
    assert within(5.0, outlet.have_consumers)
    for text in ("wave/start", "wave/stop", "clap/start"):
        outlet.push_sample([text])
    assert within(10.0, lambda: len(reader.annotations().annotations) == 2)
    marked = reader.annotations(pylsl.local_clock())
    assert [one.label for one in marked.unfinished] == ["clap"]
    assert "'clap' at -" in marked.notes[0]
