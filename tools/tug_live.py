"""Timed Up and Go live: a phone and a watch of spsw_har as two LSL streams, `hnhar-stream --weights tug` on
them, `hnhar-report` on what it recorded, and the labels beside it.

    python -m tools.tug_live ~/corpora/spsw_har --subject 1 --executions 3 --out live

Executions follow each other with some seconds of sitting (`train/bundles/tug/compose.py`). Subjects 1 to 12
taught the weights: they show that live and report agree, and no accuracy.
"""

import argparse
import csv
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pylsl
from tools.processes import free_address, isolated_lsl, running

from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.publish.subscriber import Subscriber
from hnhar.stream.recordings import Recording
from hnhar.stream.report.trials import Trial, trials_of
from hnhar.train.bundles.tug.compose import visit
from hnhar.train.bundles.tug.recipe import TugRecipe
from hnhar.train.bundles.tug.sessions import labeled
from hnhar.train.bundles.tug.workflow import executions
from hnhar.train.corpora.spsw_har.executions import device_of

TICK = 0.05
"""s of samples that are sent together."""


class Sender(threading.Thread):
    """Sends the streams at their pace; `begun` is the LSL time of their zero."""

    def __init__(self, recording: Recording, prefix: str) -> None:
        super().__init__()
        self._recording = recording
        self._outlets = {
            device_of(s): DataOutlet(
                replace(
                    s.description,
                    name=f"{prefix}{device_of(s)}",
                    source_id=f"{prefix}{device_of(s)}-id",
                    nominal_rate=100.0,
                ),
                s.modality,
            )
            for s in recording.streams
        }
        self.begun = 0.0

    def connected(self, limit: float) -> bool:
        """Wait until all outlets are read; False after `limit` s."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if all(outlet.connected for outlet in self._outlets.values()):
                return True
            time.sleep(0.05)
        return False

    def run(self) -> None:
        """Send everything."""
        self.begun = float(pylsl.local_clock())
        at = 0.0
        while at < self._recording.end:
            at += TICK
            time.sleep(max(0.0, self.begun + at - float(pylsl.local_clock())))
            for stream in self._recording.streams:
                first, last = np.searchsorted(stream.timestamps, [at - TICK, at])
                times = stream.timestamps[first:last] + self.begun
                self._outlets[device_of(stream)].push(stream.samples[first:last], times)


def live(
    folder: Path,
    subject: int,
    count: int,
    out: Path,
    devices: Sequence[str] = ("phone", "watch"),
    weights: str = "tug",
) -> tuple[list[Trial], list[dict[str, str]]]:
    """Trials by the labels, and the rows of the report's CSV file."""
    recordings = [
        r for r in executions(folder, [subject]) if {device_of(s) for s in r.streams} >= set(devices)
    ][:count]
    if not recordings:
        raise SystemExit(f"subject {subject} has no execution with {' and '.join(devices)}")
    played, prefix = visit(recordings), f"tug{os.getpid()}-"
    played = replace(played, streams=tuple(s for s in played.streams if device_of(s) in devices))
    sender = Sender(played, prefix)
    address, record = free_address(), out / "session.jsonl"
    record.unlink(missing_ok=True)
    sources = [part for device in devices for part in ("--source", f"{device}={prefix}{device}")]
    command = ["hnhar-stream", "--weights", weights, *sources, "--no-dashboard", "--publish", address]
    with running([*command, "--record", str(record)], out / "stream.log"):
        with Subscriber(address, kinds=("status",)) as subscriber:
            if subscriber.receive(60.0) is None or not sender.connected(60.0):
                raise SystemExit(f"the recognizer did not begin: {(out / 'stream.log').read_text()}")
        sender.start()
        sender.join()
        time.sleep(2.0)  # a window more, so that the last phase is out
    with running(["hnhar-report", str(record), "--out", str(out)], out / "report.log") as report:
        report.wait(120)
    if report.returncode != 0:
        raise SystemExit((out / "report.log").read_text("utf-8"))
    with (out / "session.tug.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    return list(trials_of([labeled(played)])), rows


def main() -> None:
    """Run it and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of spsw_har")
    parser.add_argument("--subject", type=int, default=1, choices=TugRecipe().train_subjects)
    parser.add_argument("--executions", type=int, default=3)
    parser.add_argument("--devices", default="phone,watch")
    parser.add_argument("--weights", default="tug")
    parser.add_argument("--out", type=Path, default=Path("tug-live"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with isolated_lsl(options.out.resolve()):
        configure()
        done, rows = live(
            options.folder,
            options.subject,
            options.executions,
            options.out,
            options.devices.split(","),
            options.weights,
        )
    print((options.out / "report.log").read_text("utf-8"))
    for number, (trial, row) in enumerate(zip(done, rows, strict=False), 1):
        seen = float(row["total_s"] or "nan")
        print(
            f"trial {number}: labels {trial.total:.2f} s, live {seen:.2f} s ({row['missing'] or 'complete'})"
        )
    print(f"{len(done)} trials by the labels, {len(rows)} by hnhar")


if __name__ == "__main__":
    main()
