"""The dashboard as a pure function of its state and the size of the terminal.

`DashboardState.update(message, now)` takes messages in, from the pipeline or from a `Subscriber`; `render`
draws them. The loop that keeps a terminal up to date is in live.py.
"""

import io
import textwrap
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.table import Table
from rich.terminal_theme import SVG_EXPORT_THEME, TerminalTheme
from rich.text import Text

from . import streams as parts
from . import wearer as wearers
from .events import events
from .frame import footer, header
from .help import overlay
from .state import DashboardState

_SMALLEST: Final = (50, 12)
_CARD_WIDTH: Final = 38
_CARD_HEIGHT: Final = 5


def render(state: DashboardState, now: float, width: int = 80, height: int = 24) -> RenderableType:
    """Draw the dashboard on `width` × `height` characters. `now` is on the clock that `update` was given."""
    if state.help:
        return overlay(width, height)
    if width < _SMALLEST[0] or height < _SMALLEST[1]:
        return _tiny(state, now, width, height)
    lower = _lower(state, width, height)
    upper = height - 2 - lower
    screen, below = Layout(), Layout(size=lower)
    share = _share(width)
    below.split_row(
        Layout(parts.streams(state, share, lower), size=share),
        Layout(events(state, now, width - share, lower)),
    )
    screen.split_column(
        Layout(header(state, now, width), size=1),
        Layout(_wearers(state, now, width, upper), size=upper),
        below,
        Layout(footer(state, width), size=1),
    )
    return screen


def dashboard_svg(
    state: DashboardState,
    now: float,
    width: int = 110,
    height: int = 32,
    *,
    title: str = "hnhar",
    theme: TerminalTheme | None = None,
) -> str:
    """The dashboard as an SVG picture of `width` × `height` characters."""
    console = Console(
        record=True,
        file=io.StringIO(),
        width=width,
        height=height,
        force_terminal=True,
        color_system="standard",
    )
    console.print(render(state, now, width, height), height=height)
    picture = console.export_svg(title=title, theme=theme or SVG_EXPORT_THEME)
    # some renderers drop spaces at the ends of a text, which moves what is beside it
    return picture.replace("<text ", '<text xml:space="preserve" ')


def _share(width: int) -> int:
    """Columns of the streams; the events have the rest, enough for a label and its duration."""
    return max(min(46, width - 24), width * 11 // 20)


def _lower(state: DashboardState, width: int, height: int) -> int:
    """Rows for streams and events: what the streams need, at most about half."""
    wanted = max(6, parts.rows_of(state, _share(width)) + 1)
    least = height - 2 - 12
    if len(state.wearers) > 1:
        return min(wanted, max(5, (height - 2) // 3))
    return max(5, min(max(wanted, height // 3), least))


def _wearers(state: DashboardState, now: float, width: int, height: int) -> RenderableType:
    """One wearer large, several as cards, many as rows; what has no room is counted."""
    names = list(state.wearers)
    if not names:
        return Group(Text(), *_reason(state, width))
    if len(names) == 1:
        return wearers.panel(state, names[0], now, width, height)
    if state.refused:
        why = _reason(state, width)[: height - 1]
        return Group(*why, _many(state, names, now, width, height - len(why)))
    return _many(state, names, now, width, height)


def _many(state: DashboardState, names: Sequence[str], now: float, width: int, height: int) -> RenderableType:
    """Several wearers as cards, or where these have no room as rows."""
    columns = max(1, width // _CARD_WIDTH)
    if -(-len(names) // columns) * _CARD_HEIGHT <= height:
        # as few columns as the rows allow: wide cards have large letters
        columns = -(-len(names) // -(-len(names) // columns))
        each = width // columns
        tall = min(16, height // -(-len(names) // columns))
        grid = Table.grid()
        for start in range(0, len(names), columns):
            grid.add_row(
                *(wearers.card(state, name, now, each, tall) for name in names[start : start + columns])
            )
        return grid
    shown = names if len(names) <= height else names[: height - 1]
    lines: list[RenderableType] = [wearers.row(state, name, now, width) for name in shown]
    if len(shown) < len(names):
        lines.append(
            Text(f"and {len(names) - len(shown)} wearers more: the terminal is too low for them", "italic")
        )
    return Group(*lines)


def _reason(state: DashboardState, width: int) -> list[Text]:
    """Reason for which no wearer is there, or none is heard of any more, in lines."""
    where = "waiting for the first stream …"
    if state.remote:
        where = f"waiting for a publisher at {state.address} …"
    where = state.refused or where
    return [Text(f"  {line}", style="bold") for line in textwrap.wrap(where, max(10, width - 4))]


def _tiny(state: DashboardState, now: float, width: int, height: int) -> RenderableType:
    """Only the words, where there is no room for a picture."""
    lines = [Text.assemble((name, "bold"), " ", wearers.headline(state, name, now)) for name in state.wearers]
    lines = lines or [Text("waiting", no_wrap=True)]
    lines.append(Text(f"the whole picture needs {_SMALLEST[0]}×{_SMALLEST[1]}", "dim", no_wrap=True))
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return Group(*lines[: max(1, height)])
