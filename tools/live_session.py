"""A real session live, as a laboratory would run it: how many of the performed actions are recognized?

`hnhar-replay` plays a session composed of one subject's UTD-MHAD trials over LSL. Three `hnhar-stream`
recognize it at once, from both streams, from the IMU alone and from the skeleton alone; three `hnhar-watch
--json` receive what they publish. What was performed is read from the replay's marker stream. The same
session is then recognized offline, at the times at which it was played, so that the windows end where the
live ones did; events that are not the same within one hop are listed.

    python -m tools.live_session ~/corpora/utd_mhad --subject 2 --looks docs/results.md --json live.json

Subject 7, the default, is one of those that the shipped bundles learned from: it shows that live and offline
agree, and no accuracy.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table
from tools.processes import free_address, isolated_lsl, machine, running

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import warn
from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.markers import MarkerReader
from hnhar.stream.lsl.source import parse_source
from hnhar.stream.messages import Event, Status
from hnhar.stream.progress import progress_bars
from hnhar.stream.publish.subscriber import Subscriber
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.recording import Annotation, Recording
from hnhar.stream.recordings.score import Recognized, Score, match, recognized, twins
from hnhar.train.bundles.learned import acquainted
from hnhar.train.output.documents import publish
from hnhar.train.output.looks import NOT_CONSULTED, open_log

WAYS: dict[str, tuple[str, ...]] = {
    "both": ("imu", "skeleton"),
    "IMU": ("imu",),
    "skeleton": ("skeleton",),
}


@dataclass(frozen=True, slots=True)
class Live:
    """Outcome of one way of recognizing."""

    score: Score
    events: list[Recognized]
    predictions: int
    missing: int
    """Sequence numbers of predictions and events that `hnhar-watch` did not receive."""
    lost: int
    """As `hnhar-watch` itself counts them."""


def play(
    recording: Recording, options: argparse.Namespace, folder: Path, console: Console
) -> tuple[list[Annotation], dict[str, Path]]:
    """Run all processes until the session is over; what was marked, and the lines that were received."""
    prefix = f"live{os.getpid()}-"
    sources = {kind: f"{prefix}{kind}" for kind in ("imu", "skeleton")}
    lines = {way: folder / f"watch-{way}.jsonl" for way in WAYS}
    markers = MarkerReader(parse_source(f"{prefix}markers"))
    replay = [
        "hnhar-replay",
        str(options.data),
        "--subject",
        str(options.subject),
        "--seed",
        str(options.seed),
    ]
    replay += ["--placement", options.placement, "--name-prefix", prefix, "--wait-for-consumers", "--quiet"]
    replay += ["--speed", f"{options.speed:g}"]
    length = (recording.end - recording.start) / options.speed
    with ExitStack() as stack:
        for way, kinds in WAYS.items():
            address = free_address()
            asked = [part for kind in kinds for part in (f"--{kind}-source", sources[kind])]
            command = [
                "hnhar-stream",
                *asked,
                "--weights",
                options.weights,
                "--no-dashboard",
                "--publish",
                address,
            ]
            stack.enter_context(running(command, folder / f"stream-{way}.log"))
            stack.enter_context(running(["hnhar-watch", address, "--json"], lines[way]))
            ready(address)
        markers.start()
        sender = stack.enter_context(running(replay, folder / "replay.log"))
        begun = time.monotonic()
        with progress_bars(console, unit="s", transient=True) as progress:
            task = progress.add_task(f"live, {length:.0f} s", total=length, note="")
            while sender.poll() is None:
                progress.update(task, completed=time.monotonic() - begun)
                time.sleep(0.2)
                if time.monotonic() - begun > length + 120:
                    raise SystemExit("the replay did not end")
        # a window and a status more, so that the last events are out
        time.sleep(3.0)
    markers.stop()
    return [a for a in markers.annotations()[0] if a.duration > 0], lines


def ready(address: str, patience: float = 60.0) -> None:
    """Wait for the first status of a recognizer; SystemExit after `patience` s."""
    deadline = time.monotonic() + patience
    with Subscriber(address, kinds=("status",)) as subscriber:
        while time.monotonic() < deadline:
            received = subscriber.receive(0.5)
            if received is not None and isinstance(received.message, Status):
                return
    raise SystemExit(f"a recognizer did not begin within {patience:g} s")


def judge(path: Path, performed: Sequence[Annotation]) -> Live:
    """Score the lines that `hnhar-watch --json` wrote."""
    events: list[Event] = []
    seen: dict[str, list[int]] = {"prediction": [], "event": []}
    lost = 0
    for text in path.read_text("utf-8").splitlines():
        if not text.startswith("{"):
            continue
        line = json.loads(text)
        lost += line["lost"]
        if line["type"] in seen:
            seen[line["type"]].append(line["seq"])
        if line["type"] == "event":
            events.append(msgspec.convert(line, Event))
    missing = sum(numbers[-1] - numbers[0] + 1 - len(numbers) for numbers in seen.values() if numbers)
    found = recognized(events)
    return Live(match(performed, found), found, len(seen["prediction"]), missing, lost)


def shift_of(performed: Sequence[Annotation], recording: Recording) -> float:
    """s from the recording's clock to the one it was played on, by the markers."""
    truth = [a for a in recording.annotations if a.duration > 0]
    if [a.label for a in performed] != [a.label for a in truth]:
        raise SystemExit(f"{len(performed)} of {len(truth)} actions were marked as performed: no comparison")
    return float(np.median([a.onset - b.onset for a, b in zip(performed, truth, strict=True)]))


def moved(recording: Recording, shift: float) -> Recording:
    """The recording at the times at which it was played, so that window ends fall on the same grid."""
    streams = tuple(replace(s, timestamps=s.timestamps + shift) for s in recording.streams)
    annotations = tuple(replace(a, onset=a.onset + shift) for a in recording.annotations)
    return replace(recording, streams=streams, annotations=annotations)


def offline(recording: Recording, kinds: Sequence[str], weights: str) -> tuple[list[Recognized], int]:
    """The same session through the offline path: its events, and how many windows it predicted on."""
    from hnhar.model.loading import load
    from hnhar.model.runtime import Runtime
    from hnhar.stream.engine.offline import recognize

    info, recognizer = load(find(weights))
    kept = replace(recording, streams=tuple(s for s in recording.streams if s.modality in kinds))
    found = recognize(kept, Runtime(info, recognizer), info)
    return recognized(found.events), len(found.predictions)


def beside(event: Recognized, others: Sequence[Recognized], start: float) -> str:
    """An event without a twin, and what the other run has nearest to it (times from the session's start)."""
    said = f"{event.label} {event.onset - start:.2f} to {event.offset - start:.2f} s"
    if not others:
        return f"{said}; the other has none"
    near = min(others, key=lambda o: abs(o.onset - event.onset) + abs(o.offset - event.offset))
    there = f"{near.label}, onset {near.onset - event.onset:+.2f}, offset {near.offset - event.offset:+.2f} s"
    return f"{said}; the other's nearest is {there}"


def compare(
    live: Sequence[Recognized], other: Sequence[Recognized], hop: float, start: float
) -> dict[str, Any]:
    """The events of both runs: twins (same label, both ends within one hop), and the others with the
    difference."""
    same = twins(live, other, hop + 1e-3)
    apart = [max(abs(a.onset - b.onset), abs(a.offset - b.offset)) for a, b in same.pairs]
    return {
        "live": len(live),
        "offline": len(other),
        "same_within_a_hop": len(same.pairs),
        "largest_difference_s": round(max(apart), 4) if apart else None,
        "live_only": [beside(e, other, start) for e in same.first],
        "offline_only": [beside(e, live, start) for e in same.second],
    }


def row(live: Live) -> dict[str, Any]:
    """Figures of one way."""
    score = live.score
    return {
        "performed": score.actions,
        "recognized": len(score.hits),
        "recall": round(score.recall, 4),
        "events": score.events,
        "false": len(score.false_events),
        "false_share": round(score.false_share, 4) if score.events else None,
        "f1": round(score.f1, 4),
        "onset_error_s": round(score.onset_error, 3),
        "predictions": live.predictions,
        "missing_sequences": live.missing,
        "lost": live.lost,
    }


def section(info_id: str, options: argparse.Namespace, figures: dict[str, dict[str, Any]]) -> str:
    """The table and the events without a twin, as Markdown."""
    names = [name for name, value in figures["both"].items() if not isinstance(value, list)]
    lines = [
        "## Live beside offline",
        "",
        f"`tools/live_session.py`: a session of subject {options.subject} ({options.placement}), played over "
        f"LSL at speed {options.speed:g} to three `hnhar-stream` with {info_id}, and recognized offline at "
        "the times at which it was played. The same: same label, onset and offset within one hop.",
        "",
        f"| | {' | '.join(figures)} |",
        "|---" * (len(figures) + 1) + "|",
    ]
    lines += [
        f"| {name.replace('_', ' ')} | {' | '.join(str(figures[way][name]) for way in figures)} |"
        for name in names
    ]
    apart = [
        f"- {way}, {which.replace('_', ' ')}: {text}"
        for way in figures
        for which in ("live_only", "offline_only")
        for text in figures[way][which]
    ]
    return "\n".join(
        [*lines, "", *(["Without a twin:", "", *apart] if apart else ["Each event has its twin."])]
    )


def look(info_id: str, options: argparse.Namespace, figures: dict[str, dict[str, Any]]) -> str:
    """A line for the log of looks at test subjects."""
    said = "; ".join(
        f"{way} {f['recognized']}/{f['performed']} recognized, {f['false']} false of {f['events']}, "
        f"{f['same_within_a_hop']} of {f['live']} as offline"
        for way, f in figures.items()
    )
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{now}: `tools/live_session.py` with `{info_id}`, subject {options.subject} live: {said}"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and say; 1 where messages were lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("data", type=Path, help="folder of UTD-MHAD trials (Inertial/ and Skeleton/)")
    parser.add_argument("--subject", type=int, default=7, help="default 7, whom shipped bundles learned from")
    parser.add_argument("--placement", choices=("wrist", "thigh"), default="wrist")
    parser.add_argument("--seed", type=int, default=0, help="of the composition (default 0)")
    parser.add_argument("--speed", type=float, default=1.0, help="default 1: as it was")
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--doc", metavar="FILE", help="put the table into this file")
    parser.add_argument("--looks", metavar="FILE", help="log the look at a test subject there")
    options = parser.parse_args(argv)
    tested = [options.subject] if options.subject in NOT_CONSULTED else []
    try:
        open_log(tested, options.looks, "--subject 7")
    except ConfigError as error:
        parser.error(str(error))
    console = Console(width=110)
    info = read_info(find(options.weights))
    if line := acquainted(info, [options.subject]):
        warn(line)
    recording = open_recording(
        options.data, subject=options.subject, placement=options.placement, seed=options.seed
    )
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        configure()
        performed, lines = play(recording, options, Path(folder), console)
        ways = {way: judge(path, performed) for way, path in lines.items()}
    played = moved(recording, shift_of(performed, recording))
    without = {way: offline(played, kinds, options.weights) for way, kinds in WAYS.items()}
    figures = {
        way: row(live)
        | {"predictions_offline": without[way][1]}
        | compare(live.events, without[way][0], info.hop, played.start)
        for way, live in ways.items()
    }
    table = Table(title=f"{info.id}, subject {options.subject}, {options.placement}, live over LSL")
    for heading in ("", *figures):
        table.add_column(heading, justify="right" if heading else "left")
    for name in (n for n, value in figures["both"].items() if not isinstance(value, list)):
        table.add_row(name.replace("_", " "), *(f"{figures[way][name]}" for way in figures))
    console.print(table)
    for way, live in ways.items():
        wrong = ", ".join(f"{a} taken for {b}" for a, b in live.score.confusions)
        missed = ", ".join(a.label for a in live.score.misses)
        console.print(f"{way}: missed {missed or 'none'}; confused {wrong or 'none'}")
        for which in ("live_only", "offline_only"):
            for text in figures[way][which]:
                console.print(f"  {which.replace('_', ' ')}: {text}", markup=False, highlight=False)
    if options.json:
        made = {"bundle": info.id, "subject": options.subject, "seed": options.seed, "speed": options.speed}
        options.json.write_text(
            json.dumps({**made, "machine": machine(), **figures}, indent=2) + "\n", "utf-8"
        )
    seen = look(info.id, options, figures) if tested else None
    publish(options, "live", section(info.id, options, figures), seen)
    return int(any(live.missing or live.lost for live in ways.values()))


if __name__ == "__main__":
    raise SystemExit(main())
