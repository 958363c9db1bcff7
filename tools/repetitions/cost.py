"""Time and memory that counting takes."""

import statistics
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.stream.messages import Window
from hnhar.stream.repetitions.counter import RepetitionCounter

from .measuring import HOP, WINDOW, Signal, Span, event, windows

MINUTE: Final = 60.0
MODALITIES: Final = (IMU.modality(), SKELETON.modality())


def swinging(duration: float) -> Iterator[Window]:
    """Windows of an IMU and a skeleton that swing once a second, for `duration` s: those of a minute, again
    and again.
    """
    rng = np.random.default_rng(0)
    signals = []
    for modality in MODALITIES:
        times = np.arange(0.0, MINUTE, 1 / modality.rate)
        size = rng.normal(0.0, 1.0, len(modality.channels))
        noise = rng.normal(0.0, 0.02, (len(times), len(size)))
        swing = np.sin(2 * np.pi * times)[:, None] * size
        signals.append(Signal(modality, times, (swing + noise).astype(np.float32)))
    made = list(windows(signals))
    for number in range(int(duration / HOP)):
        again, place = divmod(number, len(made))
        shift = again * len(made) * HOP
        window = made[place]
        yield replace(window, start=window.start + shift, end=window.end + shift)


def cost() -> str:
    """Lines: a window while nothing is on, an offset by the length of its activity, an hour's memory."""
    lines = [f"a window while nothing is on: {idle() * 1e6:.0f} µs"]
    for seconds in (3.0, 10.0, 30.0, 60.0):
        offset, running = activity(seconds)
        lines.append(
            f"an activity of {seconds:g} s: offset {offset * 1e3:.1f} ms, "
            f"count so far (once a second) {running * 1e3:.1f} ms"
        )
    for hours in (0.1, 1.0):
        count, peak, mean = long(hours * 3600)
        lines.append(
            f"an activity of {hours * 60:g} min: {count} repetitions, {peak / 1e6:.2f} MB at most, "
            f"{mean * 1e6:.0f} µs a window"
        )
    return "\n".join(lines)


def idle() -> float:
    """Median time of a window, s."""
    counter = RepetitionCounter(MODALITIES, WINDOW)
    times = []
    for seq, window in enumerate(swinging(120.0)):
        begun = time.thread_time()
        counter.classified(seq, window)
        counter.follow([], seq)
        times.append(time.thread_time() - begun)
    return statistics.median(times)


def activity(seconds: float) -> tuple[float, float]:
    """Median time of an offset, and of a count so far, s."""
    offsets, running = [], []
    for _ in range(5):
        counter = RepetitionCounter(MODALITIES, WINDOW)
        span = Span(10.0, 10.0 + seconds)
        for seq, window in enumerate(swinging(span.offset + 2.0)):
            counter.classified(seq, window)
            begins = seq and abs(window.end - 11.0) < HOP / 2
            counter.follow([event(window.end, "onset", span)] if begins else [], seq)
        begun = time.thread_time()
        counter.so_far()
        running.append(time.thread_time() - begun)
        begun = time.thread_time()
        counter.ended([event(span.offset + 1.5, "offset", span)])
        offsets.append(time.thread_time() - begun)
    return statistics.median(offsets), statistics.median(running)


def long(seconds: float) -> tuple[int, float, float]:
    """Repetitions of a long activity, its most memory, bytes, and the mean time of a window, s."""
    source = swinging(seconds + 20.0)
    counter = RepetitionCounter(MODALITIES, WINDOW)
    span = Span(10.0, 10.0 + seconds)
    spent, windows_seen = 0.0, 0
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    base = 0
    for seq, window in enumerate(source):
        if not seq:
            # the source's own minute of windows is not the counter's
            base = tracemalloc.get_traced_memory()[0] - before
            tracemalloc.reset_peak()
        begun = time.thread_time()
        counter.classified(seq, window)
        counter.follow([event(window.end, "onset", span)] if abs(window.end - 11.0) < HOP / 2 else [], seq)
        spent += time.thread_time() - begun
        windows_seen += 1
    peak = tracemalloc.get_traced_memory()[1] - before - base
    tracemalloc.stop()
    (made,) = counter.ended([event(span.offset + 1.5, "offset", span)])
    assert made.repetitions is not None
    return made.repetitions.count, peak, spent / windows_seen
