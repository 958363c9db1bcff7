"""UTD-MHAD: pairs of files become trials, and what is not usable is left out with its name and reason."""

import re
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import Annotation, open_recording
from hnhar.train.corpora.utd_mhad.trials import (
    ACTIONS,
    THIGH_ACTIONS,
    WRIST_ACTIONS,
    load_corpus,
    load_trial,
    subjects_in,
    trial_recording,
)

from ...stream.recordings.files import write_trial


def test_a_pair_of_files_is_a_trial_with_the_skeleton_at_its_own_rate(tmp_path: Path) -> None:
    write_trial(tmp_path, "a4_s2_t3", skeleton=np.arange(20 * 3 * 40, dtype=float).reshape(20, 3, 40))
    (trial,) = load_corpus(tmp_path).trials
    assert (trial.subject, trial.action, trial.trial, trial.label) == (2, 4, 3, "clap")
    assert (trial.imu.shape, trial.skeleton.shape) == ((100, 6), (40, 60))
    # 100 samples at 50 Hz are 2 s: 40 frames in it are 20 Hz, whatever the camera's nominal rate
    assert (trial.duration, trial.skeleton_rate) == (2.0, 20.0)
    # (20, 3, F) -> (F, 60), joint-major: the second joint's y in frame 7
    assert trial.skeleton[7, 4] == (1 * 3 + 1) * 40 + 7


def test_trials_come_by_subject_action_and_trial(tmp_path: Path) -> None:
    for name in ("a10_s1_t1", "a2_s2_t1", "a2_s1_t2", "a2_s1_t1"):
        write_trial(tmp_path, name)
    assert [(t.subject, t.action, t.trial) for t in load_corpus(tmp_path).trials] == [
        (1, 2, 1),
        (1, 2, 2),
        (1, 10, 1),
        (2, 2, 1),
    ]
    assert subjects_in(tmp_path) == [1, 2]
    assert [t.action for t in load_corpus(tmp_path, subjects=[1], actions=["swipe_right"]).trials] == [2, 2]
    assert len(load_corpus(tmp_path, actions=[10]).trials) == 1


@pytest.mark.parametrize(
    ("action", "placement"),
    [(1, "right wrist"), (21, "right wrist"), (22, "right thigh"), (27, "right thigh")],
)
def test_the_sensor_is_where_the_action_says(tmp_path: Path, action: int, placement: str) -> None:
    write_trial(tmp_path, f"a{action}_s1_t1")
    assert load_corpus(tmp_path).trials[0].placement == placement
    assert (len(WRIST_ACTIONS), len(THIGH_ACTIONS), len(ACTIONS)) == (21, 6, 27)


@pytest.mark.parametrize(
    ("inertial", "skeleton", "says"),
    [
        (np.zeros((100, 5)), None, r"a1_s1_t2_inertial.mat was left out: d_iner has shape \(100, 5\)"),
        (np.zeros((5, 6)), None, "N of at least 10"),
        (None, np.zeros((20, 3, 2)), r"a1_s1_t2_skeleton.mat was left out: d_skel has shape \(20, 3, 2\)"),
        (None, np.zeros((25, 3, 40)), "expected .20, 3, F."),
        (np.full((100, 6), np.nan), None, "inertial.mat was left out: it holds values that are not finite"),
        (
            None,
            np.full((20, 3, 40), np.inf),
            "skeleton.mat was left out: it holds values that are not finite",
        ),
    ],
    ids=range(6),
)
def test_an_unusable_trial_is_left_out_with_its_file_and_the_reason(
    tmp_path: Path,
    inertial: "np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None",
    skeleton: "np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None",
    says: str,
) -> None:
    write_trial(tmp_path, "a1_s1_t1")
    write_trial(tmp_path, "a1_s1_t2", inertial, skeleton)
    corpus = load_corpus(tmp_path)
    assert [t.trial for t in corpus.trials] == [1]
    (note,) = corpus.notes
    assert re.search(says, note)


def test_a_file_without_its_partner_is_left_out_with_a_note(tmp_path: Path) -> None:
    write_trial(tmp_path, "a1_s1_t1")
    write_trial(tmp_path, "a2_s1_t1", parts=("Skeleton",))
    write_trial(tmp_path, "a3_s1_t1", parts=("Inertial",))
    assert load_corpus(tmp_path).notes == (
        "a2_s1_t1 was left out: it has no file in Inertial/",
        "a3_s1_t1 was left out: it has no file in Skeleton/",
    )


def test_files_of_other_names_are_not_trials(tmp_path: Path) -> None:
    write_trial(tmp_path, "a1_s1_t1")
    for name in ("a28_s1_t1", "a0_s1_t1"):
        write_trial(tmp_path, name)
    (tmp_path / "Inertial" / "notes.mat").write_text("no")
    assert len(load_corpus(tmp_path).trials) == 1


def test_a_folder_without_a_usable_trial_is_refused_with_the_reasons(tmp_path: Path) -> None:
    write_trial(tmp_path, "a1_s1_t1", np.zeros((3, 6)))
    with pytest.raises(RecordingError, match=r"no trial in .* can be used: a1_s1_t1_inertial\.mat"):
        load_corpus(tmp_path)


def test_what_is_not_there_is_refused_with_what_is(tmp_path: Path) -> None:
    write_trial(tmp_path, "a1_s3_t1")
    with pytest.raises(RecordingError, match="no trial of subject 8 and action any; it holds subjects 3"):
        load_corpus(tmp_path, subjects=[8])
    with pytest.raises(RecordingError, match="no action 'swim'; it has: swipe_left"):
        load_corpus(tmp_path, actions=["swim"])
    with pytest.raises(RecordingError, match="numbered 1 to 27"):
        load_corpus(tmp_path, actions=[28])
    with pytest.raises(RecordingError, match="no UTD-MHAD trials: expected Inertial/"):
        subjects_in(tmp_path / "Inertial")


@pytest.mark.parametrize("half", ["Inertial/a1_s1_t1_inertial.mat", "Skeleton/a1_s1_t1_skeleton.mat"])
def test_one_file_opens_the_whole_trial(tmp_path: Path, half: str) -> None:
    write_trial(tmp_path, "a1_s1_t1")
    found = open_recording(tmp_path / half)
    assert [s.modality for s in found.streams] == ["imu", "skeleton"]
    assert found.annotations == (Annotation(0.0, 2.0, "swipe_left"),)
    assert found.streams[1].description.nominal_rate == 20.0
    assert found.streams[0].description.placement == "right wrist"


def test_a_single_file_without_partner_or_with_another_name_is_refused(tmp_path: Path) -> None:
    write_trial(tmp_path, "a1_s1_t1", parts=("Inertial",))
    path = tmp_path / "Inertial" / "a1_s1_t1_inertial.mat"
    with pytest.raises(RecordingError, match="has no partner"):
        open_recording(path)
    other = path.rename(path.with_name("recording.mat"))
    with pytest.raises(RecordingError, match="not named like a UTD-MHAD trial"):
        open_recording(other)


def test_the_real_corpus_is_whole(data_dir: Path) -> None:
    corpus = load_corpus(data_dir / "utd_mhad", subjects=[1, 2])
    assert (len(corpus.trials), corpus.notes) == (216 - 1, ())
    # not the camera's nominal 30 Hz
    assert 18.5 < np.median([trial.skeleton_rate for trial in corpus.trials]) < 20.5
    for trial in corpus.trials:
        assert 10 < trial.skeleton_rate < 31
        assert 2.0 < trial.duration < 7.0
        # upright: the head above the hips, the hips above the feet
        height = trial.skeleton.reshape(-1, 20, 3)[:, :, 1].mean(axis=0)
        assert height[0] > height[3] > height[[15, 19]].mean()


def test_a_real_trial_is_a_recording(data_dir: Path) -> None:
    trial = load_trial(data_dir / "utd_mhad" / "Skeleton" / "a27_s2_t1_skeleton.mat")
    found = trial_recording(trial)
    assert (found.annotations[0].label, found.annotations[0].duration) == ("squat", trial.duration)
    assert abs(found.streams[1].timestamps[-1] - found.streams[0].timestamps[-1]) < 0.1
