"""The rotation of a worn sensor is found from its own motion, and believed only when it is sure."""

from dataclasses import replace

import numpy as np
import pytest

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.stream.mapping.mount_finder import LEAST, LEAST_FINELY, MEMORY, MountFinder
from hnhar.stream.mapping.mount_search import about, angles, near_identity, nearest_rotation, rotations
from hnhar.stream.mapping.mount_signals import mirrored, moving, sensed
from hnhar.stream.mapping.mount_words import turned

from ..mounted import REFERENCE, points, windows

X, Y, Z = np.eye(3)


def found(turn: np.ndarray, count: int = 60, finder: MountFinder | None = None, seed: int = 0) -> MountFinder:
    made = finder or MountFinder(REFERENCE)
    for vectors in points(count, seed) @ turn.T:
        made.take(vectors)
    return made


@pytest.mark.parametrize("degrees", [60, 90, 180])
@pytest.mark.parametrize("axis", [X, Y, Z, np.array([1.0, -2.0, 0.5])])
def test_any_rotation_is_found_within_a_few_degrees(axis: np.ndarray, degrees: float) -> None:
    turn = about(axis, degrees)
    estimate = found(turn).estimate
    assert estimate.settled
    assert angles(estimate.turn @ turn, np.eye(3)) < 20
    assert abs(estimate.degrees - degrees) < 20


def test_a_sensor_that_is_worn_as_the_weights_learned_is_left_exactly_as_it_is() -> None:
    assert np.array_equal(found(np.eye(3)).estimate.turn, np.eye(3))


def test_nothing_is_believed_before_ten_seconds_of_motion() -> None:
    assert not found(about(X, 90), LEAST - 1).estimate.settled


def test_a_sensor_that_slips_is_followed_within_a_minute_of_motion() -> None:
    finder = found(np.eye(3), MEMORY)
    found(about(X, 120), MEMORY, finder, seed=1)
    assert finder.estimate.slipped == 1
    assert angles(finder.estimate.turn @ about(X, 120), np.eye(3)) < 20


def test_motion_that_tells_nothing_is_never_believed() -> None:
    finder = MountFinder(REFERENCE)
    for vectors in np.random.default_rng(0).normal(0, 0.02, (60, 3, 3)):
        finder.take(vectors)
    assert finder.estimate.certainty < 0.8
    assert not finder.estimate.settled


def test_the_points_of_a_window_are_gravity_the_rest_of_acceleration_and_angular_velocity() -> None:
    got = sensed(windows(5, about(Y, 70), seed=3), 50.0)
    assert np.allclose(got, points(5, 3) @ about(Y, 70).T, atol=1e-4)
    assert moving(got).all()
    resting = np.array([[[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    assert not moving(resting).any()


def test_rotations_of_the_grid_are_rotations_and_leave_no_hole() -> None:
    grid = rotations()
    assert np.allclose(np.einsum("gij,gkj->gik", grid, grid), np.eye(3), atol=1e-9)
    rng = np.random.default_rng(0)
    drawn = [nearest_rotation(rng.normal(size=(3, 3)))[0] for _ in range(50)]
    assert max(angles(grid, turn).min() for turn in drawn) < 35


def test_a_mirror_image_reverses_a_vector_and_a_pseudovector_differently() -> None:
    assert mirrored(np.ones((1, 3, 3)))[0].tolist() == [[1, 1, -1], [1, 1, -1], [-1, -1, 1]]


def test_a_rotation_is_named_by_its_axis() -> None:
    assert turned(about(Y, 88), REFERENCE, "right wrist") == "turned about 88° about its y axis"
    assert turned(about(X + Y, 88), REFERENCE, "") == "turned about 88° about an oblique axis"


def test_a_sensor_on_the_other_side_of_the_body_is_told_and_one_on_its_own_is_not() -> None:
    own, other = MountFinder(REFERENCE, sides=True), MountFinder(REFERENCE, sides=True)
    for vectors in points(MEMORY, 5):
        own.take(vectors)
        other.take(mirrored(vectors[None])[0])
    assert not own.estimate.mirrored
    assert other.estimate.mirrored


def finely() -> MountFinder:
    return MountFinder(REFERENCE, finely=True)


def test_on_the_finer_grid_a_sensor_worn_as_learned_is_believed_within_seconds() -> None:
    early = found(np.eye(3), 15, finely()).estimate
    assert early.settled
    assert early.degrees < 20
    assert not found(np.eye(3), LEAST_FINELY - 1, finely()).estimate.settled


@pytest.mark.parametrize("axis", [X, np.array([1.0, -2.0, 0.5])])
def test_on_the_finer_grid_a_turned_sensor_is_found_before_the_coarse_one_believes_anything(
    axis: np.ndarray,
) -> None:
    turn = about(axis, 90)
    estimate = found(turn, LEAST - 1, finely()).estimate
    assert estimate.settled
    assert angles(estimate.turn @ turn, np.eye(3)) < 20


def test_on_the_finer_grid_motion_that_tells_nothing_is_never_believed() -> None:
    finder = finely()
    for vectors in np.random.default_rng(0).normal(0, 0.02, (60, 3, 3)):
        finder.take(vectors)
    assert not finder.estimate.settled


def test_beside_a_camera_the_finer_grid_waits_for_what_it_says() -> None:
    limb = read_info(find(DEFAULT)).mounts["imu"].limb
    finder = MountFinder(replace(REFERENCE, limb=limb), finely=True)
    for vectors in points(LEAST - 1):
        finder.take(vectors, np.zeros(45))
    assert not finder.estimate.settled


def test_rotations_near_none_at_all_are_within_twenty_degrees_and_none_is_there_twice() -> None:
    near = near_identity()
    assert angles(near, np.eye(3)).max() == pytest.approx(20.0)
    apart = angles(near[:, None], near[None]) + 180 * np.eye(len(near))
    assert apart.min() > 5
