"""What does a thing that comes and goes leave in memory? liblsl alone, our reader, ZeroMQ's subscribers.

Each is made and let go of many times in a process of its own, with as few arenas as `hnhar-stream` has. What
is allocated (by glibc's count) and resident after the first third is fitted by a line: KiB an event. Linux.

    python -m tools.soak.growth
    python -m tools.soak.growth inlet --events 1000
"""

import argparse
import ctypes
import gc
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pylsl
from rich.console import Console
from rich.table import Table
from tools.processes import free_address, isolated_lsl

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.kinds.imu import imu
from hnhar.model.serving import serve
from hnhar.stream.cli.memory import limit_arenas
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.describe import xml_of
from hnhar.stream.lsl.inlet import now
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.messages import Chunk, Feed, StreamDescription, StreamState
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.subscriber import Subscriber

NAME = "growth"
AXES = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
LOOKS = 30
"""Measurements of a run."""
EVENTS = {
    "resolve": 1000,
    "inlet": 150,
    "clock": 30,
    "as_xml": 3000,
    "described": 3000,
    "reader": 60,
    "subscriber": 300,
    "classify": 1000,
}
"""Kind -> events of a run that takes about a minute."""
WHAT = {
    "resolve": "liblsl finds a stream",
    "inlet": "liblsl's inlet is opened, read, lost and destroyed",
    "clock": "the same, its sender's clock is asked too",
    "as_xml": "pylsl's meta-data of a skeleton of 80 channels",
    "described": "the same by `hnhar.stream.lsl.describe`",
    "reader": "our reader finds, reads and loses it",
    "subscriber": "a subscriber comes and goes",
    "classify": "one or two windows are recognized",
}


class _Mallinfo(ctypes.Structure):
    """glibc's `struct mallinfo2`."""

    _fields_ = [
        *((name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks")),
        *((name, ctypes.c_size_t) for name in ("hblkhd", "usmblks", "fsmblks")),
        *((name, ctypes.c_size_t) for name in ("uordblks", "fordblks", "keepcost")),
    ]


def allocated() -> float:
    """KiB that glibc has given out, of all arenas, and whole pages."""
    ask = ctypes.CDLL(None).mallinfo2
    ask.restype = _Mallinfo
    info = ask()
    return float(info.uordblks + info.hblkhd) / 1024


def resident() -> float:
    """KiB."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))


def send() -> None:
    """A sender whose outlet is replaced at each line on standard input: `gone`, `new`."""
    configure()
    description = StreamDescription(NAME, "IMU", NAME, AXES, ("g",) * 3 + ("deg/s",) * 3, 100.0)
    outlets = [DataOutlet(description, "imu")]
    lock = threading.Lock()

    def push() -> None:
        while True:
            with lock:
                if outlets:  # no name of its own, which would keep it
                    outlets[0].push(
                        np.array([[0.0, 1.0, 0.0, 0.0, 0.0, 0.0]]), np.array([pylsl.local_clock()])
                    )
            time.sleep(0.01)

    threading.Thread(target=push, daemon=True).start()
    print("ok", flush=True)
    for line in sys.stdin:
        with lock:
            outlets[:] = [DataOutlet(description, "imu")] if line == "new\n" else []
        print("ok", flush=True)


@contextmanager
def sender() -> Iterator[Callable[[str], None]]:
    """The process of `send`; what is called with a command returns when that is done."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.soak.growth", "send"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()

    def tell(command: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(command + "\n")
        process.stdin.flush()
        process.stdout.readline()

    try:
        yield tell
    finally:
        process.kill()
        process.wait()


class Sink:
    """Notes when a stream is live, and nothing else."""

    def __init__(self) -> None:
        self.live, self.lost = threading.Event(), threading.Event()

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `flow.feed_sink.FeedSink`."""

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `flow.feed_sink.FeedSink`."""
        if state is StreamState.LIVE:
            self.live.set()
        elif state is StreamState.LOST:
            self.lost.set()


def inlet_once(tell: Callable[[str], None], *, clock: bool) -> None:
    """liblsl alone: an inlet of an outlet that goes away; with `clock` its time is asked before."""
    found = pylsl.resolve_bypred(f"name='{NAME}'", 1, 5.0)
    inlet = pylsl.StreamInlet(found[0], max_buflen=10, recover=False, processing_flags=0)
    inlet.info(5.0)
    inlet.open_stream(5.0)
    inlet.pull_sample(5.0)
    if clock:
        asking = threading.Thread(target=lambda: inlet.time_correction(5.0))
        asking.start()
        asking.join()
    tell("gone")
    with suppress(RuntimeError):  # as pylsl says that it is lost
        while True:
            inlet.pull_sample(0.05)


def in_thread(work: Callable[[], None]) -> None:
    """As our connections are: each in a thread of its own."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def classifying() -> Callable[[], None]:
    """The default bundle, for windows of noise."""
    runtime = serve(find(DEFAULT)).runtime
    info, noise = runtime.info, np.random.default_rng(0)

    def classify() -> None:
        runtime.classify(
            [
                {
                    m.name: noise.normal(size=(m.steps(info.window), len(m.channels))).astype(np.float32)
                    for m in info.modalities
                }
                for _ in range(noise.integers(1, 3))
            ]
        )

    return classify


@contextmanager
def events(kind: str) -> Iterator[Callable[[], None]]:
    """What makes one event of a kind."""
    if kind == "subscriber":
        with Publisher(free_address()) as publisher:

            def subscribe() -> None:
                before = publisher.subscribers
                with Subscriber(publisher.address):
                    deadline = time.monotonic() + 5.0
                    while publisher.subscribers <= before and time.monotonic() < deadline:
                        publisher.poll()
                        time.sleep(0.002)
                publisher.poll()

            publisher.poll()
            yield subscribe
        return
    if kind == "classify":
        yield classifying()
        return
    if kind in ("as_xml", "described"):
        info = pylsl.StreamInfo(NAME, "MoCap", 80, 30, "float32", NAME)
        channels = info.desc().append_child("channels")
        for number in range(80):
            channels.append_child("channel").append_child_value("label", f"joint_{number}_x")

        def ask() -> None:
            info.as_xml() if kind == "as_xml" else xml_of(info)

        yield ask
        return
    with sender() as tell:
        if kind == "resolve":
            yield lambda: in_thread(lambda: pylsl.resolve_bypred(f"name='{NAME}'", 1, 5.0) and None)
        elif kind in ("inlet", "clock"):

            def once() -> None:
                in_thread(lambda: inlet_once(tell, clock=kind == "clock"))
                tell("new")

            yield once
        else:
            sink = Sink()
            reader = SourceReader("p", imu(), NAME, sink, now=now)
            reader.start()

            def read() -> None:
                if not sink.live.wait(30.0):
                    raise SystemExit("the stream was not live after 30 s")
                sink.lost.clear()
                tell("gone")
                sink.lost.wait(30.0)
                sink.live.clear()
                tell("new")

            yield read
            reader.stop()


def measure(kind: str, count: int) -> None:
    """Print `allocated resident`, KiB an event, of this process."""
    limit_arenas()
    configure()
    at, kept, held = [], [], []
    with events(kind) as once:
        for k in range(count + 1):
            if k % max(1, count // LOOKS) == 0:
                gc.collect()
                at.append(k)
                kept.append(allocated())
                held.append(resident())
            once()
    begin = len(at) // 3
    print(*(float(np.polyfit(at[begin:], values[begin:], 1)[0]) for values in (kept, held)))


def main() -> int:
    """Measure each kind in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(EVENTS)} (default: all)")
    parser.add_argument("--events", type=int, help="of each (default: about a minute)")
    parser.add_argument("--markdown", type=Path, help="write the table there")
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.kinds == ["send"]:
        send()
        return 0
    if options.within:
        measure(options.kinds[0], options.events)
        return 0
    heads = ("what comes and goes", "events", "allocated, KiB an event", "resident, KiB an event")
    table, rows = Table(*heads), [heads, ("---",) * len(heads)]
    for kind in options.kinds or EVENTS:
        count = options.events or EVENTS[kind]
        with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
            command = [sys.executable, "-m", "tools.soak.growth", kind, "--events", str(count), "--within"]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        kept, held = map(float, done.stdout.split()[-2:])
        rows.append((f"{kind}: {WHAT[kind]}", str(count), f"{kept:+.2f}", f"{held:+.2f}"))
        table.add_row(*rows[-1])
    if options.markdown:
        lines = "".join(f"| {' | '.join(row)} |\n" for row in rows).replace("| --- ", "|---")
        options.markdown.write_text(lines.replace("--- |", "---|"), "utf-8")
    Console(width=100).print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
