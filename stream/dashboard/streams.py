"""The dashboard's table of the input streams. Pure."""

import textwrap
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

from ..messages import StreamState, StreamStatus
from ..printable import printable
from .colors import QUIET
from .glyphs import framed
from .state import DashboardState
from .words import duration

_COLUMNS: Final = ("state", "Hz", "age", "gaps", "drops", "clock", "samples")
"""Of the streams; the last three have room in wide terminals only."""
SIGNS: Final = {
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


def streams(state: DashboardState, width: int, height: int) -> RenderableType:
    """The input streams with their notes; where not all have room, those in trouble first."""
    known = list(state.status.streams if state.status else ())
    inner, room = width - 4, height - 3
    names, blocks = _table(known, inner)
    # a stream's line is worth more than the second one about markers
    spare = room - sum(map(len, blocks))
    marked = _markers(state, inner, lines=2 if spare >= 2 else 1)[: max(0, room - 1)]
    room -= len(marked)
    if sum(map(len, blocks)) > room:
        known.sort(key=lambda stream: stream.state is StreamState.LIVE and not stream.faults)
        names, blocks = _table(known, inner)
        blocks = [_shortened(block, 2, inner) for block in blocks]
    lines: list[Text] = []
    shown = 0
    for block in blocks:
        free = room - len(lines)
        if not free and shown:
            break
        lines.extend(_shortened(block, max(1, free), inner))
        shown += 1
    live = sum(stream.state is StreamState.LIVE for stream in known)
    heading = f"streams · {live} of {len(known)} live" if known else "streams"
    if known and not state.connected:
        heading = "streams · as last heard"
    subtitle = Text(f"and {len(known) - shown} more") if shown < len(known) else None
    body = Group(*((names, *lines) if known else (Text("no stream is known yet", "italic"),)), *marked)
    return framed(body, heading, height, width, subtitle)


def _shortened(block: Sequence[Text], rows: int, width: int) -> list[Text]:
    """The first rows of a stream: its numbers, and as much of its note as has room."""
    kept = list(block[:rows])
    if 1 < rows < len(block):
        last = kept[-1].copy()
        last.truncate(width - 2, overflow="crop")
        kept[-1] = last.append(" …")
    return kept


def rows_of(state: DashboardState, width: int) -> int:
    """Rows that all streams with their notes would take."""
    known = state.status.streams if state.status else ()
    return 3 + sum(map(len, _table(known, width - 4)[1])) + len(_markers(state, width - 4))


def _table(known: Sequence[StreamStatus], width: int) -> tuple[Text, list[list[Text]]]:
    """The row of column names, and the lines of each stream: its numbers, and up to two of note.

    Columns for which there is no room are left out: no number is cut.
    """
    wide = width >= 86
    several = len({stream.wearer for stream in known}) > 1
    # of one wearer's sensors the place is what tells one from another: numbers give way to it
    longest = 0 if several else max((cell_len(stream.feed) for stream in known), default=0)
    for columns, declared, gap in (
        (7 if wide else 4, True, 2),
        (4, False, 2),
        (4, False, 1),
        (3, False, 1),
        (2, False, 1),
        (1, False, 1),
    ):
        heads = [Text(name, style=QUIET) for name in _COLUMNS[:columns]]
        rows = [_cells(stream, declared)[:columns] for stream in known]
        sizes = [max(cell.cell_len for cell in column) + gap for column in zip(heads, *rows, strict=True)]
        left = width - sum(sizes)
        if left >= max(9 if gap == 2 else 6, longest):
            break
    blocks = []
    for stream, cells in zip(known, rows, strict=True):
        note = textwrap.wrap(_note(stream), max(10, width - 2), max_lines=2, placeholder=" …")
        blocks.append(
            [
                _join(_name(stream, several, left), cells, sizes, left, gap),
                *(Text(f"  {line}", style="italic") for line in note),
            ]
        )
    return _join(Text("stream", style=QUIET), heads, sizes, left, gap), blocks


def _markers(state: DashboardState, width: int, lines: int = 2) -> list[Text]:
    """State of the marker stream that the run is scored against; nothing without one."""
    wrapped = textwrap.wrap(printable(state.markers), max(10, width), max_lines=lines, placeholder=" …")
    return [Text(line, style="italic", no_wrap=True) for line in wrapped]


def _join(name: Text, cells: Sequence[Text], sizes: Sequence[int], left: int, gap: int) -> Text:
    """One row of the table, `gap` columns between its cells; the state begins its own, numbers end theirs."""
    name.truncate(max(1, left), overflow="ellipsis", pad=True)
    row = Text.assemble(name, no_wrap=True)
    for place, (size, cell) in enumerate(zip(sizes, cells, strict=True)):
        space = " " * (size - cell.cell_len)
        row.append_text(
            Text.assemble(" " * gap, cell, space[gap:]) if place == 0 else Text.assemble(space, cell)
        )
    return row


def _name(stream: StreamStatus, several: bool, width: int) -> Text:
    """The stream's own name, or where that is too long the part it plays; of several wearers, whose it is."""
    full = stream.description.name if stream.description else stream.source
    if stream.feed not in full:
        full = f"{stream.feed} {full}"
    if not several:
        return Text(full if len(full) <= width else stream.feed)
    for name in (full, stream.feed):
        if cell_len(stream.wearer) + 1 + cell_len(name) <= width:
            return Text.assemble((f"{stream.wearer} ", "bold"), name)
    # neither has room: both are cut, since either alone would be said of several
    wearer, part = Text(stream.wearer, style="bold"), Text(stream.feed)
    wearer.truncate(max(1, width - 1 - min(part.cell_len, width // 2)), overflow="ellipsis")
    part.truncate(max(1, width - 1 - wearer.cell_len), overflow="ellipsis")
    return Text.assemble(wearer, " ", part)


def _cells(stream: StreamStatus, declared: bool) -> tuple[Text, ...]:
    """A cell for each of `_COLUMNS`; `declared`: with the nominal rate behind the measured one."""
    sign, style = SIGNS[stream.state]
    nominal = stream.description.nominal_rate if stream.description else 0.0
    rate = "–" if stream.effective_rate is None else f"{stream.effective_rate:.1f}"
    wanted = f"/{nominal:g}" if nominal and declared else ""
    offset = "–" if stream.clock_offset is None else f"{stream.clock_offset * 1000:+.1f} ms"
    return (
        Text.assemble((f"{sign} {stream.state.value}", style)),
        Text.assemble(rate, (wanted, QUIET)),
        Text(_age(stream.age)),
        Text(str(stream.gaps), style="bold red" if stream.gaps else ""),
        Text(str(stream.drops), style="bold red" if stream.drops else ""),
        Text(offset),
        Text(str(stream.samples)),
    )


def _age(seconds: float | None) -> str:
    """Of the newest sample: `12 ms`, `5.3 s`, `2:05`."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 100 else duration(seconds)


def _note(stream: StreamStatus) -> str:
    """The note below a stream: where it is live, only its faults and how it is mounted."""
    live = (*stream.faults, *([stream.mount] if stream.mount and stream.mount not in stream.faults else ()))
    words = "; ".join(live) if stream.state is StreamState.LIVE else stream.note.replace("\n", " ")
    counts = {
        "repeated": stream.duplicates,
        "back": stream.steps_back,
        "clock jumps": stream.jumps,
        "not finite": stream.not_finite,
        **stream.dropped,
        **{f"missing ({reason})": samples for reason, samples in stream.masked.items()},
    }
    counted = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return "; ".join(filter(None, (words, counted)))
