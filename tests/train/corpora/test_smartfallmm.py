"""SmartFallMM: signals in canonical units on clocks of their own, whoever is there, whatever is broken."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.train.corpora import packed
from hnhar.train.corpora.finding import Finding
from hnhar.train.corpora.smartfallmm.check import check
from hnhar.train.corpora.smartfallmm.corpus import CLASSES, CORPUS, load
from hnhar.train.corpora.smartfallmm.signals import read_skeleton

from .smartfallmm_tree import HEADER, HIP, WRIST, acceleration, body, place, write_tree

SKELETON = "skeleton"


def checked(folder: Path) -> Finding:
    return check(folder, lambda what, done, total: None)


def test_a_trial_has_two_accelerometers_and_a_skeleton_in_canonical_units(tmp_path: Path) -> None:
    corpus = load(write_tree(tmp_path))
    trial = next(t for t in corpus.trials if (t.subject, t.label) == (28, "drinking"))
    assert corpus.modalities == ("accelerometer.hip", "accelerometer.wrist", SKELETON)
    wrist, hip, skeleton = (trial.signals[m] for m in ("accelerometer.wrist", "accelerometer.hip", SKELETON))
    assert wrist.shape == hip.shape == (200, 3)
    assert np.median(np.linalg.norm(wrist, axis=1)) == pytest.approx(1.0, abs=0.05)
    assert skeleton.shape == (90, 60)
    joints = skeleton.reshape(90, 20, 3)
    head, pelvis = joints[0, UTD_JOINTS.index("head")], joints[0, UTD_JOINTS.index("hip_center")]
    np.testing.assert_allclose(pelvis, [0.0, 0.5, 2.0])  # 500 mm above the camera's axis is +0.5 m
    np.testing.assert_allclose(head, [-0.26, 0.24, 2.0], atol=1e-6)


def test_the_elapsed_column_is_the_clock_and_the_rounded_epoch_is_not(tmp_path: Path) -> None:
    place(tmp_path, "young", WRIST, "S30A01T01", acceleration(rate=25.0, begin=18.3))
    (trial,) = load(tmp_path).trials
    np.testing.assert_allclose(trial.times["accelerometer.wrist"], np.arange(200) / 25.0, atol=1e-9)


def test_plain_and_packed_files_with_and_without_headings_are_alike(tmp_path: Path) -> None:
    first = place(tmp_path / "a", "old", HIP, "S01A01T01", [HEADER, *acceleration()], packed=False)
    place(tmp_path / "b", "old", HIP, "S01A01T01", acceleration())
    assert first.suffix == ".csv"
    plain, packed_ = (load(tmp_path / name).trials[0].signals for name in "ab")
    np.testing.assert_array_equal(plain["accelerometer.hip"], packed_["accelerometer.hip"])


def test_rows_out_of_order_twice_or_broken_are_left_out_and_told(tmp_path: Path) -> None:
    lines = acceleration()
    lines[10], lines[11] = lines[11], lines[10]
    cells = lines[50].split(",")
    lines += [lines[20], ",".join([*cells[:5], "nan"]), ",".join([*cells[:5], "x"]), "1,2", lines[60] + ",7"]
    place(tmp_path, "young", WRIST, "S30A01T01", lines)
    corpus = load(tmp_path)
    times = corpus.trials[0].times["accelerometer.wrist"]
    assert len(times) == 200
    assert (np.diff(times) > 0).all()
    assert corpus.notes == ("young/S30A01T01: 5 rows of accelerometer.wrist were left out",)


def test_frames_without_a_body_leave_a_gap_in_time(tmp_path: Path) -> None:
    lines = body()
    lines[5], lines[6] = ",".join(["0"] * 96), ",".join(["nan"] * 96)
    path = place(tmp_path, "young", SKELETON, "S30A01T01", lines)
    signal = read_skeleton(path)
    assert len(signal.samples) == 88
    assert signal.left_out == 2
    np.testing.assert_allclose(np.diff(signal.times)[3:6], [1 / 30, 3 / 30, 1 / 30])


@pytest.mark.parametrize(
    ("part", "lines", "reason"),
    [
        (WRIST, [], "0 usable rows"),
        (WRIST, [HEADER], "0 usable rows"),
        (WRIST, ["1,2,3,4,5"] * 50, "0 usable rows (50 others)"),
        (WRIST, acceleration()[:9], "9 usable rows"),
        (HIP, acceleration(count=2100), "lasts 42 s"),
        (HIP, [f"1,x,{i / 50},34.0,-80.5,9" for i in range(99)], "no acceleration in g"),
        (HIP, ["1,x,0,1e300,0,0"] * 50, "no acceleration in g"),
        (SKELETON, [",".join(["0"] * 96)] * 50, "0 usable rows (50 others)"),
        (SKELETON, [",".join(["1"] * 95)] * 50, "0 usable rows (50 others)"),
        (SKELETON, [",".join(["1e9"] * 96)] * 50, "0 usable rows (50 others)"),
        (SKELETON, body(1300), "lasts 43 s"),
    ],
)
def test_an_unusable_file_is_left_out_with_its_name_and_the_reason(
    part: str, lines: list[str], reason: str, tmp_path: Path
) -> None:
    write_tree(tmp_path, young=(30,), old=())
    place(tmp_path, "young", part, "S31A01T01", lines)
    corpus = load(tmp_path)
    assert {t.subject for t in corpus.trials} == {30}
    assert "S31A01T01.csv.gz" in corpus.notes[0]
    assert reason in corpus.notes[0]
    found = checked(tmp_path)
    assert any(reason in line for line in (*found.broken, *found.notes))


def test_files_that_are_no_gzip_or_no_text_or_unfold_without_end_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, young=(30,), old=())
    whole = place(tmp_path, "young", WRIST, "S31A01T01", acceleration()).read_bytes()
    folder = tmp_path / "young" / WRIST
    (folder / "S31A02T01.csv.gz").write_bytes(whole[:-20])
    (folder / "S31A03T01.csv.gz").write_bytes(b"no gzip")
    (folder / "S31A05T01.csv").write_bytes(b"\xff\xfe\x00\x01")
    (folder / "S31A06T01.csv.gz").mkdir()
    place(tmp_path, "young", WRIST, "S31A07T01", ["0" * 10_000] * 10)
    monkeypatch.setattr(packed, "MAX_TEXT", 99_000)
    corpus = load(tmp_path)
    assert len(corpus.notes) == 5
    for part in ("A02T01", "A03T01", "A05T01", "A06T01", "A07T01"):
        assert any(part in note for note in corpus.notes)
    assert len(checked(tmp_path).broken) == 5


def test_folds_leave_people_out_by_their_numbers_alone(tmp_path: Path) -> None:
    corpus = load(write_tree(tmp_path, young=(28, 29, 30, 31, 32, 38, 46), old=(1, 4)))
    assert list(corpus.splits) == [f"{group}-{k}" for group in ("young", "old") for k in range(4)]
    tested = [{t.subject for t in corpus.part("test", f"young-{k}")} for k in range(4)]
    assert tested == [{28, 32}, {29}, {30, 38, 46}, {31}]
    for fold in corpus.splits:
        train = {(t.scene, t.subject) for t in corpus.part("train", fold)}
        test = {(t.scene, t.subject) for t in corpus.part("test", fold)}
        assert not train & test
        assert len(train | test) == 9


def test_the_old_did_eight_activities_and_more_files_of_theirs_are_not_read(tmp_path: Path) -> None:
    write_tree(tmp_path, young=(30,), old=(1,), activities=(8, 9))
    corpus = load(tmp_path)
    assert {(t.scene, t.label) for t in corpus.trials} == {
        (1, "walking"),
        (1, "sitting_standing"),
        (2, "walking"),
    }
    assert corpus.classes == CLASSES
    assert sorted(corpus.targets(corpus.trials).tolist()) == [7, 7, 8]


def test_where_nothing_is_usable_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no SmartFallMM"):
        load(tmp_path)
    place(tmp_path, "young", WRIST, "S30A01T01", [])
    with pytest.raises(RecordingError, match="0 usable rows"):
        load(tmp_path)
    with pytest.raises(RecordingError, match="it holds people 30"):
        load(tmp_path, subjects=[31])


def test_the_check_names_who_is_missing_and_files_of_other_names(tmp_path: Path) -> None:
    write_tree(tmp_path)
    (tmp_path / "young" / WRIST / "notes.csv").write_text("")
    assert CORPUS.recognizes(tmp_path)
    assert not CORPUS.recognizes(tmp_path / "young")
    found = checked(tmp_path)
    assert found.missing == (
        "young: 10 of 14 people with a skeleton",
        "old: 19 of 21 people with a skeleton",
    )
    assert not found.broken
    assert "8 trials, 8 with all signals, people with a skeleton 28-31" in found.found
    assert "notes.csv" in found.notes[0]


def test_the_real_trials_are_read(data_dir: Path) -> None:
    corpus = load(data_dir / "smartfallmm", subjects=[6, 30, 43])
    assert {t.subject for t in corpus.trials} == {6, 30, 43}
    rates = {
        t.subject: round(1 / float(np.median(np.diff(t.times["accelerometer.hip"]))))
        for t in corpus.trials
        if "accelerometer.hip" in t.signals
    }
    assert rates == {6: 50, 30: 25, 43: 50}
    assert sum("no acceleration in g" in note for note in corpus.notes) >= 25  # the wrist of person 6
    for trial in corpus.trials:
        if SKELETON in trial.signals:
            joints = trial.signals[SKELETON].reshape(-1, 20, 3)
            tall = np.ptp(np.median(joints, axis=0)[:, 1])
            assert 0.2 < tall < 2.5
