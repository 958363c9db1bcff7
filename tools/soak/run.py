"""Hours of two wearers in minutes of faults: does the recognizer outlive all of it, and say what happened?

Four senders (IMU and skeleton of two synthetic performers), one `hnhar-stream`, one subscriber that never
misses a message, and a seeded schedule of faults: senders killed, stopped, restarted with another channel
order, gaps, NaN, repeated and backward stamps, clocks set anew, subscribers that stop reading. After each
fault all is left to recover. Invariants are checked on every message; the report says what was violated, and
draws memory, threads, handles and latency over time.

    python -m tools.soak.run --minutes 30 --json soak.json --figure soak.png
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pylsl
from rich.console import Console
from tools.processes import free_address, isolated_lsl, machine, running
from tools.soak.report import draw, summary

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.stream.lsl.config import configure
from hnhar.stream.messages import Prediction, Status, StreamState, StreamStatus
from hnhar.stream.progress import progress_bars
from hnhar.stream.publish.subscriber import Subscriber

LENGTH = 60.0
"""s of a performer's session, which goes round and round."""
SENDER = Path(__file__).with_name("sender.py")
FAULTS = ("kill", "stop", "shuffle", "gap", "nan", "repeat", "back", "jump", "subscriber")
RECOVERY = 2.0
"""s beyond a window that may pass from a fault's end to the next prediction from all streams."""
STATUS_LIMIT = 1.5
"""s between two statuses."""
BEHIND = ("queue", "late", "invalid", "overflow")
"""Reasons for which samples are dropped behind the reader, which has counted them as handed on."""
PAUSE = (0.5, 1.5)
"""s between the recovery from one fault and the next."""


@dataclass(slots=True)
class Fault:
    """One fault of the schedule, as it went."""

    kind: str
    target: str
    """Stream, or "" for a subscriber."""
    begun: float
    """s of the run."""
    ended: float = 0.0
    recovered: float | None = None
    """s from its end to the wearer's next prediction from both streams; None where that never came."""


@dataclass(slots=True)
class Sample:
    """The recognizer's process at one moment."""

    at: float
    rss: float
    """MiB."""
    threads: int
    handles: int
    latency_p50: float
    """ms, over the last minute."""
    latency_p99: float


@dataclass(slots=True)
class Watch:
    """Messages that the subscriber saw; one thread writes, the schedule reads."""

    last_full: dict[str, float] = field(default_factory=dict)
    """Wearer -> arrival of its last prediction from both streams, LSL clock."""
    last_status: float = 0.0
    status: Status | None = None
    over: Status | None = None
    """The last status of all, in which every stream has ended."""
    predictions: int = 0
    statuses: int = 0
    lost: int = 0
    violations: list[str] = field(default_factory=list)
    longest_silence: float = 0.0
    worst_delay: float = 0.0
    """s from the end of a window to its receipt, of a wearer whose own streams were well."""
    troubled: dict[str, float] = field(default_factory=dict)
    """Wearer -> LSL time until which its own streams are under a fault or recovering."""


class Sender:
    """A stream of a wearer, as a process that can be replaced."""

    def __init__(self, name: str, kind: str, person: int) -> None:
        self.name, self.kind, self.person = name, kind, person
        self.process = self._start(False)

    def _start(self, shuffled: bool) -> subprocess.Popen[str]:
        command = [sys.executable, str(SENDER), self.name, self.kind, str(self.person), f"{LENGTH:g}"]
        process = subprocess.Popen(
            [*command, *(["shuffled"] if shuffled else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise SystemExit(f"the sender of {self.name} did not start")
        return process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self, *, shuffled: bool = False) -> None:
        self.process = self._start(shuffled)

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()


def follow(subscriber: Subscriber, watch: Watch, hop: float, stop: threading.Event) -> None:
    """Check every message as it comes."""
    sequences: dict[tuple[str, str], int] = {}
    while not stop.is_set():
        received = subscriber.receive(0.2)
        now = pylsl.local_clock()
        if watch.last_status and now - watch.last_status > watch.longest_silence:
            watch.longest_silence = now - watch.last_status
        if received is None or received.repeat:
            continue
        message = received.message
        watch.lost += received.lost
        if isinstance(message, Status):
            watch.status, watch.last_status = message, now
            if all(stream.state is StreamState.ENDED for stream in message.streams):
                watch.over = message
            watch.statuses += 1
            continue
        key = (type(message).__name__, message.wearer)
        expected = sequences.get(key, message.seq - 1) + 1
        if message.seq != expected:
            watch.violations.append(f"{key}: sequence {message.seq} after {expected - 1}")
        sequences[key] = message.seq
        if isinstance(message, Prediction):
            watch.predictions += 1
            if len(message.modalities) == 2:
                watch.last_full[message.wearer] = now
            if not all(np.isfinite(list(message.probabilities.values()))):
                watch.violations.append(f"a prediction of {message.wearer} is not finite")
            if now > watch.troubled.get(message.wearer, float("inf")):
                watch.worst_delay = max(watch.worst_delay, now - message.end)
                if now - message.end > 2 * hop:
                    watch.violations.append(
                        f"{message.wearer} was delayed by {now - message.end:.2f} s by another's fault"
                    )


def inflict(kind: str, sender: Sender, draw_from: random.Random, address: str, stop: threading.Event) -> None:
    """One fault, from begin to end; the time it lasts is drawn."""
    if kind in ("kill", "shuffle"):
        sender.kill()
        stop.wait(draw_from.uniform(0.2, 4.0))
        sender.restart(shuffled=kind == "shuffle")
    elif kind == "stop":
        sender.process.send_signal(signal.SIGSTOP)
        stop.wait(draw_from.uniform(0.7, 5.0))
        sender.process.send_signal(signal.SIGCONT)
    elif kind == "subscriber":
        slow = subprocess.Popen(
            [Path(sys.executable).with_name("hnhar-watch"), address, "--json"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stop.wait(1.0)
        slow.send_signal(signal.SIGSTOP)
        stop.wait(draw_from.uniform(1.0, 3.0))
        slow.kill()
        slow.wait()
    else:
        length = 1e6 * draw_from.choice((-1, 1)) if kind == "jump" else draw_from.uniform(0.5, 3.0)
        sender.tell(f"{kind} {length:.3f}")
        if kind == "jump":
            # back to the common clock, or the wearer's streams would never meet again
            stop.wait(3.0)
            sender.tell(f"{kind} {-length:.3f}")
        else:
            stop.wait(length)


def soak(options: argparse.Namespace, folder: Path, console: Console) -> dict[str, Any]:
    """Run the schedule; everything that was seen."""
    info = read_info(find(options.weights))
    address = free_address()
    tag = f"soak{os.getpid()}"
    senders = [Sender(f"{tag}-{w}-{kind}", kind, 200 + w) for w in range(2) for kind in ("imu", "skeleton")]
    config = folder / "soak.toml"
    config.write_text(
        "".join(
            f'[[wearer]]\nid = "w{w}"\nimu = "{tag}-{w}-imu"\nskeleton = "{tag}-{w}-skeleton"\n'
            for w in range(2)
        ),
        "utf-8",
    )
    command = ["hnhar-stream", "--config", str(config), "--weights", options.weights, "--no-dashboard"]
    draw_from = random.Random(options.seed)
    watch, faults, samples, stop = Watch(), list[Fault](), list[Sample](), threading.Event()
    limit = info.window + RECOVERY
    with (
        running([*command, "--publish", address], folder / "stream.log") as recognizer,
        Subscriber(address) as subscriber,
        progress_bars(console, unit="s") as progress,
    ):
        follower = threading.Thread(target=follow, args=(subscriber, watch, info.hop, stop))
        follower.start()
        all_live(watch, 60.0)
        begun, end = pylsl.local_clock(), pylsl.local_clock() + 60.0 * options.minutes
        task = progress.add_task("soaking", total=60.0 * options.minutes, note="")
        measured = 0.0
        while (now := pylsl.local_clock()) < end:
            progress.update(task, completed=now - begun, description=f"{len(faults)} faults")
            if now - measured > 5.0:
                measured = now
                samples.append(measure(recognizer.pid, now - begun, watch))
            kind, sender = draw_from.choice(FAULTS), draw_from.choice(senders)
            wearer = f"w{senders.index(sender) // 2}"
            watch.troubled = {"w0": now, "w1": now, wearer: float("inf")}
            fault = Fault(
                kind, "" if kind == "subscriber" else sender.name.removeprefix(f"{tag}-"), now - begun
            )
            inflict(kind, sender, draw_from, address, stop)
            fault.ended = pylsl.local_clock() - begun
            fault.recovered = recovery(watch, wearer, begun + fault.ended, limit * 3)
            faults.append(fault)
            if fault.recovered is None or fault.recovered > limit:
                took = "never" if fault.recovered is None else f"{fault.recovered:.1f} s"
                watch.violations.append(f"after {kind} of {fault.target}: both streams again after {took}")
            if recognizer.poll() is not None:
                watch.violations.append(f"the recognizer ended with {recognizer.returncode}")
                break
            time.sleep(draw_from.uniform(*PAUSE))
        spent = pylsl.local_clock() - begun
        silence = watch.longest_silence  # what comes after the end is none
        recognizer.send_signal(signal.SIGINT)
        until = time.monotonic() + 15.0
        while watch.over is None and time.monotonic() < until:
            time.sleep(0.05)
        stop.set()
        follower.join()
        watch.longest_silence = silence
    for sender in senders:
        sender.kill()
    samples_of = balance(watch)
    if recognizer.returncode:
        watch.violations.append(f"the recognizer ended with {recognizer.returncode}")
    return {
        "machine": machine(),
        "bundle": info.id,
        "seed": options.seed,
        "minutes": spent / 60,
        "predictions": watch.predictions,
        "statuses": watch.statuses,
        "lost": watch.lost,
        "received": samples_of,
        "longest_without_status": watch.longest_silence,
        "worst_delay_of_the_other": watch.worst_delay,
        "violations": watch.violations,
        "faults": [asdict(fault) for fault in faults],
        "samples": [asdict(sample) for sample in samples],
    }


def balance(watch: Watch) -> list[dict[str, Any]]:
    """Where the samples of each stream went; what is missing or does not add up becomes a violation."""
    if watch.longest_silence > STATUS_LIMIT:
        watch.violations.append(f"{watch.longest_silence:.2f} s passed without a status")
    samples_of = [account(stream) for stream in watch.over.streams] if watch.over is not None else []
    if not samples_of:
        watch.violations.append("its last status, in which all streams have ended, did not come")
    for one in samples_of:
        if one["unexplained"]:
            watch.violations.append(f"{one['unexplained']} samples of {one['stream']} are nowhere")
    if watch.lost:
        watch.violations.append(f"{watch.lost} messages were lost")
    return samples_of


def account(stream: StreamStatus) -> dict[str, Any]:
    """Where the samples of a stream went, once it has ended and none is held any more.

    Those that the windows left out were handed on to them first.
    """
    before = {reason: n for reason, n in stream.dropped.items() if reason not in BEHIND}
    return {
        "stream": f"{stream.wearer} {stream.feed}",
        "received": stream.received,
        "handed_on": stream.samples,
        "dropped": stream.dropped,
        "unexplained": stream.received - stream.samples - sum(before.values()),
    }


def all_live(watch: Watch, timeout: float) -> None:
    """Wait until every stream is live and both wearers are recognized from both streams."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        status = watch.status
        live = status is not None and [s.state for s in status.streams] == [StreamState.LIVE] * 4
        if live and len(watch.last_full) == 2:
            return
        time.sleep(0.1)
    raise SystemExit(f"not all streams were live after {timeout:g} s")


def recovery(watch: Watch, wearer: str, ended: float, limit: float) -> float | None:
    """s from `ended` to the wearer's next prediction from both streams; None after `limit` s."""
    while pylsl.local_clock() - ended < limit:
        last = watch.last_full.get(wearer, 0.0)
        if last > ended:
            return last - ended
        time.sleep(0.02)
    return None


def measure(pid: int, at: float, watch: Watch) -> Sample:
    """Memory, threads and handles of the recognizer (Linux), and its latency as its status says."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines())
    latency = watch.status.latency.get("total") if watch.status is not None else None
    return Sample(
        at=at,
        rss=int(fields["VmRSS"].split()[0]) / 1024,
        threads=int(fields["Threads"]),
        handles=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        latency_p50=latency.p50 * 1e3 if latency is not None else float("nan"),
        latency_p99=latency.p99 * 1e3 if latency is not None else float("nan"),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Soak and say; 1 where an invariant was violated."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=30.0, help="default 30")
    parser.add_argument("--seed", type=int, default=0, help="of the schedule of faults (default 0)")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    parser.add_argument("--json", type=Path, help="write everything there")
    parser.add_argument("--figure", type=Path, help="draw it there (.png, .svg)")
    options = parser.parse_args(argv)
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        configure()
        result = soak(options, Path(folder), console)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    if options.figure:
        draw(result, options.figure)
    for line in summary(result):
        console.print(line, markup=False, highlight=False)
    return int(bool(result["violations"]))


if __name__ == "__main__":
    raise SystemExit(main())
