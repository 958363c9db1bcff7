"""Cost of the hard-negative loss in time and memory, forward and backward, dense and tiled.

Each measurement runs in a process of its own, so that its peak is its own: on a CPU the most memory that the
process held during the call less what it held before, on a GPU what torch allocated, both above the
embeddings. The dense form is left out where its estimated need is above `--limit`; the estimate is printed.

    python -m tools.bench.loss                                   # CPU, D = 16, one thread
    python -m tools.bench.loss --device cuda --width 128 --json loss.json
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from tools.processes import machine

from hnhar.train.losses.inputs import Setting
from hnhar.train.losses.loss import hard_negative_loss

BATCHES = (1024, 8192, 65536)
SETTING = Setting(temperature=0.1, beta=1.0, tau_plus=1 / 27)
DENSE_MATRICES = 8.5
"""Values of each similarity that the dense form holds at its peak, by this benchmark at 4,096 and 8,192."""


PEAK_RESET = Path("/proc/self/clear_refs")
"""Takes "5" and forgets the most memory held so far (Linux, proc(5)); `ru_maxrss` counts the parent's too."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One form at one batch size."""

    form: str
    batch: int
    width: int
    dtype: str
    seconds: float | None
    """Forward and backward; None: not run."""
    peak_mib: float | None
    """Memory above the embeddings; None: not run."""
    estimate_mib: float | None
    """Of the dense form, by its number of matrices."""


def main() -> None:
    """Measure, print, and write what was asked for."""
    arguments = _arguments()
    if arguments.child:
        print(json.dumps(asdict(_measure(arguments))))
        return
    costs = []
    for batch in arguments.batches:
        for form in ("dense", "tiled"):
            estimate = _estimate(batch, arguments.dtype) if form == "dense" else None
            if estimate is not None and estimate > arguments.limit * 1024:
                costs.append(Cost(form, batch, arguments.width, arguments.dtype, None, None, estimate))
            else:
                costs.append(_in_a_child(arguments, form, batch))
    device = torch.cuda.get_device_name() if arguments.device == "cuda" else str(machine()["processor"])
    _show(costs, device)
    if arguments.json:
        report = {
            "machine": machine(),
            "device": device,
            "torch": torch.__version__,
            "setting": {key: value for key, value in asdict(SETTING).items() if key != "pairs"},
            "costs": [asdict(cost) for cost in costs],
        }
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", "utf-8")


def _in_a_child(arguments: argparse.Namespace, form: str, batch: int) -> Cost:
    command = [sys.executable, "-m", "tools.bench.loss", "--child", form, "--batches", str(batch)]
    command += ["--width", str(arguments.width), "--dtype", arguments.dtype, "--device", arguments.device]
    command += ["--threads", str(arguments.threads)]
    threads = {"OMP_NUM_THREADS": str(arguments.threads)}
    done = subprocess.run(command, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True)
    return Cost(**json.loads(done.stdout))


def _measure(arguments: argparse.Namespace) -> Cost:
    """One form in this process."""
    batch, width, device = arguments.batches[0], arguments.width, arguments.device
    torch.set_num_threads(arguments.threads)
    dtype = getattr(torch, arguments.dtype)
    generator = torch.Generator().manual_seed(0)
    first = torch.nn.functional.normalize(torch.randn(batch, width, generator=generator), dim=1)
    second = torch.nn.functional.normalize(
        first + 0.5 * torch.randn(batch, width, generator=generator), dim=1
    )
    tile = 0 if arguments.child == "dense" else None

    def once(size: int) -> None:
        leaves = [z[:size].to(device, dtype).requires_grad_() for z in (first, second)]
        tiles = tile if tile == 0 or size == batch else 32
        views = {str(number): [z] for number, z in enumerate(leaves)}
        torch.autograd.backward(hard_negative_loss(views, SETTING, tile=tiles))

    once(64)  # what torch loads at the first call is no cost of the loss
    _forget_peak(device)
    before = _peak(device)
    begin = time.perf_counter()
    once(batch)
    if device == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - begin
    estimate = _estimate(batch, arguments.dtype) if arguments.child == "dense" else None
    peak = (_peak(device) - before) / 2**20
    return Cost(arguments.child, batch, width, arguments.dtype, seconds, peak, estimate)


def _forget_peak(device: str) -> None:
    """Begin anew, where that can be had: Linux else counts what was held while torch was loaded."""
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    elif PEAK_RESET.exists():
        PEAK_RESET.write_text("5", "utf-8")


def _peak(device: str) -> int:
    """Most bytes held so far."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    if PEAK_RESET.exists():
        status = Path("/proc/self/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held * 1024


def _estimate(batch: int, dtype: str) -> float:
    """MiB of the dense form."""
    return DENSE_MATRICES * batch**2 * torch.finfo(getattr(torch, dtype)).bits / 8 / 2**20


def _show(costs: Sequence[Cost], device: str) -> None:
    table = Table(title=f"Hard-negative loss, forward and backward, {device}")
    for name in ("batch", "D", "form", "time", "memory"):
        table.add_column(name, justify="left" if name == "form" else "right")
    for cost in costs:
        seconds = "not run" if cost.seconds is None else f"{cost.seconds:.3f} s"
        memory = f"about {cost.estimate_mib or 0:,.0f} MiB needed"
        if cost.peak_mib is not None:
            memory = f"{cost.peak_mib:,.1f} MiB"
        table.add_row(f"{cost.batch:,}", str(cost.width), cost.form, seconds, memory)
    Console().print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--batches", type=int, nargs="+", default=BATCHES, help="samples (default: %(default)s)"
    )
    parser.add_argument("--width", type=int, default=16, help="D of the embeddings (default: %(default)s)")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=1, help="of torch, on a CPU (default: %(default)s)")
    parser.add_argument(
        "--limit", type=float, default=8, help="GiB up to which dense runs (default: %(default)s)"
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--child", choices=("dense", "tiled"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
