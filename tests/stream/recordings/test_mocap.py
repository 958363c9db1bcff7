"""Skeletons of motion capture: C3D, BVH and Xsens MVN, as their exporters write them."""

import contextlib
import random
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.mocap.bvh import parse_bvh, positions_of
from hnhar.stream.recordings.mocap.c3d_file import MARKERS

SEGMENTS = (
    *("Pelvis", "L5", "L3", "T12", "T8", "Neck", "Head", "RightShoulder", "RightUpperArm", "RightForeArm"),
    *("RightHand", "LeftShoulder", "LeftUpperArm", "LeftForeArm", "LeftHand", "RightUpperLeg"),
    *("RightLowerLeg", "RightFoot", "RightToe", "LeftUpperLeg", "LeftLowerLeg", "LeftFoot", "LeftToe"),
)
"""Those of a suit, in the order in which MVN writes them."""
BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0.00 0.00 0.00
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Spine
  {
    OFFSET 0.00 10.00 0.00
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT Head
    {
      OFFSET 0.00 40.00 0.00
      CHANNELS 3 Zrotation Xrotation Yrotation
      End Site
      {
        OFFSET 0.00 15.00 0.00
      }
    }
  }
  JOINT LeftUpLeg
  {
    OFFSET 9.00 -5.00 0.00
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT LeftLeg
    {
      OFFSET 0.00 -40.00 0.00
      CHANNELS 3 Zrotation Xrotation Yrotation
      End Site
      {
        OFFSET 0.00 -40.00 0.00
      }
    }
  }
}
MOTION
Frames: 3
Frame Time: 0.0333333
"""
WHOLE = ("Head", "Neck", "LeftShoulder", "RightShoulder", "LeftHip", "RightHip", "LeftKnee", "RightKnee")
STILL = "10 90 5 0 0 0" + " 0" * 12
LEANING = "10 90 5 90 0 0" + " 0" * 12


def mvnx(folder: Path, frames: int = 50, *, positions: bool = True, namespace: bool = True) -> Path:
    segments = "".join(f'<segment label="{name}" id="{k}"/>' for k, name in enumerate(SEGMENTS, 1))
    place = " ".join(f"{0.01 * k:.6f} 0.100000 {1 + 0.02 * k:.6f}" for k in range(len(SEGMENTS)))
    body = f"<position>{place}</position>" if positions else ""
    rows = '<frame time="0" index="-1" ms="0" type="tpose"><position>9 9 9</position></frame>'
    rows += "".join(
        f'<frame time="{round(k * 1000 / 60)}" index="{k}" tc="" ms="{1_600_000_000_000 + k * 17}" '
        f'type="normal"><orientation>1 0 0 0</orientation>{body}</frame>\n'
        for k in range(frames)
    )
    path = folder / "suit.mvnx"
    head = ' xmlns="http://www.xsens.com/mvn/mvnx"' if namespace else ""
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><mvnx{head} version="4"><mvn version="2021.0" build="1"/>'
        f'<comment/><subject label="Anna" frameRate="60" segmentCount="23"><segments>{segments}</segments>'
        f"<frames>{rows}</frames></subject></mvnx>"
    )
    return path


@pytest.mark.parametrize("namespace", [True, False])
def test_the_segments_of_a_suit_are_a_skeleton_in_meters(tmp_path: Path, namespace: bool) -> None:
    (stream,) = open_recording(mvnx(tmp_path, namespace=namespace)).streams
    assert stream.modality == "skeleton"
    assert stream.description.channels[:3] == ("Pelvis_x", "Pelvis_y", "Pelvis_z")
    assert set(stream.description.units) == {"m"}
    assert stream.samples.shape == (50, 69)
    np.testing.assert_allclose(stream.samples[0, 3:6], [0.01, 0.1, 1.02], rtol=1e-6)
    assert stream.timestamps[-1] == pytest.approx(49 / 60, abs=1e-3)


def test_angles_become_positions_and_a_turned_root_turns_its_limbs() -> None:
    joints, values, step = parse_bvh(BVH + f"{STILL}\n{LEANING}\n{STILL}\n")
    assert [joint.name for joint in joints] == ["Hips", "Spine", "Head", "LeftUpLeg", "LeftLeg"]
    found = positions_of(joints, values)
    np.testing.assert_allclose(found[0], [[10, 90, 5], [10, 100, 5], [10, 140, 5], [19, 85, 5], [19, 45, 5]])
    # a quarter turn about z takes y to -x
    np.testing.assert_allclose(found[1, 1:3], [[0, 90, 5], [-40, 90, 5]], atol=1e-5)
    np.testing.assert_allclose(found[1, 3:], [[15, 99, 5], [55, 99, 5]], atol=1e-4)
    assert step == pytest.approx(1 / 30, rel=1e-4)


def test_a_bvh_file_is_a_skeleton(tmp_path: Path) -> None:
    path = tmp_path / "walk.bvh"
    path.write_text((BVH + f"{STILL}\n{LEANING}\n{STILL}\n").replace("\n", "\r\n"))
    (stream,) = open_recording(path).streams
    assert stream.modality == "skeleton"
    assert stream.samples.shape == (3, 15)


def c3d(
    path: Path, labels: list[str], points: NDArray[np.float64], rate: float = 100.0, unit: str = "mm"
) -> Path:
    package = pytest.importorskip("c3d")
    writer = package.Writer(point_rate=rate, point_units=unit)
    writer.set_point_labels(labels)
    for frame in points:
        rows = np.zeros((len(labels), 5), np.float32)
        rows[:, :3] = np.nan_to_num(frame)
        rows[~np.isfinite(frame[:, 0]), 3:] = -1
        writer.add_frames([(rows, np.empty((0, 0)))])
    with path.open("wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are no analog channels
        writer.write(file)
    return path


def test_points_of_c3d_are_joints_by_their_labels_and_unseen_ones_are_missing(tmp_path: Path) -> None:
    labels = ["S1:Head", "S1:Neck", "S1:LeftShoulder", "S1:RightShoulder", "S1:LeftHip", "S1:RightHip"]
    points = np.tile(np.arange(18.0).reshape(6, 3) * 10, (40, 1, 1))
    points[3, 0] = np.nan
    (stream,) = open_recording(c3d(tmp_path / "a.c3d", labels, points)).streams
    assert stream.modality == "skeleton"
    assert stream.description.channels[:3] == ("Head_x", "Head_y", "Head_z")
    assert stream.description.units[0] == "mm"
    assert np.isnan(stream.samples[3, :3]).all()
    np.testing.assert_allclose(stream.samples[0, 3:6], [30, 40, 50], atol=0.01)
    assert stream.timestamps[1] == pytest.approx(0.01)


def test_of_markers_of_plug_in_gait_joints_are_made(tmp_path: Path) -> None:
    labels = sorted({marker for markers in MARKERS.values() for marker in markers})
    points = np.tile(np.arange(3.0 * len(labels)).reshape(-1, 3), (30, 1, 1))
    found = open_recording(c3d(tmp_path / "a.c3d", labels, points))
    (stream,) = found.streams
    assert any("Plug-in Gait" in note for note in found.notes)
    place = stream.description.channels.index("left_wrist_x")
    both = [points[0, labels.index(marker), 0] for marker in ("LWRA", "LWRB")]
    assert stream.samples[0, place] == pytest.approx(np.mean(both))
    assert len(stream.description.channels) == 60


def test_points_of_several_subjects_are_those_of_the_first_with_a_note(tmp_path: Path) -> None:
    labels = [f"{who}:{joint}" for who in ("anna", "ben") for joint in WHOLE]
    found = open_recording(c3d(tmp_path / "a.c3d", labels, np.ones((30, 16, 3))))
    assert len(found.streams[0].description.channels) == 24
    assert any("the first of 2 subjects; 'ben' left out" in note for note in found.notes)


def test_points_that_are_no_joints_are_refused_with_their_names(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no IMU.*no skeleton.*: 'wand1', 'wand2'"):
        open_recording(c3d(tmp_path / "a.c3d", ["wand1", "wand2"], np.ones((30, 2, 3))))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.c3d", b"x" * 600, "no C3D file"),
        ("a.c3d", b"\x02\x50" + bytes(600), "reader stopped|frames"),
        ("a.bvh", b"ROOT x", "no BVH file"),
        ("a.bvh", b"HIERARCHY ROOT a { OFFSET 0 0 } MOTION Frames: 1 Frame Time: 1", "cannot be read near"),
        ("a.bvh", (BVH + "1 2 3\n").encode(), "a frame has 18"),
        ("a.bvh", BVH.replace("Frames: 3", "Frames: 999999999999").encode(), "that is not read"),
        ("a.bvh", (BVH + "x " * 18).encode(), "no numbers"),
        ("a.bvh", b"HIERARCHY " + b"JOINT a { OFFSET 0 0 0 " * 3000 + b"MOTION", "more than 1000 joints"),
        ("a.mvnx", b"<mvnx><subject/></mvnx>", "has positions in 0 of its 0 frames"),
        ("a.mvnx", b"<html/>", "no file of MVN"),
        ("a.mvnx", b"<mvnx" + b" a", "no XML"),
        ("a.mvnx", b'<!DOCTYPE a [<!ENTITY b "c">]><mvnx/>', "document type"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_such_file_is_refused_with_its_name_in_bounded_time(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    before = time.process_time()
    with pytest.raises(RecordingError, match=rf"{name}.*({says})"):
        open_recording(tmp_path / name)
    assert time.process_time() - before < 5


def test_a_suit_exported_without_positions_is_told_to_be_exported_with_them(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="positions in 0 of its 50 frames: export it with them"):
        open_recording(mvnx(tmp_path, positions=False))


def test_a_c3d_file_with_wrong_bytes_is_read_or_refused_in_bounded_time(tmp_path: Path) -> None:
    labels = ["Head", "LeftHip", "RightHip"]
    whole = c3d(tmp_path / "a.c3d", labels, np.ones((30, 3, 3))).read_bytes()
    rng = random.Random(7)
    path = tmp_path / "b.c3d"
    for _ in range(150):
        raw = bytearray(whole)
        for _ in range(rng.choice((1, 3, 20))):
            raw[rng.randrange(1300)] = rng.randrange(256)
        path.write_bytes(bytes(raw[: rng.choice((len(raw), 700))]))
        before = time.process_time()
        with contextlib.suppress(RecordingError):
            open_recording(path)
        assert time.process_time() - before < 5
