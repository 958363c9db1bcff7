"""Tables of labels beside a recording: BIDS's columns, and the moment from which they count."""

from pathlib import Path

import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.recording import Recording

from .files import XdfStream, imu, markers, xdf

EEG = XdfStream("EEG", "EEG", ("Fp1",), [80 + k / 10 for k in range(300)], [[0.0]] * 300, rate=10.0)


def labeled(folder: Path, table: str, *others: XdfStream) -> Recording:
    (folder / "sub-1_eeg.xdf").write_bytes(xdf(*others, imu()))
    (folder / "sub-1_events.tsv").write_text(table)
    return open_recording(folder / "sub-1_eeg.xdf")


def test_the_events_of_bids_are_read_by_their_trial_type(tmp_path: Path) -> None:
    found = labeled(tmp_path, "onset\tduration\ttrial_type\tvalue\n0.5\t1\twalk\t1\n1.5\t0.2\tn/a\t2\n")
    assert [(a.onset, a.duration, a.label) for a in found.annotations] == [(100.5, 1.0, "walk")]
    assert any("1 of 2 lines have no trial_type (n/a)" in note for note in found.notes)
    assert found.notes[-1] == "its labels are those of sub-1_events.tsv, by its column trial_type"


@pytest.mark.parametrize("columns", ["value", "trial_type\tvalue"])
def test_a_column_of_values_names_them_where_no_other_does(tmp_path: Path, columns: str) -> None:
    row = "7" if columns == "value" else "n/a\t7"
    found = labeled(tmp_path, f"Onset\tDuration\t{columns}\n0.5\tn/a\t{row}\n")
    assert [(a.duration, a.label) for a in found.annotations] == [(0.0, "7")]


def test_a_table_that_names_nothing_leaves_the_markers_and_says_so(tmp_path: Path) -> None:
    marked = markers((100.5, "a/start"), (101.0, "a/stop"))
    found = labeled(tmp_path, "onset\tduration\tresponse_time\n0.5\t1\t0.3\n", marked)
    assert [a.label for a in found.annotations] == ["a"]
    assert "sub-1_events.tsv was left out: it does not say what was done" in found.notes[-1]


def test_a_label_goes_before_bids_own_column(tmp_path: Path) -> None:
    found = labeled(tmp_path, "onset\tduration\ttrial_type\tlabel\n0.5\t1\tx\twalk\n")
    assert [a.label for a in found.annotations] == ["walk"]


def test_a_table_counts_from_the_first_sample_of_the_file_and_says_where_streams_begin_apart(
    tmp_path: Path,
) -> None:
    found = labeled(tmp_path, "onset\tduration\tlabel\n20.5\t1\twalk\n", EEG)
    assert (found.zero, found.start) == (80.0, 100.0)
    assert [a.onset for a in found.annotations] == [100.5]
    assert any("20.0 s before the first of the streams" in note for note in found.notes)


def test_a_stream_on_another_clock_moves_no_table(tmp_path: Path) -> None:
    other = XdfStream("EEG", "EEG", ("Fp1",), [1.0, 1.1, 1.2], [[0.0]] * 3, rate=10.0)
    found = labeled(tmp_path, "onset\tduration\tlabel\n0.5\t1\twalk\n", other)
    assert [a.onset for a in found.annotations] == [100.5]


def test_a_table_of_what_was_recognized_stays_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="column 'confidence'"):
        labeled(tmp_path, "onset\tduration\tlabel\tconfidence\n0.5\t1\twalk\t0.9\n")
