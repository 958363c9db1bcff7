"""How long from the newest sample's LSL time stamp until a browser shows the prediction, and what it costs?

Real processes on one machine: `hnhar-replay synthetic` sends, `hnhar page` recognizes and serves, a headless
Chromium shows the page, and a fourth records the stamps of the same streams with inlets of its own. "shown"
is the end of the first frame after the message: what a screen adds is not in it. `--direct` measures
`hnhar-stream --page`, without the step from one process to the other.

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
from collections.abc import Sequence
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
        channel.port1.onmessage = () =>
          window.shown.push([message.end, came / 1000, (performance.timeOrigin + performance.now()) / 1000]);
        channel.port2.postMessage(0);
      });
    });
  }
};
"""
"""In the browser, before the page: (end of the window, s LSL; receipt, s Unix; end of its frame, s Unix)."""


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


def measure(duration: float, settle: float, direct: bool, folder: Path) -> dict[str, Any]:
    """The run, watched for `duration` s after `settle` s."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium is installed")
    prefix = f"page{os.getpid()}"
    names = [f"{prefix}-imu", f"{prefix}-skeleton"]
    port = free_address().rpartition(":")[2]
    url = f"http://127.0.0.1:{port}/"
    command = ["hnhar-page", "--no-browser", f"--address=127.0.0.1:{port}", f"--folder={folder}"]
    if direct:
        sources = ["--imu-source", names[0], "--skeleton-source", names[1]]
        command = [
            "hnhar-stream",
            *sources,
            "--no-dashboard",
            "--publish",
            free_address(),
            f"--page=127.0.0.1:{port}",
        ]
    here, there = multiprocessing.Pipe()
    recorder = multiprocessing.get_context("spawn").Process(target=record_stamps, args=(names, there))
    replay = ["hnhar-replay", "synthetic", "--loop", "--quiet", "--name-prefix", f"{prefix}-"]
    with (
        running(replay, folder / "replay.log"),
        running(command, folder / "page.log") as program,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        recorder.start()
        try:
            wait_for(url)
            if not direct:
                start(url, names)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(PROBE)
            page.goto(f"{url}#live")
            page.wait_for_selector(".wearer[data-state=going], .wearer[data-state=idle]", timeout=90_000)
            time.sleep(settle)
            page.evaluate("window.shown.length = 0")
            before, begun = (busy(program.pid), cpu_seconds(program.pid)), time.monotonic()
            time.sleep(duration)
            took = time.monotonic() - begun
            after = busy(program.pid), cpu_seconds(program.pid)
            shown = np.array(page.evaluate("window.shown"), np.float64).reshape(-1, 3)
            skew = float(page.evaluate("(Date.now() - performance.timeOrigin - performance.now()) / 1000"))
            offset = time.time() - pylsl.local_clock()
            here.send("stop")
            stamps = here.recv()
        finally:
            recorder.kill()
            recorder.join()
            browser.close()
    shares = [(late - early) / took for early, late in zip(before, after, strict=True)]
    return summarize(shown, stamps, offset, skew) | {"cpu_all": shares[0], "cpu_page": shares[1]}


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


def start(url: str, names: Sequence[str]) -> None:
    """Press Start."""
    sources = {kind: {"source": name} for kind, name in zip(("imu", "skeleton"), names, strict=True)}
    body = json.dumps({"wearers": [{"id": "anna", "sources": sources}]}).encode()
    asked = urllib.request.Request(f"{url}api/start", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(asked, timeout=30).close()


def summarize(
    shown: NDArray[np.float64], stamps: Sequence[NDArray[np.float64]], offset: float, skew: float
) -> dict[str, Any]:
    """Quantiles, ms; `offset`: Unix minus LSL, `skew`: the browser's own error, s."""
    known = [(row, found[0]) for row in shown if (found := closing(stamps, float(row[0]))) is not None]
    if not known:
        raise SystemExit("no prediction could be matched with recorded stamps")
    newest = np.array([stamp for _, stamp in known]) + offset
    rows = np.array([row for row, _ in known])
    return {
        "predictions": len(known),
        "received": milliseconds(rows[:, 1] + skew - newest, 0.5, 0.99),
        "shown": milliseconds(rows[:, 2] + skew - newest, 0.5, 0.99),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--duration", type=float, default=60.0, help="s that are measured (default 60)")
    parser.add_argument("--settle", type=float, default=5.0, help="s before (default 5)")
    parser.add_argument("--direct", action="store_true", help="hnhar-stream --page instead of hnhar page")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        found = measure(options.duration, options.settle, options.direct, Path(folder))
    table = Table(title="Newest sample's time stamp → page, ms")
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
