"""Timed Up and Go live: a phone and a watch of spsw_har as two LSL streams, `hnhar-stream --weights tug` on
them, `hnhar-report` on what it recorded, and the labels beside it.

    python -m tools.tug_live ~/corpora/spsw_har --subject 1 --executions 3 --out live

Executions follow each other with some seconds of sitting, held with a little noise: each recording begins and
ends as the person sits. Subjects 1 to 12 taught the weights: they show that live and report agree, and no
accuracy. Others are test people, whose figures are those that the bundle was released with.
"""

import argparse
import csv
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pylsl
from numpy.typing import NDArray
from tools.processes import free_address, isolated_lsl, running

from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.outlets import DataOutlet
from hnhar.stream.publish.subscriber import Subscriber
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.report.trials import Trial, trials_of
from hnhar.train.bundles.tug.recipe import TugRecipe
from hnhar.train.bundles.tug.sessions import labeled
from hnhar.train.bundles.tug.workflow import executions
from hnhar.train.corpora.spsw_har.executions import device_of

SITS = 3.0
"""s of sitting before, between and after."""
TICK = 0.05
"""s of samples that are sent together."""
_NOISE = np.array([0.004] * 3 + [0.3] * 3)
"""Standard deviation of a sensor at rest: g, deg/s."""


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """Executions on one clock that begins at 0."""

    streams: dict[str, tuple[NDArray[np.float64], NDArray[np.float32]]]
    """Device -> (n,) s, and (n, 6) samples in g and deg/s."""
    annotations: tuple[Annotation, ...]
    length: float
    """s."""


def joined(recordings: Sequence[Recording], seed: int = 0) -> Played:
    """Executions after one another, with sitting between them."""
    draw = np.random.default_rng(seed)
    parts: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float32]]]] = {}
    annotations: list[Annotation] = []
    begin = SITS
    for recording in recordings:
        end = begin + recording.end - recording.start
        for stream in recording.streams:
            times = stream.timestamps - recording.start + begin
            before, after = np.arange(begin - SITS, times[0], 0.01), np.arange(times[-1], end, 0.01)[1:]
            whole = [
                _rest(stream.samples[0], len(before), draw),
                stream.samples,
                _rest(stream.samples[-1], len(after), draw),
            ]
            part = np.concatenate([before, times, after]), np.concatenate(whole).astype(np.float32)
            parts.setdefault(device_of(stream), []).append(part)
        annotations += [replace(a, onset=a.onset - recording.start + begin) for a in recording.annotations]
        begin = end + SITS
    streams = {}
    for device, pieces in parts.items():
        last = np.arange(pieces[-1][0][-1], begin, 0.01)[1:]
        rest = _rest(pieces[-1][1][-1], len(last), draw).astype(np.float32)
        pieces = [*pieces, (last, rest)]
        times = np.concatenate([p[0] for p in pieces])
        keep = np.concatenate([[True], np.diff(np.maximum.accumulate(times)) > 0])
        streams[device] = times[keep], np.concatenate([p[1] for p in pieces])[keep]
    return Played(streams, tuple(annotations), begin)


def _rest(sample: NDArray[np.float32], count: int, draw: np.random.Generator) -> NDArray[np.float64]:
    """(count, 6): a sensor that lies as it did in one sample, at rest."""
    held = np.repeat(sample[None], count, axis=0).astype(np.float64)
    held[:, 3:] = 0.0
    return held + draw.standard_normal((count, 6)) * _NOISE


class Sender(threading.Thread):
    """Sends the streams at their pace; `begun` is the LSL time of their zero."""

    def __init__(self, played: Played, recording: Recording, prefix: str) -> None:
        super().__init__()
        self._played = played
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
        while at < self._played.length:
            at += TICK
            time.sleep(max(0.0, self.begun + at - float(pylsl.local_clock())))
            for device, (times, samples) in self._played.streams.items():
                first, last = np.searchsorted(times, [at - TICK, at])
                self._outlets[device].push(samples[first:last], times[first:last] + self.begun)


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
    played, prefix = joined(recordings), f"tug{os.getpid()}-"
    sender = Sender(played, recordings[0], prefix)
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
    rows = list(csv.DictReader((out / "session.tug.csv").open(encoding="utf-8")))
    done = labeled(replace(recordings[0], annotations=played.annotations))
    return list(trials_of([done])), rows


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
