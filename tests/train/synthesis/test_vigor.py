"""Trials performed slower, quicker, gentler or livelier: how long they last, what the sensors feel, and
gravity as it was."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.train.corpora.utd_mhad.trials import UtdTrial
from hnhar.train.synthesis.compose.compose import compose
from hnhar.train.synthesis.elsewhere.gravity import gravity
from hnhar.train.synthesis.elsewhere.vigor import Vigor, VigorRange, livened, performed

RATE = 50.0
Array = NDArray[np.float64]


def swing(seconds: float = 4.0, label: str = "wave", number: int = 3) -> UtdTrial:
    """A forearm that swings about its x axis, from rest and back to it, beside 0.3 g of its own along x."""
    time = np.arange(round(seconds * RATE)) / RATE
    course = np.sin(np.pi * time / seconds) ** 2
    angle = 1.2 * course * np.sin(2 * np.pi * time)
    up = np.stack([np.zeros_like(angle), np.sin(angle), np.cos(angle)], axis=1)
    moved = np.zeros_like(up)
    moved[:, 0] = 0.3 * course * np.sin(2 * np.pi * 2 * time)
    rate = np.gradient(angle, time)
    turning = np.stack([rate, np.zeros_like(rate), np.zeros_like(rate)], axis=1)
    frames = np.arange(round(seconds * 20)) / 20
    joints = np.tile(np.arange(20.0)[:, None] * (0.02, 0.05, 0.0), (len(frames), 1, 1))
    joints[:, 11, 1] += 0.8 * np.sin(np.pi * frames / seconds) ** 2
    imu = np.concatenate([up + moved, np.rad2deg(turning)], axis=1)
    skeleton = joints.reshape(len(frames), 60)
    return UtdTrial(1, number, 1, label, imu.astype(np.float32), skeleton.astype(np.float32), 20.0)


def up_of(trial: UtdTrial) -> Array:
    return gravity(trial.imu.astype(np.float64), np.arange(len(trial.imu)) / RATE)


def test_gravity_is_told_from_the_sensors_own_motion() -> None:
    trial = swing()
    acc = trial.imu[:, :3].astype(np.float64)
    truth = acc * (0.0, 1.0, 1.0)
    assert np.degrees(np.arccos(np.clip(np.sum(up_of(trial) * truth, axis=1), -1, 1))).max() < 4.0


def test_nothing_changed_is_the_very_trial() -> None:
    trial = swing()
    assert performed(trial, Vigor()) is trial


@pytest.mark.parametrize("tempo", [0.5, 0.8, 1.5])
def test_a_tempo_changes_how_long_a_trial_lasts_and_how_fast_it_turns(tempo: float) -> None:
    trial, other = swing(), performed(swing(), Vigor(tempo=tempo))
    assert other.duration == pytest.approx(trial.duration / tempo, abs=0.02)
    assert len(other.skeleton) / other.skeleton_rate == pytest.approx(other.duration)
    assert other.skeleton_rate == pytest.approx(20.0, rel=0.03)
    assert np.abs(other.imu[:, 3]).max() == pytest.approx(tempo * np.abs(trial.imu[:, 3]).max(), rel=0.03)
    assert np.abs(other.imu[:, 0]).max() == pytest.approx(tempo**2 * 0.3, rel=0.1)
    assert np.ptp(other.skeleton[:, 34]) == pytest.approx(np.ptp(trial.skeleton[:, 34]), rel=0.02)


def test_the_gyroscope_of_another_tempo_turns_through_the_same_angle() -> None:
    trial, other = swing(), performed(swing(), Vigor(tempo=0.6))
    angles = [np.cumsum(t.imu[:, 3]) / RATE for t in (trial, other)]
    assert np.ptp(angles[1]) == pytest.approx(np.ptp(angles[0]), rel=0.02)


@pytest.mark.parametrize("vigor", [Vigor(amplitude=0.5), Vigor(effort=1.5), Vigor(effort=0.6, amplitude=1.2)])
def test_gravity_is_kept_and_what_is_beside_it_scaled(vigor: Vigor) -> None:
    trial, other = swing(), performed(swing(), vigor)
    up, factor = up_of(trial), vigor.effort**2 * vigor.amplitude
    assert len(other.imu) == len(trial.imu)
    np.testing.assert_allclose(other.imu[:, :3] - up, factor * (trial.imu[:, :3] - up), atol=1e-5)
    np.testing.assert_allclose(
        other.imu[:, 3:], vigor.effort * vigor.amplitude * trial.imu[:, 3:], rtol=1e-4, atol=1e-4
    )


def test_where_limbs_turn_less_far_gravity_does_so_too() -> None:
    trial, other = swing(), performed(swing(), Vigor(amplitude=0.5, limbs=True))
    up = up_of(trial)
    tilts = [np.degrees(np.arctan2(u[:, 1], u[:, 2])) for u in (up, other.imu[:, :3])]
    assert np.ptp(tilts[1]) == pytest.approx(0.5 * np.ptp(tilts[0]), rel=0.1)
    np.testing.assert_allclose(other.imu[:, 3:], 0.5 * trial.imu[:, 3:], rtol=1e-4, atol=1e-4)


def test_a_smaller_motion_goes_less_far_from_the_resting_pose() -> None:
    trial, other = swing(), performed(swing(), Vigor(amplitude=0.5))
    assert np.ptp(other.skeleton[:, 34]) == pytest.approx(0.5 * np.ptp(trial.skeleton[:, 34]), rel=0.01)
    np.testing.assert_allclose(other.skeleton[0], trial.skeleton[0], atol=0.02)


def test_half_of_sitting_down_is_no_smaller_sitting_down() -> None:
    trial = swing(label="stand_to_sit", number=25)
    assert performed(trial, Vigor(amplitude=0.5)) is trial


def test_a_trial_of_a_few_samples_stays_usable() -> None:
    trial = swing()
    short = replace(trial, imu=trial.imu[:10], skeleton=trial.skeleton[:5])
    other = performed(short, Vigor(tempo=1.5, amplitude=0.5))
    assert len(other.imu) >= 10
    assert len(other.skeleton) >= 5
    assert np.isfinite(other.imu).all()
    assert np.isfinite(other.skeleton).all()


def test_a_sensor_in_free_fall_or_silent_gives_finite_values() -> None:
    trial = swing()
    silent = performed(replace(trial, imu=np.zeros_like(trial.imu)), Vigor(effort=0.6))
    assert np.isfinite(silent.imu).all()


def test_markers_of_a_composed_session_have_the_extent_of_what_is_performed() -> None:
    trials = [swing(number=3), swing(3.0, "clap", 4)]
    slower = [performed(trial, Vigor(tempo=0.5)) for trial in trials]
    session = compose(slower, seed=1, wearer="w")
    (imu,) = session.of("imu")
    for action in session.annotations:
        there = next(t for t in slower if t.label == action.label)
        assert action.duration == pytest.approx(there.duration)
        first = round(action.onset * RATE)
        np.testing.assert_array_equal(imu.samples[first : first + len(there.imu)], there.imu)


def test_vigor_is_drawn_anew_for_each_trial_and_repeats_by_the_seed() -> None:
    trials = [swing() for _ in range(60)]
    first, again, other = (livened(trials, VigorRange(), seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a.imu, b.imu) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a.imu, b.imu) for a, b in zip(first, other, strict=True))
    tempos = np.array([4.0 / trial.duration for trial in first])
    assert tempos.min() > 0.49
    assert tempos.max() < 1.71
    assert 0.15 < np.mean(tempos == 1.0) < 0.45
