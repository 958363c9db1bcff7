"""Samples that cannot be right are masked and said; those that can, and are only extreme, are left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.flow.quality import STUCK, Quality
from hnhar.stream.mapping.checks import SignalChecks
from hnhar.stream.mapping.imu_checks import imu_checks
from hnhar.stream.mapping.skeleton_checks import skeleton_checks
from hnhar.stream.messages import Feed

IMU = Feed("imu", "imu", tuple(range(6)))
BODY = Feed("skeleton", "skeleton", tuple(range(60)))
Values = NDArray[np.float32]


def checks(feed: Feed) -> SignalChecks:
    return skeleton_checks(feed.columns) if feed is BODY else imu_checks(feed.columns)


def times(seconds: float, rate: float = 50.0) -> NDArray[np.float64]:
    return 100 + np.arange(round(seconds * rate)) / rate


def worn(seconds: float) -> Values:
    rng = np.random.default_rng(1)
    values = rng.normal(0, 0.05, (len(times(seconds)), 6))
    values[:, 2] += 1.0
    values[:, 3:] *= 100
    return values.astype(np.float32)


def standing(seconds: float) -> Values:
    rng = np.random.default_rng(2)
    pose = np.zeros((20, 3))
    pose[UTD_JOINTS.index("head")] = 0.0, 0.7, 0.0
    frames = pose + np.array((0.5, 1.0, 2.5)) + rng.normal(0, 0.005, (len(times(seconds)), 20, 3))
    return frames.reshape(len(frames), 60).astype(np.float32)


def judged(feed: Feed, values: Values, size: int = 7) -> tuple[Quality, Values]:
    quality, stamps = Quality(checks(feed)), times(len(values) / 50)
    parts = [
        quality.mask(values[at : at + size], stamps[at : at + size]) for at in range(0, len(values), size)
    ]
    return quality, np.concatenate(parts)


def masked(values: Values) -> NDArray[np.bool_]:
    made: NDArray[np.bool_] = np.isnan(values).all(axis=1)
    return made


@pytest.mark.parametrize("size", [1, 7, 500])
def test_good_samples_pass_untouched(size: int) -> None:
    for feed, values in ((IMU, worn(10)), (BODY, standing(10))):
        quality, out = judged(feed, values, size)
        np.testing.assert_array_equal(out, values)
        assert quality.faults == ()


def test_a_sensor_at_its_limit_is_data() -> None:
    values = worn(10)
    swing = np.arange(200)[:, None] % 20 < 6
    values[100:300, :3] = np.where(swing, 8.0, values[100:300, :3])
    values[100:300, 3:] = np.where(swing, -2000.0, values[100:300, 3:])
    quality, out = judged(IMU, values)
    np.testing.assert_array_equal(out, values)
    assert quality.faults == ()


@pytest.mark.parametrize("size", [1, 7])
def test_a_stuck_sensor_is_masked_and_said_until_it_changes(size: int) -> None:
    values = worn(12)
    values[200:450] = values[199]
    quality, out = judged(IMU, values[:450], size)
    assert masked(out).nonzero()[0][0] == pytest.approx(200 + STUCK * 50, abs=1)
    assert "acceleration is stuck" in quality.faults[0]
    quality, out = judged(IMU, values, size)
    assert not masked(out)[450:].any()
    assert quality.faults == ()


def test_a_gyroscope_that_reads_zero_at_rest_is_right_and_in_motion_it_is_stuck() -> None:
    values = worn(10)
    values[:, 3:] = 0.0
    rest = values.copy()
    rest[:, :3] = 0.01 * rest[:, :3] + (0, 0, 1)
    quality, out = judged(IMU, rest)
    assert not masked(out).any()
    values[:, 0] += np.sin(np.arange(len(values)) / 5).astype(np.float32)
    quality, out = judged(IMU, values)
    assert masked(out)[-300:].all()
    assert "angular velocity is stuck" in quality.faults[0]


def test_a_frozen_body_is_masked() -> None:
    values = standing(10)
    values[100:] = values[100]
    quality, out = judged(BODY, values)
    assert masked(out)[210:].all()
    assert "body is stuck" in quality.faults[0]


def test_a_channel_that_disappears_takes_its_sensor_with_it() -> None:
    values = worn(6)
    values[100:, 1] = np.nan
    quality, out = judged(IMU, values)
    assert not masked(out)[:112].any()
    assert masked(out)[114:].all()
    assert "1 of its channels has no values: the stream is left out until all have" in quality.faults[0]


def test_short_dropouts_of_values_are_left_to_be_bridged() -> None:
    values = worn(6)
    values[::10, 2] = np.nan
    values[100:108] = np.nan
    quality, out = judged(IMU, values)
    np.testing.assert_array_equal(out, values)
    assert quality.faults == ()


def test_joints_that_are_not_tracked_are_named_and_without_hips_there_is_no_body() -> None:
    values = standing(4)
    hand = 3 * UTD_JOINTS.index("left_hand")
    values[50:, hand : hand + 3] = np.nan
    quality, out = judged(BODY, values)
    assert not masked(out).any()
    assert quality.faults == ("not tracked: left_hand",)
    hips = 3 * UTD_JOINTS.index("hip_center")
    values[100:, hips : hips + 3] = np.nan
    assert masked(judged(BODY, values)[1])[114:].all()
    values[100:] = np.nan
    assert judged(BODY, values)[0].faults[0] == "nobody is tracked"


@pytest.mark.parametrize("factor", [9.81, 1000.0, 0.1])
def test_acceleration_of_a_size_that_gravity_cannot_have_is_masked_within_seconds(factor: float) -> None:
    values = worn(12)
    values[200:450, :3] *= factor
    quality, out = judged(IMU, values[:450])
    assert masked(out)[410:].all()
    assert any("unit" in fault or "no sensor" in fault for fault in quality.faults)
    quality, out = judged(IMU, values)
    assert not masked(out)[560:].any()


def test_acceleration_and_angular_velocity_exchanged_are_noticed_by_gravity() -> None:
    values = worn(8)[:, [3, 4, 5, 0, 1, 2]]
    assert "channels" in judged(IMU, values)[0].faults[0]


@pytest.mark.parametrize("factor", [1000.0, 100.0, 0.01])
def test_a_body_of_no_persons_size_is_masked(factor: float) -> None:
    _, out = judged(BODY, standing(8) * np.float32(factor))
    assert not np.isfinite(out[250:]).any()


def test_values_that_no_sensor_measures_are_missing_alone() -> None:
    values = worn(2)
    values[50, 0] = 3e38
    values[60, 4] = -1e30
    quality, out = judged(IMU, values, 500)
    assert np.isnan(out[50, 0])
    assert np.isnan(out[60, 4])
    assert np.isnan(out).sum() == 2
    assert "no sensor" in quality.faults[0]


def test_a_body_that_is_elsewhere_at_once_is_another_person() -> None:
    values = standing(4).reshape(-1, 20, 3)
    values[100:] += (1.5, 0, 0)
    flat, stamps = values.reshape(-1, 60), times(4)
    assert Quality(checks(BODY)).leap(flat, stamps) == 100
    quality = Quality(checks(BODY))
    assert quality.leap(flat[:100], stamps[:100]) == 100
    assert quality.leap(flat[100:], stamps[100:]) == 0
    quality = Quality(checks(BODY))
    assert quality.leap(flat[:100], stamps[:100]) == 100
    assert quality.leap(flat[100:], stamps[100:] + 1.0) == 100


class ByArrays(Quality):
    """Judges a lone sample as it does many."""

    def _right(self, values: Values, time: float) -> bool:
        return False

    def _near(self, hips: list[float], time: float) -> bool:
        return False


def spoil(values: Values, rng: np.random.Generator) -> Values:
    """Some stretches made wrong in every way that is known."""
    out, count = values.copy(), len(values)
    for kind in rng.integers(0, 8, size=5):
        at = int(rng.integers(0, count))
        part = out[at : at + int(rng.choice([1, 3, 20, 150]))]
        if kind == 0:
            part[:, rng.integers(0, out.shape[1])] = np.nan
        elif kind == 1:
            part[:] = part[0]
        elif kind == 2:
            part[:, :3] = part[0, :3]
        elif kind == 3:
            part[:, -3:] = part[0, -3:]
        elif kind == 4:
            part *= np.float32(rng.choice([9.81, 1000.0, 0.1]))
        elif kind == 5:
            part[:, rng.integers(0, out.shape[1])] = np.float32(rng.choice([3e37, -1e30]))
        elif kind == 6:
            part[:] = np.nan
        else:
            part += np.float32(1.5)
    return out


@pytest.mark.parametrize(
    "feed", [IMU, BODY, Feed("imu", "imu.acc", (0, 1, 2)), Feed("imu", "imu.gyro", (3, 4, 5))]
)
@pytest.mark.parametrize("seed", range(8))
def test_a_lone_sample_is_judged_as_one_of_many(feed: Feed, seed: int) -> None:
    rng = np.random.default_rng(seed)
    good = standing(10) if feed is BODY else worn(10)[:, list(feed.columns)]
    values, stamps = spoil(good, rng), times(10) + rng.choice([0.0, 0.4, 3.0])
    lone, other = Quality(checks(feed)), ByArrays(checks(feed))
    for at, stamp in enumerate(stamps):
        one, when = values[at : at + 1], np.array([stamp])
        assert lone.leap(one, when) == other.leap(one, when)
        np.testing.assert_array_equal(lone.mask(one, when), other.mask(one, when))
        assert lone.faults == other.faults


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from(["still", "turn still", "gone", "absurd", "heavy"]), st.integers(0, 350)),
        max_size=3,
    ),
    st.lists(st.integers(1, 40), min_size=1, max_size=4),
)
def test_what_is_masked_does_not_depend_on_how_samples_are_split(
    faults: list[tuple[str, int]], sizes: list[int]
) -> None:
    values, stamps = worn(10), times(10)
    for kind, at in faults:
        rows = slice(at, at + 150)
        if kind == "still":
            values[rows] = values[at]
        elif kind == "turn still":
            values[rows, 3:] = 0
        elif kind == "gone":
            values[rows, 2] = np.nan
        elif kind == "absurd":
            values[rows, 1] = 1e6
        else:
            values[at:, :3] *= 30

    def through(sizes: list[int]) -> tuple[Values, dict[str, int]]:
        quality, parts, begin, number = Quality(checks(IMU)), [], 0, 0
        while begin < len(stamps):
            end = min(begin + sizes[number % len(sizes)], len(stamps))
            parts.append(quality.mask(values[begin:end], stamps[begin:end]))
            begin, number = end, number + 1
        return np.concatenate(parts), quality.masked

    (split, counts), (alone, other) = through(sizes), through([1])
    np.testing.assert_array_equal(split, alone)
    assert counts == other
    assert sum(counts.values()) <= len(stamps)


def test_a_sample_with_several_faults_counts_once() -> None:
    values, quality = worn(10), Quality(checks(IMU))
    values[100:, :3], values[100:, 3:] = 30.0, np.nan
    out = quality.mask(values, times(10))
    assert sum(quality.masked.values()) == masked(out).sum() > 0


def test_samples_without_a_time_count_for_that_alone() -> None:
    values, quality = worn(10), Quality(checks(IMU))
    values[100:] = 0.0
    quality.mask(values, times(10), counted=False)
    assert not quality.masked
