"""A hundred streams in one process, without a model: row 13 of docs/reliability.md.

Two other processes send fifty IMUs each at 50 Hz, one sample at a time. Here are a hundred readers as the
recognizer has them; the processor time of this process is measured, and the lag of each sample, from its time
stamp to its being handed on. Then the recognizer itself is asked to read them with too few open files.

    python -m tools.faults.many --json rows-many.json
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pylsl
from tools.faults.rows import Row, parser, row, tell
from tools.processes import isolated_lsl

from hnhar.model.kinds.imu import imu
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.inlet import now
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.messages import Chunk, Feed, StreamDescription, StreamState

RATE = 50.0
SENDERS = 2
LABELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
UNITS = ("g",) * 3 + ("deg/s",) * 3
REST, SWING, PHASES = (
    np.array(values, np.float32) for values in ((0, 0, 1, 0, 0, 0), (0.1,) * 3 + (20,) * 3, range(6))
)
"""An arm that swings a little."""


class Lags:
    """A sink that keeps how late each sample was, and which streams are live."""

    def __init__(self) -> None:
        self.live: set[int] = set()
        self.lags: list[float] = []
        self.samples_of: dict[int, int] = {}

    def sink(self, number: int) -> "Lag":
        """For one reader."""
        return Lag(self, number)


class Lag:
    """One reader's."""

    def __init__(self, all_of_them: Lags, number: int) -> None:
        self._all, self._number = all_of_them, number

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `flow.feed_sink.FeedSink`."""
        now = pylsl.local_clock()
        self._all.lags += [now - float(stamp) for stamp in chunk.timestamps]
        self._all.samples_of[self._number] = self._all.samples_of.get(self._number, 0) + len(chunk.timestamps)

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `flow.feed_sink.FeedSink`."""
        (self._all.live.add if state is StreamState.LIVE else self._all.live.discard)(self._number)


def send(numbers: Sequence[int]) -> None:
    """Child: many outlets, each with a sample every 20 ms, one after the other; until standard input ends."""
    configure()
    outlets = []
    for n in numbers:
        said = StreamDescription(f"many-{n}", "IMU", f"many-{n}-id", LABELS, UNITS, RATE, "", "right wrist")
        outlets.append(DataOutlet(said, "imu"))
    print("ready", flush=True)
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    begun, sent = pylsl.local_clock(), 0
    while not over.is_set():
        due = begun + sent / (RATE * len(outlets))
        time.sleep(max(0.0, due - pylsl.local_clock()))
        now = pylsl.local_clock()
        values = REST + SWING * np.sin(3.0 * now + PHASES)
        outlets[sent % len(outlets)].push(values[None], np.array([now]))
        sent += 1


def many(streams: int, seconds: float) -> Iterator[Row]:
    """Read them all for a while."""
    with ExitStack() as stack:
        for start in range(SENDERS):
            numbers = ",".join(str(n) for n in range(start, streams, SENDERS))
            sender = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tools.faults.many", "--send", numbers],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(sender.kill)
            assert sender.stdout is not None
            sender.stdout.readline()
        lags = Lags()
        readers = [
            SourceReader("p", imu(), f"many-{n}", lags.sink(n), now=now, placement="right wrist")
            for n in range(streams)
        ]
        begun = time.monotonic()
        for reader in readers:
            reader.start()
            stack.callback(reader.stop)
        while len(lags.live) < streams and time.monotonic() - begun < 90.0:
            time.sleep(0.1)
        opened, live = time.monotonic() - begun, len(lags.live)
        time.sleep(5.0)
        handles = len(list(Path("/proc/self/fd").iterdir()))
        lags.lags, lags.samples_of = [], {}
        wall, used = time.monotonic(), time.process_time()
        time.sleep(seconds)
        wall, used = time.monotonic() - wall, time.process_time() - used
        p50, p99 = np.quantile(lags.lags, (0.5, 0.99)) * 1e3
        share, least = used / wall, min(lags.samples_of.get(n, 0) for n in range(streams)) / wall
        worst = max(lags.lags) * 1e3
    yield row(
        13,
        f"{streams} streams of {RATE:g} Hz in one process, without a model, {seconds:g} s",
        f"{live} live after {opened:.1f} s; {share:.0%} of a core; lag p50 {p50:.1f}, p99 {p99:.1f}, at most "
        f"{worst:.0f} ms; at least {least:.1f} samples a second of each; {handles} open files",
        "≤ 50 % of a core, lag p99 ≤ 50 ms",
        live == streams and share <= 0.5 and p99 <= 50.0 and least > 0.98 * RATE,
        "tests/stream/intake/test_reader.py",
    )


def too_few(streams: int, folder: Path) -> Iterator[Row]:
    """Ask for them where a process may open 1,024 files."""
    config = folder / "many.toml"
    config.write_text(
        "".join(f'[[wearer]]\nid = "w{n}"\nimu = "many-{n}"\n' for n in range(streams)), "utf-8"
    )
    program = str(Path(sys.executable).with_name("hnhar-stream"))
    limited = ["sh", "-c", 'ulimit -n 1024; exec "$@"', "sh", program]
    limited += ["--config", str(config), "--no-dashboard"]
    begun = time.monotonic()
    ended = subprocess.run(
        [*limited, "--publish", "tcp://127.0.0.1:0"], capture_output=True, text=True, timeout=60, check=False
    )
    took = time.monotonic() - begun
    yield row(
        13,
        f"{streams} streams, where a process may open 1,024 files",
        f"exit code {ended.returncode} after {took:.1f} s: {' '.join(ended.stderr.split())}",
        "checked at the start",
        ended.returncode == 2 and "open files" in ended.stderr,
        "tests/stream/cli/test_handles.py",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say; 1 where a promise was missed."""
    arguments = parser(__doc__)
    arguments.add_argument("--streams", type=int, default=100)
    arguments.add_argument("--seconds", type=float, default=30.0)
    arguments.add_argument("--send", help="numbers of streams, for a child")
    options = arguments.parse_args(argv)
    if options.send:
        send([int(n) for n in options.send.split(",")])
        return 0
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        os.environ["COLUMNS"] = "1000"
        configure()

        def rows() -> Iterator[Row]:
            yield from many(options.streams, options.seconds)
            yield from too_few(options.streams, Path(folder))

        return tell(rows(), options.json)


if __name__ == "__main__":
    raise SystemExit(main())
