"""How long from the newest sample's LSL time stamp to a subscriber's receipt of the prediction?

Four real processes on one machine: `hnhar-replay synthetic` sends, `hnhar-stream` recognizes, this one
subscribes, and a fourth records the stamps of the same streams with inlets of its own, so that the newest
sample of a window is known independently. A window ends on a grid of time and closes at the first sample past
its end in every stream; the wait for that sample is up to a sample period, is no work of ours, and is counted
apart.

    python -m tools.bench.latency --duration 120 --json latency.json
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
import zmq
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from tools.processes import first_prediction, free_address, isolated_lsl, machine, milliseconds, running

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.stream.messages import Prediction
from hnhar.stream.publish.subscriber import Subscriber
from hnhar.stream.publish.wire import pack

AIM_P50, AIM_P99 = 5.0, 15.0
"""ms, newest sample's stamp to the subscriber's receipt."""


@dataclass(frozen=True, slots=True)
class Received:
    """A prediction and when it was here, s on the LSL clock."""

    prediction: Prediction
    at: float


def record_stamps(names: Sequence[str], control: Connection) -> None:
    """Child: (stamp, arrival) of every sample of the named streams until told to stop; sends back (n, 2)."""
    stop = threading.Event()
    kept: list[list[tuple[float, float]]] = [[] for _ in names]

    def pull(name: str, out: list[tuple[float, float]]) -> None:
        (info,) = pylsl.resolve_byprop("name", name, timeout=30)
        inlet = pylsl.StreamInlet(info, max_buflen=10, recover=False, processing_flags=0)
        inlet.open_stream(timeout=10)
        while not stop.is_set():
            _, stamps = inlet.pull_chunk(timeout=0.1, min_samples=1, as_numpy=True)
            now = pylsl.local_clock()
            out += [(float(stamp), now) for stamp in stamps]

    threads = [threading.Thread(target=pull, args=pair) for pair in zip(names, kept, strict=True)]
    for thread in threads:
        thread.start()
    control.recv()
    stop.set()
    for thread in threads:
        thread.join()
    control.send([np.array(pairs, np.float64).reshape(-1, 2) for pairs in kept])


def echo(port: int) -> None:
    """Child: send every message back; an empty one ends it."""
    pair: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PAIR)
    pair.connect(f"tcp://127.0.0.1:{port}")
    while message := pair.recv():
        pair.send(message)
    pair.close()


def bare_transport(payload: bytes, rounds: int = 400) -> NDArray[np.float64]:
    """Half a round trip of such a payload over ZeroMQ between two processes, s."""
    pair: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PAIR)
    port = pair.bind_to_random_port("tcp://127.0.0.1")
    child = multiprocessing.get_context("spawn").Process(target=echo, args=(port,))
    child.start()
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        pair.send(payload)
        pair.recv()
        times.append((time.perf_counter() - begun) / 2)
    pair.send(b"")
    child.join()
    pair.close()
    return np.array(times[rounds // 4 :])


def bare_encoder(weights: Path, rounds: int = 200) -> NDArray[np.float64]:
    """One window through the runtime, again and again, s."""
    from hnhar.model.serving import serve

    served = serve(weights)
    info, runtime = served.info, served.runtime
    generator = np.random.default_rng(0)
    shapes = {m.name: (m.steps(info.window), len(m.channels)) for m in info.modalities}
    window = {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        runtime.classify([window])
        times.append(time.perf_counter() - begun)
    return np.array(times[rounds // 4 :])


def closing(stamps: Sequence[NDArray[np.float64]], end: float) -> tuple[float, float] | None:
    """(stamp, arrival at the bare inlet) of the sample that closed the window ending at `end`, if known."""
    first = []
    for stream in stamps:
        at = int(np.searchsorted(stream[:, 0], end))
        if at == 0 or at == len(stream):
            return None
        first.append((float(stream[at, 0]), float(stream[at, 1])))
    return max(first)


def measure(
    weights: str, duration: float, settle: float, folder: Path
) -> tuple[list[Received], list[NDArray[np.float64]], int]:
    """Predictions with their times of receipt, the streams' stamps, and how many predictions were lost."""
    prefix = f"latency{os.getpid()}"
    names = [f"{prefix}-imu", f"{prefix}-skeleton"]
    address = free_address()
    stream = ["hnhar-stream", "--weights", weights, "--imu-source", names[0], "--skeleton-source", names[1]]
    here, there = multiprocessing.Pipe()
    recorder = multiprocessing.get_context("spawn").Process(target=record_stamps, args=(names, there))
    received: list[Received] = []
    with (
        running(
            ["hnhar-replay", "synthetic", "--loop", "--name-prefix", f"{prefix}-"], folder / "replay.log"
        ) as sender,
        running([*stream, "--no-dashboard", "--publish", address], folder / "stream.log") as recognizer,
        Subscriber(address, kinds=("prediction",)) as subscriber,
    ):
        recorder.start()
        try:
            first_prediction(subscriber, (sender, recognizer), 60)
            settled = time.monotonic() + settle
            ended = settled + duration
            lost = 0
            while (now := time.monotonic()) < ended:
                message = subscriber.receive(min(1.0, ended - now))
                at = pylsl.local_clock()
                if message is not None and isinstance(message.message, Prediction) and now >= settled:
                    received.append(Received(message.message, at))
                    lost += message.lost
            here.send("stop")
            stamps = here.recv()
        finally:
            recorder.kill()
            recorder.join()
    return received, stamps, lost


def summarize(
    received: Sequence[Received], stamps: Sequence[NDArray[np.float64]], floor: dict[str, float]
) -> dict[str, Any]:
    """Quantiles of the whole way and of its parts, ms."""
    matched = [(r, c) for r in received if (c := closing(stamps, r.prediction.end))]
    if not matched:
        raise SystemExit("no prediction could be matched with recorded stamps")
    total = np.array([r.at - c[0] for r, c in matched])
    inner = np.array([r.prediction.latency.total for r, _ in matched])
    parts = {
        name: np.array([getattr(r.prediction.latency, name) for r, _ in matched])
        for name in ("lsl", "windowing", "encoder", "publishing")
    }
    parts["delivery"] = total - inner
    bare = np.array([c[1] - c[0] for _, c in matched])
    floor = {"lsl": milliseconds(bare, 0.5)[0], **floor}
    rows = {name: milliseconds(values, 0.5, 0.99) for name, values in parts.items()}
    mean = float(total.mean())
    return {
        "predictions": len(matched),
        "total": milliseconds(total, 0.5, 0.99, 1.0),
        "parts": rows,
        "shares": {name: float(values.mean()) / mean for name, values in parts.items()},
        "wait": milliseconds([c[0] - r.prediction.end for r, c in matched], 0.5, 0.99),
        "floor": floor,
        "floor_total": sum(floor.values()),
    }


def show(result: dict[str, Any], console: Console) -> None:
    """The table."""
    table = Table(title="Newest sample's time stamp → subscriber's receipt, ms")
    for heading in ("part", "p50", "p99", "share of the mean", "floor p50"):
        table.add_column(heading, justify="left" if heading == "part" else "right")
    said = {
        "lsl": "LSL (stamp → arrival in the recognizer)",
        "windowing": "windowing, with its queue",
        "encoder": "encoder",
        "publishing": "decision, publishing",
        "delivery": "socket → subscriber's message",
    }
    bare = {"lsl": "lsl", "encoder": "encoder", "delivery": "transport"}
    for name, (p50, p99) in result["parts"].items():
        alone = f"{result['floor'][bare[name]]:.2f}" if name in bare else "–"
        table.add_row(said[name], f"{p50:.2f}", f"{p99:.2f}", f"{result['shares'][name]:.0%}", alone)
    p50, p99, worst = result["total"]
    table.add_section()
    table.add_row("whole", f"{p50:.2f}", f"{p99:.2f}", "100%", f"{result['floor_total']:.2f}")
    console.print(table)
    console.print(
        f"{result['predictions']} predictions, {result['lost']} lost, {result['rate']:.2f} a second, "
        f"the slowest {worst:.1f} ms."
    )
    console.print(
        f"p50 {p50 / AIM_P50:.2f} of its aim of {AIM_P50:g} ms, p99 {p99 / AIM_P99:.2f} of {AIM_P99:g} ms."
    )
    console.print(f"p50 {p50 / result['floor_total']:.2f} times the sum of its parts, each measured alone.")
    wait50, wait99 = result["wait"]
    console.print(
        f"Apart: the wait for the sample that closes a window, p50 {wait50:.1f}, p99 {wait99:.1f} ms."
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0] if __doc__ else "",
    )
    parser.add_argument("--duration", type=float, default=120.0, help="s that are measured (default 120)")
    parser.add_argument("--settle", type=float, default=5.0, help="s left out at first (default 5)")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args(argv)
    console = Console(width=100)
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        received, stamps, lost = measure(options.weights, options.duration, options.settle, Path(folder))
    if not received:
        raise SystemExit("no prediction came")
    weights = find(options.weights)
    payload = b"".join(pack(received[0].prediction, "0" * 16))
    floor = {
        "encoder": milliseconds(bare_encoder(weights), 0.5)[0],
        "transport": milliseconds(bare_transport(payload), 0.5)[0],
    }
    span = received[-1].at - received[0].at
    result = {
        "machine": machine(),
        "bundle": read_info(weights).id,
        "lost": lost,
        "rate": (len(received) - 1) / span if span else 0.0,
        **summarize(received, stamps, floor),
    }
    show(result, console)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
