"""Rows of the stream: joints that are not in the image, or only guessed, have no place."""

import numpy as np
import pytest

from hnhar.stream.camera.body import row
from hnhar.stream.camera.layout import CHANNELS, JOINTS
from hnhar.stream.camera.pose import Landmarks

FOOT = JOINTS.index("left_foot")


def somebody(**changes: float) -> Landmarks:
    """A body in the middle of the image, but for what is changed of its left foot."""
    image = np.full((33, 3), 0.5, np.float32)
    world = np.arange(99, dtype=np.float32).reshape(33, 3) / 100
    visibility, presence = np.full(33, 0.9, np.float32), np.full(33, 0.99, np.float32)
    image[FOOT, 1] = changes.get("down", 0.5)
    world[FOOT, 0] = changes.get("x", 0.25)
    visibility[FOOT] = changes.get("visibility", 0.9)
    presence[FOOT] = changes.get("presence", 0.99)
    return Landmarks(image, world, visibility, presence)


def test_a_row_has_the_place_and_the_visibility_of_each_joint() -> None:
    made = dict(zip(CHANNELS, row(somebody(visibility=0.4)).tolist(), strict=True))
    assert made["left_foot_x"] == pytest.approx(0.25)
    assert made["left_foot_visibility"] == pytest.approx(0.4)
    assert made["nose_y"] == pytest.approx(0.01)


@pytest.mark.parametrize(
    "changes", [{"down": 1.1}, {"presence": 0.3}, {"visibility": 0.05}, {"x": np.nan}], ids=str
)
def test_a_joint_that_is_not_seen_has_no_place(changes: dict[str, float]) -> None:
    made = row(somebody(**changes)).reshape(33, 4)
    assert np.isnan(made[FOOT, :3]).all()
    assert np.isfinite(np.delete(made, FOOT, axis=0)).all()
    assert np.isfinite(made[FOOT, 3])


def test_hips_before_the_camera_move_every_joint() -> None:
    still, placed = row(somebody()), row(somebody(), np.array([0.1, 0.2, 3.0]))
    moved = (placed - still).reshape(33, 4)
    assert moved == pytest.approx(np.tile([0.1, 0.2, 3.0, 0.0], (33, 1)), abs=1e-6)
