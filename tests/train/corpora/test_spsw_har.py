"""spsw_har: two IMUs that can be told apart, in canonical units, with a label for every moment."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.train.corpora.spsw_har import executions as spsw_har
from hnhar.train.corpora.spsw_har.executions import (
    CLASSES,
    device_of,
    find_executions,
    load_executions,
)

from .spsw_tree import HEADER, SEQUENCE, place, rows, write_tree


def test_an_execution_is_a_recording_of_two_imus_in_canonical_units(tmp_path: Path) -> None:
    recording = load_executions(write_tree(tmp_path), [1]).recordings[0]
    phone, watch = recording.streams
    assert [device_of(s) for s in recording.streams] == ["phone", "watch"]
    assert [s.description.placement for s in recording.streams] == ["trouser pocket", "wrist"]
    assert len({s.description.name for s in recording.streams}) == 2
    assert len({s.description.source_id for s in recording.streams}) == 2
    assert [s.modality for s in recording.streams] == ["imu.phone", "imu.watch"]
    raw = np.array([row.split(",")[:6] for row in rows(seed=1)], float)
    np.testing.assert_allclose(phone.samples[:, :3], raw[:, :3] / 9.80665, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(phone.samples[:, 3:], np.degrees(raw[:, 3:]), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(phone.timestamps, np.arange(800) * 0.01)
    np.testing.assert_allclose(watch.timestamps, 0.25 + np.arange(800) * 0.01)
    assert (recording.wearer, recording.name) == ("s01", "s01_01")
    assert recording.provenance["unix_time"] == "1657533977.813"


def test_labels_of_samples_become_annotations_without_gaps(tmp_path: Path) -> None:
    annotations = load_executions(write_tree(tmp_path), [1]).recordings[0].annotations
    assert [a.label for a in annotations] == [label.lower() for label in SEQUENCE]
    np.testing.assert_allclose([a.onset for a in annotations], np.arange(8.0))
    np.testing.assert_allclose([a.offset for a in annotations], [1, 2, 3, 4, 5, 6, 7, 7.99])


def test_gaps_equal_times_and_steps_back_are_kept_told_and_put_in_order(tmp_path: Path) -> None:
    lines = rows()
    lines = [*lines[:50], *lines[65:100], lines[101], lines[100], *lines[102:]]
    twin = lines[10].split(",")
    lines.insert(10, ",".join(["1", *twin[1:]]))
    place(tmp_path, "s01_01_sp", lines)
    (recording,) = load_executions(tmp_path).recordings
    (phone,) = recording.streams
    steps = np.diff(phone.timestamps)
    assert steps.min() == 0
    assert steps.max() == pytest.approx(0.16)
    assert len(phone.timestamps) == 786
    told = " ".join(recording.notes)
    assert "1 steps back in time" in told
    assert "gaps of more than 0.1 s: 1, the longest 0.160 s" in told
    assert "no file of the watch" in told


def test_subjects_are_chosen_by_number(tmp_path: Path) -> None:
    write_tree(tmp_path)
    assert [r.name for r in load_executions(tmp_path, [13]).recordings] == ["s13_01", "s13_02"]
    with pytest.raises(RecordingError, match="it holds subjects 1, 13"):
        load_executions(tmp_path, [2])


@pytest.mark.parametrize(
    ("lines", "header", "reason"),
    [
        (["1,2,3"], HEADER, "line 2: it has 3 columns"),
        (["1,2,3,4,5,x,1657533977813,SEATED"], HEADER, "line 2"),
        (["1,2,3,4,5,nan,1657533977813,SEATED"], HEADER, "finite"),
        (["1,2,3,4,5,1e30,1657533977813,SEATED"], HEADER, "finite value"),
        (["1,2,3,4,5,6,1e300,SEATED"], HEADER, "not a Unix time"),
        (["1,2,3,4,5,6,1657533977813,DANCING"], HEADER, "'DANCING' is not known"),
        ([], HEADER, "0 samples"),
        ([], "a,b", "begins with 'a,b'"),
        ([], "", "begins with ''"),
    ],
)
def test_a_hostile_file_is_left_out_with_its_name_and_the_reason(
    lines: list[str], header: str, reason: str, tmp_path: Path
) -> None:
    write_tree(tmp_path, [1], 1)
    place(tmp_path, "s02_01_sp", lines, header)
    loaded = load_executions(tmp_path)
    assert [r.name for r in loaded.recordings] == ["s01_01"]
    assert "s02_01_sp.csv" in loaded.notes[0]
    assert reason in loaded.notes[0]


def test_where_nothing_is_usable_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecordingError, match="holds no spsw_har"):
        find_executions(tmp_path)
    place(tmp_path, "s01_01_sp", rows())
    monkeypatch.setattr(spsw_har, "MAX_FILE", 1000)
    with pytest.raises(RecordingError, match="larger than"):
        load_executions(tmp_path)


def test_the_real_executions_are_all_read_and_rest_at_one_g(data_dir: Path) -> None:
    loaded = load_executions(data_dir / "spsw_har")
    assert len(loaded.recordings) == 155
    assert not loaded.notes
    for recording in loaded.recordings:
        assert {device_of(s) for s in recording.streams} == {"phone", "watch"}
        assert {a.label for a in recording.annotations} <= set(CLASSES)
        for stream in recording.streams:
            assert (np.diff(stream.timestamps) >= 0).all()
            rate = (len(stream.timestamps) - 1) / np.ptp(stream.timestamps)
            assert 101 < rate < 106
            assert np.median(np.linalg.norm(stream.samples[:, :3], axis=1)) == pytest.approx(1.0, abs=0.2)
            assert np.abs(stream.samples[:, 3:]).max() < 2000
