"""Labels that somebody corrects: what the words change, and what they cannot."""

import numpy as np
import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.label_sheet import LabelSheet, rows_of
from hnhar.stream.recordings.motion_strip import motion
from hnhar.stream.recordings.recording import Annotation, RecordedStream, Recording, Unfinished


@pytest.fixture
def sheet() -> LabelSheet:
    return LabelSheet([(10.0, 14.0, "stir"), (20.0, 25.0, "pour"), (30.0, 30.0, "cut")], 60.0)


def rows(sheet: LabelSheet) -> list[tuple[int, float, float, str]]:
    return [(row.number, row.onset, row.offset, row.label) for row in sheet.rows]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("label 1 stir the soup", (1, 10.0, 14.0, "stir the soup")),
        ("onset 1 9.5", (1, 9.5, 14.0, "stir")),
        ("onset 1 +0.25", (1, 10.25, 14.0, "stir")),
        ("OFFSET 1 -1", (1, 10.0, 13.0, "stir")),
        ("offset 3 33s", (3, 30.0, 33.0, "cut")),
        ("onset 3 31", (3, 31.0, 31.0, "cut")),
        ("add 40 +2.5 wipe", (4, 40.0, 42.5, "wipe")),
    ],
)
def test_a_line_changes_one_label(
    sheet: LabelSheet, line: str, changed: tuple[int, float, float, str]
) -> None:
    before = rows(sheet)
    sheet.apply(line)
    assert changed in rows(sheet)
    assert len(set(rows(sheet)) - set(before)) == 1
    sheet.undo()
    assert rows(sheet) == before


def test_a_label_is_split_in_two_and_keeps_its_number(sheet: LabelSheet) -> None:
    assert sheet.apply("split 1 12 cut") == "1 ends at 12.00 s; 4 cut, 12.00 to 14.00 s"
    assert sheet.apply("split 2 22") == "2 ends at 22.00 s; 5 pour, 22.00 to 25.00 s"
    assert [row[0] for row in rows(sheet)] == [1, 4, 2, 5, 3]


def test_numbers_stay_with_their_labels_and_changes_are_taken_back_to_the_first(sheet: LabelSheet) -> None:
    before = rows(sheet)
    for line in ("delete 1", "onset 2 5", "add 1 2 wipe"):
        sheet.apply(line)
    assert [row.number for row in sheet.rows] == [4, 2, 3]
    assert sheet.changed == 3
    for _ in range(3):
        sheet.undo()
    assert rows(sheet) == before
    with pytest.raises(ConfigError, match="no change to take back"):
        sheet.undo()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("foo", "'foo' is none of label, onset"),
        ("label 1", "write it as: label N NAME"),
        ("label 9 stir", "there is no label 9"),
        ("label -1 stir", "there is no label -1"),
        (f"label {'1' * 5000} stir", "there is no label 1"),
        ("label 1 unknown", "no label"),
        ("label 1 " + "x" * 65, "1 to 64 printable letters"),
        ("onset 1 14", "it would end at 14.00 s, and begin at 14.00 s"),
        ("onset 1 nan", "is no time"),
        ("onset 1 1e99", "is no time"),
        ("onset 1 -20", "is not within the recording"),
        ("offset 2 99", "it would end at 99.00 s, and the recording at 60.00 s"),
        ("add 5 4 stir", "it would end at 4.00 s"),
        ("split 2 25", "is not within label 2"),
        ("split 1 12 " + "x" * 65, "1 to 64 printable letters"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(sheet: LabelSheet, line: str, answer: str) -> None:
    before = rows(sheet)
    with pytest.raises(ConfigError, match=answer):
        sheet.apply(line)
    assert rows(sheet) == before
    assert sheet.changed == 0


def test_labels_at_the_same_time_are_named(sheet: LabelSheet) -> None:
    assert sheet.apply("offset 1 22").endswith("(beside 2)")


def test_what_was_taken_back_stays_out_of_a_training_as_an_instant() -> None:
    recording = Recording(
        "a",
        (),
        (Annotation(1.0, 2.0, "stir"), Annotation(5.0, 0.0, "pour")),
        unfinished=(
            Unfinished(5.0, np.inf, "pour"),
            Unfinished(7.0, 8.0, "cut"),
            Unfinished(-np.inf, 9.0, "x"),
        ),
        first=0.5,
    )
    assert rows_of(recording) == [(0.5, 2.5, "stir"), (4.5, 4.5, "pour"), (6.5, 6.5, "cut")]


def test_motion_shows_when_something_moves_and_where_nothing_was_recorded() -> None:
    times = np.arange(1000) / 50
    values = np.zeros((1000, 6), np.float32)
    values[400:600, 0] = np.sin(np.arange(200))
    kept = (times < 15) | (times > 17)
    about = StreamDescription("W", "IMU", "w", ("",) * 6, ("",) * 6, 50.0)
    recording = Recording("a", (RecordedStream(about, values[kept], times[kept]),))
    strip = motion(recording, 0.0, 20.0, 20)
    assert (strip[8:12] > 0.3).all()
    assert (strip[:7] == 0).all()
    assert np.isnan(strip[16])
    assert np.isnan(motion(Recording("a", ()), 0.0, 1.0, 4)).all()
