"""Nothing but the motion tells idle from action: a classifier that sees only the seams is at chance.

The seams are what a careless composition gives away: another noise floor, a jump at the boundary, another
rhythm of frames. Each test shows a logistic regression, cross-validated over people, features of one of
them, and bounds its AUROC; a last one plants a seam and sees that the classifier would have found it.
"""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.stream.recordings.recording import RecordedStream, Recording
from hnhar.train.synthesis.performer import perform

SLOW = 20.0
"""deg/s, the sensor's bias included: below it the wrist is at rest or just begins to move."""
PEOPLE = range(300, 309)
BOUND = 0.60
"""A seam-only classifier may reach an AUROC of this much, or as far below one half."""


@pytest.fixture(scope="module")
def sessions() -> list[Recording]:
    return [perform(seed=21, person=person, repetitions=2, pause=4.0) for person in PEOPLE]


@pytest.fixture(scope="module")
def holds() -> list[Recording]:
    """Actions in which the hands are held for a moment, so that there is stillness inside actions too."""
    held = ("arm_cross", "push", "catch", "basketball_shoot")
    return [perform(seed=22, person=person, actions=held, repetitions=5, pause=4.0) for person in PEOPLE]


def auroc(features: list[NDArray[np.float64]], labels: list[bool], people: list[int]) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y, groups = np.array(features), np.array(labels), np.array(people)
    assert 50 < y.sum() < len(y) - 50
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500, class_weight="balanced"))
    scores = cross_val_predict(model, x, y, groups=groups, cv=GroupKFold(6), method="predict_proba")[:, 1]
    return float(roc_auc_score(y, scores))


def acting(recording: Recording, begin: float, end: float) -> bool | None:
    """Whether a stretch lies inside an action (True), outside all of them (False), or across a boundary."""
    inside = [a for a in recording.annotations if a.onset < end and a.offset > begin]
    if not inside:
        return False
    return True if inside[0].onset <= begin and end <= inside[0].offset else None


def stretch(stream: RecordedStream, begin: float, end: float) -> NDArray[np.float64]:
    low, high = np.searchsorted(stream.timestamps, [begin, end])
    return stream.samples[low:high].astype(np.float64)


def quiet_stretches(recording: Recording, length: float) -> list[tuple[float, float]]:
    """Stretches in which the wrist hardly turns: at the ends of an action, in its holds, and while idle."""
    imu = recording.of("imu")[0]
    found, start = [], 0.0
    while start + length < recording.end:
        part = stretch(imu, start, start + length)
        if len(part) and np.linalg.norm(part[:, 3:], axis=1).max() < SLOW:
            found.append((start, start + length))
        start += length / 2.0
    return found


def floor(x: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Differences of high order leave the noise and take motion away: five, at 50 Hz, 99 % of it at 3 Hz."""
    return np.log(np.diff(x, order, axis=0).std(axis=0) + 1e-6)


def test_the_noise_floor_of_the_sensor_is_the_same(holds: list[Recording]) -> None:
    x, y, g = [], [], []
    for person, recording in zip(PEOPLE, holds, strict=True):
        for begin, end in quiet_stretches(recording, 0.24):
            label = acting(recording, begin, end)
            if label is not None:
                x.append(floor(stretch(recording.of("imu")[0], begin, end), 5))
                y.append(label)
                g.append(person)
    assert abs(auroc(x, y, g) - 0.5) < BOUND - 0.5


def test_the_noise_floor_of_the_skeleton_is_the_same(holds: list[Recording]) -> None:
    """Joints of the trunk, which no action of a hand should disturb more than standing does."""
    trunk = [c for joint in (0, 1, 2, 3, 12, 16) for c in range(3 * joint, 3 * joint + 3)]
    x, y, g = [], [], []
    for person, recording in zip(PEOPLE, holds, strict=True):
        for begin, end in quiet_stretches(recording, 0.30):
            label = acting(recording, begin, end)
            part = stretch(recording.of("skeleton")[0], begin, end)
            if label is not None and len(part) >= 7:
                x.append(floor(part[:, trunk], 3))
                y.append(label)
                g.append(person)
    assert abs(auroc(x, y, g) - 0.5) < BOUND - 0.5


def test_the_rhythm_of_frames_is_the_same(sessions: list[Recording]) -> None:
    x, y, g = [], [], []
    for person, recording in zip(PEOPLE, sessions, strict=True):
        times = recording.of("skeleton")[0].timestamps
        for begin in np.arange(0.0, recording.end - 1.0, 1.0):
            label = acting(recording, begin, begin + 1.0)
            steps = np.diff(times[(times >= begin) & (times < begin + 1.0)])
            if label is not None and len(steps) > 10:
                x.append(np.array([steps.mean(), steps.std(), steps.max(), steps.min(), len(steps)]))
                y.append(label)
                g.append(person)
    assert abs(auroc(x, y, g) - 0.5) < 0.05


def edges(recording: Recording) -> list[tuple[float, bool]]:
    """Ends of stillness: (time just inside the still stretch, whether an action begins or ends there).

    The wrist comes to rest and starts again in idle as at an action's ends; only the still side is looked at.
    """
    imu = recording.of("imu")[0]
    slow = np.linalg.norm(imu.samples[:, 3:], axis=1) < SLOW
    flips = np.flatnonzero(np.diff(slow.astype(int))) + 1
    found = []
    for begin, end in itertools.pairwise(np.concatenate([[0], flips, [len(slow)]])):
        if not slow[begin] or end - begin < 15 or begin == 0 or end == len(slow):
            continue
        starts, stops = float(imu.timestamps[end]), float(imu.timestamps[begin])
        found.append((starts - 0.16, any(abs(a.onset - starts) < 0.25 for a in recording.annotations)))
        found.append((stops + 0.16, any(abs(a.offset - stops) < 0.25 for a in recording.annotations)))
    return found


def edge_set(sessions: list[Recording]) -> tuple[list[NDArray[np.float64]], list[bool], list[int]]:
    """Jumps of both streams, and the frames' rhythm, within 0.1 s of these instants."""
    x, y, g = [], [], []
    for person, recording in zip(PEOPLE, sessions, strict=True):
        imu, skeleton = recording.of("imu")[0], recording.of("skeleton")[0]
        for time, label in edges(recording):
            i, f = (int(np.searchsorted(stream.timestamps, time)) for stream in (imu, skeleton))
            if i < 5 or i + 5 > len(imu.samples) or f < 3 or f + 3 > len(skeleton.samples):
                continue
            near = np.abs(np.diff(imu.samples[i - 5 : i + 5].astype(np.float64), 5, axis=0))
            body = skeleton.samples[f - 3 : f + 3].astype(np.float64).reshape(6, 20, 3)[:, :5]
            shift = np.linalg.norm(np.diff(body, 3, axis=0), axis=-1).mean(axis=1)
            x.append(
                np.r_[near.max(axis=0), near.mean(axis=0), shift, np.diff(skeleton.timestamps[f - 2 : f + 2])]
            )
            y.append(label)
            g.append(person)
    return x, y, g


def test_nothing_jumps_where_an_action_begins_or_ends(sessions: list[Recording]) -> None:
    assert abs(auroc(*edge_set(sessions)) - 0.5) < BOUND - 0.5


def test_the_classifier_would_find_a_planted_seam(sessions: list[Recording]) -> None:
    """The same boundaries with 0.03 g added at each: what the tests above are able to see."""
    x, y, g = edge_set(sessions)
    planted = [f + label * np.r_[0.03, np.zeros(len(f) - 1)] for f, label in zip(x, y, strict=True)]
    assert auroc(planted, y, g) > 0.75


def test_idle_is_not_a_single_pose(sessions: list[Recording]) -> None:
    """Idle hands go everywhere: they turn and rise as in actions for a good share of the time."""
    high, busy = [], []
    for recording in sessions:
        (imu,), (skeleton,) = recording.of("imu"), recording.of("skeleton")
        joints = skeleton.samples.reshape(-1, 20, 3)
        idle = np.array([acting(recording, t, t) is False for t in skeleton.timestamps])
        high.append(float((joints[idle, 10, 1] > joints[idle, 3, 1] + 0.1).mean()))
        resting = np.array([acting(recording, t, t) is False for t in imu.timestamps])
        busy.append(float((np.linalg.norm(imu.samples[resting, 3:], axis=1) > 50.0).mean()))
    assert float(np.mean(high)) > 0.06
    assert float(np.mean(busy)) > 0.12
