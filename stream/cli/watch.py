"""`hnhar-watch`: what a running recognizer publishes, as a table, as JSON lines or as the dashboard."""

import argparse
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hnhar.model.errors import ConfigError

from ..dashboard.live import LiveDashboard
from ..dashboard.state import DashboardState
from ..publish.subscriber import Subscriber
from ..publish.wire import KINDS
from .common import guarded, stopping
from .console import SafeConsole
from .options.publishing import add_curve_option, add_topic_option
from .options.values import split
from .parsing import Parser, parser
from .watch_output import JsonLines, RemoteDashboard, TableOutput, WatchOutput
from .watch_teller import Teller

_ADDRESS = "tcp://127.0.0.1:5557"
_TICK = 0.2
"""s after which a wait looks whether it was stopped."""

_EPILOG = f"""examples:
  hnhar-watch                                    a live table of {_ADDRESS}
  hnhar-watch tcp://127.0.0.1:5557 --dashboard   the recognizer's own dashboard, from elsewhere
  hnhar-watch --json --kinds event               one JSON object a line, onsets and offsets only
  hnhar-watch --json --count 100 > messages.jsonl
  hnhar-watch --json --kinds event | jq -r 'select(.kind == "onset") | .label'

The publisher need not run yet, and may be started anew. Lost messages are told on stderr, by their sequence
numbers. Ctrl-C ends. The messages and their fields: hnhar-docs messages
"""


def build_parser(prog: str = "hnhar-watch") -> Parser:
    """The options of hnhar-watch."""
    made = parser(prog, "Watch what a running recognizer publishes over ZeroMQ.", _EPILOG)
    made.add_argument(
        "address", nargs="?", default=_ADDRESS, help="where it publishes (default: %(default)s)"
    )
    how = made.add_mutually_exclusive_group()
    how.add_argument(
        "--json", action="store_true", help="one JSON object for each message on standard output"
    )
    how.add_argument("--dashboard", action="store_true", help="the dashboard, fed from afar")
    made.add_argument(
        "--kinds",
        metavar="KIND,KIND",
        default=",".join(KINDS),
        help="messages to show (default: %(default)s)",
    )
    made.add_argument(
        "--wearer", metavar="ID", help="predictions and events of this wearer only (default: of all)"
    )
    made.add_argument("--count", metavar="N", type=int, help="end after N messages (default: at Ctrl-C)")
    made.add_argument(
        "--timeout",
        metavar="S",
        type=float,
        help="end when no message came for S seconds, with exit code 1 (default: wait on)",
    )
    add_curve_option(made, "FILE", "the file that hnhar-keys add wrote, or the folder it lies in")
    add_topic_option(made)
    return made


def main(argv: Sequence[str] | None = None, prog: str = "hnhar-watch") -> int:
    """Run `hnhar-watch`; 0 when stopped or complete, 1 when --timeout ended it, 2 for what cannot be done."""
    return guarded(lambda: _watch(build_parser(prog).parse_args(argv)))


def _watch(arguments: argparse.Namespace) -> int:
    if arguments.count is not None and arguments.count < 1:
        raise ConfigError(f"--count {arguments.count} asks for nothing: give 1 or more")
    if arguments.timeout is not None and not arguments.timeout > 0:
        raise ConfigError(f"--timeout {arguments.timeout:g} would end at once: give seconds above 0")
    kinds = split(arguments.kinds)
    if not kinds:
        raise ConfigError(f"--kinds names no kind: choose from {', '.join(KINDS)}")
    if arguments.dashboard:
        kinds = list(KINDS)
    with (
        stopping() as stopped,
        Subscriber(
            arguments.address,
            topic_prefix=arguments.topic_prefix,
            kinds=kinds,
            wearer=arguments.wearer,
            curve_keys=arguments.curve_keys,
        ) as subscriber,
    ):
        teller = Teller(subscriber, quiet=arguments.dashboard)
        try:
            with _output(arguments, stopped) as output:
                return _follow(subscriber, output, teller, stopped, arguments.count, arguments.timeout)
        finally:
            teller.finish()


@contextmanager
def _output(arguments: argparse.Namespace, stopped: threading.Event) -> Iterator[WatchOutput]:
    """The display that the options name, while the context lasts; the dashboard's key q sets `stopped`."""
    if arguments.json:
        yield JsonLines()
    elif arguments.dashboard:
        state = DashboardState(arguments.address, remote=True)
        with LiveDashboard(state, console=SafeConsole(), on_quit=stopped.set) as dashboard:
            yield RemoteDashboard(dashboard)
    else:
        with TableOutput(arguments.address) as table:
            yield table


def _follow(
    subscriber: Subscriber,
    output: WatchOutput,
    teller: Teller,
    stopped: threading.Event,
    count: int | None,
    timeout: float | None,
) -> int:
    """Pass messages on until it is over; the exit code."""
    shown = 0
    last = time.monotonic()
    while not stopped.is_set():
        received = subscriber.receive(_TICK)
        output.link(subscriber.connected, sum(subscriber.lost.values()), subscriber.refusal)
        teller.look(received)
        if received is not None:
            last = time.monotonic()
            output.show(received)
            shown += 1
            if count is not None and shown >= count:
                return 0
        elif timeout is not None and time.monotonic() - last >= timeout:
            teller.say(f"no message for {timeout:g} s")
            return 1
    return 0
