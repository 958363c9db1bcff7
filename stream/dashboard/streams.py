"""The dashboard's views of the input streams, the last activities and the run. Pure."""

import textwrap
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from ..messages import StreamState, StreamStatus
from ..printable import printable
from .glyphs import QUIET, style_of, words_of
from .state import DashboardState

_EXTRA: Final = ("drops", "clock", "samples")
_SIGNS: Final = {
    StreamState.LIVE: ("●", Style(color="green")),
    StreamState.WARMUP: ("◐", Style(color="cyan")),
    StreamState.VALIDATING: ("◐", Style(color="cyan")),
    StreamState.OPENING: ("◐", Style(color="cyan")),
    StreamState.RESOLVING: ("○", Style(bold=True)),
    StreamState.STALLED: ("▲", Style(color="red", bold=True)),
    StreamState.LOST: ("✖", Style(color="red", bold=True)),
    StreamState.REFUSED: ("✖", Style(color="red", bold=True)),
    StreamState.ENDED: ("■", QUIET),
}


def header(state: DashboardState, now: float, width: int) -> Text:
    """One row: what runs, how long, where it publishes, who listens."""
    left = Text.assemble((" hnhar ", "bold reverse"))
    status = state.status
    if status is None:
        where = f" waiting for a publisher at {state.address}" if state.remote else " starting"
        return _cut(left.append(where, style="bold"), width)
    left.append(f" {status.model}")
    right = Text(f"up {_duration(status.uptime + now - state.status_arrived)}")
    if status.address:
        right.append(f" · {status.address} · {_count(status.subscribers, 'subscriber')}")
    if state.remote and not state.connected:
        right = Text(
            f"✖ no connection to {state.address}, last heard {_duration(now - state.status_arrived)} ago",
            "bold red",
        )
    space = width - right.cell_len - 1
    if space < 9:
        return _cut(right, width)
    left = _cut(left, space - 1)
    return Text.assemble(left, " " * (width - left.cell_len - right.cell_len - 1), right)


def footer(state: DashboardState, width: int) -> Text:
    """One row: latency and counts."""
    status = state.status
    if status is None:
        return Text(" ")
    parts = []
    total = status.latency.get("total")
    if total is not None:
        parts.append(f"latency p50 {_milliseconds(total.p50)}  p99 {_milliseconds(total.p99)}")
    if state.remote:
        parts.append(f"{state.lost} lost")
    parts.append(f"{status.skipped} skipped")
    parts.extend((_count(status.predictions, "prediction"), _count(status.events, "event")))
    while len(parts) > 1 and len(" · ".join(parts)) > width - 2:
        parts.pop()
    text = Text(" " + " · ".join(parts))
    if status.skipped or state.lost:
        text.highlight_regex(r"[1-9]\d* (skipped|lost)", "bold red")
    return _cut(text, width)


def streams(state: DashboardState, width: int, height: int) -> RenderableType:
    """The input streams and what is to be said of them; where not all have room, those in trouble first."""
    known = list(state.status.streams if state.status else ())
    inner, room = width - 4, height - 3
    marked = _markers(state, inner)[: max(0, room - 1)]
    room -= len(marked)
    names, blocks = _table(known, inner)
    if sum(map(len, blocks)) > room:
        known.sort(key=lambda stream: stream.state is StreamState.LIVE)
        names, blocks = _table(known, inner)
    lines: list[Text] = []
    shown = 0
    for block in blocks:
        if len(lines) + len(block) > room and shown:
            break
        lines.extend(block)
        shown += 1
    live = sum(stream.state is StreamState.LIVE for stream in known)
    title = Text(f"streams · {live} of {len(known)} live" if known else "streams", style="bold")
    subtitle = Text(f"and {len(known) - shown} more") if shown < len(known) else None
    body = Group(*((names, *lines) if known else (Text("no stream is known yet", "italic"),)), *marked)
    return Panel(
        body,
        title=title,
        title_align="left",
        subtitle=subtitle,
        box=box.ROUNDED,
        border_style=QUIET,
        width=width,
        height=height,
    )


def rows_of(state: DashboardState, width: int) -> int:
    """Rows that all streams with their notes would take."""
    known = state.status.streams if state.status else ()
    return 3 + sum(map(len, _table(known, width - 4)[1])) + len(_markers(state, width - 4))


def events(state: DashboardState, now: float, width: int, height: int) -> RenderableType:
    """The last activities of all wearers, newest first."""
    several = len(state.wearers) > 1
    latest = sorted(
        ((one, wearer, view) for wearer, view in state.wearers.items() for one in view.activities),
        key=lambda found: -found[0].decided,
    )[: max(1, height - 2)]
    lines = []
    for one, wearer, view in latest:
        ago = max(0.0, view.time(now) - one.onset)
        ended = "?" if one is not view.going or state.stale(view, now) else "▶ now"
        lasted = f"{one.duration:.1f} s" if one.duration is not None else ended
        line = Text.assemble((f"{'−' + _duration(ago):>6} ", QUIET))
        tail = Text(f" {lasted} {one.confidence:>4.0%}")
        label = Text(words_of(one.label), style=style_of(one.label, state.labels))
        if several:
            label = Text.assemble((f"{wearer} ", "bold"), label)
        label.truncate(
            min(40, max(4, width - 4 - line.cell_len - tail.cell_len)), overflow="ellipsis", pad=True
        )
        lines.append(Text.assemble(line, label, tail, no_wrap=True))
    body = Group(*lines) if lines else Text("none yet", style="italic")
    return Panel(
        body,
        title=Text("events", style="bold"),
        title_align="left",
        box=box.ROUNDED,
        border_style=QUIET,
        width=width,
        height=height,
    )


def _table(known: Sequence[StreamStatus], width: int) -> tuple[Text, list[list[Text]]]:
    """The row of column names, and the lines of each stream: its numbers, and up to two of note."""
    wide = width >= 86
    several = len({stream.wearer for stream in known}) > 1
    heads = [Text(name, style=QUIET) for name in ("state", "Hz", "age", "gaps", *(_EXTRA if wide else ()))]
    left = 0
    for declared in (True, False):
        rows = [[*_cells(stream, declared), *(_more(stream) if wide else ())] for stream in known]
        sizes = [max(cell.cell_len for cell in column) + 2 for column in zip(heads, *rows, strict=True)]
        left = width - sum(sizes)
        if left >= 9:
            break
    blocks = []
    for stream, cells in zip(known, rows, strict=True):
        note = textwrap.wrap(_note(stream), max(10, width - 2), max_lines=2, placeholder=" …")
        blocks.append(
            [
                _join(_name(stream, several, left), cells, sizes, left),
                *(Text(f"  {line}", style="italic") for line in note),
            ]
        )
    return _join(Text("stream", style=QUIET), heads, sizes, left), blocks


def _markers(state: DashboardState, width: int) -> list[Text]:
    """How the marker stream stands that the run is scored against; nothing without one."""
    wrapped = textwrap.wrap(printable(state.markers), max(10, width), max_lines=2, placeholder=" …")
    return [Text(line, style="italic", no_wrap=True) for line in wrapped]


def _join(name: Text, cells: Sequence[Text], sizes: Sequence[int], left: int) -> Text:
    """One row of the table; the state begins its column, numbers end theirs."""
    name.truncate(max(4, left), overflow="ellipsis", pad=True)
    row = Text.assemble(name, no_wrap=True)
    for place, (size, cell) in enumerate(zip(sizes, cells, strict=True)):
        space = " " * (size - cell.cell_len)
        row.append_text(Text.assemble("  ", cell, space[2:]) if place == 0 else Text.assemble(space, cell))
    return row


def _name(stream: StreamStatus, several: bool, width: int) -> Text:
    """The stream's own name, or where that is too long the part it plays."""
    wearer = f"{stream.wearer} " if several else ""
    full = stream.description.name if stream.description else stream.source
    if stream.feed not in full:
        full = f"{stream.feed} {full}"
    return Text.assemble((wearer, "bold"), full if len(wearer) + len(full) <= width else stream.feed)


def _cells(stream: StreamStatus, declared: bool) -> tuple[Text, ...]:
    """Cells for which every terminal has room; `declared`: with the nominal rate behind the measured one."""
    sign, style = _SIGNS[stream.state]
    nominal = stream.description.nominal_rate if stream.description else 0.0
    rate = "–" if stream.effective_rate is None else f"{stream.effective_rate:.1f}"
    wanted = f"/{nominal:g}" if nominal and declared else ""
    if stream.age is None:
        age = "–"
    else:
        age = f"{stream.age * 1000:.0f} ms" if stream.age < 1 else f"{stream.age:.1f} s"
    return (
        Text.assemble((f"{sign} {stream.state.value}", style)),
        Text.assemble(rate, (wanted, QUIET)),
        Text(age),
        Text(str(stream.gaps), style="bold red" if stream.gaps else ""),
    )


def _more(stream: StreamStatus) -> tuple[Text, ...]:
    """Cells for which only wide terminals have room."""
    offset = "–" if stream.clock_offset is None else f"{stream.clock_offset * 1000:+.1f} ms"
    return (
        Text(str(stream.drops), style="bold red" if stream.drops else ""),
        Text(offset),
        Text(str(stream.samples)),
    )


def _note(stream: StreamStatus) -> str:
    """What is to be said of a stream: where it is live, only what is wrong with it."""
    said = "; ".join(stream.faults) if stream.state is StreamState.LIVE else stream.note.replace("\n", " ")
    counts = {
        "repeated": stream.duplicates,
        "back": stream.steps_back,
        "clock jumps": stream.jumps,
        "not finite": stream.not_finite,
        **stream.dropped,
    }
    counted = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return "; ".join(filter(None, (said, counted)))


def _duration(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if abs(seconds) < 0.1 else f"{seconds * 1000:.0f} ms"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cut(text: Text, width: int) -> Text:
    text.truncate(max(1, width), overflow="ellipsis")
    return text
