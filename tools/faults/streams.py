"""Faults of streams, for real and measured: processes killed and stopped, links cut, clocks set anew.

Every row is one promise of the bar (docs/reliability.md): what was done, the figure, the bar, whether it is
met.
Rows that need a network or a clock of their own run in namespaces, where root allows; else they are left out,
with a word. With `--figure` also a live run of two sensors, one of which is stopped, killed and exchanged.

    python -m tools.faults.streams --json faults.json --figure faults.png
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import numpy as np
import pylsl
from numpy.typing import NDArray
from tools.faults.live import draw, figures, live_run, release, sender, waits, write
from tools.faults.namespace import THERE, connect, here, plug, there
from tools.faults.reading import Seen, reading
from tools.processes import isolated_lsl, machine

from hnhar.stream.lsl.config import configure
from hnhar.stream.messages import StreamState

TESTS: Final = {
    1: "tests/stream/intake/test_reader.py",
    2: "tests/stream/intake/test_reader.py",
    3: "tests/stream/intake/test_reader.py",
    4: "tests/stream/intake/test_reader.py",
    5: "tests/stream/intake/test_reader.py",
    6: "tests/stream/flow/test_timeline.py",
    7: "tests/stream/lsl/test_network.py",
    10: "tests/stream/intake/test_faults_in_any_order.py",
    11: "tests/stream/intake/test_faults_in_any_order.py",
    12: "tests/stream/intake/test_faults_in_any_order.py",
}


def killed_and_back(repeats: int) -> list[dict[str, Any]]:
    """Rows 1 and 2: the next one stands ready when one is killed, and begins a second later."""
    lost: list[float] = []
    back: list[float] = []
    with ExitStack() as stack:
        seen, _ = stack.enter_context(reading("f-killed"))
        process = stack.enter_context(sender("f-killed"))
        for _turn in range(repeats):
            following = stack.enter_context(sender("f-killed", "--wait"))
            waits(following)
            seen.sample_after(time.monotonic() + 0.3)
            killed = time.monotonic()
            process.kill()
            lost.append(seen.after(StreamState.LOST, killed))
            time.sleep(1.0)
            back.append(seen.sample_after(release(following)))
            process = following
    return [
        row(1, f"kill -9, {repeats} times: state lost, worst", max(lost), 0.1),
        row(2, f"restarted, {len(back)} times: first sample, p95", float(np.quantile(back, 0.95)), 0.5),
    ]


def exchanged(_: int) -> list[dict[str, Any]]:
    """Rows 3 and 4."""
    with reading("f-other") as (seen, _reader), sender("f-other", "--foreign", "--wait") as other:
        waits(other)
        with sender("f-other"):
            seen.flowing()
        seen.after(StreamState.LOST, 0.0)
        before = len(seen.samples_)
        refused = seen.after(StreamState.REFUSED, release(other))
        time.sleep(1.0)
        read = len(seen.samples_) - before
    with sender("f-two", "--source-id", "f-two-b"), reading("f-two") as (seen, _reader):
        seen.flowing()
        with sender("f-two", "--source-id", "f-two-a"):
            time.sleep(2.0)
            lost = [state for _, state, _ in seen.states if state is StreamState.LOST]
            with reading("f-two") as (second, _reader):
                refusal = second.after(StreamState.REFUSED, 0.0)
                taken = len(second.samples_)
    return [
        row(3, "back with other labels: reason told after", refused, 1.0, also=read == 0),
        row(4, "a second source of that name: switches", len(lost) + taken, 0, unit="", also=refusal < 1e9),
    ]


def stopped(_: int) -> list[dict[str, Any]]:
    """Row 5."""
    with sender("f-stopped") as process, reading("f-stopped") as (seen, _reader):
        seen.flowing(100)
        process.send_signal(signal.SIGSTOP)
        last = seen.samples_[-1][0]
        time.sleep(0.1)
        last = max(last, seen.samples_[-1][0])
        stalled = seen.after(StreamState.STALLED, last)
        time.sleep(max(0.0, 10.0 - (time.monotonic() - last)))
        process.send_signal(signal.SIGCONT)
        back = seen.sample_after(time.monotonic())
    return [
        row(5, "SIGSTOP 10 s: stalled after its last sample", stalled, 0.6),
        row(5, "SIGSTOP 10 s: first sample after SIGCONT", back, 2.0),
    ]


def bad_stamps(_: int) -> list[dict[str, Any]]:
    """Row 10."""
    with sender("f-stamps", "--bad-stamps", "--count") as _process, reading("f-stamps") as (seen, reader):
        seen.flowing()
        time.sleep(15.0)
        status = reader.statuses(pylsl.local_clock())[0]
        times, numbers = stamps_of(seen), counts_of(seen)
    # each sample's place by its number tells its true time
    line = np.median(times - numbers / 50.0)
    error = np.abs(times - numbers / 50.0 - line).max()
    dropped = status.dropped.get("stamp", 0)
    return [
        row(10, f"{dropped} bad stamps among {status.received}: largest error of the others", error, 0.02),
        row(10, "the same: segments begun anew", status.jumps, 0, unit=""),
    ]


def stamps_of(seen: Seen) -> NDArray[np.float64]:
    """All time stamps, s."""
    return np.concatenate([chunk.timestamps for _, _, chunk in seen.samples_])


def counts_of(seen: Seen) -> NDArray[np.float64]:
    """All sample numbers."""
    return np.concatenate([chunk.samples[:, 3] for _, _, chunk in seen.samples_]).astype(np.float64)


def other_clock(_: int) -> list[dict[str, Any]]:
    """Row 11: the sender returns on a clock 4000 s away."""
    worst, back = 0.0, np.inf
    with reading("f-clock") as (seen, _reader):
        for offset in ("1000", "5000"):
            apart = ("unshare", "--time", "--monotonic", offset, "--uts")
            with sender("f-clock", "--hostname", f"host{offset}", prefix=apart) as _process:
                there, before = time.monotonic(), len(seen.samples_)
                back = seen.sample_after(there)
                time.sleep(5.0)
                delays = [a - float(c.timestamps[-1]) for _, a, c in seen.samples_[before:]]
                worst = max(worst, float(np.abs(delays).max()))
    return [
        row(11, "back on a clock 4000 s away: first sample", back, 1.5),
        row(11, "the same: largest distance of a stamp from its arrival", worst, 0.1),
    ]


def cut(seconds: float) -> tuple[Seen, float, float, dict[str, int]]:
    """Cut the link to a sender in another network namespace; also (up, down) and what was dropped."""
    command = ("unshare", "-n")
    with sender("f-link", "--wait", "--hostname", "", prefix=command) as process:
        connect(process.pid)
        release(process)
        with reading("f-link") as (seen, reader):
            seen.flowing(100)
            there("ip", "link", "set", "v1", "down", pid=process.pid)
            down = time.monotonic()
            time.sleep(seconds)
            plug(process.pid)
            up = time.monotonic()
            seen.sample_after(up, 30.0)
            time.sleep(2.0)
            return seen, down, up, reader.statuses(pylsl.local_clock())[0].dropped


def outages(repeats: int) -> list[dict[str, Any]]:
    """Rows 6 and 7, in a network namespace."""
    seen, _down, up, dropped = cut(4.0)
    back = seen.sample_after(up)
    came = [(at - up - back, arrived, chunk) for at, arrived, chunk in seen.samples_ if at > up]
    fresh = [after for after, arrived, chunk in came if arrived - chunk.timestamps[-1] < 0.1]
    ages = [arrived - float(chunk.timestamps[0]) for _, arrived, chunk in came]
    gone = dropped.get("expired", 0)
    rows = [
        row(6, f"link down 4 s, {gone} samples expired: caught up after", min(fresh), 0.5),
        row(6, "the same: age of the oldest sample handed on", max(ages), 2.0),
    ]
    for seconds in (20.0, 60.0) if repeats > 1 else (8.0,):
        again = cut(seconds)
        first = again[0].sample_after(again[2])
        rows.append(row(7, f"link down {seconds:g} s: first sample after it is up", first, 5.0))
    return rows


def no_time_service(_: int) -> list[dict[str, Any]]:
    """Row 12, in a network namespace: UDP to the sender's service port goes nowhere."""
    here("ip", "rule", "add", "pref", "10", "lookup", "local")
    here("ip", "rule", "del", "pref", "0")
    with sender("f-time", "--count", "--hostname", "elsewhere", prefix=("unshare", "--uts")) as _process:
        (info,) = pylsl.resolve_bypred("name='f-time'", 1, 10.0)
        port = ElementTree.fromstring(info.as_xml()).findtext("v4service_port") or ""
        here("ip", "rule", "add", "pref", "1", "ipproto", "udp", "dport", port, "blackhole")
        with reading("f-time") as (seen, reader):
            seen.flowing(400)
            status = reader.statuses(pylsl.local_clock())[0]
            numbers = counts_of(seen)
    missing = int(numbers[-1] - numbers[0]) + 1 - len(numbers)
    told = any("arrival times" in fault for fault in status.faults)
    return [row(12, "UDP blocked: samples lost, and the fallback told", missing, 0, unit="", also=told)]


def row(
    number: int, fault: str, figure: float, bar: float, *, unit: str = "s", also: bool = True
) -> dict[str, Any]:
    """One line of the table; `also`: what else has to hold."""
    return {
        "row": number,
        "fault": fault,
        "figure": f"{figure:.3g} {unit}".strip(),
        "bar": f"≤ {bar:g} {unit}".strip(),
        "met": bool(figure <= bar and also),
        "test": TESTS[number],
    }


CASES: Final[dict[str, tuple[Callable[[int], list[dict[str, Any]]], tuple[str, ...]]]] = {
    "killed": (killed_and_back, ()),
    "exchanged": (exchanged, ()),
    "stopped": (stopped, ()),
    "stamps": (bad_stamps, ()),
    "clock": (other_clock, ("unshare", "--time", "--uts")),
    "outages": (outages, ("unshare", "-n")),
    "time-service": (no_time_service, ("unshare", "-n")),
}
"""Name -> what measures it, and the namespace that it needs."""


def measure(name: str, repeats: int) -> list[dict[str, Any]]:
    """Rows of one case, in a process and an LSL session of its own."""
    needs = CASES[name][1]
    if needs and subprocess.run((*needs, "true"), check=False).returncode:
        print(f"{name}: left out, as namespaces are not allowed here", file=sys.stderr)
        return []
    prefix = needs if needs == ("unshare", "-n") else ()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        command = [
            *prefix,
            sys.executable,
            "-m",
            "tools.faults.streams",
            "--inside",
            name,
            "--json",
            str(path),
        ]
        ended = subprocess.run([*command, "--repeats", str(repeats)], check=False)
        if ended.returncode or not path.is_file():
            print(f"{name}: failed with {ended.returncode}", file=sys.stderr)
            return []
        rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
        return rows


def inside(options: argparse.Namespace) -> int:
    """Measure one case in this process."""
    if CASES[options.inside][1] == ("unshare", "-n"):
        here("ip", "link", "set", "lo", "up")
        here("ip", "route", "add", "224.0.0.0/4", "dev", "lo")
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        if options.inside == "outages":
            path = Path(os.environ["LSLAPICFG"])
            text = path.read_text("utf-8").replace("= machine", "= site")
            path.write_text(text.replace("[lab]\n", f"[lab]\nKnownPeers = {{{THERE}}}\n"), "utf-8")
        configure()
        options.json.write_text(json.dumps(CASES[options.inside][0](options.repeats)), "utf-8")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say; 1 where a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, help="write the rows there")
    parser.add_argument("--figure", type=Path, help="also the live run, drawn there (.png or .svg)")
    parser.add_argument("--cases", nargs="*", choices=tuple(CASES), default=tuple(CASES))
    parser.add_argument(
        "--repeats", type=int, default=20, help="of kill -9 (default 20); 1 cuts a link for 8 s only"
    )
    parser.add_argument("--inside", choices=tuple(CASES), help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inside:
        return inside(options)
    rows = [made for name in options.cases for made in measure(name, options.repeats)]
    for made in rows:
        met = "met   " if made["met"] else "MISSED"
        print(f"{made['row']:>3} {met} {made['fault']}: {made['figure']} ({made['bar']})")
    print(machine())
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if options.figure:
        with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
            configure()
            log = live_run()
        draw(log, options.figure)
        write(log, options.figure.with_suffix(".json"))
        print(figures(log))
    return int(not all(made["met"] for made in rows))


if __name__ == "__main__":
    raise SystemExit(main())
