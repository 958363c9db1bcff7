"""The actions are told apart across people, and do what their names say."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.stream.recordings.recording import Annotation, Recording
from hnhar.train.synthesis.performer import ACTIONS, perform
from hnhar.train.synthesis.performer.body import JOINT

Joints = NDArray[np.float64]


def even(x: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    at = np.linspace(0, len(x) - 1, steps)
    return np.stack([np.interp(at, np.arange(len(x)), column) for column in x.T], axis=1)


def cut(recording: Recording, modality: str, action: Annotation) -> NDArray[np.float64]:
    (stream,) = recording.of(modality)
    inside = (stream.timestamps >= action.onset) & (stream.timestamps <= action.offset)
    return stream.samples[inside].astype(np.float64)


def features(recording: Recording, action: Annotation) -> NDArray[np.float64]:
    imu = even(cut(recording, "imu", action) / np.repeat([1.0, 150.0], 3), 20)
    joints = cut(recording, "skeleton", action).reshape(-1, 20, 3)
    joints = joints - joints[0, JOINT["spine"]]
    moving = even(joints[:, [0, 3, 5, 6, 9, 10]].reshape(len(joints), -1), 20)
    return np.concatenate([imu.ravel(), 3.0 * moving.ravel()])


@pytest.mark.slow
def test_a_linear_classifier_tells_the_actions_of_strangers_apart() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def collect(people: range) -> tuple[NDArray[np.float64], list[str]]:
        x, y = [], []
        for person in people:
            recording = perform(seed=31, person=person)
            x += [features(recording, a) for a in recording.annotations]
            y += [a.label for a in recording.annotations]
        return np.array(x), y

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=300))
    model.fit(*collect(range(400, 412)))
    x, y = collect(range(420, 425))
    assert set(y) == set(ACTIONS)
    assert model.score(x, y) > 0.80


@pytest.fixture(scope="module")
def clean() -> list[Recording]:
    return [perform(seed=41, person=person, clean=True) for person in range(6)]


def shown(recordings: list[Recording], label: str) -> list[Joints]:
    """Joints (n, 20, 3) of each performance of an action, from the shoulder center of its first frame."""
    found = []
    for recording in recordings:
        for action in recording.annotations:
            if action.label == label:
                joints = cut(recording, "skeleton", action).reshape(-1, 20, 3)
                found.append(joints - joints[0, JOINT["shoulder_center"]])
    assert len(found) == len(recordings)
    return found


def area(wrist: Joints) -> float:
    """Signed area of the path before the person, positive where it turns counter-clockwise for the person."""
    x, y = wrist[:, 0], wrist[:, 1]
    x, y = x - x.mean(), y - y.mean()
    return float(0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def travel(joints: Joints, name: str) -> float:
    return float(np.linalg.norm(np.diff(joints[:, JOINT[name]], axis=0), axis=1).sum())


def test_a_swipe_passes_the_body_in_its_direction(clean: list[Recording]) -> None:
    for label, sign in (("swipe_left", -1.0), ("swipe_right", 1.0)):
        for joints in shown(clean, label):
            wrist = joints[:, JOINT["right_wrist"]]
            raised = wrist[wrist[:, 1] > -0.25]
            fastest = np.argmax(np.abs(np.gradient(raised[:, 0])))
            assert np.sign(np.gradient(raised[:, 0])[fastest]) == sign


def test_circles_turn_their_way(clean: list[Recording]) -> None:
    for label, sign in (("draw_circle_clockwise", -1.0), ("draw_circle_counter_clockwise", 1.0)):
        for joints in shown(clean, label):
            wrist = joints[:, JOINT["right_wrist"]]
            assert sign * area(wrist[len(wrist) // 4 : -len(wrist) // 5]) > 0.04


@pytest.mark.parametrize("label", ["clap", "arm_cross", "boxing", "arm_curl", "push", "basketball_shoot"])
def test_actions_of_both_hands_move_both(clean: list[Recording], label: str) -> None:
    for joints in shown(clean, label):
        assert travel(joints, "left_wrist") > 0.4 * travel(joints, "right_wrist")


@pytest.mark.parametrize("label", ["swipe_left", "wave", "draw_x", "draw_triangle", "knock", "catch"])
def test_actions_of_the_right_hand_leave_the_left_alone(clean: list[Recording], label: str) -> None:
    for joints in shown(clean, label):
        assert travel(joints, "left_wrist") < 0.4 * travel(joints, "right_wrist")


def test_clapping_hands_meet_and_part(clean: list[Recording]) -> None:
    for joints in shown(clean, "clap"):
        gap = np.linalg.norm(joints[:, JOINT["right_wrist"]] - joints[:, JOINT["left_wrist"]], axis=1)
        assert gap.min() < 0.18


def test_picking_up_brings_the_hand_below_the_hips_and_then_up_to_the_head(clean: list[Recording]) -> None:
    for joints in shown(clean, "pickup_and_throw"):
        wrist = joints[:, JOINT["right_wrist"], 1]
        lowest = int(np.argmin(wrist))
        assert wrist[lowest] < joints[lowest, JOINT["right_hip"], 1]
        assert wrist[lowest:].max() > -0.05


def test_the_knocking_and_the_catching_hand_rise_and_the_bowling_hand_stays_low(
    clean: list[Recording],
) -> None:
    for label in ("knock", "catch", "wave", "tennis_serve"):
        for joints in shown(clean, label):
            assert joints[:, JOINT["right_wrist"], 1].max() > -0.15
    for joints in shown(clean, "bowling"):
        back = joints[:, JOINT["right_wrist"], 2].max()
        assert back > 0.15, "the arm swings behind the body"
