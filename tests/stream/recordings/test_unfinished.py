"""Unfinished activities, with a start but no stop marked or the reverse: their time is not scored."""

import io
import math
import re
from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.kinds.imu import imu as imu_modality
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.summary import print_score
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.markers import annotations
from hnhar.stream.recordings.recording import Annotation, Unfinished
from hnhar.stream.recordings.score import Recognized, Score, match

from ..cli.test_summary import recognized
from .files import imu, markers, xdf

INFO = BundleInfo("small", (imu_modality(),), 3.0, 0.25, ("wave", "clap", "idle"), "idle", "", {})
BEGUN = Unfinished(20.0, math.inf, "wave")
ENDED = Unfinished(-math.inf, 5.0, "wave")


def found(onset: float, offset: float, label: str = "wave") -> Recognized:
    return Recognized(onset, offset - onset, label, 0.9)


def score(*events: Recognized, unfinished: tuple[Unfinished, ...] = (BEGUN,)) -> Score:
    return match([Annotation(10.0, 2.0, "wave")], events, span=(0.0, 60.0), unfinished=unfinished)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([(1, "a/start")], [Unfinished(1, math.inf, "a")]),
        ([(1, "a/stop")], [Unfinished(-math.inf, 1, "a")]),
        ([(1, "a/start"), (2, "a/stop"), (5, "a/stop")], [Unfinished(2, 5, "a")]),
        ([(1, "a/start"), (5, "a/start"), (6, "a/stop")], [Unfinished(1, 5, "a")]),
        ([(1, "a/start"), (2, "b/stop"), (3, "a/stop")], [Unfinished(-math.inf, 2, "b")]),
        ([(1, "a"), (2, "b/start"), (3, "b/stop")], []),
    ],
)
def test_what_has_one_end_lies_between_the_nearest_markers_of_its_label(
    texts: list[tuple[float, str]], expected: list[Unfinished]
) -> None:
    assert annotations([t for t, _ in texts], [[text] for _, text in texts]).unfinished == expected


def test_a_single_marker_without_its_other_end_is_noted_in_the_singular() -> None:
    assert annotations([1.0, 2.0], [["a/start"], ["b/stop"]]).notes == [
        "1 marker /start has no /stop ('a' at 1.0 s); it is kept as an instant, since nobody said when it "
        "ended",
        "1 marker /stop has no /start; it was left out",
    ]


def test_an_event_of_what_had_no_end_yet_is_neither_hit_nor_false() -> None:
    told = score(found(10.1, 12.0), found(20.3, 30.0), found(50.0, 52.0))
    assert [h.event.onset for h in told.hits] == [10.1]
    assert not told.false_events
    assert [e.onset for e in told.unscored] == [20.3, 50.0]
    assert (told.f1, told.events) == (1.0, 1)


def test_an_event_of_what_had_no_beginning_is_neither_hit_nor_false() -> None:
    told = score(found(2.0, 5.5), found(10.1, 12.0), unfinished=(ENDED,))
    assert (len(told.hits), told.false_events, len(told.unscored)) == (1, (), 1)


def test_an_event_of_another_label_in_that_time_stays_false_but_is_not_in_idle_time() -> None:
    told = score(found(25.0, 27.0, "clap"))
    assert [e.label for e in told.false_events] == ["clap"]
    assert told.idle_events == 0
    assert told.idle_minutes * 60 == pytest.approx(18.0)


def test_what_has_both_ends_is_scored_also_where_an_unfinished_one_of_its_label_follows() -> None:
    late = score(found(10.1, 20.5))
    assert (len(late.hits), len(late.misses), len(late.unscored)) == (1, 0, 0)
    next_one = score(found(13.0, 22.0), unfinished=(Unfinished(12.5, math.inf, "wave"),))
    assert (len(next_one.hits), len(next_one.misses), len(next_one.unscored)) == (0, 1, 1)


def test_the_collar_holds_for_it_too() -> None:
    assert len(score(found(17.0, 18.6)).unscored) == 1
    assert len(score(found(17.0, 18.4)).false_events) == 1


def test_unfinished_idle_is_nothing() -> None:
    told = score(found(25.0, 27.0), unfinished=(Unfinished(20.0, math.inf, "idle"),))
    assert len(told.false_events) == 1
    assert told.idle_minutes * 60 == pytest.approx(58.0)


def said(performed: list[Annotation], *unfinished: Unfinished) -> str:
    out = io.StringIO()
    events = [*recognized("wave", 10.0, 1), *recognized("wave", 21.0, 2)]
    print_score(
        SafeConsole(file=out, width=200),
        events,
        performed,
        (),
        info=INFO,
        span=(4.0, 60.0),
        unfinished=unfinished,
    )
    return out.getvalue()


def test_the_summary_says_what_was_left_out() -> None:
    told = said([Annotation(10.0, 2.0, "wave")], ENDED, BEGUN)
    assert "1 of 1 performed actions recognized (100%), 0 false events (0% of the events)" in told
    assert "F1 1.000" in told
    assert (
        "2 activities unfinished, not scored: wave until 1.0 s, wave from 16.0 s; "
        "nor 1 event of that label and time"
    ) in told
    assert re.search(r"^17\.0 +wave, not scored", told, re.MULTILINE)
    assert "not performed" not in told


def test_the_summary_of_unfinished_activities_alone_says_so() -> None:
    told = said([Annotation(20.0, 0.0, "wave")], BEGUN)
    assert "Nothing whole was marked as performed" in told
    assert "1 activity unfinished, not scored: wave from 16.0 s\n" in told


def test_a_recording_tells_them_and_a_table_beside_it_replaces_them(tmp_path: Path) -> None:
    path = tmp_path / "a.xdf"
    texts = [(100.2, "stir/stop"), (100.5, "pour/start"), (101.0, "pour/stop"), (101.5, "wave/start")]
    path.write_bytes(xdf(imu(), markers(*texts)))
    read = open_recording(path)
    assert read.unfinished == (Unfinished(-math.inf, 100.2, "stir"), Unfinished(101.5, math.inf, "wave"))
    (tmp_path / "a_events.tsv").write_text("onset\tduration\tlabel\n0.5\t1.0\tpour\n", "utf-8")
    assert open_recording(path).unfinished == ()
