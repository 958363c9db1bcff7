"""CPU time a sample through the chain of samples, live and recorded; also beside another checkout of hnhar.

Each measurement runs in a process of its own, the trees in turn, so that a busy machine slows both: the ratio
of the least times is what to look at. Live samples go through `Flow`, as a connection hands them, alone or in
tens, with bursts that share a stamp and without; recorded ones from a recording with stamps as they were sent
to what the windows take.

    python -m tools.bench.intake
    python -m tools.bench.intake --before ../other-checkout --rounds 7
"""

import argparse
import inspect
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
SAMPLES = 30_000
"""Of one measurement, 10 min of an IMU."""
RATE = 50.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each tree (5)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(_measured()))
        return
    trees = [ROOT, *([arguments.before.resolve()] if arguments.before else [])]
    least: list[dict[str, float]] = [{} for _ in trees]
    for _ in range(arguments.rounds):
        for tree, known in zip(trees, least, strict=True):
            for name, micros in _child(tree).items():
                known[name] = min(known.get(name, np.inf), micros)
    table = Table("path", "µs a sample", *(["before", "ratio"] if len(trees) > 1 else []))
    for name, micros in least[0].items():
        row = [name, f"{micros:.2f}"]
        if len(trees) > 1:
            row += [f"{least[1][name]:.2f}", f"{micros / least[1][name]:.2f}"]
        table.add_row(*row)
    Console().print(table)


def _child(tree: Path) -> dict[str, float]:
    """What a process that imports `hnhar` from a tree measures: path -> µs a sample."""
    # the checkers' links are the package's name before it is installed
    environment = os.environ | {
        "PYTHONPATH": f"{tree / 'tools' / 'typecheck'}:{ROOT}",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, str(Path(__file__)), "--child"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tree)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _measured() -> dict[str, float]:
    return {
        "live IMU, samples one by one": live("imu", 1),
        "live IMU, ten at once": live("imu", 10),
        "live IMU, bursts of ten of one stamp": live("imu", 10, bursts=True),
        "live skeleton, frames one by one": live("skeleton", 1),
        "recorded IMU": _recorded(*_signal("imu")),
    }


def live(kind: str, size: int, *, bursts: bool = False) -> float:
    """µs of processor time a sample through `Flow`, `size` at once; `bursts`: which then share a stamp."""
    values, times = _signal(kind)
    return _live(kind, values, times[(np.arange(len(times)) // 10) * 10 + 9] if bursts else times, size)


def _signal(kind: str) -> tuple[Any, Any]:
    """(n, channels) of a sensor that moves a little, and (n,) s."""
    times = 100 + np.arange(SAMPLES) / RATE
    rng = np.random.default_rng(0)
    if kind == "imu":
        values = rng.normal(0, 0.05, (SAMPLES, 6))
        values[:, 2] += 1
        values[:, 3:] *= 100
        return values.astype(np.float32), times
    body = rng.normal(0, 0.01, (SAMPLES // 3, 60))
    body[:, 1] += 0.7
    return body.astype(np.float32), times[: SAMPLES // 3]


def _live(kind: str, values: Any, times: Any, size: int) -> float:
    from hnhar.model.kinds.imu import imu
    from hnhar.model.kinds.skeleton import skeleton
    from hnhar.stream.mapping.mapping import MappingOptions, map_streams
    from hnhar.stream.messages import StreamDescription

    Flow, FeedMonitor, ClockReading = _parts()
    modality = imu() if kind == "imu" else skeleton()
    labels, units = tuple(modality.channels), tuple(modality.units)
    description = StreamDescription(kind, "IMU" if kind == "imu" else "MoCap", "", labels, units, RATE)
    (channel_map,) = map_streams([description], modality, MappingOptions())
    reading = ClockReading(0.0)

    class Clock:
        measured = 0.0

        def reading(self, now: float) -> object:
            return reading

        def suspect(self, now: float) -> None:
            """Nothing to ask."""

    class Sink:
        def samples(self, feed: object, chunk: object, arrived: float) -> None:
            """Nothing is done with them."""

        def state(self, feed: str, state: object, note: str, description: object) -> None:
            """Nobody is told."""

    monitor = FeedMonitor(Sink(), description)
    grid = {"grid": modality.rate} if "grid" in inspect.signature(Flow).parameters else {}
    flow = Flow(Sink(), monitor, Clock(), RATE, **grid)
    chunks = [
        (values[k : k + size].copy(), times[k : k + size].copy(), float(times[min(k + size, len(times)) - 1]))
        for k in range(0, len(times), size)
    ]

    def run() -> None:
        for samples, stamps, now in chunks:
            flow.take(samples, stamps, now, channel_map)

    return _micros(run, len(times))


def _parts() -> tuple[Any, Any, Any]:
    """Flow, FeedMonitor and ClockReading, wherever a tree has them."""
    try:
        from hnhar.stream.flow.flow import Flow
        from hnhar.stream.flow.monitor import FeedMonitor
        from hnhar.stream.flow.sender_clock import ClockReading
    except ImportError:  # before they were a room of their own
        import importlib

        names = (("flow", "Flow"), ("monitor", "FeedMonitor"), ("clock", "ClockReading"))
        found = [getattr(importlib.import_module(f"hnhar.stream.intake.{m}"), n) for m, n in names]
        return found[0], found[1], found[2]
    return Flow, FeedMonitor, ClockReading


def _recorded(values: Any, times: Any) -> float:
    from hnhar.model.kinds.imu import imu
    from hnhar.stream.messages import StreamDescription
    from hnhar.stream.recordings.feeds import recorded_feeds
    from hnhar.stream.recordings.recording import RecordedStream, Recording

    modality = imu()
    description = StreamDescription("imu", "IMU", "", tuple(modality.channels), tuple(modality.units), RATE)
    recording = Recording("p", (RecordedStream(description, values, times, "imu"),))
    return _micros(lambda: recorded_feeds(recording, [modality]), len(times))


def _micros(run: Callable[[], object], samples: int) -> float:
    begun = time.process_time()
    run()
    return (time.process_time() - begun) / samples * 1e6


if __name__ == "__main__":
    main()
