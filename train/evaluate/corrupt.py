"""Corruptions of recordings as live streams suffer them; pure, and the same for the same seed.

Annotations are left alone: they are the truth.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import SKELETON
from hnhar.stream.mapping.units import unit
from hnhar.stream.recordings import RecordedStream, Recording

from ..learn.augment_imu import InertialAugmentation
from ..learn.augment_skeleton import SkeletonAugmentation

Corruption = Callable[[Recording, int], Recording]
"""A recording and a seed -> the recording as it would have come."""

_INERTIAL, _SKELETON = InertialAugmentation(), SkeletonAugmentation()
NOISE: Mapping[str, float] = MappingProxyType(
    {"g": _INERTIAL.acc_noise, "deg/s": _INERTIAL.gyro_noise, "m": _SKELETON.noise}
)
"""Unit -> standard deviation of `noise`: what a training adds."""


def jitter(recording: Recording, deviation: float, seed: int) -> Recording:
    """Normal errors of `deviation` s on every time stamp; samples keep their order."""

    def change(stream: RecordedStream, generator: np.random.Generator) -> RecordedStream:
        noise = generator.normal(0.0, deviation, len(stream.timestamps))
        return replace(stream, timestamps=_ascending(stream.timestamps + noise))

    return _each(recording, change, seed)


def loss(recording: Recording, share: float, seed: int) -> Recording:
    """Each sample lost with probability `share`; ValueError outside of 0 to 1."""
    if not 0 <= share < 1:
        raise ValueError(f"a share of lost samples lies between 0 and 1, not {share}")

    def change(stream: RecordedStream, generator: np.random.Generator) -> RecordedStream:
        return _kept(stream, generator.random(len(stream.timestamps)) >= share)

    return _each(recording, change, seed)


def gaps(
    recording: Recording, length: float, per_minute: float, seed: int, *, together: bool = False
) -> Recording:
    """Holes of `length` s, as many a minute, at random times: in each stream by itself, or in all at once."""
    shared: list[float] = []
    if together and any(len(stream.timestamps) for stream in recording.streams):
        shared = _holes(recording.start, recording.end, per_minute, np.random.default_rng(seed))

    def change(stream: RecordedStream, generator: np.random.Generator) -> RecordedStream:
        times = stream.timestamps
        begins = shared
        if not together and len(times):
            begins = _holes(float(times[0]), float(times[-1]), per_minute, generator)
        lost = np.zeros(len(times), np.bool_)
        for begin in begins:
            lost |= (times >= begin) & (times < begin + length)
        return _kept(stream, ~lost)

    return _each(recording, change, seed)


def _holes(start: float, end: float, per_minute: float, generator: np.random.Generator) -> list[float]:
    """Random starts of holes between `start` and `end`, all in s."""
    span = end - start
    count = generator.poisson(per_minute * span / 60)
    return list(generator.uniform(0.0, span, count) + start)


def skew(recording: Recording, seconds: float, modality: str = SKELETON.name) -> Recording:
    """The streams of one modality stamped `seconds` late (negative: early)."""
    streams = tuple(
        replace(stream, timestamps=stream.timestamps + seconds) if stream.modality == modality else stream
        for stream in recording.streams
    )
    return replace(recording, streams=streams)


def noise(recording: Recording, seed: int) -> Recording:
    """White noise over actions and pauses alike, some times that of the sensors (`NOISE`).

    It hides the traces of how pauses were made: a classifier of the noise alone is near chance under it
    (tests/train/synthesis/test_compose_seams.py), so a result that it changes little does not rest on them.
    Channels whose unit is not known stay as they are.
    """

    def change(stream: RecordedStream, generator: np.random.Generator) -> RecordedStream:
        known = [unit(spelling) for spelling in stream.description.units]
        scale = [NOISE[u.canonical] / u.factor if u is not None else 0.0 for u in known]
        added = np.array(scale) * generator.normal(size=stream.samples.shape)
        return replace(stream, samples=(stream.samples + added).astype(np.float32))

    return _each(recording, change, seed)


CONDITIONS: Mapping[str, Corruption] = MappingProxyType(
    {
        "clean": lambda recording, seed: recording,
        "jitter 5 ms": lambda recording, seed: jitter(recording, 0.005, seed),
        "jitter 20 ms": lambda recording, seed: jitter(recording, 0.02, seed),
        "loss 5 %": lambda recording, seed: loss(recording, 0.05, seed),
        "loss 20 %": lambda recording, seed: loss(recording, 0.2, seed),
        "gaps 0.5 s, 6 a minute": lambda recording, seed: gaps(recording, 0.5, 6.0, seed),
        "gaps 2 s, 2 a minute": lambda recording, seed: gaps(recording, 2.0, 2.0, seed),
        "gaps 2 s, 2 a minute, all at once": lambda recording, seed: gaps(
            recording, 2.0, 2.0, seed, together=True
        ),
        f"noise {100 * NOISE['m']:g} cm, {NOISE['g']:g} g, {NOISE['deg/s']:g} °/s": noise,
        "skew 20 ms": lambda recording, seed: skew(recording, 0.02),
        "skew 50 ms": lambda recording, seed: skew(recording, 0.05),
        "skew 100 ms": lambda recording, seed: skew(recording, 0.1),
        "skew 250 ms": lambda recording, seed: skew(recording, 0.25),
    }
)
"""Name -> corruption; "skew" stamps the skeleton late."""


def _each(
    recording: Recording, change: Callable[[RecordedStream, np.random.Generator], RecordedStream], seed: int
) -> Recording:
    streams = [
        change(stream, np.random.default_rng([seed, number]))
        for number, stream in enumerate(recording.streams)
    ]
    return replace(recording, streams=tuple(streams))


def _kept(stream: RecordedStream, rows: NDArray[np.bool_]) -> RecordedStream:
    return replace(stream, samples=stream.samples[rows], timestamps=stream.timestamps[rows])


def _ascending(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The stamps in order, each at least a microsecond after the one before."""
    steps = 1e-6 * np.arange(len(times))
    return np.asarray(np.maximum.accumulate(np.sort(times) - steps) + steps)
