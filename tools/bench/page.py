"""How long from the newest sample's LSL time stamp until a browser shows the prediction, and what it costs?

Real processes on one machine: `hnhar-replay synthetic` sends, `hnhar page` recognizes and serves, a headless
Chromium shows the page, and a fourth records the stamps of the same streams with inlets of its own. "shown"
is the end of the first frame after the message: what a screen adds is not in it. `--direct` measures
`hnhar-stream --page`, without the step from one process to the other. `--phone`: from the sample of a phone
that closed the window, by the phone's own clock. `--camera`: from the time of the newest image of a drawn
video, which is played at its pace as a webcam films.

    python -m tools.bench.page --duration 60 --json page.json
"""

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pylsl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from tools.bench.latency import closing, record_stamps
from tools.processes import cpu_seconds, free_address, isolated_lsl, machine, milliseconds, running

PROBE: Final = """
window.shown = [];
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", (received) => {
      const message = JSON.parse(received.data);
      if (message.type !== "prediction") return;
      const came = performance.timeOrigin + performance.now();
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => {
          const drawn = performance.timeOrigin + performance.now();
          window.shown.push([message.end, came / 1000, drawn / 1000, message.seq]);
        };
        channel.port2.postMessage(0);
      });
    });
  }
};
"""
"""In the browser, before the page: rows of `Watched.shown`."""


def busy(pid: int) -> float:
    """s of processor time of a process and of all that it started and that still runs."""
    total = 0.0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (int(folder.name) == pid or _is_below(int(folder.name), pid)):
            total += cpu_seconds(int(folder.name))
    return total


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _is_below(pid: int, top: int) -> bool:
    while pid > 1:
        fields = _fields(pid)
        pid = int(fields[1]) if fields else 0
        if pid == top:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Watched:
    """What a browser showed of a run."""

    shown: NDArray[np.float64]
    """(N, 4): end of the window, s LSL; receipt and end of its frame, s Unix by the browser; number."""
    skew: float
    """s by which the browser's clock is behind."""
    offset: float
    """s, Unix minus LSL."""
    cpu_all: float
    """Share of a core of the program and of all that it runs."""
    cpu_page: float
    """Share of a core of the program alone."""


def watch(url: str, pid: int, duration: float, settle: float) -> Watched:
    """Show the page of a run that begins, for `duration` s after `settle` s."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium is installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(PROBE)
            page.goto(f"{url}#live")
            page.wait_for_selector(".wearer[data-state=going], .wearer[data-state=idle]", timeout=90_000)
            time.sleep(settle)
            page.evaluate("window.shown.length = 0")
            before, begun = (busy(pid), cpu_seconds(pid)), time.monotonic()
            time.sleep(duration)
            took = time.monotonic() - begun
            after = busy(pid), cpu_seconds(pid)
            shown = np.array(page.evaluate("window.shown"), np.float64).reshape(-1, 4)
            skew = float(page.evaluate("(Date.now() - performance.timeOrigin - performance.now()) / 1000"))
        finally:
            browser.close()
    shares = [(late - early) / took for early, late in zip(before, after, strict=True)]
    return Watched(shown, skew, time.time() - pylsl.local_clock(), *shares)


def measure(duration: float, settle: float, direct: bool, folder: Path) -> dict[str, Any]:
    """The run of LSL streams, watched for `duration` s after `settle` s."""
    prefix = f"page{os.getpid()}"
    names = [f"{prefix}-imu", f"{prefix}-skeleton"]
    url, command = page_command(folder)
    if direct:
        sources = ["--imu-source", names[0], "--skeleton-source", names[1]]
        command = ["hnhar-stream", *sources, "--no-dashboard", "--publish", free_address()]
        command += [f"--page={url.removeprefix('http://').rstrip('/')}"]
    here, there = multiprocessing.Pipe()
    recorder = multiprocessing.get_context("spawn").Process(target=record_stamps, args=(names, there))
    replay = ["hnhar-replay", "synthetic", "--loop", "--quiet", "--name-prefix", f"{prefix}-"]
    with (
        running(replay, folder / "replay.log"),
        running(command, folder / "page.log") as program,
    ):
        recorder.start()
        try:
            wait_for(url)
            if not direct:
                start(url, dict(zip(("imu", "skeleton"), names, strict=True)))
            watched = watch(url, program.pid, duration, settle)
            here.send("stop")
            stamps = here.recv()
        finally:
            recorder.kill()
            recorder.join()

    def newest(row: NDArray[np.float64]) -> float | None:
        found = closing(stamps, float(row[0]))
        return None if found is None else found[0]

    return summarize(watched, newest)


def page_command(folder: Path) -> tuple[str, list[str]]:
    """URL of a page on a free port, and the command that serves it."""
    port = free_address().rpartition(":")[2]
    words = ["hnhar-page", "--no-browser", f"--address=127.0.0.1:{port}", f"--folder={folder}"]
    return f"http://127.0.0.1:{port}/", words


def wait_for(url: str) -> None:
    """Until the page is served."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{url}api/state", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def start(url: str, sources: Mapping[str, str]) -> None:
    """Press Start; `sources`: modality -> source."""
    given = {kind: {"source": source} for kind, source in sources.items()}
    body = json.dumps({"wearers": [{"id": "anna", "sources": given}]}).encode()
    asked = urllib.request.Request(f"{url}api/start", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(asked, timeout=30).close()


def summarize(watched: Watched, newest: Callable[[NDArray[np.float64]], float | None]) -> dict[str, Any]:
    """Quantiles, ms; `newest`: time of the newest sample of a row of `shown`, s LSL."""
    known = [(row, at) for row in watched.shown if (at := newest(row)) is not None]
    if not known:
        raise SystemExit("no prediction could be matched with the samples' times")
    stamps = np.array([stamp for _, stamp in known]) + watched.offset
    rows = np.array([row for row, _ in known])
    return {
        "predictions": len(known),
        "received": milliseconds(rows[:, 1] + watched.skew - stamps, 0.5, 0.99),
        "shown": milliseconds(rows[:, 2] + watched.skew - stamps, 0.5, 0.99),
        "cpu_all": watched.cpu_all,
        "cpu_page": watched.cpu_page,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--duration", type=float, default=60.0, help="s that are measured (default 60)")
    parser.add_argument("--settle", type=float, default=5.0, help="s before (default 5)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--direct", action="store_true", help="hnhar-stream --page instead of hnhar page")
    kind.add_argument("--phone", action="store_true", help="a phone's browser as the only sensor")
    kind.add_argument("--camera", action="store_true", help="a camera as the only sensor: a drawn video")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        spans = options.duration, options.settle
        if options.phone or options.camera:
            from tools.bench import page_sensors

            found = (page_sensors.phone if options.phone else page_sensors.camera)(*spans, Path(folder))
        else:
            found = measure(*spans, options.direct, Path(folder))
    table = Table(title="Newest sample's time → page, ms")
    for heading in ("until", "p50", "p99"):
        table.add_column(heading, justify="right" if heading != "until" else "left")
    for name in ("received", "shown"):
        table.add_row(name, *(f"{value:.1f}" for value in found[name]))
    console = Console()
    console.print(table)
    here = machine()
    console.print(
        f"{found['predictions']} predictions; {found['cpu_all']:.0%} of a core with all that it runs, "
        f"{found['cpu_page']:.0%} the serving process alone; {here['cores']} cores of {here['processor']}, "
        f"load {here['load']}"
    )
    if options.json is not None:
        options.json.write_text(json.dumps(found | {"machine": here}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
