"""UP-Fall: five IMUs on one clock with a label in every row; what was not worn is missing, not zero."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.train.corpora.upfall.check import check
from hnhar.train.corpora.upfall.corpus import CORPUS, load
from hnhar.train.corpora.upfall.files import FALLS, read_file
from hnhar.train.corpora.upfall.recordings import load_recordings

from .upfall_tree import fall, place, rows, write_tree

MODALITIES = ("imu.ankle", "imu.neck", "imu.pocket", "imu.waist", "imu.wrist")


def test_a_file_is_a_recording_of_five_imus_with_what_was_done_when(tmp_path: Path) -> None:
    place(tmp_path, "Subject1Activity1Trial2", rows(fall(1)))
    (recording,) = load_recordings(tmp_path).recordings
    assert [s.description.placement for s in recording.streams] == [
        "ankle",
        "pocket",
        "waist",
        "neck",
        "wrist",
    ]
    assert (recording.wearer, recording.name) == ("subject1", "Subject1Activity1Trial2")
    assert [a.label for a in recording.annotations] == ["standing", "fall_hands", "lying"]
    np.testing.assert_allclose([a.onset for a in recording.annotations], [0, 40 / 18, 76 / 18], atol=1e-5)
    raw = np.array([line.split(",") for line in rows(fall(1))])
    np.testing.assert_allclose(recording.streams[2].samples, raw[:, 15:21].astype(float), rtol=1e-6)
    np.testing.assert_allclose(recording.streams[0].timestamps, np.arange(146) / 18, atol=1e-5)


def test_a_sensor_that_was_not_worn_is_left_out_and_told(tmp_path: Path) -> None:
    place(tmp_path, "Subject5Activity6Trial1", rows([6] * 50, unworn=[1]))
    loaded = load_recordings(tmp_path)
    assert [s.description.placement for s in loaded.recordings[0].streams] == [
        "ankle",
        "waist",
        "neck",
        "wrist",
    ]
    assert loaded.notes == ("Subject5Activity6Trial1: the sensor at the pocket has 0 samples",)
    corpus = load(tmp_path)
    assert corpus.modalities == tuple(m for m in MODALITIES if m != "imu.pocket")


def test_a_sensor_that_fails_for_a_while_has_a_gap(tmp_path: Path) -> None:
    lines = [*rows([6] * 50), *rows([6] * 70, unworn=[4])[50:], *rows([6] * 100)[70:]]
    path = place(tmp_path, "Subject5Activity6Trial1", lines)
    performance = read_file(path)
    assert np.diff(performance.sensors["wrist"].times).max() == pytest.approx(21 / 18, abs=1e-4)
    assert len(performance.sensors["ankle"].times) == 100
    assert performance.notes == ("the sensor at the wrist lacks 20 of 100 samples",)


def test_rows_out_of_order_are_put_in_order_and_broken_ones_are_left_out(tmp_path: Path) -> None:
    lines = rows([6] * 60)
    lines[10], lines[11] = lines[11], lines[10]
    tag = lines[20].rsplit(",", 1)[0]
    lines[20:23] = [f"{tag},99", "rubbish", lines[22].replace("2018", "later")]
    lines[30] = lines[30].replace(lines[30].split(",")[1], "inf", 1)
    performance = read_file(place(tmp_path, "Subject1Activity6Trial1", lines, packed=False))
    assert (np.diff(performance.times) > 0).all()
    assert len(performance.times) == 57
    assert len(performance.sensors["ankle"].times) == 56
    assert "3 rows were left out" in performance.notes


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "0 usable rows"),
        (rows([6] * 9), "9 usable rows"),
        (["1,2,3"] * 50, "0 usable rows (50 others)"),
        ([line.rsplit(",", 1)[0] for line in rows([6] * 50)], "0 usable rows (50 others)"),
        (rows([6] * 50, unworn=range(5)), "no sensor with at least 10 samples"),
    ],
)
def test_an_unusable_file_is_left_out_with_its_name_and_the_reason(
    lines: list[str], reason: str, tmp_path: Path
) -> None:
    write_tree(tmp_path, [1], 3)
    place(tmp_path, "Subject2Activity1Trial1", lines)
    loaded = load_recordings(tmp_path)
    assert {r.wearer for r in loaded.recordings} == {"subject1"}
    assert "Subject2Activity1Trial1.csv.gz" in loaded.notes[-1]
    assert reason in loaded.notes[-1]
    assert any(reason in line for line in check(tmp_path, lambda what, done, total: None).broken)


def test_each_stretch_of_a_tag_is_a_trial_and_folds_leave_people_out(tmp_path: Path) -> None:
    corpus = load(write_tree(tmp_path, (1, 2, 3, 8), 3))
    assert corpus.modalities == MODALITIES
    assert {t.label for t in corpus.trials} == {"standing", FALLS[0], FALLS[4], "lying", "walking"}
    assert [{t.subject for t in corpus.part("test", f"people-{k}")} for k in range(4)] == [{8}, {1}, {2}, {3}]
    first = corpus.trials[0]
    assert (first.subject, first.label, first.scene, first.session) == (1, "standing", 1, 1)
    assert first.times["imu.neck"][0] == 0
    assert {t.subject for t in load(tmp_path, subjects=[2]).trials} == {2}


def test_where_nothing_is_usable_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no UP-Fall"):
        load(tmp_path)
    place(tmp_path, "Subject1Activity6Trial1", [])
    with pytest.raises(RecordingError, match="0 usable rows"):
        load(tmp_path)
    with pytest.raises(RecordingError, match="it holds people 1"):
        load(tmp_path, subjects=[2])


def test_the_check_names_missing_people_and_files_and_sensors_not_worn(tmp_path: Path) -> None:
    place(tmp_path, "Subject5Activity6Trial1", rows([6] * 50, unworn=[1]))
    assert CORPUS.recognizes(tmp_path)
    found = check(tmp_path, lambda what, done, total: None)
    assert found.missing[0] == "people 1-4, 6-10"
    assert len(found.missing) == 1 + 32
    assert found.notes == ("person 5 wore no sensor at the pocket",)
    assert found.found == "1 of 1 files usable, of people 5"


def test_the_real_files_are_read(data_dir: Path) -> None:
    loaded = load_recordings(data_dir / "upfall", [5, 6])
    assert len(loaded.recordings) == 66
    falls = [a for r in loaded.recordings for a in r.annotations if a.label in FALLS]
    assert len(falls) == 30
    for recording in loaded.recordings:
        worn = {s.description.placement for s in recording.streams}
        assert ("pocket" in worn) == (recording.wearer == "subject6")
        for stream in recording.streams:
            rate = (len(stream.timestamps) - 1) / np.ptp(stream.timestamps)
            assert 14 < rate < 20
