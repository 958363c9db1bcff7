"""What is said when a run is over."""

import io
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from hnhar.stream.cli.common import guarded
from hnhar.stream.cli.summary import Reasons, print_score
from hnhar.stream.messages import StreamState
from hnhar.stream.recordings.recording import Annotation

from ..examples import event, status, stream_status


def told(width: int = 40) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=width), out


def test_what_kept_a_stream_silent_outlasts_the_end_of_the_run() -> None:
    reasons = Reasons()
    stream = replace(stream_status(), state=StreamState.REFUSED, note="it has no gyroscope")
    reasons.take(status(streams=(stream,)))
    reasons.take(status(streams=(replace(stream, state=StreamState.ENDED, note="stopped"),)))
    assert reasons.said == {(stream.wearer, stream.feed): stream}


def test_markers_that_were_not_understood_are_told_also_where_nothing_else_was_marked() -> None:
    console, out = told()
    note = "3 markers /stop have no /start; they were left out"
    assert print_score(console, [], [], [note], idle="idle") is None
    assert "Nothing was marked as performed, so there is nothing to compare with.\n" in out.getvalue()
    assert f"{note}\n" in out.getvalue()


def test_a_comparison_too_long_to_show_says_so() -> None:
    console, out = told(100)
    print_score(console, [], [Annotation(5.0 * n, 2.0, "wave") for n in range(61)], (), idle="idle")
    assert "61 lines of comparison are too many to show here." in out.getvalue()
    assert "0 of 61 performed actions recognized" in out.getvalue()


def test_what_fits_is_figured_by_time_of_publication_and_by_overlap() -> None:
    console, out = told(200)
    onset = replace(event(0, kind="onset", label="wave", onset=10.0), id=1, decided=11.25)
    offset = replace(event(1, kind="offset", label="wave", onset=10.0), id=1, decided=13.0)
    done = [Annotation(10.0, 2.0, "wave"), Annotation(30.0, 2.0, "clap")]
    print_score(console, [onset, offset], done, (), idle="idle")
    said = out.getvalue()
    assert "F1 0.667, at an overlap of half 0.667; " in said
    assert "p50 1.25 s, p90 1.25 s; 0.00 false events a minute of idle" in said


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
