"""In a clean performance the wrist sensor and the skeleton are two views of one rigid, smooth motion."""

import numpy as np
import pytest

from hnhar.model.kinds.skeleton import UTD_PARENTS
from hnhar.stream.mapping.units import STANDARD_GRAVITY
from hnhar.train.synthesis.performer import perform
from hnhar.train.synthesis.performer.body import JOINT, joints
from hnhar.train.synthesis.performer.geometry import angular_velocity, path, rotation
from hnhar.train.synthesis.performer.inertial import ideal, wrist
from hnhar.train.synthesis.performer.perform import ACTIONS
from hnhar.train.synthesis.performer.person import draw_person
from hnhar.train.synthesis.performer.session import RATE, Motion, rehearse


@pytest.fixture(scope="module")
def motion() -> Motion:
    rng = np.random.default_rng(11)
    return rehearse(draw_person(7), rng, ACTIONS, repetitions=1, duration=None, idle=True, pause=4.0)


def test_bones_keep_their_lengths() -> None:
    places = perform(seed=2, person=3, clean=True).of("skeleton")[0].samples.reshape(-1, 20, 3).astype(float)
    lengths = np.linalg.norm(places - places[:, UTD_PARENTS], axis=2)
    assert np.ptp(lengths, axis=0).max() < 1e-5


def test_feet_stay_on_the_ground_and_the_person_stays_in_view() -> None:
    places = perform(seed=2, person=3, clean=True).of("skeleton")[0].samples.reshape(-1, 20, 3)
    assert np.ptp(places[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 1]) < 0.2
    assert 1.3 < places[..., 2].min() < places[..., 2].max() < 4.3
    assert np.abs(places[..., 0]).max() < 1.8


def test_the_gyroscope_carries_the_forearm_where_the_skeleton_shows_it(motion: Motion) -> None:
    """Angular velocity integrated for 12 s from the first orientation, against elbow to wrist."""
    _, rate = ideal(motion)
    begin, n = int(motion.annotations[3].onset * RATE), int(12 * RATE)
    at = np.arange(begin, begin + n) / RATE
    places = joints(motion.person.body, motion.posture(at))
    seen = places[:, JOINT["right_wrist"]] - places[:, JOINT["right_elbow"]]
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    mounting = rotation(motion.person.mounting)
    frame = wrist(motion, at[:1])[1][0] @ mounting
    steps = rotation(np.deg2rad(0.5 * (rate[begin : begin + n - 1] + rate[begin + 1 : begin + n])) / RATE)
    worst = 0.0
    for i, step in enumerate(steps):
        frame = frame @ step
        fore = frame @ mounting.T[:, 0]
        worst = max(worst, float(np.degrees(np.arccos(np.clip(fore @ seen[i + 1], -1.0, 1.0)))))
    assert worst < 1.5


def test_the_accelerometer_without_gravity_is_the_wrist_joints_acceleration(motion: Motion) -> None:
    force, _ = ideal(motion)
    at = np.arange(len(force)) / RATE
    places = joints(motion.person.body, motion.posture(at))
    _, axes = wrist(motion, at)
    fore, palm = axes[..., 0], axes[..., 2]
    # from the wrist joint to the sensor: a little up the forearm, on its back
    sensor = places[:, JOINT["right_wrist"]] - 0.07 * motion.person.body.forearm * fore - 0.03 * palm
    acceleration = np.gradient(np.gradient(sensor, 1.0 / RATE, axis=0), 1.0 / RATE, axis=0)
    frames = axes @ rotation(motion.person.mounting)
    felt = np.einsum("nij,nj->ni", frames, force) * STANDARD_GRAVITY - np.array([0.0, STANDARD_GRAVITY, 0.0])
    error = np.linalg.norm(felt - acceleration, axis=1)[5:-5]
    size = np.linalg.norm(acceleration, axis=1)[5:-5]
    assert float(np.sqrt(np.mean(error**2))) < 0.05 * float(np.sqrt(np.mean(size**2)))


def test_the_skeleton_stream_and_the_sensor_stream_agree_in_time() -> None:
    """From the published streams alone: turning of elbow to wrist against the gyroscope's part across x."""
    recording = perform(seed=5, person=9, clean=True)
    (imu,), (skeleton,) = recording.of("imu"), recording.of("skeleton")
    places = skeleton.samples.reshape(-1, 20, 3).astype(float)
    fore = places[:, JOINT["right_wrist"]] - places[:, JOINT["right_elbow"]]
    fore /= np.linalg.norm(fore, axis=1, keepdims=True)
    turning = np.degrees(np.linalg.norm(np.gradient(fore, skeleton.timestamps, axis=0), axis=1))
    mounting = rotation(draw_person(9).mounting)
    across = np.linalg.norm((imu.samples[:, 3:] @ mounting.T)[:, 1:], axis=1)
    felt = np.interp(skeleton.timestamps, imu.timestamps, across)
    assert np.corrcoef(turning, felt)[0, 1] > 0.995


def test_at_rest_the_specific_force_is_one_g(motion: Motion) -> None:
    force, rate = ideal(motion)
    quiet = np.convolve(np.linalg.norm(rate, axis=1) < 10.0, np.ones(50), "same") >= 50
    assert quiet.sum() > 5 * RATE
    off = np.abs(np.linalg.norm(force[quiet], axis=1) - 1.0)
    assert float(np.median(off)) < 0.01
    # a step moves the whole arm along without turning it
    assert float(np.quantile(off, 0.97)) < 0.06


def test_the_motion_has_no_corner_anywhere(motion: Motion) -> None:
    """Acceleration and angular velocity change by small steps from one 4 ms sample to the next."""
    force, rate = ideal(motion)
    assert np.linalg.norm(np.diff(force, axis=0), axis=1)[2:-2].max() < 1.5
    assert np.linalg.norm(np.diff(rate, axis=0), axis=1)[2:-2].max() < 80.0


def test_a_path_between_stops_is_the_minimum_jerk_movement() -> None:
    at = np.linspace(0.0, 2.0, 201)
    got = path(np.array([0.0, 2.0]), np.array([[1.0], [4.0]]), np.array([True, True]), at)[:, 0]
    s = at / 2.0
    assert np.allclose(got, 1.0 + 3.0 * (10.0 * s**3 - 15.0 * s**4 + 6.0 * s**5))


def test_a_path_passes_through_its_keyframes_with_two_continuous_derivatives() -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.2, 0.8, 9))
    values, stops = (
        rng.normal(size=(9, 2)),
        np.array([True, False, False, True, False, False, False, True, True]),
    )
    assert np.allclose(path(times, values, stops, times), values)
    step = 1e-4
    for t in times[1:-1]:
        p = path(times, values, stops, t + step * np.arange(-3, 4))
        before, after = (p[1] - 2 * p[2] + p[3]) / step**2, (p[3] - 2 * p[4] + p[5]) / step**2
        assert np.abs(before - after).max() < 0.5


def test_angular_velocity_of_a_steady_turn_is_its_rate() -> None:
    turn = np.array([0.3, -1.2, 0.7])
    frames = rotation(np.arange(50)[:, None] * 0.01 * turn)
    assert np.allclose(angular_velocity(frames, 0.01), turn)
