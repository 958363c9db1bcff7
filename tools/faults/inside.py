"""Faults inside the recognizer: a model slower than its input, threads that crash or hang.

Rows 18 and 21 of docs/reliability.md, measured on a real process (`faults/inject.py`) with live senders.

    python -m tools.faults.inside --json rows-inside.json
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Final

import numpy as np
from tools.faults.live import sender
from tools.faults.rows import Row, parser, row, tell
from tools.processes import free_address, isolated_lsl

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.stream.intake.restarts import MOST
from hnhar.stream.lsl.config import configure
from hnhar.stream.messages import Prediction, Status, StreamState
from hnhar.stream.publish.subscriber import Subscriber

INJECT: Final = Path(__file__).with_name("inject.py")
OVERLOAD: Final = "tests/stream/engine/test_overload.py"
RESTARTS: Final = "tests/stream/intake/test_restarts.py"
SYSTEMD: Final = "tests/stream/cli/test_systemd.py"
WEARERS: Final = 4
PATIENCE: Final = 60.0


@dataclass(eq=False)
class Run:
    """The recognizer, and what a subscriber got of it; times on the monotonic clock."""

    process: "subprocess.Popen[str]"
    classified: Path
    predictions: list[tuple[float, Prediction]] = field(default_factory=list)
    statuses: list[tuple[float, Status]] = field(default_factory=list)

    def tell(self, command: str) -> float:
        """Bring a fault; when."""
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return time.monotonic()

    def until(self, condition: Callable[[], bool]) -> bool:
        """True if it came true in time."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def since(self, begun: float) -> list[Prediction]:
        """Predictions that came after a time."""
        return [p for at, p in list(self.predictions) if at > begun]

    def follow(self, address: str) -> None:
        """Take messages while the process lives, and what it said at last."""
        with Subscriber(address) as subscriber:
            over = 0.0
            while not over or time.monotonic() < over:
                received = subscriber.receive(0.1)
                if received is not None and isinstance(received.message, Prediction):
                    self.predictions.append((time.monotonic(), received.message))
                elif received is not None and isinstance(received.message, Status):
                    self.statuses.append((time.monotonic(), received.message))
                if not over and self.process.poll() is not None:
                    over = time.monotonic() + 1.0


@contextmanager
def recognizing(folder: Path, wearers: int, **environment: str) -> Iterator[Run]:
    """A process that recognizes so many wearers of one IMU each, each of them live."""
    address, config, classified = free_address(), folder / "inside.toml", folder / "classified.jsonl"
    text = "".join(f'[[wearer]]\nid = "w{k}"\nimu = "inside-{k}"\n' for k in range(wearers))
    config.write_text(text, "utf-8")
    command = [sys.executable, str(INJECT), str(classified), "--config", str(config), "--no-dashboard"]
    with ExitStack() as stack:
        for k in range(wearers):
            stack.enter_context(sender(f"inside-{k}", "--length", "600"))
        log = stack.enter_context((folder / "inside.log").open("w"))
        process = stack.enter_context(
            subprocess.Popen(
                [*command, "--publish", address],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
                env={**os.environ, **environment},
            )
        )
        run = Run(process, classified)
        follower = Thread(target=run.follow, args=(address,))
        follower.start()
        try:
            if not run.until(lambda: len({p.wearer for p in run.since(0.0)}) == wearers):
                raise SystemExit(
                    f"not all were recognized: {(folder / 'inside.log').read_text('utf-8')[-900:]}"
                )
            yield run
        finally:
            process.terminate()
            try:
                process.wait(15.0)
            except subprocess.TimeoutExpired:
                process.kill()
            follower.join()


def overload(folder: Path, seconds: float) -> Iterator[Row]:
    """Row 18: each window takes 0.1 s, so that a round of four wearers takes more than a hop."""
    hop, cost = read_info(find(DEFAULT)).hop, 0.1
    with recognizing(folder, WEARERS) as run:
        time.sleep(5.0)
        before = run.statuses[-1][1].skipped
        begun = run.tell(f"slow {cost:g}")
        time.sleep(seconds)
        made = run.since(begun + 2.0)
        said = [s.overloaded for at, s in run.statuses if at > begun + 2.0]
        eased = run.tell("slow 0")
        well = lambda: any(p.latency.total < hop / 2 for p in run.since(eased))  # noqa: E731
        run.until(well)
        back = min(at - eased for at, p in run.predictions if at > eased and p.latency.total < hop / 2)
        time.sleep(5.0)
        run.until(lambda: run.statuses[-1][0] > eased + 5.0)
        after = [s.overloaded for at, s in run.statuses if at > eased + 3.0]
        counted = run.statuses[-1][1].skipped - before
        lines = [json.loads(line) for line in run.classified.read_text("utf-8").splitlines()]
    latency = np.quantile([p.latency.total for p in made], 0.99)
    shares = [sum(p.wearer == f"w{k}" for p in made) for k in range(WEARERS)]
    most, oldest = max(line[2] for line in lines), float(np.quantile([line[3] for line in lines], 0.99))
    what = f"each window takes {cost:g} s more, four wearers, hop {hop:g} s, for {seconds:g} s"
    yield row(
        18,
        what,
        f"at most {most} window of a wearer at once, p99 {oldest:.2f} s after its end; {counted} left out, "
        f"told in {sum(said)} of {len(said)} statuses; {min(shares)} to {max(shares)} predictions a wearer",
        "≤ 2 windows of a wearer wait, state published, no wearer has under 4/5 of another",
        max(most, oldest / hop) <= 2
        and counted > 0
        and sum(said) >= len(said) - 1
        and min(shares) >= 0.8 * max(shares),
        OVERLOAD,
    )
    yield row(
        18,
        "the same: latency",
        f"p99 {latency:.2f} s, all but {cost:g} s of it waiting for its turn and the windows beside it",
        f"p99 ≤ a hop ({hop:g} s)",
        bool(latency <= hop),
        OVERLOAD,
    )
    yield row(
        18,
        "the same, over",
        f"latency below half a hop after {back:.2f} s; overloaded in {sum(after)} of {len(after)} statuses",
        "recovers by itself",
        back <= 2.0 and not any(after),
        OVERLOAD,
    )


def crashes(folder: Path) -> Iterator[Row]:
    """Row 21: the thread that pulls, and the one that supervises it, break four times within a minute."""
    for thread, what in (
        ("source-poller", "the thread that pulls"),
        ("source w0", "the thread over it"),
    ):
        with recognizing(folder, 2) as run:
            detected, back = [], []
            for _ in range(MOST):
                time.sleep(1.5)  # statuses are at least 0.2 s apart: one right after another tells nothing
                begun = run.tell(f"crash {thread}")
                detected.append(seen(run, begun, live=False))
                back.append(seen(run, begun, live=True))
            time.sleep(1.5)
            begun = run.tell(f"crash {thread}")
            code, ended = end(run, begun)
        yield row(
            21,
            f"{what} crashes, {MOST + 1} times within a minute",
            f"told after at most {max(detected):.2f} s, live again after at most {max(back):.2f} s; "
            f"the fourth time exit code {code} after {ended:.2f} s",
            f"told ≤ 1 s, {MOST} restarts, then an exit code other than 0",
            max(detected) <= 1.0 and bool(np.isfinite(back).all()) and code == 1,
            RESTARTS,
        )


def end(run: Run, begun: float) -> tuple[int, float]:
    """Exit code, -1 where it goes on, and s from a fault until then."""
    try:
        code = run.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        code = -1
    return code, time.monotonic() - begun


def seen(run: Run, begun: float, live: bool) -> float:
    """s from a fault until a status said that a stream is not live, or that all of them are again."""

    def first() -> float:
        told = float("inf")
        for at, status in list(run.statuses):
            well = all(stream.state is StreamState.LIVE for stream in status.streams)
            if at > begun and not well and not live:
                return at - begun
            told = min(told, at) if at > begun and not well else told
            if well and at > told:
                return at - begun
        return float("inf")

    run.until(lambda: first() < float("inf"))
    return first()


def pipeline(folder: Path) -> Iterator[Row]:
    """Row 21: the thread that recognizes breaks, or hangs under a watchdog of 2 s."""
    with recognizing(folder, 1) as run:
        begun = run.tell("crash pipeline")
        code, ended = end(run, begun)
    yield row(
        21,
        "the thread that recognizes crashes",
        f"exit code {code} after {ended:.2f} s",
        "an exit code other than 0",
        code == 1,
        "tests/stream/engine/test_pipeline.py",
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(folder / "notify"))
        listening.settimeout(0.1)
        environment = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "2000000"}
        with recognizing(folder, 1, **environment) as run:
            before = len(signs(listening, 5.0))
            begun = run.tell("slow 15")
            after = signs(listening, 10.0)
            last = max(after, default=begun) - begun
            run.process.kill()
    yield row(
        21,
        "the thread that recognizes hangs, under a watchdog of 2 s",
        f"the last sign of life {last:.2f} s after it hung ({before} in the 5 s before)",
        "signs of life each half of the watchdog's time, from progress and no timer",
        before >= 4 and last <= 1.5,
        SYSTEMD,
    )


def signs(listening: socket.socket, seconds: float) -> list[float]:
    """When signs of life came."""
    came, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if listening.recv(4096) == b"WATCHDOG=1":
                came.append(time.monotonic())
        except TimeoutError:
            continue
    return came


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say; 1 where a promise was missed."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=30.0, help="of overload (default 30)")
    options = arguments.parse_args(argv)

    def rows() -> Iterator[Row]:
        for part in (lambda f: overload(f, options.seconds), crashes, pipeline):
            with tempfile.TemporaryDirectory() as folder:
                yield from part(Path(folder))

    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        configure()
        return tell(rows(), options.json)


if __name__ == "__main__":
    raise SystemExit(main())
