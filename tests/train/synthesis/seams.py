"""What a classifier could see of a composed pause besides the motion: noise floor, seams, frame intervals.

Windows of pauses and of trials are compared at the same level of motion, since a moving body is noisier than
a resting one and motion is what may tell the two apart. The classifiers are told nothing of a person whom
they are tested on; each person's features are standardized by themselves, which only helps them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.recordings import Recording
from hnhar.train.learn.augment_imu import InertialAugmentation
from hnhar.train.learn.augment_skeleton import SkeletonAugmentation
from hnhar.train.synthesis.compose.body import smooth
from hnhar.train.synthesis.compose.parts import LIMBS, body_speed, imu_level

Array = NDArray[np.float64]
Window = tuple[float, float]
IMU_SMOOTHING, JOINT_SMOOTHING = 2.0, 1.2
"""Samples, of what is taken away before noise is looked at."""
IMU_ORDER, JOINT_ORDER = 5, 3
"""Of the differences that leave noise and take motion away."""


@dataclass(frozen=True)
class Signal:
    """One sensor, or one limb of the skeleton."""

    times: Array
    raw: Array
    """(n, C)."""
    rest: Array
    """(n, C) what a light smoothing takes away."""
    level: Array
    """(n,) logarithm of the speed."""
    order: int
    """Of the differences that leave noise and take motion away."""


@dataclass(frozen=True)
class Compared:
    """Windows of one person's signal that are to be told apart."""

    person: str
    signal: Signal
    first: Sequence[Window]
    second: Sequence[Window]


def signals(recording: Recording) -> dict[str, Signal]:
    """By name: "imu", and each limb of the skeleton."""
    imu, skeleton = recording.streams
    raw, joints = imu.samples.astype(float), skeleton.samples.astype(float)
    rest, level = raw - smooth(raw, IMU_SMOOTHING), imu_level(raw, 50.0)[:, 0]
    found = {"imu": Signal(imu.timestamps, raw, rest, level, IMU_ORDER)}
    rate, slow = skeleton.description.nominal_rate, smooth(joints, 1.5)
    rest = joints - smooth(joints, JOINT_SMOOTHING)
    for name, c in LIMBS.items():
        level = np.log(body_speed(slow[:, c], rate) + 0.02)
        found[name] = Signal(skeleton.timestamps, joints[:, c], rest[:, c], level, JOINT_ORDER)
    return found


def floor(s: Signal, window: Window) -> Array:
    """Of each channel's noise: size, color (autocorrelation at lags 1 to 3), peakedness, held samples."""
    span = inside(s.times, window)
    rest = s.rest[span] - s.rest[span].mean(axis=0)
    power = (rest**2).sum(axis=0) + 1e-12
    color = [(rest[lag:] * rest[:-lag]).sum(axis=0) / power for lag in (1, 2, 3)]
    rough = np.diff(s.raw[span], s.order, axis=0)
    peaks = np.log((rough**4).mean(axis=0) / ((rough**2).mean(axis=0) ** 2 + 1e-20) + 1e-3)
    held = (np.abs(np.diff(s.raw[span], axis=0)) < 1e-9).mean(axis=0)
    sizes = [np.log(values.std(axis=0) + 1e-7) for values in (rough, rest)]
    return np.concatenate([*sizes, *color, peaks, held])


def covered(generator: np.random.Generator) -> Callable[[Signal, Window], Array]:
    """`floor` of windows with the white noise that a training adds to each, at a level drawn for each."""
    inertial, skeleton = InertialAugmentation(), SkeletonAugmentation()

    def features(s: Signal, window: Window) -> Array:
        span = inside(s.times, window)
        raw, rest = s.raw[span], s.rest[span]
        of_imu = s.order == IMU_ORDER
        deviation = (
            np.repeat([inertial.acc_noise, inertial.gyro_noise], 3) if of_imu else np.array(skeleton.noise)
        )
        added = generator.uniform(0.0, 1.5) * deviation * generator.normal(size=raw.shape)
        quick = added - smooth(added, IMU_SMOOTHING if of_imu else JOINT_SMOOTHING)
        shown = Signal(np.arange(len(raw), dtype=float), raw + added, rest + quick, s.level, s.order)
        return floor(shown, (0.0, float(len(raw))))

    return features


def jump(s: Signal, window: Window) -> Array:
    """Steps, bends and roughness in the middle of a window, by themselves and against what is around them."""
    middle = int(np.searchsorted(s.times, 0.5 * (window[0] + window[1]) - 1e-3))
    found = []
    for order in (1, 2, 3, s.order):
        reach = order // 2 + 2
        near = np.abs(np.diff(s.raw[middle - reach : middle + reach], order, axis=0))
        around = np.abs(np.diff(s.raw[max(middle - reach - 6, 0) : middle + reach + 6], order, axis=0))
        if order > 1:
            found += [np.log(near.max(axis=0) + 1e-7), np.log(near.mean(axis=0) + 1e-7)]
        found.append(np.log((near / (np.median(around, axis=0) + 1e-6)).max(axis=0) + 1e-3))
    found.append(np.log(np.abs(s.rest[middle] - s.rest[middle - 1]) + 1e-7))
    return np.concatenate(found)


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


def calm(s: Signal, windows: Sequence[Window], among: Sequence[Window], share: float = 0.35) -> list[Window]:
    """Those of the windows that are calmer than this share of the windows `among` which they are to be."""
    limit = float(np.quantile([level(s, w) for w in among], share))
    return [w for w in windows if level(s, w) < limit]


def around(times: Sequence[float], length: float = 0.4) -> list[Window]:
    """Windows centered on times."""
    return [(t - length / 2, t + length / 2) for t in times]


def matched(
    s: Signal, a: Sequence[Window], b: Sequence[Window], tolerance: float = 0.05
) -> list[tuple[int, int]]:
    """Pairs (index in a, index in b) of about the same level of motion, each window once."""
    others = np.array([level(s, w) for w in b])
    pairs = []
    for i in np.random.default_rng(0).permutation(len(a)) if len(b) else ():
        distance = np.abs(others - level(s, a[i]))
        j = int(np.argmin(distance))
        if distance[j] <= tolerance:
            pairs.append((int(i), j))
            others[j] = np.inf
    return pairs


def separability(
    sets: Sequence[Compared], features: Callable[[Signal, Window], Array], *, by_level: bool = True
) -> tuple[float, int]:
    """Area under the ROC curve of the better of a forest and a logistic regression that tell the first
    windows from the second (0.5 is chance), mean over the persons, each left out of the training; and the
    number of windows of each kind."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    rows, labels, persons = [], [], []
    for one in sets:
        pairs = (
            matched(one.signal, one.first, one.second)
            if by_level
            else list(zip(range(len(one.first)), range(len(one.second)), strict=False))
        )
        for i, j in pairs:
            rows += [features(one.signal, one.first[i]), features(one.signal, one.second[j])]
            labels += [1, 0]
            persons += [one.person] * 2
    x, y, who = np.array(rows), np.array(labels), np.array(persons)
    for person in np.unique(who):
        own = x[who == person]
        x[who == person] = (own - own.mean(axis=0)) / (own.std(axis=0) + 1e-6)
    found = []
    for model in (
        RandomForestClassifier(100, min_samples_leaf=4, random_state=0, n_jobs=1),
        LogisticRegression(C=0.02, max_iter=500),
    ):
        areas = []
        for person in np.unique(who):
            left = who == person
            model.fit(x[~left], y[~left])
            areas.append(roc_auc_score(y[left], model.predict_proba(x[left])[:, 1]))
        found.append(float(np.mean(areas)))
    return max(found), len(y) // 2
