"""UTKinect: one skeleton over a recording; an action that cannot be right counts neither way."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.train.corpora.utkinect.check import check
from hnhar.train.corpora.utkinect.corpus import CORPUS, load
from hnhar.train.corpora.utkinect.files import JOINTS, read_joints, read_labels, recognizes
from hnhar.train.corpora.utkinect.recordings import load_films
from hnhar.train.corpora.utkinect.shared import SHARED, as_known

TABLE = """s01_e01
walk: 10 90
sitDown: 120 180
standUp: 190 240
carry:  NaN NaN
throw: 300 340
push: 250 400

waveHands: 410 2000
s01_e02
clapHands: 40 80
pull: 900 940
s03_e01
walk: 90 20
"""


def row(frame: int) -> str:
    """A frame whose joint k is at (k, k / 10, 2) m, moved by the frame."""
    places = [f"{k + frame / 1000:.4f} {k / 10:.4f} 2.0" for k in range(len(JOINTS))]
    return f"{frame} {' '.join(places)}"


def tree(folder: Path, frames: dict[str, list[str]] | None = None, table: str = TABLE) -> Path:
    """A folder as its authors made it."""
    (folder / "joints").mkdir(parents=True)
    (folder / "actionLabel.txt").write_text(table)
    given = frames or {
        "s01_e01": [row(f) for f in range(4, 480, 4)],
        "s01_e02": [row(f) for f in range(0, 200, 2)],
    }
    for name, rows in given.items():
        with gzip.open(folder / "joints" / f"joints_{name}.txt.gz", "wt") as file:
            file.write("\n".join(rows))
    return folder


def test_a_recording_has_the_time_of_its_frames_and_joints_in_our_order(tmp_path: Path) -> None:
    first, second = load_films(tree(tmp_path)).recordings
    stream = first.streams[0]
    assert (first.wearer, first.name, second.name) == ("s01", "s01_e01", "s01_e02")
    assert stream.timestamps[:2].tolist() == pytest.approx([4 / 30, 8 / 30])
    joints = stream.samples.reshape(-1, 20, 3)
    head = joints[0, UTD_JOINTS.index("head")]
    assert head.tolist() == pytest.approx([JOINTS.index("head") + 0.004, 0.3, 2.0], abs=1e-5)
    assert [a.label for a in first.annotations] == ["walk", "sit_down", "stand_up", "throw"]
    assert first.annotations[0].onset == pytest.approx(10 / 30)
    assert first.annotations[0].duration == pytest.approx(80 / 30)


def test_actions_that_cannot_be_right_are_left_out_and_said(tmp_path: Path) -> None:
    films = load_films(tree(tmp_path))
    assert [u.label for u in films.recordings[0].unfinished] == ["push", "wave_hands"]
    assert films.notes == (
        "s01_e01: carry has no frames",
        "s01_e01: push holds another action, and was left out",
        "s01_e01: wave_hands would last 53 s, and was left out",
        "s01_e02: pull lies beyond the frames, and was left out",
    )
    labels = read_labels(tmp_path)
    assert [why for of in labels.bad.values() for _, why in of][-1] == "ends before it begins"


def test_rows_that_repeat_a_frame_or_are_broken_are_left_out(tmp_path: Path) -> None:
    rows = [row(f) for f in range(0, 200, 2)]
    rows[5] = rows[4]
    rows[10:14] = ["", "rubbish", rows[11].replace("2.0", "nan", 1), rows[12].replace("2.0", "99", 1)]
    film = read_joints(tree(tmp_path, {"s01_e01": rows}) / "joints" / "joints_s01_e01.txt.gz")
    assert (film.bad, film.repeated) == (3, 1)
    assert (np.diff(film.frames) > 0).all()
    with pytest.raises(RecordingError, match="has 3 rows"):
        read_joints(tree(tmp_path / "short", {"s01_e01": rows[:3]}) / "joints" / "joints_s01_e01.txt.gz")


def test_two_frames_a_little_apart_have_a_person_between_them_and_a_hole_stays_a_hole(tmp_path: Path) -> None:
    frames = [*range(0, 80, 4), 88, 108, *range(110, 200, 2)]
    film = read_joints(
        tree(tmp_path, {"s01_e01": [row(f) for f in frames]}) / "joints" / "joints_s01_e01.txt.gz"
    )
    assert film.bridged == 1
    assert sorted({*film.frames.tolist()} - {*map(float, frames)}) == [82.0]
    assert film.joints[film.frames == 82.0, 0] == pytest.approx(JOINTS.index("head") + 0.082, abs=1e-5)
    assert np.diff(film.frames).max() == 20


def test_actions_are_trials_of_a_corpus(tmp_path: Path) -> None:
    corpus = load(tree(tmp_path))
    assert {(t.subject, t.label, t.session) for t in corpus.trials} >= {(1, "walk", 1), (1, "clap_hands", 2)}
    assert corpus.modalities == ("skeleton",)
    assert all(t.times["skeleton"][0] >= 0 for t in corpus.trials)
    assert set(SHARED) < set(corpus.classes)
    assert load(tmp_path, subjects=[1]).digest() == corpus.digest()
    with pytest.raises(RecordingError, match="it holds people 1"):
        load(tmp_path, subjects=[2])


def test_a_folder_is_recognized_and_checked(tmp_path: Path) -> None:
    assert CORPUS.recognizes(tree(tmp_path / "whole"))
    assert not recognizes(tmp_path)
    finding = check(tmp_path / "whole", lambda *step: None)
    assert finding.found == "2 of 2 recordings usable, of people 1"
    assert finding.missing == ("people 2-10",)
    assert not finding.broken
    with pytest.raises(RecordingError, match="holds no UTKinect"):
        check(tmp_path, lambda *step: None)


def test_a_table_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="names no recording"):
        load_films(tree(tmp_path, table="walk: 1 2\n"))


def test_shared_actions_get_the_labels_of_weights_that_know_them(tmp_path: Path) -> None:
    (first, _) = load_films(tree(tmp_path)).recordings
    wrist, thigh = ("throw", "push", "wave", "idle"), ("walk", "sit_to_stand", "stand_to_sit", "idle")
    assert [a.label for a in as_known(first, wrist).annotations][-1] == "throw"
    assert next(a.label for a in as_known(first, wrist).annotations) == "walk, not shared"
    assert [a.label for a in as_known(first, thigh).annotations][:3] == [
        "walk",
        "stand_to_sit",
        "sit_to_stand",
    ]
    assert [u.label for u in as_known(first, wrist).unfinished] == ["push", "wave"]


def test_the_real_recordings_are_read(data_dir: Path) -> None:
    folder = data_dir / "utkinect"
    if not folder.is_dir():
        pytest.skip("UTKinect is not here")
    films = load_films(folder)
    assert sum(len(r.annotations) for r in films.recordings) == 10 * len(films.recordings) - 1
    (bad,) = [u for r in films.recordings for u in r.unfinished]
    assert bad.label == "push"
