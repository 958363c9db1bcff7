"""How soon does `hnhar-stream` say something, by each runtime?

One wearer's two LSL streams are there; a process is begun, and timed until its first prediction is printed,
which takes a window of samples. Then its processor time and the most memory that it held. Some rounds a
runtime, in turn, the least of each.

    python -m tools.bench.startup
    python -m tools.bench.startup --python other-environment/bin/python    (one without torch)
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from tools.bench.wearers import configuration, senders
from tools.processes import cpu_seconds, free_address, isolated_lsl, machine

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.model.serving import RUNTIMES

PROGRAM = "from hnhar.stream.cli.entry import stream; stream()"


def started(python: str, config: Path, runtime: str) -> tuple[float, float, float]:
    """s until its first prediction, s of processor time until then, and the most memory held, MB."""
    options = ["--config", str(config), "--no-dashboard", "--publish", free_address(), "--runtime", runtime]
    begun = time.monotonic()
    child = subprocess.Popen(
        [python, "-c", PROGRAM, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert child.stdout is not None
        if not any(line.rstrip().endswith(" ms") for line in child.stdout):
            raise SystemExit(f"it ended without a prediction by {runtime}")
        return time.monotonic() - begun, cpu_seconds(child.pid), _peak(child.pid)
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--python", default=sys.executable, help="of the environment that is measured (this)")
    parser.add_argument("--runtimes", nargs="+", choices=RUNTIMES, default=["onnx", "torch"])
    parser.add_argument("--rounds", type=int, default=2, help="starts of each (2)")
    options = parser.parse_args()
    window = read_info(find(DEFAULT)).window
    prefix = f"startup{os.getpid()}"
    made: dict[str, list[tuple[float, float, float]]] = {name: [] for name in options.runtimes}
    with (
        tempfile.TemporaryDirectory() as folder,
        isolated_lsl(Path(folder)),
        senders(1, prefix),
    ):
        config = configuration(1, prefix, Path(folder) / "wearer.toml")
        for _ in range(options.rounds):
            for name, rows in made.items():
                rows.append(started(options.python, config, name))
    table = Table(
        "runtime", "first prediction, s", f"less a window of {window:g} s", "CPU until then, s", "MB"
    )
    for name, rows in made.items():
        first, cpu, memory = np.array(rows).min(axis=0)
        table.add_row(name, f"{first:.2f}", f"{first - window:.2f}", f"{cpu:.2f}", f"{memory:.0f}")
    Console(width=100).print(table)
    print(machine())


if __name__ == "__main__":
    main()
