"""A session composed of trials: the trials are in it unchanged, and body and gravity go on between them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import UTD_PARENTS
from hnhar.stream.recordings import Recording
from hnhar.train.corpora.utd_mhad.trials import ACTIONS, UtdTrial
from hnhar.train.synthesis.compose.compose import compose
from hnhar.train.synthesis.compose.order import Pauses
from hnhar.train.synthesis.performer import perform

RATE = 50.0
Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def trials() -> list[UtdTrial]:
    """What the synthetic performer does, cut at its annotations as the corpus was."""
    played = perform(seed=5, person=2, repetitions=1, pause=3.0)
    (imu,), (skeleton,) = played.of("imu"), played.of("skeleton")
    made = []
    for number, action in enumerate(played.annotations):
        if action.label not in ACTIONS:
            continue
        first = int(np.searchsorted(imu.timestamps, action.onset))
        count = round(action.duration * RATE)
        inside = (skeleton.timestamps >= action.onset) & (skeleton.timestamps < action.offset)
        frames = skeleton.samples[inside]
        rate = len(frames) / (count / RATE)
        made.append(
            UtdTrial(
                1,
                ACTIONS.index(action.label) + 1,
                number,
                action.label,
                imu.samples[first : first + count],
                frames,
                rate,
            )
        )
    return made


@pytest.fixture(scope="module")
def session(trials: list[UtdTrial]) -> Recording:
    return compose(trials, seed=3, wearer="w")


def test_every_trial_is_there_once_and_as_it_was(trials: list[UtdTrial], session: Recording) -> None:
    imu, skeleton = session.streams
    left = {(t.label, len(t.imu)): t for t in trials}
    assert len(session.annotations) == len(trials) == len(left)
    for action in session.annotations:
        first, last = round(action.onset * RATE), round(action.offset * RATE)
        trial = left.pop((action.label, last - first))
        np.testing.assert_array_equal(imu.samples[first:last], trial.imu)
        at = np.flatnonzero((skeleton.samples == trial.skeleton[0]).all(axis=1))
        assert any(
            np.array_equal(skeleton.samples[k : k + len(trial.skeleton)], trial.skeleton)
            and abs(skeleton.timestamps[k] - action.onset) < 0.02
            for k in at
        )
    assert not left


def test_both_streams_cover_the_whole_session_without_a_gap(session: Recording) -> None:
    imu, skeleton = session.streams
    np.testing.assert_allclose(np.diff(imu.timestamps), 1 / RATE, atol=1e-9)
    steps = np.diff(skeleton.timestamps)
    assert steps.min() >= 0
    assert steps.max() < 2.5 / skeleton.description.nominal_rate
    assert abs(skeleton.timestamps[-1] - imu.timestamps[-1]) < 0.1
    assert session.annotations[0].onset == 3.0
    assert imu.timestamps[-1] - session.annotations[-1].offset == pytest.approx(3.0, abs=0.03)


def test_the_same_arguments_give_the_same_session_and_another_seed_another(
    trials: list[UtdTrial], session: Recording
) -> None:
    again, other = (compose(trials, seed=seed, wearer="w") for seed in (3, 4))
    for one, two in zip(session.streams, again.streams, strict=True):
        np.testing.assert_array_equal(one.samples, two.samples)
        np.testing.assert_array_equal(one.timestamps, two.timestamps)
    assert [a.label for a in other.annotations] != [a.label for a in session.annotations]


def test_without_shuffling_the_order_is_that_of_the_trials(trials: list[UtdTrial]) -> None:
    made = compose(trials[:4], seed=0, wearer="w", shuffle=False, lead=1.0, tail=0.5)
    assert [a.label for a in made.annotations] == [t.label for t in trials[:4]]
    assert made.annotations[0].onset == 1.0


def test_pauses_last_as_long_as_they_were_drawn(trials: list[UtdTrial]) -> None:
    made = compose(trials, seed=1, wearer="w", pauses=Pauses(2.0, 4.0, 0.5, 9.0))
    gaps = [b.onset - a.offset for a, b in zip(made.annotations, made.annotations[1:], strict=False)]
    assert 2.0 <= min(gaps) <= max(gaps) <= 9.01
    assert len({round(gap, 2) for gap in gaps}) > 3


def seam_steps(steps: Array, at: list[tuple[int, int]], own: int) -> Array:
    """(seams, channels) the step over each seam less twice the largest of the trial's own beside it.

    `at`: index of the step over the seam, and 1 where the trial lies behind it, -1 where before.
    """
    found = []
    for seam, side in at:
        beside = steps[seam + 1 : seam + 1 + own] if side > 0 else steps[seam - own : seam]
        found.append(steps[seam] - 2.0 * beside.max(axis=0))
    return np.array(found)


def test_the_body_goes_on_at_every_seam(trials: list[UtdTrial], session: Recording) -> None:
    (skeleton,) = session.of("skeleton")
    joints = skeleton.samples.astype(float).reshape(-1, 20, 3)
    steps = np.linalg.norm(np.diff(joints, axis=0), axis=2)
    seams = []
    for trial in trials:
        (first,) = np.flatnonzero((skeleton.samples == trial.skeleton[0]).all(axis=1))
        seams += [(first - 1, 1), (first + len(trial.skeleton) - 1, -1)]
    assert seam_steps(steps, seams, 6).max() < 0.05


def test_what_the_sensor_shows_goes_on_at_most_seams(session: Recording) -> None:
    """Not at all: noise of fast motion is drawn anew where a trial breaks off in the middle of one."""
    steps = np.abs(np.diff(session.of("imu")[0].samples.astype(float), axis=0))
    seams = []
    for action in session.annotations:
        seams += [(round(action.onset * RATE) - 1, 1), (round(action.offset * RATE) - 1, -1)]
    beyond = seam_steps(steps, seams, 10)
    whole = (beyond[:, :3].max(axis=1) < 0.1) & (beyond[:, 3:].max(axis=1) < 20.0)
    assert whole.mean() > 0.7


def test_a_step_at_a_seam_would_be_found(session: Recording) -> None:
    samples = session.of("imu")[0].samples.astype(float)
    onset = round(session.annotations[2].onset * RATE)
    samples[onset:] += 1.5
    steps = np.abs(np.diff(samples, axis=0))
    assert seam_steps(steps, [(onset - 1, 1)], 10)[:, :3].max() > 0.1


def test_in_pauses_bones_keep_their_lengths_and_the_sensor_shows_one_g(session: Recording) -> None:
    (imu,), (skeleton,) = session.of("imu"), session.of("skeleton")
    joints = skeleton.samples.astype(float).reshape(-1, 20, 3)
    bones = np.linalg.norm(joints - joints[:, UTD_PARENTS], axis=2)
    edges = [0.0, *(t for a in session.annotations for t in (a.onset, a.offset)), session.end]
    spans = list(zip(edges[::2], edges[1::2], strict=True))
    idle = np.any([(skeleton.timestamps > a) & (skeleton.timestamps < b) for a, b in spans], axis=0)
    for bone in range(20):
        assert abs(np.median(bones[idle, bone]) - np.median(bones[~idle, bone])) < 0.02
        assert bones[idle, bone].max() < 1.3 * bones[~idle, bone].max() + 0.02
    still = np.any([(imu.timestamps > a) & (imu.timestamps < b) for a, b in spans], axis=0)
    assert np.median(np.linalg.norm(imu.samples[still, :3], axis=1)) == pytest.approx(1.0, abs=0.08)
    assert np.abs(imu.samples[still, :3]).max() <= 8.0
    assert np.abs(imu.samples[still, 3:]).max() <= 1000.0


def test_a_pause_is_not_one_held_pose(session: Recording) -> None:
    (imu,) = session.of("imu")
    edges = [a.offset for a in session.annotations[:-1]], [a.onset for a in session.annotations[1:]]
    turned = [
        float(np.linalg.norm(imu.samples[round(a * RATE) : round(b * RATE), 3:], axis=1).max())
        for a, b in zip(*edges, strict=True)
    ]
    assert np.mean(np.array(turned) > 30.0) > 0.8


def test_the_recording_says_that_it_was_composed_and_of_what(session: Recording) -> None:
    assert session.wearer == "w"
    assert "pauses between them are made" in session.provenance["composed"]
    assert len(session.provenance["trials"].split()) == len(session.annotations)


def test_what_cannot_be_one_session_is_refused(trials: list[UtdTrial]) -> None:
    with pytest.raises(RecordingError, match="at least one trial"):
        compose([], seed=0, wearer="w")
    with pytest.raises(RecordingError, match=r"subjects 1, 2 with it on right wrist"):
        compose([trials[0], replace(trials[1], subject=2)], seed=0, wearer="w")
    with pytest.raises(RecordingError, match="right thigh and right wrist"):
        compose([trials[0], replace(trials[1], action=22, label="jog")], seed=0, wearer="w")
    for lead, tail in ((0.4, 3.0), (3.0, 0.0)):
        with pytest.raises(RecordingError, match=r"at least 0\.5 s"):
            compose(trials[:1], seed=0, wearer="w", lead=lead, tail=tail)


def test_a_single_trial_is_a_session(trials: list[UtdTrial]) -> None:
    made = compose(trials[:1], seed=0, wearer="w")
    assert len(made.annotations) == 1
    assert np.isfinite(made.streams[0].samples).all()
    assert np.isfinite(made.streams[1].samples).all()
