"""The performer gives sessions that follow the contracts of a recording and differ as people and days do."""

import itertools

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.imu import IMU_CHANNELS, IMU_UNITS
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS, SKELETON_UNITS
from hnhar.train.corpora.utd_mhad.trials import WRIST_ACTIONS
from hnhar.train.synthesis.performer import ACTIONS, perform


def test_it_performs_every_wrist_action_of_utd_mhad() -> None:
    assert ACTIONS == WRIST_ACTIONS


def test_a_session_holds_two_streams_with_canonical_channels_and_units() -> None:
    recording = perform(seed=0, person=0, duration=20.0)
    (imu,), (skeleton,) = recording.of("imu"), recording.of("skeleton")
    assert (imu.description.channels, imu.description.units) == (IMU_CHANNELS, IMU_UNITS)
    assert (skeleton.description.channels, skeleton.description.units) == (SKELETON_CHANNELS, SKELETON_UNITS)
    assert imu.description.placement == "right wrist"
    assert imu.samples.dtype == skeleton.samples.dtype == np.float32
    for stream in recording.streams:
        assert stream.samples.shape == (len(stream.timestamps), len(stream.description.channels))
        assert np.isfinite(stream.samples).all()
        assert (np.diff(stream.timestamps) > 0.0).all()
    assert np.allclose(np.diff(imu.timestamps), 0.02)
    assert recording.end == pytest.approx(20.0, abs=0.1)


def test_the_same_seed_and_person_give_the_same_session_to_the_bit() -> None:
    first, second = (perform(seed=4, person=2, duration=30.0) for _ in range(2))
    assert first.annotations == second.annotations
    for a, b in zip(first.streams, second.streams, strict=True):
        assert a.samples.tobytes() == b.samples.tobytes()
        assert a.timestamps.tobytes() == b.timestamps.tobytes()


def test_another_seed_is_another_session_of_the_same_body() -> None:
    def shin(seed: int) -> float:
        joints = (
            perform(seed=seed, person=2, duration=5.0, clean=True)
            .of("skeleton")[0]
            .samples.reshape(-1, 20, 3)
        )
        return float(np.linalg.norm(joints[0, 13] - joints[0, 14]))

    assert shin(1) == pytest.approx(shin(2), abs=1e-5)
    first, second = perform(seed=1, person=2), perform(seed=2, person=2)
    assert [a.label for a in first.annotations] != [a.label for a in second.annotations]


def test_people_differ_in_size() -> None:
    heights = []
    for person in range(12):
        joints = (
            perform(seed=0, person=person, duration=3.0, actions=())
            .of("skeleton")[0]
            .samples.reshape(-1, 20, 3)
        )
        heights.append(float(np.median(joints[:, 0, 1] - joints[:, [15, 19], 1].mean(axis=1))))
    # UTD-MHAD's seven measure 1.43 to 1.75 m from head to feet
    assert 1.25 < min(heights) < max(heights) < 1.85
    assert np.ptp(heights) > 0.15


def test_each_action_is_done_as_often_as_asked_and_no_two_overlap() -> None:
    recording = perform(seed=3, person=5, actions=("wave", "clap"), repetitions=3)
    labels = [a.label for a in recording.annotations]
    assert sorted(labels) == ["clap"] * 3 + ["wave"] * 3
    for before, after in itertools.pairwise(recording.annotations):
        assert before.offset < after.onset
    assert recording.annotations[-1].offset < recording.end


@pytest.mark.slow
def test_actions_last_and_pause_as_in_the_real_recordings() -> None:
    durations, gaps = [], []
    for person in range(4):
        notes = perform(seed=8, person=person, repetitions=2).annotations
        durations += [a.duration for a in notes]
        gaps += [b.onset - a.offset for a, b in itertools.pairwise(notes)]
    assert 1.3 < min(durations) < max(durations) < 6.5
    assert 2.4 < float(np.median(durations)) < 4.0
    assert float(np.median(gaps)) == pytest.approx(5.9, abs=1.2)
    assert min(gaps) > 2.0


def test_a_session_without_actions_has_no_annotation() -> None:
    assert perform(seed=0, person=1, actions=(), duration=15.0).annotations == ()


def test_without_idle_the_pauses_are_short() -> None:
    notes = perform(seed=0, person=1, idle=False).annotations
    gaps = [b.onset - a.offset for a, b in itertools.pairwise(notes)]
    assert max(gaps) < 2.0


def test_the_camera_gives_about_30_frames_a_second_with_jitter_and_lost_frames() -> None:
    skeleton = perform(seed=6, person=3, duration=120.0).of("skeleton")[0]
    intervals = np.diff(skeleton.timestamps)
    assert 28.0 < len(skeleton.timestamps) / 120.0 < 30.0
    assert intervals.std() > 0.002
    assert (intervals > 0.06).sum() > 10


def test_the_sensor_stays_in_its_range_and_reads_one_g_down_the_hanging_arm_at_rest() -> None:
    imu = perform(seed=1, person=4, duration=60.0, actions=()).of("imu")[0]
    assert np.abs(imu.samples[:, :3]).max() <= 8.0
    assert np.abs(imu.samples[:, 3:]).max() <= 1000.0
    quiet = np.linalg.norm(imu.samples[:, 3:], axis=1) < 15.0
    assert quiet.mean() > 0.2
    size = np.linalg.norm(imu.samples[quiet, :3], axis=1)
    assert float(np.median(size)) == pytest.approx(1.0, abs=0.05)
    assert float(np.median(imu.samples[quiet, 0])) < -0.8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"actions": ("juggle",)}, r"juggle.*swipe_left"),
        ({"duration": 0.5}, r"duration 0\.5"),
        ({"repetitions": 0}, "repetitions 0"),
        ({"actions": ()}, "needs a duration"),
    ],
)
def test_what_it_cannot_perform_is_refused_with_what_it_can(
    arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(RecordingError, match=message):
        perform(seed=0, person=0, **arguments)  # type: ignore[arg-type]


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(RecordingError, match="seed -1"):
        perform(seed=-1, person=0)
