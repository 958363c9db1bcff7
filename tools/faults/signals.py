"""SIGINT and SIGTERM at fifty moments of `hnhar-stream`: row 19 of docs/reliability.md.

Real processes: while they load, wait for streams, recognize two live streams and record, replay a recording,
and draw its figure. Each must end within 2 s, with a documented code, without a trace, and leave whole files.

    python -m tools.faults.signals --json rows-signals.json
"""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from tools.faults.live import sender
from tools.faults.rows import Row, parser, row, tell
from tools.processes import free_address, isolated_lsl

from hnhar.stream.lsl.config import configure
from hnhar.stream.sinks.recorded import read_lines

TEST: Final = "tests/stream/cli/test_supervision.py"
LIMIT: Final = 2.0
"""s from the signal to the end."""
PATIENCE: Final = 30.0
"""s after which one that goes on is killed."""
BEFORE: Final = 60.0
"""s within which the line has to come that the signal waits for."""
PROGRAM: Final = (
    sys.executable,
    "-c",
    "import sys; from hnhar.stream.cli.entry import stream; sys.exit(stream())",
)
"""The console command, of the code that is on the path."""
CODES: Final = {
    signal.SIGINT: {0: "0", 130: "130", -signal.SIGINT: "by SIGINT"},
    signal.SIGTERM: {0: "0", -signal.SIGTERM: "by SIGTERM"},
}
"""Exit codes that docs/operations.md allows."""


@dataclass(slots=True)
class Phase:
    """Outcomes of the moments of one phase."""

    name: str
    took: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Broken promises, but for the time."""

    def row(self) -> Row:
        """Its line."""
        codes = ", ".join(f"{count} times {code}" for code, count in sorted(self.codes.items()))
        figure = f"ended after at most {max(self.took):.2f} s (median {median(self.took):.2f}): "
        figure += codes + (
            f"; {len(self.wrong)} wrong: {self.wrong[0]}" if self.wrong else "; all files whole"
        )
        met = max(self.took) <= LIMIT and not self.wrong
        bar = f"≤ {LIMIT:g} s, a documented exit code, whole files, no trace"
        return row(19, f"SIGINT or SIGTERM at {len(self.took)} moments {self.name}", figure, bar, met, TEST)


def strike(
    phase: Phase, folder: Path, options: Sequence[str], after: str, delay: float, sent: signal.Signals
) -> bool:
    """Start it, wait for a line like `after` ("" for none) and `delay` s more, send the signal, look.

    False where it was over before.
    """
    command = [*PROGRAM, *(() if "--recording" in options else ("--no-dashboard",)), *options]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        guard = threading.Timer(BEFORE, process.kill)
        guard.start()
        said = []
        if after:
            for line in process.stdout:
                said.append(line)
                if re.search(after, line):
                    break
        # what it goes on to say must not fill the pipe
        rest: list[str] = []
        reader = threading.Thread(target=lambda: rest.extend(process.stdout or ()))
        reader.start()
        time.sleep(delay)
        guard.cancel()
        early = process.poll()
        begun = time.monotonic()
        process.send_signal(sent)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
        took = time.monotonic() - begun
        reader.join()
    if early is not None:
        return False
    phase.took.append(took)
    where = f"{sent.name} {delay:.2f} s after {after or 'its start'!r}"
    known = CODES[sent].get(process.returncode)
    phase.codes[known or str(process.returncode)] += 1
    if known is None:
        phase.wrong.append(f"exit code {process.returncode}, {where}")
    if "Traceback" in "".join((*said, *rest)):
        phase.wrong.append(f"a trace, {where}: {''.join(rest)[-300:]}")
    phase.wrong += [f"{name}, {where}" for name in torn(folder)]
    return True


def torn(folder: Path) -> Iterator[str]:
    """Files that it left and that are not whole; all are removed."""
    for path in folder.iterdir():
        if path.suffix == ".jsonl":
            broken = [line.fault for line in read_lines(path) if line.fault]
            if broken:
                yield f"{path.name}: {broken[0]}"
        elif path.suffix == ".png" and not path.read_bytes().endswith(b"IEND\xaeB`\x82"):
            yield f"{path.name} is cut off"
        elif path.suffix not in (".png", ".tsv"):
            yield f"{path.name} was left"
        path.unlink()


def phases(folder: Path, seed: int, scale: float) -> Iterator[Row]:
    """All of them; `scale` times the moments of the full run."""
    draw = random.Random(seed)
    absent = ("--publish", free_address(), "--imu-source", "fault-nobody")
    sources = ("--imu-source", "fault-imu", "--skeleton-source", "fault-body")
    live = ("--publish", free_address(), *sources, "--record", str(folder / "live.jsonl"))
    replayed = ("--recording", "synthetic", "--out", str(folder))
    plan = (
        ("of the start", absent, "", (0.0, 4.0), 18),
        ("while a stream is waited for", absent, "no stream matches yet", (0.0, 2.0), 4),
        ("of recognizing two streams and recording", live, r"^wearer  \d", (0.0, 4.0), 12),
        ("of replaying a recording", (*replayed, "--speed", "8"), r"", (0.5, 7.0), 8),
        ("while its events are written and its figure drawn", replayed, "^events:", (0.0, 1.2), 8),
    )
    for name, options, after, (earliest, latest), count in plan:
        phase = Phase(name)
        count = max(2, round(count * scale))
        while len(phase.took) < count:
            # spread evenly over the phase, at a random place within each part
            part = (len(phase.took) + draw.random()) / count
            sent = (signal.SIGINT, signal.SIGTERM)[len(phase.took) % 2]
            if not strike(phase, folder, options, after, earliest + part * (latest - earliest), sent):
                latest = earliest + 0.8 * (latest - earliest)
        yield phase.row()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say; 1 where a promise was missed."""
    arguments = parser(__doc__)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--scale", type=float, default=1.0, help="times as many moments (default 1: 50)")
    options = arguments.parse_args(argv)
    # shells start what runs in the background with Ctrl-C ignored, and a child would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(isolated_lsl(Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        configure()
        stack.enter_context(sender("fault-imu", "--length", "600"))
        stack.enter_context(sender("fault-body", "--kind", "skeleton", "--length", "600"))
        return tell(phases(folder, options.seed, options.scale), options.json)


if __name__ == "__main__":
    raise SystemExit(main())
