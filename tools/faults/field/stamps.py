"""What a live run mends, and a file must too: bursts, coarse and lone wrong stamps, losses, drift."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tools.faults.field.session import LSL, Array, imu, markers, session
from tools.faults.field.trial import FieldInput
from tools.faults.field.xdf import write

Kept = NDArray[np.bool_]
KIND: Final = "time stamps that a live run mends"


def _in_bursts(sizes: Array, *, last: bool = True) -> Array:
    """Stamps of bursts of these sizes, of which all samples carry that of the last, or of the first."""
    times = LSL + session().times
    ends = np.cumsum(sizes.astype(int))
    burst = np.searchsorted(ends, np.arange(len(times)), side="right")
    edge = np.minimum(ends - 1 if last else np.concatenate([[0], ends[:-1]]), len(times) - 1)
    return np.asarray(times[edge[burst]])


def _bursts() -> Iterator[tuple[str, Array, float]]:
    n = len(session().times)
    for size in (2, 5, 8, 16, 20):
        sizes = np.full(n // size + 1, float(size))
        yield f"bursts of {size} that carry the stamp of their last sample", _in_bursts(sizes), 0.0
    rng = np.random.default_rng(1)
    uneven = rng.integers(1, 11, n).astype(float)
    yield "bursts of 1 to 10, irregular rate", _in_bursts(uneven), 0.0
    yield (
        "bursts of 10 that carry the stamp of their first sample",
        _in_bursts(np.full(n, 10.0), last=False),
        50.0,
    )
    yield "bursts of 7, a nominal rate of 50 Hz", _in_bursts(np.full(n, 7.0)), 50.0
    jittered = _in_bursts(np.full(n, 9.0))
    late = rng.uniform(0, 0.05, n)[np.unique(jittered, return_inverse=True)[1]]
    yield "bursts of 9, late by up to 50 ms", jittered + late, 0.0


def _coarse() -> Iterator[tuple[str, Array, float]]:
    times = LSL + session().times
    for tick, name in (
        (0.01, "10 ms"),
        (1 / 64, "15.6 ms"),
        (0.05, "50 ms"),
        (0.1, "0.1 s"),
        (1.0, "whole seconds"),
    ):
        yield f"stamps cut to {name}", np.floor(times / tick) * tick, 0.0
    yield "stamps rounded to 0.1 s, a nominal rate", np.round(times, 1), 50.0
    yield "stamps of 32 bits", times.astype(np.float32).astype(float), 50.0
    yield "stamps of 32 bits since 1970", (times + 1.7e9).astype(np.float32).astype(float), 50.0


def _wrong() -> Iterator[tuple[str, Array, float]]:
    times = LSL + session().times
    rng = np.random.default_rng(2)

    def changed(at: Any, value: Any) -> Array:
        out = times.copy()
        out[at] = value
        return out

    yield "one stamp of 0 in the middle", changed(500, 0.0), 50.0
    yield "the first stamp is 0", changed(0, 0.0), 50.0
    yield "the last stamp is far ahead", changed(-1, 1e12), 50.0
    yield "one stamp that is no number", changed(300, np.nan), 50.0
    yield "one stamp of minus infinity", changed(300, -np.inf), 50.0
    yield (
        "twelve wrong stamps here and there",
        changed(rng.integers(50, 900, 12), rng.uniform(-1e6, 1e6, 12)),
        50.0,
    )
    yield "three wrong stamps in a row", changed(slice(400, 403), times[400:403] + 3600), 50.0
    yield "a stamp an hour early, the nominal rate unknown", changed(600, times[600] - 3600), 0.0
    swapped = times.copy()
    swapped[200:800:50], swapped[201:801:50] = times[201:801:50], times[200:800:50]
    yield "neighbors exchanged", swapped, 50.0
    yield "all stamps are 0, a nominal rate", times * 0.0, 50.0


def _drifting() -> Iterator[tuple[str, Array, float]]:
    s = session().times
    times = LSL + s
    rng = np.random.default_rng(3)
    yield "jitter of 8 ms", times + rng.normal(0, 0.008, len(s)), 50.0
    yield "a clock that gains 1 %", LSL + s * 1.01, 50.0
    yield "a clock set forward 0.6 s", times + 0.6 * (s > 12.1), 50.0
    yield "a clock set back 0.4 s", times - 0.4 * (s > 12.1), 50.0
    yield "a clock set forward an hour by daylight saving", times + 3600.0 * (s > 3.5), 50.0
    yield "a nominal rate that is wrong (100 Hz)", times, 100.0
    yield "a nominal rate that is wrong (25 Hz)", times, 25.0


def _write_imu(stamps: Array, rate: float, folder: Path) -> Path:
    return write(folder / "a.xdf", imu(times=stamps, rate=rate, arrived=LSL + session().times))


def _lost() -> Iterator[tuple[str, Callable[[], Kept]]]:
    times = session().times
    rng = np.random.default_rng(4)
    yield "one in ten samples lost", lambda: rng.random(len(times)) > 0.1
    yield "one in four samples lost", lambda: rng.random(len(times)) > 0.25
    yield "nothing for 4 s", lambda: (times < 11) | (times > 15)
    yield "holes of 0.2 s each second", lambda: times % 1.0 > 0.2
    yield "three in four samples lost", lambda: rng.random(len(times)) > 0.75


def _write_kept(kept: Callable[[], Kept], rate: float, folder: Path) -> Path:
    rows = kept()
    whole = imu()
    return write(
        folder / "a.xdf", imu(times=whole.times[rows], values=np.asarray(whole.values)[rows], rate=rate)
    )


def inputs() -> Iterator[FieldInput]:
    """Inputs of this kind."""
    for name, stamps, rate in (*_bursts(), *_coarse(), *_wrong(), *_drifting()):
        readable = not ("32 bits since" in name or "all stamps" in name)
        yield FieldInput(KIND, name, partial(_write_imu, stamps, rate), readable=readable)
    for name, kept in _lost():
        yield FieldInput(KIND, name, partial(_write_kept, kept, 50.0), readable="three in four" not in name)
    backward = imu().times[::-1]
    yield FieldInput(KIND, "time runs backward", partial(_write_imu, backward, 50.0), readable=False)
    yield FieldInput(
        KIND,
        "each sample sent twice",
        lambda folder: write(
            folder / "a.xdf",
            imu(times=np.repeat(imu().times, 2), values=np.repeat(np.asarray(imu().values), 2, axis=0)),
        ),
    )
    s = session()
    delayed = np.argsort(s.times + 0.5 * ((s.times // 0.5) % 4 == 1), kind="stable")
    yield FieldInput(
        KIND,
        "blocks of half a second out of order",
        lambda folder: write(
            folder / "a.xdf",
            imu(
                times=LSL + s.times[delayed],
                values=s.values[delayed],
                arrived=np.maximum.accumulate(LSL + s.times[delayed]),
            ),
            markers(),
        ),
        labeled=True,
    )
