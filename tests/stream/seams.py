"""What a classifier could see of a composed pause besides the motion: noise floor, seams, frame intervals.

Windows of pauses and of trials are compared at the same level of motion, since a moving body is noisier than
a resting one and motion is what may tell the two apart.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.compose_body import smooth
from hnhar.stream.recordings.compose_parts import LIMBS, body_speed, sensor_speed

Array = NDArray[np.float64]
Window = tuple[float, float]


@dataclass(frozen=True)
class Signal:
    """One sensor, or one limb of the skeleton: what is no motion, and how much of that there is."""

    times: Array
    rest: Array
    """(n, C) what a light smoothing takes away."""
    level: Array
    """(n,) logarithm of the speed."""


def signals(recording: Recording) -> dict[str, Signal]:
    """By name: "imu", and each limb of the skeleton."""
    imu, skeleton = recording.streams
    raw, joints = imu.samples.astype(float), skeleton.samples.astype(float)
    slow, slow_joints = smooth(raw, 2.0), smooth(joints, 1.2)
    found = {"imu": Signal(imu.timestamps, raw - slow, np.log(sensor_speed(slow) + 2.0))}
    rate = skeleton.description.nominal_rate
    for name, channels in LIMBS.items():
        level = np.log(body_speed(slow_joints[:, channels], rate) + 0.02)
        found[name] = Signal(skeleton.timestamps, (joints - slow_joints)[:, channels], level)
    return found


def noise(s: Signal, window: Window) -> Array:
    """Level and colour of the noise in a window."""
    rest = s.rest[inside(s.times, window)]
    spread = np.log(rest.std(axis=0) + 1e-6)
    peak = np.log(np.abs(rest).max(axis=0) + 1e-6)
    colour = (rest[1:] * rest[:-1]).sum(axis=0) / np.maximum((rest**2).sum(axis=0), 1e-12)
    return np.concatenate([spread, peak, colour])


def seam(s: Signal, window: Window) -> Array:
    """How far the signal jumps in the middle of a window, and how rough it is there."""
    middle = int(np.searchsorted(s.times, 0.5 * (window[0] + window[1]) - 0.01))
    jump = np.log(np.abs(s.rest[middle] - s.rest[middle - 1]) + 1e-6)
    rough = np.log(np.abs(s.rest[middle - 2 : middle + 2]).max(axis=0) + 1e-6)
    return np.concatenate([jump, rough])


def intervals(s: Signal, window: Window) -> Array:
    """Time from frame to frame in a window."""
    steps = np.diff(s.times[inside(s.times, window)])
    return np.array([steps.mean(), steps.std(), steps.max()])


def level(s: Signal, window: Window) -> float:
    """Mean level of motion in a window."""
    return float(s.level[inside(s.times, window)].mean())


def inside(times: Array, window: Window) -> slice:
    """Samples of a window."""
    return slice(*np.searchsorted(times, window))


def actions(recording: Recording) -> list[Window]:
    """Extents of the actions."""
    return [(a.onset, a.offset) for a in recording.annotations]


def pauses(recording: Recording) -> list[Window]:
    """Extents of what lies between them."""
    edges = [recording.start, *(t for a in recording.annotations for t in (a.onset, a.offset)), recording.end]
    return list(zip(edges[::2], edges[1::2], strict=True))


def tiled(spans: Sequence[Window], length: float, step: float) -> list[Window]:
    """Windows wholly inside spans, a fifth of a second from their ends."""
    return [
        (at, at + length) for start, end in spans for at in np.arange(start + 0.2, end - 0.2 - length, step)
    ]


def around(times: Sequence[float], length: float = 0.4) -> list[Window]:
    """Windows centred on times."""
    return [(t - length / 2, t + length / 2) for t in times]


def matched(
    s: Signal, a: Sequence[Window], b: Sequence[Window], tolerance: float = 0.05
) -> list[tuple[int, int]]:
    """Pairs (index in a, index in b) of about the same level of motion, each window once."""
    others = np.array([level(s, w) for w in b])
    pairs = []
    for i, window in enumerate(a):
        distance = np.abs(others - level(s, window))
        j = int(np.argmin(distance))
        if distance[j] <= tolerance:
            pairs.append((i, j))
            others[j] = np.inf
    return pairs


def separability(
    sessions: Sequence[tuple[Signal, Sequence[Window], Sequence[Window]]],
    features: Callable[[Signal, Window], Array],
    *,
    by_level: bool = True,
) -> tuple[float, int]:
    """Area under the ROC curve of a forest that tells the first windows from the second (0.5 is chance), and
    the number of windows of each kind; cross-validated by stretches of the sessions."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict

    rows, labels, groups = [], [], []
    for k, (s, a, b) in enumerate(sessions):
        pairs = matched(s, a, b) if by_level else list(zip(range(len(a)), range(len(b)), strict=False))
        for i, j in pairs:
            for label, window in ((1, a[i]), (0, b[j])):
                rows.append(features(s, window))
                labels.append(label)
                groups.append(1000 * k + int(window[0] // 40))
    forest = RandomForestClassifier(100, min_samples_leaf=5, random_state=0, n_jobs=1)
    answers = cross_val_predict(
        forest, np.array(rows), np.array(labels), groups=groups, cv=GroupKFold(5), method="predict_proba"
    )
    return float(roc_auc_score(labels, answers[:, 1])), len(labels) // 2
