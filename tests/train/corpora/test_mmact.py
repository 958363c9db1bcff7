"""MMAct as its authors hand it out, with every oddity, and what is not MMAct refused by name and reason."""

import json
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.train.corpora.mmact import pose as mmact_pose
from hnhar.train.corpora.mmact import sensor as mmact_sensor
from hnhar.train.corpora.mmact.clips import ClipKey, MmactClip, find_clips, load_clips, read_clip
from hnhar.train.corpora.mmact.labels import read_labels, sensor_time
from hnhar.train.corpora.mmact.pose import read_pose
from hnhar.train.corpora.mmact.sensor import read_track
from hnhar.train.corpora.mmact.splits import CLASSES, SPLITS, SUBJECTS, UNTRIMMED_CLASSES

from . import mmact_tree
from .mmact_tree import person, place, rows

BEGIN = 1539664425.17  # 2018-10-16 04:33:45.17 UTC


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mmact_tree.write_tree(tmp_path_factory.mktemp("mmact"))


@pytest.fixture(scope="module")
def clips(tree: Path) -> dict[str, MmactClip]:
    """Those of subject 1, by label."""
    return {clip.label: clip for clip in load_clips(tree, subjects=[1])[0]}


def test_there_are_35_trimmed_and_37_untrimmed_classes() -> None:
    assert len(set(CLASSES)) == 35
    assert len(set(UNTRIMMED_CLASSES)) == 37


def test_a_whole_clip_has_all_five_modalities_in_canonical_units(tree: Path) -> None:
    (clip,) = (c for c in load_clips(tree)[0] if c.key == ClipKey(1, 1, 1, "carrying"))
    assert clip.modalities == ("acc_phone", "acc_watch", "gyro", "orientation", "pose")
    samples, times = clip.signals()
    assert {n: s.shape for n, s in samples.items()} == {
        "acc_phone": (200, 3),
        "acc_watch": (200, 3),
        "gyro": (100, 3),
        "orientation": (100, 3),
        "pose": (60, 51),
    }
    assert all(s.dtype == np.float32 for s in samples.values())
    raw = np.array([row.split(",")[1:] for row in rows("acc_phone_clip")], float)
    np.testing.assert_allclose(samples["acc_phone"], raw / 9.80665, rtol=1e-5, atol=1e-6)
    raw = np.array([row.split(",")[1:] for row in rows("gyro_clip", seed=2)], float)
    np.testing.assert_allclose(samples["gyro"], np.degrees(raw), rtol=1e-5, atol=1e-5)
    assert clip.start == pytest.approx(BEGIN, abs=1e-6)
    np.testing.assert_allclose(times["acc_phone"], np.arange(200) / 100, atol=1e-6)
    np.testing.assert_allclose(times["pose"], np.arange(60) / 30)
    assert not clip.notes


def test_files_whose_names_differ_by_case_are_one_clip(clips: dict[str, MmactClip]) -> None:
    assert clips["talking_on_phone"].modalities == ("acc_phone", "gyro")


def test_an_empty_file_a_header_alone_and_an_empty_picture_are_absent_modalities(
    clips: dict[str, MmactClip],
) -> None:
    clip = clips["fall"]
    assert clip.modalities == ("acc_phone",)
    told = " ".join(clip.notes)
    assert "acc_watch_clip" in told
    assert "gyro_clip" in told
    assert "nobody" in told


def test_duplicated_and_disordered_rows_are_put_right(clips: dict[str, MmactClip]) -> None:
    clip = clips["running"]
    samples, times = clip.signals()
    raw = np.array([row.split(",")[1:] for row in rows("acc_phone_clip")], float)
    np.testing.assert_allclose(samples["acc_phone"], raw / 9.80665, rtol=1e-5, atol=1e-6)
    assert (np.diff(times["acc_phone"]) > 0).all()
    assert any("put in order" in note for note in clip.notes)
    assert any("10 samples at a time that was there already" in note for note in clip.notes)


def test_samples_whose_times_have_no_fraction_are_spread_over_their_seconds(
    clips: dict[str, MmactClip],
) -> None:
    samples, times = clips["standing"].signals()
    assert len(samples["gyro"]) == 100
    assert (np.diff(times["gyro"]) > 0).all()
    # Truth: 0.02 s apart; the first second was joined at its 0.17 s.
    np.testing.assert_allclose(np.diff(times["gyro"]), 0.02, atol=0.011)
    assert np.abs(times["gyro"] - times["gyro"][0] - np.arange(100) * 0.02).max() < 0.05


def test_a_time_on_the_full_second_may_lack_its_fraction() -> None:
    assert sensor_time("20181016_13:33:46") == 1539664426.0
    assert sensor_time("20181016_13:33:45.170") == pytest.approx(BEGIN, abs=1e-6)
    assert sensor_time("20181016_13:33:45.170123") == pytest.approx(BEGIN + 0.000123, abs=1e-6)


def test_the_main_person_is_whoever_is_in_more_frames(clips: dict[str, MmactClip]) -> None:
    clip = clips["talking"]
    assert clip.modalities == ("pose",)
    assert clip.start is None
    assert clip.pose is not None
    assert clip.pose.present.sum(axis=0).tolist() == [60, 40]
    assert clip.pose.main == 0
    np.testing.assert_allclose(clip.signals()[0]["pose"][7], person(7), rtol=1e-6)
    samples, times = clip.pose.track(1)
    assert len(samples) == 40
    assert times[0] == pytest.approx(20 / 30)


def test_of_two_persons_in_as_many_frames_the_one_who_moves_more_is_the_main_one(tmp_path: Path) -> None:
    both = {str(i): {"person1": person(i), "person2": person(i, speed=4.0)} for i in range(10)}
    pose = read_pose(place(tmp_path, "cam1", "1/1/1/talking", dict(both)))
    assert pose is not None
    assert pose.main == 1


def test_frames_are_ordered_by_their_numbers_and_keep_their_gaps(tmp_path: Path) -> None:
    frames = {f"frame_{i:04d}": {"person1": person(i)} for i in (7, 3, 4, 12)}
    pose = read_pose(place(tmp_path, "cam1", "1/1/1/talking", dict(frames)))
    assert pose is not None
    np.testing.assert_allclose(pose.times * 30, [0, 1, 4, 9])
    np.testing.assert_allclose(pose.persons[0, 0].ravel(), person(3), rtol=1e-6)


def test_only_camera_1_is_read_and_another_action_is_left_out_with_a_note(tmp_path: Path) -> None:
    place(tmp_path, "acc_phone_clip", "1/1/1/dancing", rows("acc_phone_clip"))
    place(tmp_path, "cam2", "1/1/1/talking", {"0": {"person1": person(0)}})
    place(tmp_path, "gyro_clip", "1/1/1/talking", rows("gyro_clip"))
    found = find_clips(tmp_path)
    assert [str(key) for key in found.clips] == ["subject1/scene1/session1/talking"]
    assert list(found.clips[ClipKey(1, 1, 1, "talking")]) == ["gyro"]
    assert "dancing" in found.notes[0]


def test_the_same_clip_twice_is_read_once(tmp_path: Path) -> None:
    for name in ("opening", "Opening"):
        place(tmp_path, "gyro_clip", f"1/1/1/{name}", rows("gyro_clip"))
    found = find_clips(tmp_path)
    if len(list((tmp_path / "gyro_clip/subject1/scene1/session1").iterdir())) < 2:
        pytest.skip("this file system does not tell case apart")
    assert len(found.clips) == 1
    assert "the same clip" in found.notes[0]


def test_label_lines_give_events_in_unix_time(tree: Path) -> None:
    standing, phoning = read_labels(tree / "untrimmed" / "labels.txt")
    assert standing.label == "standing"
    assert standing.onset == pytest.approx(BEGIN, abs=1e-6)
    assert standing.duration == pytest.approx(4.721, abs=1e-6)
    assert phoning.label == "talking_on_phone_desk"
    assert (phoning.onset, phoning.duration) == (1539664434.0, 4.5)


@pytest.mark.parametrize(
    "line",
    [
        "standing",
        "2018/10/16 13:33:45.170-2018/10/16 13:33:49.891-dancing",
        "2018/10/16 13:33:49.891-2018/10/16 13:33:45.170-standing",
        "2018/13/16 13:33:45.170-2018/13/16 13:33:49.891-standing",
    ],
)
def test_a_line_that_is_no_label_is_refused_with_its_number(line: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text(f"{mmact_tree.LABELS}{line}\n")
    with pytest.raises(RecordingError, match=r"labels\.txt, line 4"):
        read_labels(path)


def test_splits_are_those_of_the_benchmark() -> None:
    subject, scene, session = (SPLITS[name] for name in ("cross-subject", "cross-scene", "cross-session"))
    parts = {p: [s for s in SUBJECTS if subject(s, 1, 1) == p] for p in ("train", "val", "test", "")}
    assert parts == {
        "train": list(range(1, 13)),
        "val": [13, 14, 15],
        "test": [17, 18, 19, 20],
        "": [16],
    }
    assert [scene(16, c, 1) for c in (1, 2, 3, 4, 5)] == ["train", "test", "train", "train", ""]
    assert [scene(17, c, 1) for c in (1, 2, 3, 4)] == ["val", "test", "val", "val"]
    assert [session(16, 1, e) for e in (1, 4, 5, 6)] == ["train", "train", "test", ""]
    assert [session(20, 1, e) for e in (1, 4, 5)] == ["val", "val", "test"]
    assert {split(21, 2, 5) for split in SPLITS.values()} == {""}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"20181016_13:33:45.170,1,2", "line 1: it has 3 columns"),
        (b"20181016_13:33:45.170,1,2,3\n20181016_13:33:45.180,1,x,3", "line 2"),
        (b"20181016_13:33:45.170,1,nan,3", "finite"),
        (b"20181016_13:33:45.170,1,1e300,3", "values of a sensor"),
        (b"1539664425.17,1,2,3", "not a time"),
        (b"20181316_13:33:45,1,2,3", "line 1"),
        (b"time,x,y,z\ntime,x,y,z", "line 2"),
        (b"\x00\xff\xfe", "not UTF-8"),
        (b"x" * 200, "columns"),
    ],
)
def test_a_hostile_sensor_file_is_refused_with_its_name_and_the_reason(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "carrying.csv"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=reason) as caught:
        read_track(path, "gyro")
    assert "carrying.csv" in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "expected an object"),
        ('{"0": []}', "frame '0'"),
        ('{"0": {"person1": [1, 2, 3]}}', "3 values, expected 51"),
        ('{"0": {"person1": "me"}}', "expected 51"),
        (json.dumps({"0": {"person2": [float("nan")] * 51}}), "no coordinate"),
        (json.dumps({"0": {"person1": [[]] * 51}}), "no coordinate"),
        (json.dumps({"0": {"person1": [10**400] * 51}}), "no coordinate"),
        ('{"0": {"person1": [' + "9" * 5000 + "]}}", "not JSON"),
        (json.dumps({str(i): {} for i in range(mmact_pose.MAX_FRAMES + 1)}), "frames"),
    ],
)
def test_a_hostile_pose_file_is_refused_with_its_name_and_the_reason(
    content: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "carrying.json"
    path.write_text(content)
    with pytest.raises(RecordingError, match=reason) as caught:
        read_pose(path)
    assert "carrying.json" in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("modality", "name"), [("gyro", "carrying.csv"), ("pose", "carrying.json")], ids=["sensor", "pose"]
)
def test_a_broken_file_leaves_the_rest_of_its_clip(modality: str, name: str, tmp_path: Path) -> None:
    mmact_tree.whole(tmp_path, "1/1/1/carrying")
    (path,) = (p for p in tmp_path.rglob(name) if modality in str(p.relative_to(tmp_path)))
    path.write_bytes(b"\xff")
    clips, notes = load_clips(tmp_path)
    assert len(clips[0].modalities) == 4
    assert modality not in clips[0].modalities
    assert str(path) in notes[0]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmact_sensor, "MAX_FILE", 100)
    path = place(tmp_path, "gyro_clip", "1/1/1/carrying", rows("gyro_clip"))
    with pytest.raises(RecordingError, match="larger than"):
        read_track(path, "gyro")


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    clip = read_clip(ClipKey(1, 1, 1, "carrying"), {"gyro": tmp_path})
    assert not clip.modalities
    assert "not a regular file" in clip.notes[0]


def test_a_folder_without_clips_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="acc_phone_clip/subject1/scene1/session1"):
        find_clips(tmp_path)


def test_subjects_that_are_not_there_are_an_error(tree: Path) -> None:
    with pytest.raises(RecordingError, match="subject 5"):
        load_clips(tree, subjects=[5])
