"""A performer whom nobody trained on, live: unrecognized, two minutes of `hnhar adapt`, recognized.

A synthetic performer of another seed wears the sensor turned, and the camera stands aside. `hnhar-stream`
reads the IMU alone while the performer goes through some activities; `hnhar-adapt` learns from both streams,
without labels, while they are performed; then the performer goes through them again, and two `hnhar-stream`
read the IMU alone, one with the weights as shipped and one with those of the wearer. Everything is real: LSL
and ZeroMQ on loopback, in real time.

    python -m tools.adapt_live --figure docs/adapting.svg --json adapt.json

The shipped weights learned from performers of the same generator, so this shows that it works, and no
accuracy; what adapting is worth to people is measured by tools.adaptation.
"""

import argparse
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pylsl
from tools.adapt_figure import Track, drawn
from tools.live_session import judge, ready
from tools.processes import free_address, isolated_lsl, machine, running

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.stream.cli.common import say
from hnhar.stream.lsl.config import configure
from hnhar.stream.lsl.player import Player, PlayOptions
from hnhar.stream.recordings import Annotation, Recording
from hnhar.train.synthesis.elsewhere.camera import viewed
from hnhar.train.synthesis.elsewhere.mount import AXES, turned
from hnhar.train.synthesis.performer import perform

PERSON: Final = 1234
"""A performer whom no bundle learned from."""
ACTIONS: Final = ("swipe_left", "clap", "boxing", "arm_curl", "arm_cross", "push", "knock", "draw_triangle")
"""Some that a turn of the sensor hides; of others, such as a throw, the strength tells enough."""
PREFIX: Final = "adapt-live-"
PATIENCE: Final = 900.0
"""s that a training, or a process that begins, is waited for."""


@dataclass(frozen=True, slots=True)
class Worn:
    """How the performer stands and wears the sensor."""

    turn: float
    """Degrees that the sensor is turned about `axis`."""
    axis: str
    camera: float
    """Degrees that the camera has gone round the performer."""

    def __call__(self, recording: Recording) -> Recording:
        """The recording of that performer."""
        return viewed(turned(recording, self.turn, self.axis), yaw=self.camera)


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A part of the session that was played."""

    begin: float
    """LSL clock at its first sample, s."""
    performed: tuple[Annotation, ...]
    """On the LSL clock."""


@contextmanager
def stage(recording: Recording) -> Iterator[Player]:
    """The performer before the sensors: streams are there, nothing is sent yet."""
    yield Player(recording, PlayOptions(name_prefix=PREFIX))


def play(player: Player, seconds: float | None = None) -> Played:
    """Perform once somebody reads it, to the end or for `seconds`."""
    stop = threading.Event()
    player.wait_for_consumers(stop)
    timer = threading.Timer(seconds, stop.set) if seconds is not None else None
    begin = pylsl.local_clock()
    if timer is not None:
        timer.start()
    player.play(stop)
    if timer is not None:
        timer.cancel()
    shift, end = begin - player.recording.start, pylsl.local_clock()
    moved = (replace(a, onset=a.onset + shift) for a in player.recording.annotations if a.duration > 0)
    return Played(begin, tuple(a for a in moved if a.offset <= end))


def recognized_by(
    weights: Sequence[Path],
    recording: Recording,
    folder: Path,
    during: Sequence[str] = (),
    seconds: float | None = None,
) -> tuple[Played, list[Path]]:
    """Play a recording to one `hnhar-stream` of the IMU alone for each of some weights.

    `during`: a command that is run meanwhile, until it ends. What was played, and the lines of each.
    """
    lines = []
    with ExitStack() as stack:
        player = stack.enter_context(stage(recording))
        for number, path in enumerate(weights):
            address = free_address()
            command = [
                *("hnhar-stream", "--imu-source", f"{PREFIX}imu", "--weights", str(path)),
                *("--no-dashboard", "--publish", address),
            ]
            stack.enter_context(running(command, folder / f"stream-{number}.log"))
            lines.append(folder / f"watch-{number}.jsonl")
            stack.enter_context(running(["hnhar-watch", address, "--json"], lines[-1]))
            ready(address, PATIENCE)
        learner = stack.enter_context(running(during, folder / "adapt.log")) if during else None
        if learner is not None:
            time.sleep(3.0)  # it reads the weights' description before it looks for the streams
        played = play(player, seconds)
        if learner is not None:
            _wait(learner, folder / "adapt.log")
        time.sleep(3.0)  # a window and a status more, so that the last events are out
    return played, lines


def _wait(learner: "subprocess.Popen[bytes]", log: Path) -> None:
    try:
        code = learner.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        code = -1
    if code:
        raise SystemExit(f"hnhar-adapt ended with {code}:\n{log.read_text('utf-8')[-2000:]}")


def session(options: argparse.Namespace, folder: Path) -> list[Track]:
    """The three parts, as tracks of a figure."""
    worn, shipped, made = (
        Worn(options.turn, options.axis, options.camera),
        find(options.weights),
        folder / "wearer.safetensors",
    )

    def performs(seed: int, repetitions: int) -> Recording:
        return worn(perform(seed=seed, person=PERSON, actions=ACTIONS, repetitions=repetitions))

    tracks, folders = [], [folder / name for name in ("before", "adapting", "after")]
    for part in folders:
        part.mkdir()
    say("as shipped, the IMU alone …")
    played, lines = recognized_by([shipped], performs(options.seed, 1), folders[0])
    tracks.append(Track("as shipped", played.begin, played.performed, judge(lines[0], played.performed)))
    say(f"hnhar adapt, both streams, no labels, {options.minutes:g} min …")
    command = [
        *("hnhar-adapt", "--imu-source", f"{PREFIX}imu", "--skeleton-source", f"{PREFIX}skeleton"),
        *("--weights", str(shipped), "--wearer", "wearer", "--out", str(made)),
        *("--minutes", f"{options.minutes:g}"),
    ]
    longer = performs(options.seed + 1, 2 + round(options.minutes))
    played, lines = recognized_by([shipped], longer, folders[1], command, 60 * options.minutes + 10)
    tracks.append(Track("adapting", played.begin, played.performed, judge(lines[0], played.performed)))
    say((folders[1] / "adapt.log").read_text("utf-8"))
    say("the same activities again, the IMU alone …")
    played, lines = recognized_by([shipped, made], performs(options.seed + 2, 1), folders[2])
    for name, path in zip(("after, as shipped", "after, adapted"), lines, strict=True):
        tracks.append(Track(name, played.begin, played.performed, judge(path, played.performed)))
    return tracks


def main(argv: Sequence[str] | None = None) -> int:
    """Run it and draw; 1 where the wearer is not recognized better than before."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--weights", default=DEFAULT, help=f"bundle (default {DEFAULT})")
    parser.add_argument("--turn", type=float, default=70.0, help="degrees of the sensor (default 70)")
    parser.add_argument("--axis", choices=AXES, default="y", help="of the sensor's turn (default y)")
    parser.add_argument("--camera", type=float, default=60.0, help="degrees of the camera (default 60)")
    parser.add_argument("--minutes", type=float, default=2.0, help="of hnhar adapt (default 2)")
    parser.add_argument("--seed", type=int, default=40, help="of what is performed (default 40)")
    parser.add_argument("--figure", type=Path, help="draw it there, as SVG")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args(argv)
    info = read_info(find(options.weights))
    with tempfile.TemporaryDirectory() as folder, isolated_lsl(Path(folder)):
        configure()
        tracks = session(options, Path(folder))
    for track in tracks:
        score = track.live.score
        say(
            f"{track.name}: {len(score.hits)} of {score.actions} recognized by the IMU alone, "
            f"{len(score.false_events)} false; F1 {score.f1:.2f}"
        )
    if options.figure:
        options.figure.write_text(drawn(tracks, info.id, options.turn, options.camera), "utf-8")
    if options.json:
        rows = {
            t.name: {
                "recognized": len(t.live.score.hits),
                "performed": t.live.score.actions,
                "false": len(t.live.score.false_events),
                "f1": round(t.live.score.f1, 4),
            }
            for t in tracks
        }
        made = {"bundle": info.id, "turn": options.turn, "camera": options.camera, "minutes": options.minutes}
        options.json.write_text(
            json.dumps({**made, "machine": machine(), "tracks": rows}, indent=2) + "\n", "utf-8"
        )
    return int(len(tracks[-1].live.score.hits) <= len(tracks[0].live.score.hits))


if __name__ == "__main__":
    raise SystemExit(main())
