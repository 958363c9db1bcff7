"""Recordings elsewhere: what is undone comes back, gravity stays gravity, and bones keep their lengths."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.recordings import Recording
from hnhar.train.evaluate.evaluate import only
from hnhar.train.synthesis.compose.body import limbs
from hnhar.train.synthesis.elsewhere.camera import viewed
from hnhar.train.synthesis.elsewhere.effort import paced, smaller, vigorous, vigorous_imu
from hnhar.train.synthesis.elsewhere.gravity import gravity
from hnhar.train.synthesis.elsewhere.mount import left_handed, mounted, rotation, turned
from hnhar.train.synthesis.performer import perform


@cache
def session() -> Recording:
    return perform(seed=1, person=203, actions=["wave", "throw", "boxing"], repetitions=1)


def imu(recording: Recording) -> np.ndarray:
    return recording.of("imu")[0].samples.astype(np.float64)


def joints(recording: Recording) -> np.ndarray:
    return recording.of("skeleton")[0].samples.reshape(-1, 20, 3).astype(np.float64)


def times(recording: Recording) -> np.ndarray:
    return recording.of("imu")[0].timestamps


def spread(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean((samples - samples.mean(axis=0)) ** 2)))


def test_a_turned_sensor_turned_back_is_what_it_was_and_feels_as_much() -> None:
    there = turned(session(), 70, (1.0, 2.0, -0.5))
    assert_allclose(imu(turned(there, -70, (1.0, 2.0, -0.5))), imu(session()), atol=1e-4)
    for part in (slice(3), slice(3, 6)):
        norms = [np.linalg.norm(imu(r)[:, part], axis=1) for r in (there, session())]
        assert_allclose(*norms, rtol=1e-4, atol=1e-5)
    assert_allclose(imu(turned(session(), 90, "x"))[:, 2], imu(session())[:, 1], atol=1e-4)
    assert there.of("skeleton")[0] is session().of("skeleton")[0]


def test_a_rotation_is_proper_and_turns_by_its_angle() -> None:
    matrix = rotation((0.3, -1.0, 2.0), 37.0)
    assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert np.rad2deg(np.arccos((np.trace(matrix) - 1) / 2)) == pytest.approx(37.0)
    assert_allclose(imu(mounted(session(), np.eye(3))), imu(session()))


def test_left_handed_twice_is_right_handed_and_a_reflected_axis_undoes_the_sensor() -> None:
    there = left_handed(session(), "y")
    assert_allclose(imu(left_handed(there, "y")), imu(session()))
    assert_allclose(joints(left_handed(there, "y")), joints(session()), atol=1e-5)
    assert_allclose(imu(there) * (1, -1, 1, -1, 1, -1), imu(session()))  # as --imu-axes x,-y,z reads it
    left, right = UTD_JOINTS.index("left_wrist"), UTD_JOINTS.index("right_wrist")
    assert spread(joints(there)[:, left]) == pytest.approx(spread(joints(session())[:, right]), rel=1e-4)
    assert np.median(joints(there)[:, left, 0]) < np.median(joints(there)[:, right, 0])


def test_another_view_is_undone_and_changes_no_distance_within_the_body() -> None:
    there = viewed(session(), yaw=135, pitch=20, height=0.5)
    for recording in (there, viewed(session(), yaw=90, about_camera=True)):
        assert_allclose(limbs(joints(recording))[2], limbs(joints(session()))[2], atol=1e-4)
    assert_allclose(joints(viewed(viewed(session(), yaw=135), yaw=-135)), joints(session()), atol=1e-4)
    hips = [joints(r)[:, 3].mean(axis=0) for r in (viewed(session(), yaw=90), session())]
    assert_allclose(*hips, atol=1e-4)


def test_a_camera_that_looks_down_sees_what_is_far_higher_in_its_picture() -> None:
    assert joints(viewed(session(), pitch=20))[:, :, 1].mean() > joints(session())[:, :, 1].mean() + 0.3
    assert joints(viewed(session(), height=1.0))[:, :, 1].mean() < joints(session())[:, :, 1].mean() - 0.9


def test_gravity_is_found_through_motion() -> None:
    recording = session()
    down = gravity(imu(recording), times(recording))
    assert_allclose(np.linalg.norm(down, axis=1), 1.0)
    still = np.abs(np.linalg.norm(imu(recording)[:, :3], axis=1) - 1) < 0.01
    calm = still & (np.linalg.norm(imu(recording)[:, 3:], axis=1) < 15)
    felt = imu(recording)[calm, :3]
    cosine = np.sum(felt * down[calm], axis=1) / np.linalg.norm(felt, axis=1)
    assert np.rad2deg(np.arccos(np.quantile(cosine, 0.05))) < 12


def test_vigor_is_undone_about_the_same_gravity_and_leaves_rest_alone() -> None:
    samples, at = imu(session()), times(session())
    down = gravity(samples, at)
    assert_allclose(vigorous_imu(vigorous_imu(samples, down, 1.5), down, 1 / 1.5), samples, atol=1e-9)
    assert_allclose(vigorous_imu(np.hstack([down, 0 * down]), down, 0.6)[:, :3], down)
    slower = vigorous(session(), 0.6)
    assert_allclose(imu(slower)[:, 3:], 0.6 * samples[:, 3:], atol=1e-3)
    assert np.median(np.linalg.norm(imu(slower)[:, :3], axis=1)) == pytest.approx(1.0, abs=0.03)
    assert (slower.end, slower.annotations) == (session().end, session().annotations)


@pytest.mark.parametrize("tempo", [0.6, 1.5])
def test_a_tempo_stretches_streams_and_annotations_alike(tempo: float) -> None:
    slow = paced(session(), tempo)
    assert slow.start == session().start
    assert slow.end - slow.start == pytest.approx((session().end - session().start) / tempo)
    for made, before in zip(slow.annotations, session().annotations, strict=True):
        assert made.duration == pytest.approx(before.duration / tempo)
        assert made.onset - slow.start == pytest.approx((before.onset - session().start) / tempo)
    assert_allclose(joints(slow), joints(session()))
    assert slow.of("imu")[0].description.nominal_rate == pytest.approx(50 * tempo)
    turns = [np.trapezoid(np.abs(imu(r)[:, 3:]), times(r), axis=0) for r in (slow, session())]
    assert_allclose(*turns, rtol=1e-3)  # the way is the same


def test_half_the_amplitude_is_half_the_way_and_bones_keep_their_lengths() -> None:
    half = smaller(session(), 0.5)
    assert_allclose(limbs(joints(half))[2], limbs(joints(session()))[2], atol=1e-4)
    assert_allclose(joints(smaller(session(), 1.0)), joints(session()), atol=1e-3)
    assert_allclose(imu(smaller(session(), 1.0)), imu(session()), atol=1e-3)
    wrist = UTD_JOINTS.index("right_wrist")
    assert spread(joints(half)[:, wrist]) < 0.7 * spread(joints(session())[:, wrist])
    assert_allclose(imu(half)[:, 3:], 0.5 * imu(session())[:, 3:], atol=1e-3)
    assert np.median(np.linalg.norm(imu(half)[:, :3], axis=1)) == pytest.approx(1.0, abs=0.05)
    ankles = [UTD_JOINTS.index("left_ankle"), UTD_JOINTS.index("right_ankle")]
    middles = [joints(r)[:, ankles].mean(axis=1) for r in (half, session())]
    assert_allclose(*middles, atol=1e-4)


def test_what_a_recording_lacks_is_left_alone_and_other_channels_are_refused() -> None:
    alone = only(session(), ["skeleton"])
    assert turned(alone, 90, "x").streams[0] is vigorous(alone, 0.6).streams[0] is alone.streams[0]
    with pytest.raises(RecordingError, match="factor of effort"):
        paced(session(), 0.0)
