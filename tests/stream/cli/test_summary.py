"""What is said when a run is over."""

import io
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.kinds.imu import imu
from hnhar.stream.cli.common import guarded
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.summary import Reasons, _stream_line, print_score, print_summary
from hnhar.stream.engine.dispatch import EngineRun
from hnhar.stream.engine.meter import Meter
from hnhar.stream.messages import Event, Status, StreamState
from hnhar.stream.recordings.recording import Annotation

from ..examples import event, prediction, status, stream_status

INFO = BundleInfo("small", (imu(),), 3.0, 0.25, ("wave", "clap", "idle"), "idle", "", {})


def told(width: int = 40) -> tuple[SafeConsole, io.StringIO]:
    out = io.StringIO()
    return SafeConsole(file=out, width=width), out


def test_what_kept_a_stream_silent_outlasts_the_end_of_the_run() -> None:
    reasons = Reasons()
    stream = replace(stream_status(), state=StreamState.REFUSED, note="it has no gyroscope")
    reasons.take(status(streams=(stream,)))
    reasons.take(status(streams=(replace(stream, state=StreamState.ENDED, note="stopped"),)))
    assert reasons.last == {(stream.wearer, stream.feed): stream}


def test_markers_that_were_not_understood_are_told_also_where_nothing_else_was_marked() -> None:
    console, out = told()
    note = "3 markers /stop have no /start; they were left out"
    assert print_score(console, [], [], [note], info=INFO, span=None) is None
    assert "Nothing was marked as performed, so there is nothing to compare with.\n" in out.getvalue()
    assert f"{note}\n" in out.getvalue()


def test_the_line_of_a_stream_says_what_was_dropped_or_counts_as_missing_and_why() -> None:
    stream = replace(
        stream_status(), samples=980, received=1000, drops=20, dropped={"stamp": 20}, masked={"stuck": 200}
    )
    line = _stream_line(stream, stream)
    assert line.endswith("1 gap, 20 dropped (2%: 20 stamp), 200 count as missing (20%: 200 stuck)")
    assert _stream_line(stream_status(), stream_status()).endswith("1 gap, 0 dropped")


def many() -> tuple[list[Event], list[Annotation]]:
    """25 activities, each three times: recognized, taken for another one, missed."""
    events: list[Event] = []
    done: list[Annotation] = []
    for n in range(75):
        label = f"activity_{n // 3:02d}"
        done.append(Annotation(10.0 * n, 2.0, label))
        if n % 3 < 2:
            events += recognized(label if n % 3 == 0 else "clap", 10.0 * n, n)
    return events, done


def test_a_comparison_too_long_to_show_is_told_by_activity_and_written_to_a_file(tmp_path: Path) -> None:
    console, out = told(120)
    events, done = many()
    info = replace(INFO, labels=(*(f"activity_{n:02d}" for n in range(25)), "clap", "idle"))
    file = tmp_path / "a.comparison.tsv"
    score = print_score(console, events, done, (), info=info, span=(0.0, 760.0), file=file)
    assert score is not None
    assert (len(score.hits), len(score.misses), len(score.false_events)) == (25, 50, 25)
    said = out.getvalue()
    assert f"100 lines of comparison are too many to show here: they are in {file}" in said
    assert re.search(r"activity_00 +3 +1 +2 +0 +0.50 +clap", said)
    assert re.search(r"clap +0 +0 +0 +25 +0.00", said)
    assert re.search(r"6 more +18 +6 +12 +0 +0.50", said)
    assert len(said.splitlines()) < 30
    scores, confusions, lines = (part.splitlines() for part in file.read_text("utf-8").split("\n\n"))
    assert scores[0] == "# scores of each activity"
    assert scores[1:3] == [
        "activity\tperformed\trecognized\tmissed\tfalse\trecall\tprecision\tf1",
        "clap\t0\t0\t0\t25\tn/a\t0.000\t0.000",
    ]
    assert "activity_03\t3\t1\t2\t0\t0.333\t1.000\t0.500" in scores
    assert confusions[2:4] == ["activity_00\tclap\t1", "activity_01\tclap\t1"]
    assert len(lines) == 2 + 100
    assert lines[2] == "0.000\thit\tactivity_00\tactivity_00\t0.930\t0.000"
    assert "10.000\tmissed\tactivity_00\t\tn/a\tn/a" in lines
    assert "10.000\tfalse\t\tclap\t0.930\tn/a" in lines


def test_a_long_comparison_without_a_file_says_how_to_get_one() -> None:
    console, out = told(100)
    print_score(console, [], [Annotation(5.0 * n, 2.0, "wave") for n in range(61)], (), info=INFO, span=None)
    assert (
        "61 lines of comparison are too many to show here: --record writes them to a file" in out.getvalue()
    )
    assert "0 of 61 performed actions recognized" in out.getvalue()


def test_thousands_of_labels_that_the_weights_do_not_know_are_shortened() -> None:
    console, out = told(200)
    done = [Annotation(5.0 * n, 2.0, f"label {n:04d}") for n in range(3000)]
    print_score(console, [], done, (), info=INFO, span=None)
    assert "label 0019 and 2,980 more" in out.getvalue()
    assert len(out.getvalue()) < 3000


def test_what_fits_is_figured_by_time_of_publication_and_by_overlap() -> None:
    console, out = told(200)
    onset = replace(event(0, kind="onset", label="wave", onset=10.0), id=1, decided=11.25)
    offset = replace(event(1, kind="offset", label="wave", onset=10.0), id=1, decided=13.0)
    done = [Annotation(10.0, 2.0, "wave"), Annotation(30.0, 2.0, "clap")]
    print_score(console, [onset, offset], done, (), info=INFO, span=None)
    said = out.getvalue()
    assert "F1 0.667, at an overlap of half 0.667; " in said
    assert "p50 1.25 s, p90 1.25 s; 0.00 false events a minute of idle" in said


def recognized(label: str, onset: float, number: int) -> list[Event]:
    """An event of 2 s, published 1.25 s after its onset."""
    first = replace(event(2 * number, kind="onset", label=label, onset=onset), decided=onset + 1.25)
    last = replace(event(2 * number + 1, kind="offset", label=label, onset=onset), duration=2.0)
    return [replace(first, id=number), replace(last, id=number)]


def test_false_events_are_told_for_each_minute_of_idle_in_all_that_was_recognized() -> None:
    events = [*recognized("wave", 10.0, 1), *recognized("clap", 50.0, 2), *recognized("clap", 100.0, 3)]
    done = [Annotation(10.0, 2.0, "wave"), Annotation(20.0, 2.0, "clap")]
    for span, said in (((0.0, 124.0), "1.00 false"), ((0.0, 184.0), "0.67 false")):
        console, out = told(200)
        score = print_score(console, events, done, (), info=INFO, span=span)
        assert score is not None
        assert score.idle_events == 2
        assert f"; {said} events a minute of idle" in out.getvalue()


def test_what_the_weights_do_not_know_is_no_miss_and_its_time_is_not_idle() -> None:
    console, out = told(200)
    events = [*recognized("wave", 10.0, 1), *recognized("clap", 31.0, 2)]
    done = [Annotation(10.0, 2.0, "wave"), Annotation(30.0, 10.0, "dance")]
    score = print_score(console, events, done, (), info=INFO, span=(0.0, 72.0))
    assert score is not None
    assert (score.actions, score.idle_events, score.idle_minutes) == (1, 0, 1.0)
    said = out.getvalue()
    assert "1 of 1 performed actions recognized (100%), 1 false event (50% of the events), collar" in said
    assert "dance" in said.split("Not counted, since these weights do not know them: ")[1]
    assert any(line.split()[1:] == ["dance", "not", "learned"] for line in said.splitlines())
    assert "; 0.00 false events a minute of idle" in said


class OneOfEach(EngineRun):
    """A run of one prediction and one event over a stream of one sample."""

    def __init__(self) -> None:
        self._meter = Meter()
        self._meter.predicted("p1", prediction().latency, 0.0)
        self._meter.began("p1")

    @property
    def meter(self) -> Meter:
        return self._meter

    @property
    def status(self) -> Status:
        return status(streams=(replace(stream_status(), samples=1, gaps=1),))

    def counts(self) -> tuple[int, int]:
        return 1, 1


def test_one_is_counted_in_the_singular() -> None:
    console, out = told(200)
    print_summary(console, OneOfEach(), "", ())
    text = out.getvalue()
    assert " 1 prediction (" in text
    assert " 1 event; 1 window skipped, 1 without enough samples" in text
    assert re.search(r"', 1 sample, 49.9 Hz in the last seconds, 1 gap, ", text)


def test_where_nothing_performed_is_known_there_is_no_share_of_it() -> None:
    console, out = told(200)
    print_score(console, [], [Annotation(30.0, 10.0, "dance")], (), info=INFO, span=(0.0, 72.0))
    assert "0 of 0 performed actions recognized, 0 false events, collar" in out.getvalue()


def test_a_reader_that_has_gone_is_no_failure_whoever_notices_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def through_rich() -> int:
        try:
            raise BrokenPipeError
        except BrokenPipeError:
            raise SystemExit(1)  # noqa: B904 - as rich does

    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert guarded(through_rich) == 0
    with pytest.raises(SystemExit):
        guarded(lambda: sys.exit(1))
