"""How long from a phone's sample to the engine, and to a subscriber's receipt of the prediction?

Real processes on one machine: a sender that speaks a phone's protocol at its usual rate, with a clock that is
years off, and either a reader in this process (the sample in the engine) or `hnhar-stream`, to which this
process subscribes (the prediction). The sender numbers its samples in their values, so the time of each is
known. What a batch waits in the phone is part of it; what a network would add is not.

    python -m tools.bench.phone --duration 20 --json phone.json
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table
from tools.bench.phone_sender import STEP
from tools.processes import (
    cpu_seconds,
    first_prediction,
    free_address,
    isolated_lsl,
    machine,
    milliseconds,
    running,
)

from hnhar.model.kinds.imu import imu
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.messages import Chunk, Feed, Prediction, StreamDescription, StreamState
from hnhar.stream.phone.backend import stop_serving
from hnhar.stream.phone.following import stop_following
from hnhar.stream.phone.readings import G
from hnhar.stream.publish.subscriber import Subscriber

TOKEN: Final = "benchmark-of-phones"


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a phone to the engine."""

    title: str
    protocol: str
    rate: float
    """Hz."""
    batch: int
    """Samples in a message."""
    skeleton: bool = False


WAYS: Final = (
    Way("page in the browser, 60 Hz, every 50 ms", "page", 60.0, 3),
    Way("Sensor Logger, 100 Hz, every 100 ms", "push", 100.0, 10),
    Way("Sensor Logger, 100 Hz, every 1 s", "push", 100.0, 100),
    Way("SensorServer, 100 Hz, one by one", "sensorserver", 100.0, 1),
    Way("OSC, 100 Hz, one by one", "osc", 100.0, 1),
)


class Arrivals:
    """A sink that notes when each numbered sample is handed to the engine."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, float]] = []
        """(number, s)."""
        self.notes: list[str] = []

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `FeedSink`."""
        now = time.monotonic()
        self.seen += [(round(float(x) * G / STEP), now) for x in chunk.samples[:, 0]]

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `FeedSink`."""
        self.notes.append(f"{state}: {note}")


@contextmanager
def sender(way: Way, port: int) -> Iterator["subprocess.Popen[str]"]:
    """The phone, in a process of its own; it prints when it began, s."""
    words = [way.protocol, str(port), TOKEN, str(way.rate), str(way.batch)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.bench.phone_sender", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def began(process: "subprocess.Popen[str]") -> float:
    """Time of its sample 0, s by the monotonic clock."""
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise SystemExit("the sender ended before its first sample")
    return float(line)


def source_of(way: Way, port: int) -> str:
    """The source as it would be typed."""
    return {
        "sensorserver": f"sensorserver:ws://127.0.0.1:{port}",
        "osc": f"osc:{port}",
    }.get(way.protocol, f"phone:{port}")


def into_engine(way: Way, port: int, duration: float, settle: float) -> tuple[Any, float]:
    """(s of each sample, share of a core that reading took)."""
    sink = Arrivals()
    reader = SourceReader("phone", imu(), source_of(way, port), sink, now=time.monotonic)
    reader.start()
    try:
        with sender(way, port) as process:
            begun = began(process)
            deadline = time.monotonic() + 30
            while not sink.seen:
                if time.monotonic() > deadline:
                    raise SystemExit(f"no sample came: {sink.notes[-1]}")
                time.sleep(0.05)
            time.sleep(settle)
            first, used = len(sink.seen), time.process_time()
            time.sleep(duration)
            used = time.process_time() - used
            seen = np.array(sink.seen[first:])
    finally:
        reader.stop()
    return seen[:, 1] - begun - seen[:, 0] / way.rate, used / duration


def into_prediction(way: Way, port: int, duration: float, settle: float, folder: Path) -> tuple[Any, float]:
    """(s from the sample that closed each window to the receipt, share of a core of hnhar-stream)."""
    address = free_address()
    command = ["hnhar-stream", "--imu-source", source_of(way, port), "--imu-placement", "right wrist"]
    received = []
    with (
        running([*command, "--no-dashboard", "--publish", address], folder / "stream.log") as recognizer,
        Subscriber(address, kinds=("prediction",)) as subscriber,
        sender(way, port) as process,
    ):
        begun = began(process)
        first_prediction(subscriber, (recognizer,), 90)
        until = time.monotonic() + settle
        while time.monotonic() < until:
            subscriber.receive(0.1)
        used, until = cpu_seconds(recognizer.pid), time.monotonic() + duration
        while (now := time.monotonic()) < until:
            message = subscriber.receive(min(1.0, until - now))
            at = time.monotonic()
            if message is not None and isinstance(message.message, Prediction):
                number = math.ceil((message.message.end - begun) * way.rate)
                received.append(at - begun - number / way.rate)
        used = cpu_seconds(recognizer.pid) - used
    return np.array(received), used / duration


def measure(way: Way, port: int, duration: float, settle: float, folder: Path) -> dict[str, Any]:
    """Quantiles of one way, ms, and shares of a core."""
    engine, reading = into_engine(way, port, duration, settle)
    prediction, whole = into_prediction(way, port + 10, duration, settle, folder)
    return {
        "way": way.title,
        "engine": milliseconds(engine, 0.5, 0.99),
        "samples": len(engine),
        "reading": reading,
        "prediction": milliseconds(prediction, 0.5, 0.99),
        "predictions": len(prediction),
        "stream": whole,
    }


def show(rows: Sequence[dict[str, Any]], console: Console) -> None:
    """The table."""
    table = Table(title="A phone's sample → in the engine, → prediction at a subscriber, ms")
    for heading in ("way", "engine p50", "p99", "core", "prediction p50", "p99", "core"):
        table.add_column(heading, justify="left" if heading == "way" else "right")
    for row in rows:
        table.add_row(
            row["way"],
            *(f"{value:.1f}" for value in row["engine"]),
            f"{row['reading']:.1%}",
            *(f"{value:.1f}" for value in row["prediction"]),
            f"{row['stream']:.1%}",
        )
    console.print(table)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--duration", type=float, default=20.0, help="s of each measurement (default 20)")
    parser.add_argument("--settle", type=float, default=3.0, help="s left out at first (default 3)")
    parser.add_argument("--port", type=int, default=18500, help="the first of 100 ports (default 18500)")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args(argv)
    os.environ["HNHAR_PHONE_TOKEN"] = TOKEN
    rows = []
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        for number, way in enumerate(WAYS):
            port = options.port + 20 * number
            rows.append(measure(way, port, options.duration, options.settle, Path(folder)))
    show(rows, Console(width=110))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n", "utf-8")
    stop_serving()
    stop_following()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
