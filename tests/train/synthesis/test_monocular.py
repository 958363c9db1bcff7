"""A skeleton as a single camera gives it errs as was measured, and keeps what it cannot know to itself."""

from dataclasses import replace

import numpy as np
import pytest

from hnhar.model.kinds.skeleton import UTD_JOINTS, UTD_PARENTS
from hnhar.stream.recordings import Recording
from hnhar.train.synthesis.elsewhere.monocular import (
    HIP_CENTER,
    CameraRange,
    filmed,
    measured_errors,
    with_errors,
)
from hnhar.train.synthesis.performer import perform

STEADY = CameraRange(
    yaw=0.0, pitch=0.0, strength=(1.0, 1.0), matrix=0.0, scale=0.0, legless=0.0, blinking=0.0
)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return perform(seed=3, person=110, actions=["push", "pickup_and_throw"])


def joints_of(recording: Recording) -> np.ndarray:
    (stream,) = (s for s in recording.streams if s.kind == "skeleton")
    return stream.samples.reshape(-1, len(UTD_JOINTS), 3).astype(np.float64)


def test_the_same_seed_films_alike_and_another_otherwise(recording: Recording) -> None:
    first, again, other = (joints_of(filmed(recording, seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other, equal_nan=True)


def test_only_skeletons_change(recording: Recording) -> None:
    before, after = (
        next(s for s in r.streams if s.kind == "imu").samples for r in (recording, filmed(recording, 1))
    )
    np.testing.assert_array_equal(before, after)
    assert filmed(recording, 1).annotations == recording.annotations


def test_a_reach_at_the_camera_comes_out_short_and_one_across_the_image_hardly(recording: Recording) -> None:
    true, seen = joints_of(recording), joints_of(filmed(recording, 4, STEADY))
    wrist = UTD_JOINTS.index("right_wrist")
    bones = [j[:, wrist] - j[:, UTD_PARENTS[wrist]] for j in (true, seen)]
    slopes = [np.polyfit(bones[0][:, axis], bones[1][:, axis], 1)[0] for axis in range(3)]
    assert slopes[2] < 0.6
    assert 0.6 < slopes[1] < 1.2
    assert slopes[2] < slopes[1] - 0.2


def test_hips_that_sink_stay_where_they_are(recording: Recording) -> None:
    assert np.ptp(joints_of(recording)[:, HIP_CENTER, 1]) > 0.1
    assert np.ptp(joints_of(filmed(recording, 1))[:, HIP_CENTER], axis=0).max() < 1e-6


def test_errors_last_for_some_tenths_of_a_second() -> None:
    errors = measured_errors()
    times = np.arange(6000) / 30.0
    still = np.repeat(
        joints_of(perform(seed=1, person=1, actions=["clap"], clean=True))[:1], len(times), axis=0
    )
    made = with_errors(still, times, errors, STEADY, np.random.default_rng(0))
    hand = (made[:, 11] - made[:, UTD_PARENTS[11]])[:, 1]
    off = hand - hand.mean()
    assert off.std() == pytest.approx(np.hypot(errors.slow[11, 1], errors.white[11, 1]), rel=0.15)
    lag = round(30 * errors.seconds)
    shared = float((off[lag:] * off[:-lag]).mean() / off.var())
    assert 0.2 < shared < 0.5  # 1/e, less what is white


def test_legs_out_of_the_image_have_no_place_and_the_rest_has(recording: Recording) -> None:
    legless = replace(STEADY, legless=1.0)
    feet = [UTD_JOINTS.index(f"{side}_foot") for side in ("left", "right")]
    joints = joints_of(filmed(recording, 1, legless))
    assert np.isnan(joints[:, feet]).all()
    assert np.isfinite(joints[:, : UTD_JOINTS.index("left_hip")]).all()
    assert np.isfinite(joints_of(filmed(recording, 1, STEADY))).all()


def test_hands_are_lost_now_and_then(recording: Recording) -> None:
    hands = [UTD_JOINTS.index(f"{side}_hand") for side in ("left", "right")]
    lost = np.isnan(joints_of(filmed(recording, 1, replace(STEADY, blinking=1.0)))[:, hands, 0]).mean()
    assert 0.01 < lost < 0.4
