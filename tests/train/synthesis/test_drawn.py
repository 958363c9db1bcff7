"""A drawn person is a video of the skeleton that it was drawn from."""

from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.train.synthesis.drawn import View, film, frames, write_video
from hnhar.train.synthesis.performer import perform

cv2 = pytest.importorskip("cv2", reason="drawing needs OpenCV (extra camera)")


@pytest.fixture(scope="module")
def joints() -> np.ndarray:
    recording = perform(seed=5, person=201, actions=["wave"], clean=True)
    times, joints = film(recording, rate=20.0)
    (action,) = recording.annotations
    during = (times >= action.onset) & (times < action.offset)
    return joints[during][::8]


def test_every_joint_lies_on_the_figure_where_the_camera_projects_it(joints: np.ndarray) -> None:
    view = View(yaw=20.0, height=1.5)
    drawn = np.stack(list(frames(joints, view, look=1))).astype(int)
    empty = np.median(drawn, axis=(0, 1, 2))  # the wall
    pixels = view.pixels(view.seen(joints)).round().astype(int)
    for frame, places in zip(drawn, pixels, strict=True):
        for joint in ("head", "spine", "right_elbow", "right_wrist", "left_knee"):
            right, down = places[UTD_JOINTS.index(joint)]
            here = frame[down - 1 : down + 2, right - 1 : right + 2].mean(axis=(0, 1))
            assert np.abs(here - empty).max() > 20, joint


def test_only_the_person_moves(joints: np.ndarray) -> None:
    drawn = np.stack(list(frames(joints))).astype(int)
    moved = np.ptp(drawn, axis=0).max(axis=2) > 8
    pixels = View().pixels(View().seen(joints))
    low, high = pixels.min(axis=(0, 1)) - 40, pixels.max(axis=(0, 1)) + 40
    rows, columns = np.nonzero(moved)
    assert len(rows) > 200
    assert low[0] <= columns.min() <= columns.max() <= high[0]
    assert low[1] <= rows.min() <= rows.max() <= high[1]


def test_the_camera_keeps_the_size_of_the_body_and_stands_where_it_was_put(joints: np.ndarray) -> None:
    view = View(yaw=60.0, distance=4.0, height=1.8)
    seen = view.seen(joints)
    arm = [UTD_JOINTS.index("right_shoulder"), UTD_JOINTS.index("right_elbow")]
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(seen[:, arm], axis=1), axis=2),
        np.linalg.norm(np.diff(joints[:, arm], axis=1), axis=2),
    )
    hips = seen[:, UTD_JOINTS.index("hip_center")].mean(axis=0)
    assert abs(hips[0]) < 1e-9
    # hips are about as high as the middle of the body, at which it looks
    assert hips[2] == pytest.approx(np.hypot(4.0, 1.8 - 0.95), abs=0.1)
    assert abs(hips[1]) < 0.2
    assert view.inside(seen).all()
    assert not View(aim=1.7, distance=1.2).inside(View(aim=1.7, distance=1.2).seen(joints)).all()


def test_left_and_right_of_a_person_before_the_camera_are_swapped_in_its_image(joints: np.ndarray) -> None:
    left, right = UTD_JOINTS.index("left_shoulder"), UTD_JOINTS.index("right_shoulder")
    pixels = View().pixels(View().seen(joints))
    assert (pixels[:, left, 0] > pixels[:, right, 0]).all()
    assert (pixels[:, UTD_JOINTS.index("head"), 1] < pixels[:, left, 1]).all()


def test_the_same_look_gives_the_same_frames_and_another_look_others(joints: np.ndarray) -> None:
    first, again, other = (list(frames(joints[:2], look=look)) for look in (4, 4, 5))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first[0] != other[0]).any()


@pytest.mark.parametrize("ending", [".avi", ".mp4"])
def test_a_video_holds_each_frame(joints: np.ndarray, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"drawn{ending}"
    write_video(path, joints, View(width=320, lines=240), rate=20.0)
    video = cv2.VideoCapture(str(path))
    assert video.get(cv2.CAP_PROP_FPS) == pytest.approx(20.0)
    count = 0
    while True:
        there, image = video.read()
        if not there:
            break
        assert image.shape == (240, 320, 3)
        count += 1
    video.release()
    assert count == len(joints)


def test_what_cannot_be_drawn_is_refused(joints: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"finite \(T, 20, 3\)"):
        frames(joints[:, :10])
    with pytest.raises(RecordingError, match=r"finite \(T, 20, 3\)"):
        frames(np.full_like(joints, np.nan))
    with pytest.raises(RecordingError, match=r"name it \.avi or \.mp4"):
        write_video(tmp_path / "drawn.gif", joints)
    with pytest.raises(RecordingError, match="cannot be written"):
        write_video(tmp_path / "nowhere" / "drawn.avi", joints)
    with pytest.raises(RecordingError, match=r"from 0\.5 m"):
        View(distance=0.1)
