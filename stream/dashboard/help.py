"""The dashboard's help: its keys, and what each part of the picture means. Pure."""

import textwrap
from collections.abc import Iterator
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from .glyphs import framed

_MEANINGS: Final = (
    ("q", "quit, as Ctrl-C does"),
    ("?", "this help, on and off"),
    ("large letters", "what is done now; below, how sure, how long"),
    ("bars beside", "the likeliest activities"),
    ("last minute", "height: how sure; ▁ idle, ? unknown, blank: none"),
    ("streams", "● live ◐ begins ○ sought ▲ silent ✖ lost"),
    ("  Hz", "samples a second, measured/declared"),
    ("  age", "of the newest sample"),
    ("  gaps", "interruptions so far"),
    ("  drops", "samples that are in no window"),
    ("  clock", "what is added to the sender's times"),
    ("events", "when, what, ×times, how long, how sure"),
    ("latency", "newest sample to published; p50: half below"),
    ("skipped", "windows left out, being late"),
    ("lost", "messages that did not arrive here"),
)
"""Term and meaning, in the order of the picture."""


def overlay(width: int, height: int) -> RenderableType:
    """The help on `width` × `height` characters; what has no room is left out from the end, and said so."""
    terms = max(len(term) for term, _ in _MEANINGS)
    inner = width - 4 - terms - 2
    if inner < 20 or height < 5:
        text = Text("q quit · ? help: make the terminal larger to read it")
        text.truncate(max(1, width), overflow="ellipsis")
        return text
    rows = list(_rows(inner))
    room = height - 2
    if len(rows) > room:
        rows = [*rows[: room - 1], ("", "…")]
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=terms, no_wrap=True)
    table.add_column(no_wrap=True)
    for term, line in rows:
        table.add_row(Text(term, style="bold"), Text(line))
    return framed(table, "help", height, width)


def _rows(width: int) -> Iterator[tuple[str, str]]:
    """A term on the first line of its meaning."""
    for term, meaning in _MEANINGS:
        for number, line in enumerate(textwrap.wrap(meaning, width)):
            yield ("" if number else term), line
