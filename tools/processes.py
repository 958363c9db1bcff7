"""Tools of the benchmarks: commands as processes of their own, quantiles, a word on the machine."""

import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from hnhar.stream.messages import Prediction
from hnhar.stream.publish.subscriber import Subscriber


def free_address() -> str:
    """A TCP address of this machine that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def isolated_lsl(folder: Path) -> Iterator[None]:
    """An LSL session of our own for this process and its children: other streams on the network stay out."""
    path = folder / "lsl_api.cfg"
    path.write_text(
        "[ports]\nIPv6 = disable\nPortRange = 2048\n[multicast]\nResolveScope = machine\n"
        f"[lab]\nSessionID = hnhar-benchmark-{os.getpid()}\n[log]\nlevel = -2\n",
        "utf-8",
    )
    before = os.environ.get("LSLAPICFG")
    os.environ["LSLAPICFG"] = str(path)
    try:
        yield
    finally:
        if before is None:
            del os.environ["LSLAPICFG"]
        else:
            os.environ["LSLAPICFG"] = before


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A console command of this environment as a process, its output in `log`; interrupted at the end."""
    program = Path(sys.executable).with_name(command[0])
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, *command[1:]], stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used so far, s (Linux; NaN elsewhere)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_prediction(
    subscriber: Subscriber, processes: Sequence[subprocess.Popen[bytes]], limit: float
) -> None:
    """Wait until a prediction has come; SystemExit where a process ends before, or `limit` s go by."""
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        received = subscriber.receive(0.5)
        if received is not None and isinstance(received.message, Prediction):
            return
        for process in processes:
            if process.poll() is not None:
                raise SystemExit(f"a process ended before the first prediction, with {process.returncode}")
    raise SystemExit(f"no prediction within {limit:g} s")


def milliseconds(seconds: ArrayLike, *quantiles: float) -> list[float]:
    """Quantiles (0 to 1) of times in s, in ms; NaN where there are none."""
    values = np.asarray(seconds, np.float64)
    if not values.size:
        return [float("nan")] * len(quantiles)
    return [float(q) * 1e3 for q in np.quantile(values, quantiles)]


def machine() -> dict[str, str | int]:
    """The machine that a figure depends on."""
    model = platform.processor() or platform.machine()
    # only Linux has this file, and some processors do not name themselves in it
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        "system": platform.system(),
        "python": platform.python_version(),
        "load": " ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "",
    }
