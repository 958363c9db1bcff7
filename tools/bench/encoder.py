"""What a window costs by each runtime: processor time of the network, alone and in batches, hot and cold.

Windows of noise of the shipped bundle, all modalities there. Hot: at once after the last. Cold: a quarter
second later, as a live run of one wearer has it, other work's data in the caches. All time of the process,
so a thread that spins is seen. A process a runtime, in turn; of hot calls the least, of cold ones the median.

    python -m tools.bench.encoder
    python -m tools.bench.encoder --before ../other-checkout --runtimes onnx torch
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from tools.processes import machine

ROOT = Path(__file__).parents[2]
SIZES = (1, 16, 64)
IDLE = 0.25
"""s before a cold call."""


def measured(by: str) -> dict[str, float]:
    """Column -> value, of one runtime."""
    from hnhar.model.bundle.bundle import DEFAULT, find
    from hnhar.model.serving import serve

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    served = serve(find(DEFAULT), runtime=by)  # type: ignore[arg-type]
    served.runtime.warm_up(1)
    out = {"start, s": time.process_time() - begun}
    out["memory, MB"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    generator = np.random.default_rng(0)
    info = served.info
    windows = [
        {
            m.name: generator.normal(size=(m.steps(info.window), len(m.channels))).astype(np.float32)
            for m in info.modalities
        }
        for _ in range(max(SIZES))
    ]
    network: Any = served.runtime._network
    for size in SIZES:
        rows = network.padded(size)
        samples = {
            name: np.stack([windows[row][name] for row in range(size)] + [windows[0][name]] * (rows - size))
            for name in windows[0]
        }
        presence = np.ones((rows, len(samples)), np.bool_)
        given = samples, presence, np.ones((size, 1), np.float32)
        spent = _spent(lambda given=given: network.infer(*given), 400 // size)  # type: ignore[misc]
        out[f"network, batch {size}"] = min(spent) / size
        batch = windows[:size]
        spent = _spent(lambda batch=batch: served.runtime.classify(batch), 400 // size)  # type: ignore[misc]
        out[f"with the novelty, batch {size}"] = min(spent) / size
    spent = _spent(lambda: served.runtime.classify(windows[:1]), 24, IDLE)
    out["the same, cold, batch 1"] = float(np.median(spent))
    return out


def _spent(run: Callable[[], object], times: int, idle: float = 0.0) -> list[float]:
    """ms of processor time of each call, of all threads."""
    run()
    spent = []
    for _ in range(max(times, 5)):
        if idle:
            time.sleep(idle)
        begun = time.process_time()
        run()
        spent.append((time.process_time() - begun) * 1e3)
    return spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    parser.add_argument(
        "--runtimes", nargs="+", default=["torch", "onnx"], help="as of --runtime (torch onnx)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="processes of each, in turn (3)")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measured(options.child)))
        return
    trees = {"": ROOT, **({"before, ": options.before.resolve()} if options.before else {})}
    least: dict[str, dict[str, float]] = {}
    for _ in range(options.rounds):
        for words, tree in trees.items():
            for runtime in options.runtimes:
                environment = os.environ | {"PYTHONPATH": f"{tree / 'tools' / 'typecheck'}:{ROOT}"}
                command = [sys.executable, "-m", "tools.bench.encoder", "--child", runtime]
                done = subprocess.run(
                    command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
                )
                known = least.setdefault(words + runtime, {})
                for name, value in json.loads(done.stdout).items():
                    known[name] = min(known.get(name, np.inf), value)
    table = Table("ms of processor time a window", *least)
    for name in next(iter(least.values())):
        digits = 0 if name.endswith("MB") else 2
        table.add_row(name, *(f"{values[name]:.{digits}f}" for values in least.values()))
    Console(width=120).print(table)
    print(machine())


if __name__ == "__main__":
    main()
