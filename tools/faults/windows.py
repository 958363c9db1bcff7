"""Samples that are lost or are no numbers: rows 8 and 9 of docs/reliability.md.

Random patterns of losses are cut into windows, and each window is held against a count of its own, by brute
force: what a window lacks must be what its coverage says, and what it holds must be the signal. Then values
that are not finite go through windows and recognizer, and into a live run.

    python -m tools.faults.windows --cases 20000 --json rows-windows.json
"""

import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tools.faults.rows import Row, parser, row, tell
from tools.processes import free_address, isolated_lsl, running

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.stream.lsl.config import configure
from hnhar.stream.messages import Chunk, Event, Feed, Prediction, Status, Window
from hnhar.stream.publish.subscriber import Subscriber
from hnhar.stream.windows.buffers import GAP
from hnhar.stream.windows.windower import MIN_COVERAGE, Windower

Times = NDArray[np.float64]
WINDOW: Final = 3.0
HOP: Final = 0.5
LENGTH: Final = 5.0
"""s of a case."""
LONG: Final = 0.3
"""s; with a chunk's 0.2 s, a hole that may be longer than windows wait."""
MODALITIES: Final = (imu(), skeleton())
FEEDS: Final = tuple((Feed(m.name, m.name, tuple(range(len(m.channels)))), m.rate) for m in MODALITIES)
SENDER: Final = Path(__file__).parents[1] / "soak" / "sender.py"


def losses(draw: np.random.Generator, rate: float) -> Times:
    """Times of the samples that came: jittered, some lost singly, some in holes of up to 3 s."""
    times: Times = 100.0 + np.arange(int(LENGTH * rate)) / rate
    times += draw.uniform(-0.4, 0.4, len(times)) / rate * (draw.random() < 0.5)
    kept = draw.random(len(times)) >= draw.choice([0.0, 0.02, 0.1, 0.3, 0.7])
    for _ in range(draw.integers(0, 4)):
        begin = draw.uniform(100.0, 100.0 + LENGTH)
        kept &= (times < begin) | (times > begin + draw.choice([0.1, 0.24, 0.26, 0.5, 1.0, 3.0]))
    came: Times = times[kept]
    return came


def signal(times: Times, columns: int) -> NDArray[np.float32]:
    """(n, columns) of sines."""
    return np.sin(3.0 * times[:, None] + np.arange(columns)).astype(np.float32)


def cut(draw: np.random.Generator, came: Sequence[Times]) -> list[Window]:
    """The windows of these samples, in chunks of up to 0.2 s, fed in the order of their times."""
    windower = Windower("p", MODALITIES, window=WINDOW, hop=HOP)
    pieces: list[tuple[float, int, Times]] = []
    for which, times in enumerate(came):
        slots = np.floor((times - draw.random()) / draw.uniform(0.01, 0.2))
        parts = np.split(times, np.flatnonzero(np.diff(slots)) + 1)
        pieces += [(float(part[-1]), which, part) for part in parts if len(part)]
    windows = []
    for _, which, part in sorted(pieces, key=lambda piece: piece[:2]):
        feed = FEEDS[which][0]
        windower.push(feed, Chunk(signal(part, len(feed.columns)), part))
        windows += windower.due()
    return windows


def supported(times: Times, grid: Times) -> NDArray[np.bool_]:
    """Point by point: on a sample, between two at most `GAP` apart, or beyond the last by at most that."""
    padded = np.concatenate(([-math.inf], times, [math.inf]))
    before = padded[np.searchsorted(padded, grid, side="right") - 1]
    after = padded[np.searchsorted(padded, grid, side="left")]
    span, edge = after - before, np.minimum(grid - before, after - grid)
    return np.where(np.isfinite(span), span <= GAP, edge <= GAP)


def near(times: Times, grid: Times) -> Times:
    """Without what lies beyond the window across a hole longer than it: that is no part of this motion."""
    begin = max(int((times < grid[0]).sum()) - 1, 0)
    end = min(int((times <= grid[-1]).sum()) + 1, len(times))
    if end - begin > 1 and times[begin] < grid[0] and times[begin + 1] - times[begin] > WINDOW:
        begin += 1
    if end - begin > 1 and times[end - 1] > grid[-1] and times[end - 1] - times[end - 2] > WINDOW:
        end -= 1
    return times[begin:end]


def wrong(window: Window, came: Sequence[Times]) -> str:
    """First difference of a window from its count by brute force; "" where there is none."""
    for modality, times in zip(MODALITIES, came, strict=True):
        steps = modality.steps(WINDOW)
        grid = window.end + np.arange(1 - steps, 1) / modality.rate
        coverage, values = window.coverage[modality.name], window.samples.get(modality.name)
        # whether the first sample behind the end was there yet depends on how long it was waited for
        behind = times[times > window.end][:1]
        known = times[times <= window.end]
        sets = [near(seen, grid) for seen in (known, np.append(known, behind))]
        # nor does anybody wait for what comes behind a long hole, just before the end
        holes = np.flatnonzero((np.diff(known) > LONG) & (known[1:] > window.end - LONG)) + 1
        sets += [near(known[:hole], grid) for hole in holes]
        hits = [supported(seen, grid) for seen in sets if len(seen)]
        shares = [float(hit.mean()) for hit in hits] or [0.0]
        if not len(known) or known[0] > window.end - 0.3:
            shares.append(0.0)  # nobody waits for a stream before its first sample
        if not any(abs(coverage - share) < 1e-9 for share in shares):
            return f"{modality.name} says {coverage:.3f}, but {shares} is covered"
        if (values is not None) != (coverage > 0 and coverage >= MIN_COVERAGE):
            return f"{modality.name} with {coverage:.3f} is {'in' if values is not None else 'left out'}"
        if values is None:
            continue
        if not np.isfinite(values).all():
            return f"{modality.name} is not finite"
        best = int(np.argmin([abs(coverage - share) for share in shares[: len(hits)]]))
        hit, seen = hits[best], [one for one in sets if len(one)][best]
        column = np.interp(grid, seen, signal(seen, 1)[:, 0])
        # between the last sample and the end: held, or on the way to the one behind
        hit = hit & (grid <= known[-1]) if len(known) else hit
        if np.abs(values[hit, 0] - column[hit]).max(initial=0.0) > 1e-4:
            return f"{modality.name} is not its signal"
    return ""


def gaps(cases: int, seed: int) -> Iterator[Row]:
    """Row 8."""
    draw = np.random.default_rng(seed)
    windows = violations = left_out = partial = 0
    first = ""
    for _ in range(cases):
        came = [losses(draw, rate) for _, rate in FEEDS]
        for window in cut(draw, came):
            windows += 1
            said = wrong(window, came)
            violations += bool(said)
            first = first or said
            left_out += sum(m.name not in window.samples for m in MODALITIES)
            partial += sum(window.coverage[name] < 0.9 for name in window.samples)
    yield row(
        8,
        f"{cases:,} random patterns of lost samples, {windows:,} windows",
        f"{violations} violations{': ' + first if first else ''}; a modality left out {left_out:,} times, "
        f"and taken {partial:,} times with a coverage of {MIN_COVERAGE:g} to 0.9",
        f"0 violations: holes over {GAP:g} s are missing and counted to the point, a modality under "
        f"{MIN_COVERAGE:.0%} is left out, the rest is the signal",
        violations == 0,
        "tests/stream/windows/test_windows_losses.py",
    )


def spoilt(draw: np.random.Generator, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Entries, channels or stretches that are NaN, infinite, or as large as float32 can be."""
    bad = draw.choice([np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45], size=values.shape)
    where = draw.random(values.shape) < draw.choice([0.001, 0.05, 0.5, 1.0])
    if draw.random() < 0.5:
        where &= draw.random(values.shape[1]) < 0.3
    if draw.random() < 0.5:
        begin = draw.integers(0, len(values))
        where[:begin] = False
    return np.where(where, bad, values).astype(np.float32)


def not_finite(cases: int, seed: int) -> Iterator[Row]:
    """Row 9, without LSL: each case is 5 s of both streams."""
    from hnhar.model.loading import load
    from hnhar.model.runtime import Runtime
    from hnhar.stream.engine.engine import Engine

    info, recognizer = load(find(DEFAULT))
    runtime, draw = Runtime(info, recognizer, threads=1), np.random.default_rng(seed)
    feeds = [(Feed(m.name, m.name, tuple(range(len(m.channels)))), m.rate) for m in info.modalities]
    predictions = bad = 0
    for _ in range(cases):
        engine = Engine(runtime, info, ["p"], hop=HOP)
        for feed, rate in feeds:
            times = 100.0 + np.arange(int(LENGTH * rate)) / rate
            values = spoilt(draw, signal(times, len(feed.columns)))
            engine.push("p", feed, Chunk(values, times))
        for made in engine.classify(engine.due()):
            predictions += 1
            bad += not finite(made)
    yield row(
        9,
        f"{cases:,} sessions with values that are NaN, infinite or as large as can be",
        f"{bad} of {predictions:,} predictions with a number that is not finite",
        "0",
        bad == 0 and predictions > cases,
        "tests/stream/windows/test_windows_losses.py",
    )


def finite(message: Prediction | Event) -> bool:
    """True if each of its numbers is finite."""
    if isinstance(message, Event):
        numbers = [message.onset, message.confidence, message.duration or 0.0]
    else:
        numbers = [*message.probabilities.values(), *message.coverage.values(), message.confidence]
        numbers += [message.latency.total, message.start, message.end]
    return bool(np.isfinite(numbers).all())


def live(seconds: float) -> Iterator[Row]:
    """Row 9, over LSL: a sender whose values are NaN for half of the time."""
    address = free_address()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(isolated_lsl(folder))
        configure()
        senders = []
        for kind in ("imu", "skeleton"):
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, SENDER, f"windows-{kind}", kind, "200", "60"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            senders.append(process)
        command = ["hnhar-stream", "--imu-source", "windows-imu", "--skeleton-source", "windows-skeleton"]
        log = folder / "stream.log"
        stack.enter_context(running([*command, "--no-dashboard", "--publish", address], log))
        subscriber = stack.enter_context(Subscriber(address))
        messages, bad, values, began, next_fault = 0, 0, 0, 0.0, 0.0
        while not began or time.monotonic() - began < seconds:
            received = subscriber.receive(0.2)
            message = received.message if received is not None else None
            if isinstance(message, Status):
                values = sum(stream.not_finite for stream in message.streams)
            elif message is not None:
                began = began or time.monotonic()
                messages += 1
                bad += not finite(message)
            if began and time.monotonic() > next_fault:
                next_fault = time.monotonic() + 6.0
                for process in senders:
                    assert process.stdin is not None
                    process.stdin.write("nan 3\n")
                    process.stdin.flush()
    yield row(
        9,
        f"two live streams whose values are NaN half of the time, {seconds:g} s",
        f"{bad} of {messages} predictions and events with a number that is not finite; {values} such samples",
        "0",
        bad == 0 and messages > 0 and values > 0,
        "tests/stream/intake/test_connection.py",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say; 1 where a promise was missed."""
    arguments = parser(__doc__)
    arguments.add_argument("--cases", type=int, default=20_000, help="patterns of losses (default 20,000)")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--seconds", type=float, default=60.0, help="of the live run (default 60)")
    options = arguments.parse_args(argv)

    def rows() -> Iterator[Row]:
        yield from gaps(options.cases, options.seed)
        yield from not_finite(max(1, options.cases // 4), options.seed)
        yield from live(options.seconds)

    return tell(rows(), options.json)


if __name__ == "__main__":
    raise SystemExit(main())
