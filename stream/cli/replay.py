"""`hnhar-replay`: recordings as live LSL streams."""

import argparse
import threading
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from hnhar.model.errors import ConfigError, RecordingError

from ..lsl import player as replay
from ..progress import progress_bars
from ..recordings import Recording, open_recording
from .common import complain, guarded, stopping, warn
from .console import SafeConsole
from .options.network import add_lsl_options, configure_lsl
from .options.reading import add_reading_options, clock_of, columns_of
from .options.recorded import COMPOSED, add_composition_options, seconds, speed_of
from .parsing import Parser, parser

_EPILOG = """examples:
  hnhar-replay synthetic                        a synthetic person, at its true pace
  hnhar-replay session.xdf --speed 4 --loop     four times as fast, again and again
  hnhar-replay UTD-MHAD/ --subject 2 --seed 1   a session composed of subject 2's wrist trials
  hnhar-replay a.xdf b.xdf --start 10 --end 60  seconds 10 to 60 of each, one after the other

Streams are named hnhar-imu, hnhar-skeleton and hnhar-markers (--name-prefix). Annotations are markers:
label/start, label/stop. A sample of recording time t is stamped "play start + t" at every speed: motion keeps
its true pace for whoever cuts windows by time stamps, and stamps run ahead of the clock where --speed is
above 1. LSL has no flow control: "max" plays 50 times as fast as it was, which a reader can keep up with.
"""


LINGER = 0.5
"""s for which the streams stay after the last sample: a reader loses what it has not yet pulled when they
end."""


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-replay") -> int:
    """Entry point; exit code 0 also after Ctrl-C and SIGTERM, 2 where something cannot be played."""
    return guarded(lambda: _run(build_parser(prog).parse_args(argv)))


def build_parser(prog: str = "hnhar-replay") -> Parser:
    """The options of hnhar-replay."""
    made = parser(prog, "Play recordings as live LSL streams, with their annotations as markers.", _EPILOG)
    made.add_argument("recordings", metavar="FILE", nargs="+", help=COMPOSED)
    made.add_argument(
        "--speed",
        type=speed_of,
        default=1.0,
        metavar="N|max",
        help="how many times as fast as it was recorded (default: 1)",
    )
    made.add_argument("--loop", action="store_true", help="begin again at the end, until stopped")
    made.add_argument("--start", type=seconds, metavar="S", help="skip the first S seconds (default: 0)")
    made.add_argument(
        "--end", type=seconds, metavar="S", help="stop S seconds after the beginning (default: at the end)"
    )
    made.add_argument(
        "--name-prefix",
        metavar="PREFIX",
        default="hnhar-",
        help="what the streams' names begin with (default: hnhar-)",
    )
    add_reading_options(made)
    add_composition_options(made, placement="wrist")
    made.add_argument(
        "--wait-for-consumers",
        action="store_true",
        help="begin when somebody reads the streams, so that nothing is missed",
    )
    made.add_argument("--quiet", action="store_true", help="no progress line")
    add_lsl_options(made)
    return made


def _run(arguments: argparse.Namespace) -> int:
    if not arguments.name_prefix or not arguments.name_prefix.isprintable():
        raise ConfigError("--name-prefix must be printable text and not empty.")
    if arguments.loop and len(arguments.recordings) > 1:
        raise ConfigError("--loop plays one recording again and again: give one FILE, or leave --loop out.")
    clock = clock_of(arguments)
    configure_lsl(arguments)
    console = SafeConsole()
    refused = 0
    with stopping() as stop:
        for path in arguments.recordings:
            if stop.is_set():
                break
            try:
                with console.status(f"reading {escape(path)}"):
                    recording = open_recording(
                        path,
                        subject=arguments.subject,
                        placement=arguments.placement,
                        seed=arguments.seed,
                        columns=columns_of(arguments),
                        clock=clock,
                        labels=arguments.labels,
                        tier=arguments.tier,
                    )
                _play(console, recording, arguments, stop)
            except RecordingError as error:
                if len(arguments.recordings) == 1:
                    raise
                complain(f"{path}: {error}")
                refused += 1
    return 2 if refused else 0


def _play(
    console: Console, recording: Recording, arguments: argparse.Namespace, stop: threading.Event
) -> None:
    for note in recording.notes:
        warn(note)
    options = replay.PlayOptions(
        speed=arguments.speed,
        loop=arguments.loop,
        start=arguments.start,
        end=arguments.end,
        name_prefix=arguments.name_prefix,
    )
    player = replay.Player(recording, options)
    name = recording.name or recording.wearer
    for outlet in player.outlets:
        about = outlet.description
        rate = f"{about.nominal_rate:g} Hz" if about.nominal_rate else "irregular"
        console.print(
            f"{escape(about.name)}  [dim]{escape(about.type)}, {len(about.channels)} channels, {rate}[/]"
        )
    if arguments.wait_for_consumers:
        console.print("waiting for a reader …")
        player.wait_for_consumers(stop)
    quiet = arguments.quiet or not console.is_terminal
    with progress_bars(console, unit="s", disable=quiet) as shown:
        task = shown.add_task(name, total=player.duration, note="")

        def report(at: replay.Progress) -> None:
            lap = f" (round {at.lap + 1})" if at.lap else ""
            shown.update(
                task,
                completed=at.position,
                note=f"{at.samples} samples  {at.marker}",
                description=f"{name}{lap}",
            )

        pushed = player.play(stop, None if quiet else report)
    if not stop.is_set():
        stop.wait(LINGER)
    stopped = ", stopped" if stop.is_set() else ""
    console.print(f"played {escape(name)}: {pushed} samples of {len(player.outlets)} streams{stopped}")
