"""A performer of five actions, the truth of every input, and its streams as devices send them."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tools.faults.field.xdf import Stream

from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.recordings.recording import Annotation
from hnhar.train.synthesis.performer import perform

Array = NDArray[np.float64]
LSL: Final = 1000.0
"""The recorder's clock when the session begins, s."""
EPOCH: Final = 1.7e9
"""A clock since 1970 at that time, s."""
G: Final = 9.80665
ACTIONS: Final = ("wave", "throw", "arm_curl", "boxing", "knock")
ACC: Final = ("acc_x", "acc_y", "acc_z")
LABELS: Final = (*ACC, "gyro_x", "gyro_y", "gyro_z")
UNITS: Final = ("g",) * 3 + ("deg/s",) * 3
RATE: Final = 50.0
JOINTS: Final = tuple(UTD_JOINTS)
COORDINATES: Final = tuple(f"{joint}_{axis}" for joint in JOINTS for axis in "xyz")
MARGIN: Final = 3.0
"""s at rest before the first and after the last action, beside those of the performer."""


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """Motion of a person, times in s from its beginning; clean streams of it are recognized rightly."""

    actions: tuple[Annotation, ...]
    times: Array
    """(n,) of the sensor, 50 Hz."""
    values: Array
    """(n, 6) g and deg/s."""
    frames: Array
    """(m,) of the camera, 30 Hz."""
    joints: Array
    """(m, 20, 3) m, y up."""

    def sampled(self, rate: float) -> tuple[Array, Array]:
        """Times and samples of the sensor at another rate, Hz."""
        times = np.arange(int(self.times[-1] * rate)) / rate
        if rate < RATE:  # a sensor averages over its period
            width = round(RATE / rate)
            kernel = np.ones(width) / width
            values = np.stack([np.convolve(v, kernel, "same") for v in self.values.T], axis=1)
        else:
            values = self.values
        return times, np.stack([np.interp(times, self.times, v) for v in values.T], axis=1)


@cache
def session() -> Session:
    """The session, the same each time."""
    made = perform(seed=0, person=1, actions=ACTIONS, pause=2.5, idle=False)
    imu, skeleton = made.of("imu")[0], made.of("skeleton")[0]
    # what comes before the first action: the person goes on standing
    still = int(MARGIN * RATE)
    rng = np.random.default_rng(0)
    rest = imu.samples[:25].mean(axis=0) + rng.normal(0.0, [0.005] * 3 + [0.4] * 3, (still, 6))
    values = np.concatenate([rest, imu.samples])
    pose = skeleton.samples[:8].mean(axis=0) + rng.normal(0.0, 0.001, (int(MARGIN * 30), 60))
    frames = np.concatenate([np.arange(int(MARGIN * 30)) / 30, skeleton.timestamps + MARGIN])
    joints = np.concatenate([pose, skeleton.samples]).reshape(len(frames), 20, 3)
    actions = tuple(replace(a, onset=a.onset + MARGIN) for a in made.annotations)
    return Session(actions, np.arange(len(values)) / RATE, values, frames, joints)


def imu(**changes: Any) -> Stream:
    """The sensor's stream at the wrist; `changes`: other fields of `Stream`."""
    s = session()
    made = Stream("Watch", "IMU", LABELS, UNITS, LSL + s.times, s.values, RATE, "w1", placement="right wrist")
    return replace(made, **changes)


def skeleton(joints: Array | None = None, **changes: Any) -> Stream:
    """The camera's stream; `joints`: (m, n, 3) in its place; `changes`: other fields of `Stream`."""
    s = session()
    values = (s.joints if joints is None else joints).reshape(len(s.frames), -1)
    made = Stream("Camera", "MoCap", COORDINATES, ("m",) * 60, LSL + s.frames, values, 30.0, "c1")
    return replace(made, **changes)


def markers(begin: str = "{}/start", end: str = "{}/stop", clock: float = LSL, **changes: Any) -> Stream:
    """The experimenter's markers; `begin`, `end`: their text, of a label; `clock` at the beginning, s."""
    edges = [(a.onset, begin.format(a.label)) for a in session().actions]
    edges += [(a.offset, end.format(a.label)) for a in session().actions if end]
    edges.sort()
    times = np.array([time for time, _ in edges])
    texts = [[text] for _, text in edges]
    made = Stream("labels", "Markers", ("",), ("",), clock + times, texts, 0.0, "m1", arrived=LSL + times)
    return replace(made, **changes)
