"""Videos as recordings: a drawn person, nobody, two of them, and what is no video."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS, skeleton
from hnhar.stream.camera.address import CameraAddress
from hnhar.stream.camera.layout import CHANNELS
from hnhar.stream.camera.recording import read_video
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.train.synthesis.drawn import View, frames

HIPS = UTD_JOINTS.index("hip_center")


def test_a_drawn_person_is_where_the_true_skeleton_has_its_joints(
    model: Path, clip: Path, joints: NDArray[np.float64]
) -> None:
    recording = open_recording(clip)
    (stream,) = recording.streams
    assert (stream.description.channels, stream.kind) == (CHANNELS, "skeleton")
    assert stream.timestamps == pytest.approx(np.arange(30) / 15.0, abs=1e-6)
    (fed,), notes = recorded_feeds(recording, [skeleton()])
    assert any("taken as mediapipe-33, y down" in note for note in notes)
    seen = fed.samples.reshape(30, 20, 3)
    true = View().seen(joints)
    error = (seen - seen[:, HIPS, None]) - (true - true[:, HIPS, None])
    # nearly all of it is in depth; sides are not exchanged
    assert np.median(np.linalg.norm(error, axis=2)) < 0.2
    assert np.median(np.abs(error[..., :2])) < 0.06


def test_nobody_in_view_is_a_skeleton_without_places(model: Path, written: Callable[..., Path]) -> None:
    wall = np.full((480, 640, 3), 150, np.uint8)
    recording = read_video(CameraAddress(str(written("empty.mp4", [wall] * 5))))
    rows = recording.streams[0].samples.reshape(5, -1, 4)
    assert np.isnan(rows[..., :3]).all()
    assert (rows[..., 3] == 0).all()
    assert recording.notes == ("nobody is seen in 5 of 5 images",)


@pytest.mark.slow
@pytest.mark.parametrize(("person", "side"), [(1, 1), (2, -1)])
def test_of_two_people_the_nearer_is_followed_or_who_is_asked_for(
    model: Path, written: Callable[..., Path], joints: NDArray[np.float64], person: int, side: int
) -> None:
    far = frames(joints[:12], View(distance=3.2, width=320), look=3)
    near = frames(joints[:12], View(distance=2.4, width=320))
    both = written("two.mp4", (np.hstack([left, right]) for left, right in zip(far, near, strict=True)))
    recording = read_video(CameraAddress(str(both), person=person, place=True))
    hips = recording.streams[0].samples.reshape(12, 33, 4)[:, 23:25, 0].mean(axis=1)
    assert np.isfinite(hips).all()
    assert (np.sign(hips) == side).all()


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b"RIFF" + b"\0" * 5000, "is no video that can be read")]
)
def test_what_is_no_video_is_refused_in_one_line(
    model: Path, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=words) as caught:
        open_recording(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
