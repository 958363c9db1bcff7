"""`open_recording`: what a path may be, and what is said where it is something else."""

from pathlib import Path

import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import Annotation, open_recording
from hnhar.train.corpora.utd_mhad.trials import THIGH_ACTIONS, WRIST_ACTIONS

from .files import imu, write_trial, xdf


def test_the_synthetic_performer_is_opened_by_its_name() -> None:
    found = open_recording("synthetic", seed=2, subject=5)
    assert {s.modality for s in found.streams} == {"imu", "skeleton"}
    assert found.annotations == open_recording("synthetic", seed=2, subject=5).annotations
    assert found.annotations != open_recording("synthetic", seed=3, subject=5).annotations


def test_an_xdf_file_is_opened_by_its_ending_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "Session.XDF"
    path.write_bytes(xdf(imu()))
    assert open_recording(str(path)).of("imu")


def test_a_table_beside_it_says_what_was_done_also_where_its_name_would_be_too_long(tmp_path: Path) -> None:
    path, long = tmp_path / "a_eeg.xdf", tmp_path / f"{'a' * 251}.xdf"
    for file in (path, long):
        file.write_bytes(xdf(imu(seconds=10)))
    (tmp_path / "a_events.tsv").write_text("onset\tduration\tlabel\n2.0\t1.5\twave\n")
    found = open_recording(path)
    assert found.annotations == (Annotation(found.start + 2.0, 1.5, "wave"),)
    assert open_recording(long).annotations == ()


def test_a_folder_of_trials_is_composed_of_one_subject_and_placement(tmp_path: Path) -> None:
    for name in ("a1_s2_t1", "a2_s2_t1", "a22_s2_t1", "a1_s3_t1"):
        write_trial(tmp_path, name)
    write_trial(tmp_path, "a3_s2_t1", parts=("Inertial",))
    found = open_recording(tmp_path)
    assert found.wearer == "s2"
    assert {a.label for a in found.annotations} == {"swipe_left", "swipe_right"}
    assert found.notes == ("a3_s2_t1 was left out: it has no file in Skeleton/",)
    assert [a.label for a in open_recording(tmp_path, subject=3).annotations] == ["swipe_left"]
    assert [a.label for a in open_recording(tmp_path, placement="thigh").annotations] == ["jog"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "nowhere.xdf",
            "does not exist; a recording is a .csv file, or a folder or .zip of them, as apps",
        ),
        ("notes.doc", "unknown kind"),
        ("walk.cwa", "walk.cwa is not read: it is Axivity's own: export it as a table .* OMGUI"),
        ("noextension", "no extension"),
        ("empty", "is a folder of no known kind; a recording is a .csv file"),
        ("halves", "holds no UTD-MHAD trials"),
        ("x" * 5000, "cannot be read"),
    ],
)
def test_what_is_no_recording_is_refused_with_what_one_is(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "notes.doc").touch()
    (tmp_path / "noextension").touch()
    (tmp_path / "walk.cwa").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "halves" / "Inertial").mkdir(parents=True)
    with pytest.raises(RecordingError, match=says):
        open_recording(tmp_path / name)


@pytest.mark.parametrize("placement", ["thigh", "ankle", ""])
def test_a_placement_that_is_not_there_is_refused(tmp_path: Path, placement: str) -> None:
    with pytest.raises(RecordingError, match="wrist"):
        open_recording("synthetic", placement=placement)
    write_trial(tmp_path, "a1_s2_t1")
    if placement != "thigh":
        with pytest.raises(RecordingError, match=f"wrist or thigh, not '{placement}'"):
            open_recording(tmp_path, placement=placement)


@pytest.mark.parametrize(
    ("placement", "actions"),
    [
        pytest.param("wrist", WRIST_ACTIONS, marks=pytest.mark.slow),  # four times as many as of the thigh
        ("thigh", THIGH_ACTIONS),
    ],
)
def test_the_real_corpus_is_composed(data_dir: Path, placement: str, actions: tuple[str, ...]) -> None:
    found = open_recording(data_dir / "utd_mhad", subject=1, placement=placement, seed=3)
    assert {a.label for a in found.annotations} == set(actions)
    assert f"right {placement}" == found.streams[0].description.placement
