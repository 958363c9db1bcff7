"""A table of events is read back as it was written, and a damaged one is refused with its line."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.events_tsv import read_events, write_events
from hnhar.stream.recordings.score import Recognized

HEADER = "onset\tduration\tlabel\tconfidence\n"


def test_a_table_is_sorted_by_onset_and_says_what_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "events.tsv"
    write_events(path, [Recognized(2.5, 1.0, "wave", math.nan), Recognized(0.25, 0.125, "clap", 0.5)])
    assert path.read_text(encoding="utf-8") == (
        HEADER + "0.250000\t0.125000\tclap\t0.500000\n2.500000\t1.000000\twave\tn/a\n"
    )


def test_no_events_is_a_table_too(tmp_path: Path) -> None:
    write_events(tmp_path / "events.tsv", [])
    assert read_events(tmp_path / "events.tsv") == []


TIMES = st.floats(-1e6, 1e6)
EVENTS = st.builds(
    Recognized,
    TIMES,
    st.floats(0, 1e6),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.one_of(st.floats(0, 1), st.just(math.nan)),
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(EVENTS, max_size=5))
def test_what_is_written_is_read_back_to_the_microsecond_whatever_the_labels(
    tmp_path_factory: pytest.TempPathFactory, events: list[Recognized]
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.tsv"
    write_events(path, events)
    for found, event in zip(read_events(path), sorted(events, key=lambda e: (e.onset, e.label)), strict=True):
        assert found.onset == pytest.approx(event.onset, abs=1e-6)
        assert found.duration == pytest.approx(event.duration, abs=1e-6)
        assert found.label == " ".join(event.label.split())
        assert found.confidence == pytest.approx(event.confidence, abs=1e-6, nan_ok=True)


def test_other_columns_in_any_order_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "events.tsv"
    path.write_bytes(b"\xef\xbb\xbflabel\tnote\tonset\tduration\r\nwave\tx\t1.5\tn/a\r\n\r\n")
    (event,) = read_events(path)
    assert (event.onset, event.duration, event.label) == (1.5, 0.0, "wave")
    assert math.isnan(event.confidence)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("n/a\t1\twave\t0.5", "onset is no time"),
        ("1\tlong\twave\t0.5", "duration 'long' is no number"),
        ("1\t2", "no label.*tabs"),
        ("1 2 wave", "no duration.*tabs"),
        ("nan\t1\twave\t0.5", "onset is no time"),
        ("1\tinf\twave\tn/a", "duration is inf s"),
        ("1\tnan\twave\tn/a", "duration is nan s"),
        ("1\t-2\tw\tn/a", "duration is -2 s"),
        ("1\t2\tw\tsure", "confidence 'sure' is no number"),
    ],
)
def test_a_line_that_is_no_event_is_named_with_the_reason(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "events.tsv"
    path.write_text(HEADER + "1\t2\twave\t0.5\n" + line + "\n", encoding="utf-8")
    with pytest.raises(RecordingError, match=f"line 3: not an event, its? .*{said}"):
        read_events(path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "lacks onset, duration, label"),
        (b"onset\tlabel\n1\twave\n", "lacks duration"),
        (b"\xff\xfe\x00", "not UTF-8 text: it is UTF-16"),
        ("onset\tduration\tlabel\n1\t2\tÜbung\n".encode("latin-1"), "line 2 stands .*Save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "events.tsv"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=text):
        read_events(path)


def test_a_path_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none.tsv cannot be read"):
        read_events(tmp_path / "none.tsv")
    with pytest.raises(RecordingError, match=r"events.tsv cannot be written: No such file"):
        write_events(tmp_path / "no folder" / "events.tsv", [])
