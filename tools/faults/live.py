"""The live run of `faults/streams.py`: two sensors, one of which is stopped, killed, exchanged."""

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pylsl
from tools.processes import free_address, running

from hnhar.stream.messages import Event, Prediction, Status
from hnhar.stream.publish.subscriber import Subscriber

SENDER = Path(__file__).with_name("sender.py")
SCHEDULE = (
    (15.0, "stop", "SIGSTOP"),
    (25.0, "continue", "SIGCONT"),
    (40.0, "kill", "kill -9"),
    (46.0, "restart", "restarted, channels reversed"),
)
END = 66.0
COLORS = {"live": "#2a7", "stalled": "#fb3", "lost": "#c33", "warmup": "#59c", "resolving": "#999"}


@dataclass
class Log:
    """Messages that a subscriber got; times in s since the run began."""

    states: list[tuple[float, str, str, str]] = field(default_factory=list)
    """(time, feed, state, note)."""
    predictions: list[tuple[float, list[str], dict[str, float], str]] = field(default_factory=list)
    """(time, modalities, coverage, label)."""
    events: list[tuple[float, str, str]] = field(default_factory=list)
    done: list[tuple[float, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Of the recognizer."""


@contextmanager
def sender(name: str, *options: str, prefix: tuple[str, ...] = ()) -> Iterator["subprocess.Popen[str]"]:
    """A sensor's process, ready; killed at the end."""
    process = subprocess.Popen(
        [*prefix, sys.executable, str(SENDER), name, *options],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        if "--wait" not in options:
            ready(process)
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()


def ready(process: "subprocess.Popen[str]") -> float:
    """Monotonic time at which its outlet was there, s."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ready"):
            return float(line.split()[1])
    raise SystemExit("a sender ended before it was ready")


def waits(process: "subprocess.Popen[str]") -> None:
    """Until one that is to wait does, with all that takes time behind it."""
    assert process.stdout is not None
    process.stdout.readline()


def release(process: "subprocess.Popen[str]") -> float:
    """Let one that waits begin; monotonic time at which its outlet was there, s."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return ready(process)


def live_run() -> Log:
    """Do what the schedule says to the IMU while the skeleton goes on."""
    log, address = Log(), free_address()
    stop = threading.Event()
    epoch = pylsl.local_clock() - 1.0
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        shared = ("--epoch", f"{epoch}")
        stack.enter_context(sender("fault-body", "--kind", "skeleton", *shared))
        imu = stack.enter_context(sender("fault-imu", *shared))
        following = stack.enter_context(sender("fault-imu", "--reversed", "--wait", *shared))
        waits(following)
        text = Path(folder) / "stream.log"
        command = ["hnhar-stream", "--imu-source", "fault-imu", "--skeleton-source", "fault-body"]
        with running([*command, "--no-dashboard", "--publish", address], text):
            watcher = threading.Thread(target=_watch, args=(address, log, stop), daemon=True)
            watcher.start()
            deadline = time.monotonic() + 60
            while not log.predictions and time.monotonic() < deadline:
                time.sleep(0.1)
            begun = time.monotonic()
            _shift(log, begun)
            for at, what, said in SCHEDULE:
                time.sleep(max(0.0, begun + at - time.monotonic()))
                log.done.append((time.monotonic() - begun, said))
                if what == "stop":
                    imu.send_signal(signal.SIGSTOP)
                elif what == "continue":
                    imu.send_signal(signal.SIGCONT)
                elif what == "kill":
                    imu.kill()
                else:
                    release(following)
            time.sleep(max(0.0, begun + END - time.monotonic()))
            stop.set()
            watcher.join(5)
        log.lines = text.read_text("utf-8").splitlines()
    return log


_begun = 0.0


def _shift(log: Log, begun: float) -> None:
    global _begun
    _begun = begun
    log.states[:] = [(at - begun, *rest) for at, *rest in log.states]  # type: ignore[misc]
    log.predictions[:] = [(at - begun, *rest) for at, *rest in log.predictions]  # type: ignore[misc]


def _watch(address: str, log: Log, stop: threading.Event) -> None:
    with Subscriber(address) as subscriber:
        while not stop.is_set():
            received = subscriber.receive(0.2)
            if received is None:
                continue
            now, message = time.monotonic() - _begun, received.message
            if isinstance(message, Status):
                log.states += [(now, s.feed, s.state.value, s.note) for s in message.streams]
            elif isinstance(message, Prediction):
                log.predictions.append((now, list(message.modalities), message.coverage, message.label))
            elif isinstance(message, Event):
                log.events.append((now, message.kind, message.label))


def figures(log: Log) -> dict[str, Any]:
    """Figures of the run."""
    at = {said: when for when, said in log.done}
    ends = [when for when, *_ in log.predictions if when >= 0]
    longest = max((b - a for a, b in pairwise(ends)), default=float("inf"))

    def with_imu(after: float) -> float:
        return (
            min((w for w, m, *_ in log.predictions if w > after and "imu" in m), default=float("inf")) - after
        )

    stopped, killed = at["SIGSTOP"], at["kill -9"]
    return {
        "predictions": len(ends),
        "longest_pause_s": round(longest, 3),
        "stalled_after_s": round(_state(log, "imu", "stalled", stopped), 3),
        "imu_back_after_continue_s": round(with_imu(at["SIGCONT"]), 3),
        "lost_after_s": round(_state(log, "imu", "lost", killed), 3),
        "imu_back_after_restart_s": round(with_imu(at["restarted, channels reversed"]), 3),
    }


def _state(log: Log, feed: str, state: str, after: float) -> float:
    found = (when for when, f, s, _ in log.states if f == feed and s == state and when > after)
    return min(found, default=float("inf")) - after


def draw(log: Log, path: Path) -> None:
    """States of the streams, coverage and modalities of the predictions, and what was done, over time."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.patches import Patch

    figure, (states, used, covered) = plt.subplots(
        3, 1, figsize=(11, 6.5), sharex=True, height_ratios=(1, 1, 2), layout="constrained"
    )
    for row, feed in enumerate(("skeleton", "imu")):
        own = [(when, state) for when, f, state, _ in log.states if f == feed]
        for (begin, state), (end, _) in zip(own, [*own[1:], (END, "")], strict=True):
            states.barh(row, end - begin, left=begin, color=COLORS.get(state, "#999"), height=0.7)
        hits = [when for when, modalities, *_ in log.predictions if feed in modalities]
        used.plot(hits, [row] * len(hits), "|", color="black", markersize=12)
        style = "-" if feed == "imu" else "--"
        covered.plot(
            [when for when, *_ in log.predictions],
            [coverage.get(feed, 0.0) for _, _, coverage, _ in log.predictions],
            style,
            label=feed,
        )
    for axes, title in ((states, "state of the stream"), (used, "modalities of each prediction")):
        axes.set_yticks((0, 1), ("skeleton", "imu"))
        axes.set_ylim(-1.3 if axes is states else -0.6, 1.6)
        axes.set_title(title, loc="left", fontsize=10)
    handles = [Patch(color=color) for color in COLORS.values()]
    states.legend(handles, COLORS, ncols=len(COLORS), loc="lower left", fontsize=8)
    for when, kind, label in log.events:
        if kind == "onset" and when >= 0:
            covered.annotate(label, (when, 1.06), fontsize=7, rotation=30)
    covered.axhline(0.6, color="grey", linewidth=0.8)
    covered.set(ylim=(-0.05, 1.35), xlim=(0, END), xlabel="s", ylabel="coverage")
    covered.set_title("coverage of each window, and onsets of activities", loc="left", fontsize=10)
    covered.legend(loc="lower right", fontsize=8)
    for axes in (states, used, covered):
        for when, said in log.done:
            axes.axvline(when, color="red", linewidth=1)
            if axes is used:
                axes.annotate(f" IMU: {said}", (when, 1.42), fontsize=8, color="red")
    figure.savefig(path, dpi=130)


def write(log: Log, path: Path) -> None:
    """Everything that was seen, as JSON."""
    seen = {"figures": figures(log), "done": log.done, "states": log.states, "log": log.lines}
    path.write_text(json.dumps(seen, indent=1) + "\n", "utf-8")
