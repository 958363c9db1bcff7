"""Markers as senders write them: numbers with a map, edges in other spellings, recorded twice."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.marker_map import parse_map
from hnhar.stream.recordings.markers import annotations
from hnhar.stream.recordings.recording import Recording
from hnhar.stream.recordings.xdf.marks import MarkerStream, marks
from hnhar.stream.recordings.xdf.reader import read_xdf

from .files import XdfStream, imu, markers, xdf

CODES = XdfStream(
    "trig", "Markers", ("c",), [100.5, 101.0, 101.2, 101.6], [[1.0], [2.0], [1.0], [2.0]], rate=0.0
)


def read(path: Path, *streams: XdfStream, **select: str) -> Recording:
    (path / "a.xdf").write_bytes(xdf(*streams))
    return read_xdf(path / "a.xdf", select=select)


def whole(recording: Recording) -> list[tuple[float, float, str]]:
    return [
        (round(a.onset - recording.zero, 3), round(a.duration, 3), a.label)
        for a in recording.annotations
        if a.duration
    ]


def test_numbers_mean_what_the_map_says(tmp_path: Path) -> None:
    found = read(tmp_path, imu(), CODES, marker_map="1=walk/start, 2.0 = walk/stop")
    assert whole(found) == [(0.5, 0.5, "walk"), (1.2, 0.4, "walk")]
    assert found.notes == ()
    assert whole(read(tmp_path, imu(), CODES, marker_map="1=walk/start,2=walk/end", markers="trig"))


def test_numbers_without_a_map_are_told_with_the_way_out(tmp_path: Path) -> None:
    found = read(tmp_path, imu(), CODES)
    assert [a.duration for a in found.annotations] == [0.0] * 4
    assert (
        "meaning of 1, 2 is not known; say it with --marker-map 1=LABEL/start,2=LABEL/stop" in found.notes[0]
    )


def test_a_trigger_line_with_a_rate_counts_where_it_changes_and_its_zero_is_nothing(tmp_path: Path) -> None:
    line = replace(
        CODES,
        times=[100 + k / 50 for k in range(100)],
        rows=[[float(k // 25 % 3)] for k in range(100)],
        rate=50.0,
    )
    assert whole(read(tmp_path, imu(), line, marker_map="1=a/start,2=a/stop")) == [(0.5, 0.5, "a")]


@pytest.mark.parametrize("text", ["1", "1=", "=a", "1=a,1.0=b"])
def test_a_map_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RecordingError, match=r"map of markers"):
        parse_map(text)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("start_walk", "end_walk"),
        ("walk_start", "walk_stop"),
        ("Start walk", "Stop walk"),
        ("walk-onset", "walk-offset"),
        ("begin:walk", "end:walk"),
        ("walk on", "walk off"),
        ('{"activity": "walk", "event": "start"}', '{"activity": "walk", "event": "stop"}'),
        ('{"label": "walk/start"}', '{"label": "walk/stop"}'),
        ('{"type": "start", "name": "walk"}', '{"type": "end", "name": "walk"}'),
    ],
)
def test_both_edges_of_an_activity_are_read_however_they_are_spelled(begin: str, end: str) -> None:
    found = annotations([1.0, 3.0], [[begin], [end]])
    assert [(a.onset, a.duration, a.label) for a in found.annotations] == [(1.0, 2.0, "walk")]
    assert len(found.notes) == 1
    assert "were read as the start of 'walk'" in found.notes[0]


@pytest.mark.parametrize("text", ["start experiment", "end_of_block", "start", "sit down on", "{", "[1]"])
def test_half_a_pair_is_a_label_and_not_an_edge(text: str) -> None:
    found = annotations([1.0, 2.0], [[text], ["beep"]])
    assert [a.label for a in found.annotations] == [text, "beep"]
    assert not found.notes


def test_markers_recorded_twice_count_once(tmp_path: Path) -> None:
    texts = [(100.5, "a/start"), (101.0, "a/stop"), (101.2, "a/start"), (101.5, "a/stop")]
    again = [(time + 3e-5, text) for time, text in texts[1:]]
    found = read(tmp_path, imu(), markers(*texts), markers(*again))
    assert whole(found) == [(0.5, 0.5, "a"), (1.2, 0.3, "a")]
    assert not found.unfinished
    assert "recorded 2 times (as streams of one origin): 3 duplicates were left out" in found.notes[0]


def test_markers_of_two_senders_are_kept_as_they_are(tmp_path: Path) -> None:
    texts = [(100.5, "a/start"), (101.0, "a/stop")]
    found = read(tmp_path, imu(), markers(*texts, name="one"), markers(*texts, name="two"))
    assert len(whole(found)) == 2
    assert not found.notes


def test_markers_of_a_sender_that_came_back_are_one_series(tmp_path: Path) -> None:
    found = read(tmp_path, imu(), markers((100.5, "a/start")), markers((101.0, "a/stop")))
    assert whole(found) == [(0.5, 0.5, "a")]
    assert not found.notes


@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_thousands_of_markers_that_were_recorded_twice_take_no_time(apart: float) -> None:
    sender = StreamDescription("m", "Markers", "s", ("",), ("",), 0.0)
    loaded = {"time_stamps": apart * np.arange(10_000), "time_series": [["a"]] * 10_000}
    begin = time.monotonic()
    found = marks([MarkerStream(sender, True, loaded)] * 2, {}, 0.0)
    assert time.monotonic() - begin < 3
    assert len(found.annotations) == 10_000
    assert "10000 duplicates" in found.notes[0]
