"""The picture of a recording while it grows: streams, labels, and the room that is left. Pure."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ..dashboard.colors import QUIET, style_of
from ..dashboard.words import cut, duration, middle
from ..lsl.recorder import SessionState
from ..lsl.tape import TapeState
from .record_labels import LabelKeys

SILENT: Final = 2.0
"""s without a sample after which a stream counts as silent."""
SCARCE: Final = 600.0
"""s for which the disk should last."""
_BAD: Final = Style(color="red", bold=True)
_GOOD: Final = Style(color="green")


def sign(state: TapeState) -> tuple[str, Style]:
    """A stream in a sign: recorded, begins, silent, gone."""
    if not state.live:
        return ("✖", _BAD) if state.samples or state.fault else ("◐", Style(color="cyan"))
    if not state.events and (state.age is None or state.age > SILENT):
        return "▲", Style(color="magenta", bold=True)
    return "●", _GOOD


def size(count: float) -> str:
    """`12.3 MB`, `4.56 GB`."""
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.5 or unit == "GB":
            return f"{count:.{0 if unit == 'kB' else 1}f} {unit}"
    return ""


def lasts(free: int, written: int, elapsed: float) -> float:
    """s for which the disk has room, at the pace so far."""
    return free * elapsed / written if written > 0 and elapsed > 5 else float("inf")


def picture(
    name: str,
    state: SessionState,
    elapsed: float,
    free: int,
    keys: LabelKeys | None,
    moment: float,
    room: tuple[int, int],
) -> RenderableType:
    """All of it, on `room` columns and rows.

    Args:
        name: Of the file.
        state: Of the recording.
        elapsed: s since it began.
        free: bytes left on the disk.
        keys: Of labels; None where there are none.
        moment: Now on our clock, s.
        room: Columns and rows.
    """
    width, height = room
    parts: list[RenderableType] = [_head(name, state, elapsed, free, width)]
    below = _labels(keys, moment, width) if keys is not None else []
    left = height - 4 - bool(state.fault) - len(below)
    parts.append(_streams(state, max(2, left), width))
    if state.fault:
        parts.append(
            cut(
                Text(
                    f"NOTHING IS WRITTEN: {state.fault}. What comes is held for some minutes: make room.",
                    _BAD,
                ),
                width,
            )
        )
    parts += below
    parts.append(Text("q or Ctrl-C ends the recording", QUIET))
    return Group(*parts)


def _head(name: str, state: SessionState, elapsed: float, free: int, width: int) -> Text:
    figures = Text(f"  {duration(elapsed)}  {size(state.size)}  ")
    scarce = lasts(free, state.size, elapsed) < SCARCE
    figures.append(f"{size(free)} free", _BAD if scarce else "")
    head = Text.assemble(("● ", _BAD), (middle(name, max(10, width - figures.cell_len - 2)), "bold"))
    head.append_text(figures)
    return cut(head, width)


def _streams(state: SessionState, room: int, width: int) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=False)
    for justify in ("left", "left", "right", "right", "right", "left"):
        table.add_column(justify=justify, no_wrap=True)
    table.add_row("", *(Text(t, QUIET) for t in ("stream", "samples", "Hz", "gaps", "")))
    named = max(12, width - 46)
    rows = list(state.streams)
    shown = (
        rows
        if len(rows) + len(state.waiting) < room
        else rows[: max(1, room - 2 - min(1, len(state.waiting)))]
    )
    for each in shown:
        mark, style = sign(each)
        about = each.description
        title = f"{about.name} · {about.type or 'no type'}, {len(about.channels)} ch"
        rate = "" if each.events else "–" if each.rate is None else f"{each.rate:.1f}"
        if about.nominal_rate > 0 and rate:
            rate += f"/{about.nominal_rate:g}"
        table.add_row(
            Text(mark, style),
            cut(Text(title), named),
            f"{each.samples:,}".replace(",", " "),
            rate,
            "" if each.events else str(each.gaps),
            cut(Text(_trouble(each), style), 18),
        )
    if len(shown) < len(rows):
        table.add_row("", Text(f"… and {len(rows) - len(shown)} more", QUIET))
    for option in state.waiting[: max(1, room - len(shown) - 1)]:
        table.add_row(Text("○", QUIET), cut(Text(f"waiting for {option}"), named + 20))
    if not rows and not state.waiting:
        table.add_row(Text("○", QUIET), Text("waiting for streams"))
    return table


def _trouble(state: TapeState) -> str:
    """The trouble of a stream in some words; "" where it has none."""
    if not state.live:
        return state.fault or ("gone" if state.samples else "begins")
    if not state.events and state.age is not None and state.age > SILENT:
        return f"silent {state.age:.0f} s"
    return ""


def _labels(keys: LabelKeys, moment: float, width: int) -> list[RenderableType]:
    names = list(keys.keys.values())
    legend = [
        Text.assemble(
            (f"[{key}] ", "bold"),
            (label, style_of(label, names)),
            (f" {keys.done[label]}" if keys.done[label] else "", QUIET),
        )
        for key, label in keys.keys.items()
    ]
    if keys.current is None:
        now = Text("  nothing goes on", QUIET)
    else:
        label, since = keys.current
        now = Text.assemble("▶ ", (label, style_of(label, names)), f"  {moment - since:.1f} s")
        now.append("   Space ends it · x takes it back", QUIET)
    last = Text(f"   last: {keys.last}" if keys.last else "", QUIET)
    return [*_packed(legend, width), cut(Text.assemble(now, last), width)]


def _packed(texts: Sequence[Text], width: int) -> list[RenderableType]:
    """Texts in as few lines as they need."""
    lines: list[Text] = []
    for text in texts:
        if lines and lines[-1].cell_len + 2 + text.cell_len <= width:
            lines[-1] = Text.assemble(lines[-1], "  ", text)
        else:
            lines.append(cut(text, width))
    return list(lines)
