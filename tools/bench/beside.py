"""What does a prediction cost, hnhar and a plain script side by side?

One wearer's two LSL streams, four predictions a second, read by all at once on one machine, so that whatever
else it does slows each alike: `hnhar-stream` of this checkout, of another one (`--before`), the script
that one writes without it (`tools.bench.peers.plain`), and the same with MNE-LSL and with Timeflux (`--peers`
FOLDER, where their environments are kept). Processor time and switches of a process, its children and all
threads, by its predictions; the median of some rounds, and ratios to the script in the same round.

    python -m tools.bench.beside
    python -m tools.bench.beside --torch --before ../other-checkout --rounds 3
    python -m tools.bench.beside --peers ../peers
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from tools.bench.peers.environments import PEERS, python_of, surroundings
from tools.bench.wearers import configuration, senders
from tools.processes import cpu_seconds, free_address, isolated_lsl, machine

from hnhar.model.bundle.bundle import DEFAULT

ROOT = Path(__file__).parents[2]
TORCH = "hnhar by torch"
STREAM = "from hnhar.stream.cli.entry import stream; stream()"


@dataclass(frozen=True, slots=True)
class Cost:
    """One process over one round, each a prediction."""

    milliseconds: float
    switches: float
    predictions: int


def switches(pid: int) -> int:
    """Switches of all threads of a process so far, voluntary or not (Linux)."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        lines = status.read_text("ascii", "replace").splitlines()
        total += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
    return total


def family(pid: int) -> list[int]:
    """A process and those that it began, and they (Linux)."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # over meanwhile
            parent = int(stat.read_text("ascii", "replace").rpartition(") ")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


@contextmanager
def process(
    command: list[str], tree: Path, lines: Path, python: Path = Path(sys.executable)
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that imports `hnhar` from a checkout, its output in a file; interrupted at the end."""
    path = f"{tree / 'tools' / 'typecheck'}:{ROOT}"
    with lines.open("wb") as output:
        child = subprocess.Popen(
            [str(python), *command],
            env=os.environ | {"PYTHONPATH": path} | surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield child
        finally:
            begun = family(child.pid)
            child.send_signal(signal.SIGINT)
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            for pid in begun[1:]:  # a parent that is killed leaves them behind
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def measure(
    trees: dict[str, Path], peers: dict[str, Path], weights: str, duration: float, folder: Path
) -> dict[str, Cost]:
    """A round: all of them at once over the same streams; `peers`: which -> its Python."""
    prefix = f"beside{os.getpid()}"
    config = configuration(1, prefix, folder / "wearer.toml")
    streams = [f"{prefix}-000-imu", f"{prefix}-000-skeleton"]
    with ExitStack() as stack:
        stack.enter_context(senders(1, prefix))
        running = {}
        for name, tree in trees.items():
            options = ["--config", str(config), "--weights", weights, "--no-dashboard"]
            options += ["--publish", free_address(), *(["--runtime", "torch"] if name == TORCH else [])]
            lines = folder / f"{name}.txt"
            command = ["-c", STREAM, *options]
            running[name] = stack.enter_context(process(command, tree, lines)), lines
        scripts = {"script": ("tools.bench.peers.plain", Path(sys.executable))}
        scripts |= {peer: (PEERS[peer][0], python) for peer, python in peers.items()}
        for name, (module, python) in scripts.items():
            lines = folder / f"{name}.txt"
            command = ["-m", module, *streams, weights]
            running[name] = stack.enter_context(process(command, ROOT, lines, python)), lines
        deadline = time.monotonic() + 300
        while not all(_predictions(lines) > 8 for _, lines in running.values()):
            if time.monotonic() > deadline or any(child.poll() is not None for child, _ in running.values()):
                counts = {name: _predictions(lines) for name, (_, lines) in running.items()}
                raise SystemExit(f"not all of them gave predictions: {counts}")
            time.sleep(0.2)
        before = {name: _used(child.pid, lines) for name, (child, lines) in running.items()}
        time.sleep(duration)
        after = {name: _used(child.pid, lines) for name, (child, lines) in running.items()}
    costs = {}
    for name, (cpu, switched, made) in after.items():
        begun = before[name]
        count = made - begun[2]
        costs[name] = Cost((cpu - begun[0]) / count * 1e3, (switched - begun[1]) / count, count)
    return costs


def _used(pid: int, lines: Path) -> tuple[float, int, int]:
    whole = family(pid)
    return sum(map(cpu_seconds, whole)), sum(map(switches, whole)), _predictions(lines)


def _predictions(lines: Path) -> int:
    """Lines of predictions in the output of `hnhar-stream --no-dashboard`, or of the script."""
    return sum(line.endswith(b" ms") for line in lines.read_bytes().splitlines())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    parser.add_argument("--torch", action="store_true", help="this checkout by --runtime torch as well")
    parser.add_argument("--peers", type=Path, help="MNE-LSL and Timeflux as well; where to keep them")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (3)")
    parser.add_argument("--duration", type=float, default=30.0, help="s of each that are measured (30)")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    options = parser.parse_args()
    trees = {"hnhar": ROOT} | ({TORCH: ROOT} if options.torch else {})
    trees |= {"before": options.before.resolve()} if options.before else {}
    kept = options.peers.resolve() if options.peers else None
    peers = {peer: python_of(peer, kept) for peer in PEERS} if kept else {}
    with tempfile.TemporaryDirectory() as name, isolated_lsl(Path(name)):
        rounds = [
            measure(trees, peers, options.weights, options.duration, Path(name))
            for _ in range(options.rounds)
        ]
    table = Table("process", "CPU ms a prediction", "× the script", "switches a prediction", "predictions")
    for name in rounds[0]:
        each = np.median([r[name].milliseconds for r in rounds])
        ratio = np.median([r[name].milliseconds / r["script"].milliseconds for r in rounds])
        switched = np.median([r[name].switches for r in rounds])
        made = sum(r[name].predictions for r in rounds)
        table.add_row(name, f"{each:.2f}", f"{ratio:.2f}", f"{switched:.1f}", str(made))
    console = Console(width=100)
    console.print(table)
    console.print(f"{machine()}")


if __name__ == "__main__":
    main()
