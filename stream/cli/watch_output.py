"""The ways in which `hnhar-watch` shows messages."""

import io
import json
import sys
import time
from typing import Protocol, Self

import msgspec
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hnhar.model.errors import HnharError

from ..dashboard.live import LiveDashboard
from ..dashboard.words import tempo
from ..messages import Event, Prediction, Status
from ..printable import printable
from ..publish.subscriber import Received
from ..publish.wire import to_map
from .console import SafeConsole

_FRAME = 0.1
"""s between two drawings of the table."""


class WatchOutput(Protocol):
    """Display of received messages."""

    def show(self, received: Received) -> None:
        """Show one message."""

    def link(self, connected: bool, lost: int, refusal: str) -> None:
        """Show the state of the connection, and the reason of a refusal; called several times a second."""


class JsonLines:
    """One JSON object a line, flushed: the payload with its topic and how many were lost before it."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # JSON is UTF-8, whatever the locale
            sys.stdout.reconfigure(encoding="utf-8")

    def show(self, received: Received) -> None:
        content = to_map(received.message, received.publisher, repeat=received.repeat)
        # msgspec writes NaN as null, which every reader of JSON takes
        line = msgspec.json.encode({"topic": received.topic, "lost": received.lost, **content}).decode()
        sys.stdout.write((line if line.isprintable() else _escaped(line)) + "\n")
        sys.stdout.flush()

    def link(self, connected: bool, lost: int, refusal: str) -> None:
        """The connection is told on stderr."""


class RemoteDashboard:
    """The dashboard of a publisher, drawn by the messages that come from it."""

    def __init__(self, dashboard: LiveDashboard) -> None:
        self._dashboard = dashboard

    def show(self, received: Received) -> None:
        self._dashboard.feed(received.message)

    def link(self, connected: bool, lost: int, refusal: str) -> None:
        """Draw how the connection stands. Raises HnharError where drawing has broken off."""
        if self._dashboard.failed:
            raise HnharError(
                "the dashboard broke off, see above: watch without --dashboard, and please report it"
            )
        self._dashboard.set_link(connected, lost, refusal)


def _escaped(line: str) -> str:
    """JSON whose strings hold no character that commands a terminal; they mean the same."""
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)


class TableOutput:
    """The latest of each wearer and the last events: redrawn in a terminal, one line a change elsewhere."""

    def __init__(self, address: str, console: SafeConsole | None = None) -> None:
        self._address = address
        self._console = console or SafeConsole()
        self._live: Live | None = None
        if self._console.draws:
            # what is said on a terminal moves the table down; a file that stderr goes to stays its own
            moves = sys.stderr.isatty()
            self._live = Live(console=self._console, auto_refresh=False, redirect_stderr=moves)
        self._predictions: dict[str, Prediction] = {}
        self._events: list[Event] = []
        self._status: Status | None = None
        self._link = (False, 0, "")
        self._drawn = float("-inf")

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.update(self._table(), refresh=True)
            self._live.stop()

    def show(self, received: Received) -> None:
        message = printable(received.message)
        if isinstance(message, Prediction):
            self._predictions[message.wearer] = message
        elif isinstance(message, Event):
            self._events = [*self._events[-7:], message]
        else:
            self._status = message
        if self._live is None:
            self._console.print(Text(_line(message)), soft_wrap=True)
        self._draw()

    def link(self, connected: bool, lost: int, refusal: str) -> None:
        self._link = (connected, lost, refusal)
        self._draw()

    def _draw(self) -> None:
        now = time.monotonic()
        if self._live is not None and now - self._drawn >= _FRAME:
            self._drawn = now
            self._live.update(self._table(), refresh=True)

    def _table(self) -> RenderableType:
        connected, lost, refusal = self._link
        state = "connected" if connected else "not let in" if refusal else "waiting for a publisher"
        title = Text.assemble((self._address, "bold"), f" · {state}")
        if self._status is not None:
            title.append(f" · {self._status.model}")
        title.append(f" · {lost} lost", style="bold red" if lost else "")
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for name in ("wearer", "activity", "confidence", "from", "end (s)", "latency", "seq"):
            table.add_column(
                name, justify="right" if name in ("confidence", "end (s)", "latency", "seq") else "left"
            )
        for wearer, latest in sorted(self._predictions.items()):
            table.add_row(
                Text(wearer, style="bold"),
                Text("unknown" if latest.unknown else latest.label),
                f"{latest.confidence:.0%}",
                Text("+".join(latest.modalities)),
                f"{latest.end:.2f}",
                f"{latest.latency.total * 1000:.1f} ms",
                str(latest.seq),
            )
        events = [Text(_line(event)) for event in reversed(self._events)]
        streams = [Text(line) for line in _streams(self._status)]
        return Group(
            title, table, *([Text(), *events] if events else []), *([Text(), *streams] if streams else [])
        )


def _line(message: Prediction | Event | Status) -> str:
    """A message in one line of text."""
    label = "" if isinstance(message, Status) else "unknown" if message.unknown else message.label
    if isinstance(message, Prediction):
        source = "+".join(message.modalities)
        return f"{message.end:12.3f}  {message.wearer}  {label}  {message.confidence:.0%}  {source}"
    if isinstance(message, Event):
        lasted = f" after {message.duration:.2f} s" if message.duration is not None else ""
        often = f", {tempo(message.repetitions)}" if tempo(message.repetitions) else ""
        return f"{message.decided:12.3f}  {message.wearer}  {message.kind} of {label}{lasted}{often}"
    live = sum(stream.state.value == "live" for stream in message.streams)
    streams = f"{live} of {len(message.streams)} streams live"
    return f"{message.time:12.3f}  status: {streams}, {message.predictions} predictions"


def _streams(status: Status | None) -> list[str]:
    """A line for each stream that is not live, with the reason."""
    streams = status.streams if status is not None else ()
    return [
        f"{stream.wearer} {stream.feed}: {stream.state.value} {stream.note}".rstrip()
        for stream in streams
        if stream.state.value != "live"
    ]
