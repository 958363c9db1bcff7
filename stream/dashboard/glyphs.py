"""Drawing for the dashboard: frames, block letters and bars. Pure."""

import textwrap
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from .colors import QUIET

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
HEIGHTS: Final = " ▁▂▃▄▅▆▇█"
"""A column by eighths."""

_FONT: Final[dict[str, tuple[str, ...]]] = {
    letter: tuple(rows.split("/"))
    for letter, rows in {
        "A": ".#./#.#/###/#.#/#.#",
        "B": "##./#.#/##./#.#/##.",
        "C": ".##/#../#../#../.##",
        "D": "##./#.#/#.#/#.#/##.",
        "E": "###/#../##./#../###",
        "F": "###/#../##./#../#..",
        "G": ".##/#../#.#/#.#/.##",
        "H": "#.#/#.#/###/#.#/#.#",
        "I": "###/.#./.#./.#./###",
        "J": "..#/..#/..#/#.#/.#.",
        "K": "#..#/#.#./##../#.#./#..#",
        "L": "#../#../#../#../###",
        "M": "#...#/##.##/#.#.#/#...#/#...#",
        "N": "#..#/##.#/#.##/#..#/#..#",
        "O": ".#./#.#/#.#/#.#/.#.",
        "P": "##./#.#/##./#../#..",
        "Q": ".##./#..#/#..#/#.##/.###",
        "R": "##./#.#/##./#.#/#.#",
        "S": ".##/#../.#./..#/##.",
        "T": "###/.#./.#./.#./.#.",
        "U": "#.#/#.#/#.#/#.#/###",
        "V": "#.#/#.#/#.#/#.#/.#.",
        "W": "#...#/#...#/#.#.#/##.##/#...#",
        "X": "#.#/#.#/.#./#.#/#.#",
        "Y": "#.#/#.#/.#./.#./.#.",
        "Z": "###/..#/.#./#../###",
        "0": ".#./#.#/#.#/#.#/.#.",
        "1": ".#./##./.#./.#./###",
        "2": "##./..#/.#./#../###",
        "3": "##./..#/.#./..#/##.",
        "4": "#.#/#.#/###/..#/..#",
        "5": "###/#../##./..#/##.",
        "6": ".##/#../###/#.#/###",
        "7": "###/..#/.#./.#./.#.",
        "8": "###/#.#/###/#.#/###",
        "9": "###/#.#/###/..#/##.",
        "-": ".../.../###/.../...",
        "?": "##./..#/.#./.../.#.",
        "…": "...../...../...../...../#.#.#",
        " ": "../../../../..",
    }.items()
}
_ROWS: Final = 5


def framed(
    body: RenderableType,
    title: Text | str,
    height: int,
    width: int | None = None,
    subtitle: Text | None = None,
) -> Panel:
    """A part of the dashboard in its frame of `height` rows; `width` None: all columns that there are."""
    return Panel(
        body,
        title=Text(title, style="bold") if isinstance(title, str) else title,
        title_align="left",
        subtitle=subtitle,
        box=box.ROUNDED,
        border_style=QUIET,
        width=width,
        height=height,
    )


def words_of(label: str) -> str:
    """A label as people write it."""
    return label.replace("_", " ")


def bar(share: float, width: int, style: Style) -> Text:
    """A horizontal bar of `share` (0 to 1) of `width` columns, to an eighth of a column."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    drawn = "█" * full + (_EIGHTHS[rest] if rest else "")
    return Text.assemble((drawn, Style(color=style.color)), ("·" * (width - len(drawn)), QUIET))


def big(label: str, width: int, height: int, style: Style) -> Text:
    """A label in block letters as large as `width` × `height` allow; a badge where none have room."""
    text = words_of(label).upper()
    if all(letter in _FONT for letter in text):
        # a dot is `scale` columns wide and half as many rows high: two dots share a character at scale 1
        for scale in (6, 4, 2, 1):
            lines = _wrap(text, width // scale)
            if lines and -(-(len(lines) * (_ROWS + 1) - 1) * scale // 2) <= height:
                dots = _dots(lines)
                return Text(
                    "\n".join(_halves(dots) if scale == 1 else _blocks(dots, scale)), style, no_wrap=True
                )
    return _badge(text, max(4, width), max(1, height), style)


def _badge(text: str, width: int, height: int, style: Style) -> Text:
    """Bold capitals on a block of color, in as many rows as there are words for and `height` allows."""
    lines = textwrap.wrap(text, width - 2, max_lines=height, placeholder="…") or [""]
    wide = min(width - 2, max(map(cell_len, lines)))
    if height >= len(lines) + 2:
        lines = ["", *lines, ""]
    # letters of two columns are wider than textwrap counts
    block = "\n".join(f" {set_cell_size(line, wide)} " for line in lines)
    return Text(block, style=style + Style(bold=True, reverse=True), no_wrap=True)


def _wrap(text: str, width: int) -> list[str]:
    """Words in lines of at most `width` dots; nothing where a word is wider."""
    lines: list[str] = []
    for word in text.split():
        if lines and _width(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines if all(_width(line) <= width for line in lines) else []


def _width(line: str) -> int:
    return sum(len(_FONT[letter][0]) + 1 for letter in line) - 1


def _dots(lines: Sequence[str]) -> list[list[bool]]:
    rows: list[list[bool]] = []
    for number, line in enumerate(lines):
        if number:
            rows.append([])
        rows.extend(
            [dot == "#" for dot in ".".join(_FONT[letter][row] for letter in line)] for row in range(_ROWS)
        )
    return rows


def _blocks(dots: list[list[bool]], scale: int) -> list[str]:
    """Each dot as a block of characters."""
    rows = ["".join("█" * scale if dot else " " * scale for dot in row) for row in dots]
    return [row for row in rows for _ in range(scale // 2)]


def _halves(dots: list[list[bool]]) -> list[str]:
    """Two rows of dots in each row of half blocks."""
    width = max(map(len, dots))
    full = [row + [False] * (width - len(row)) for row in [*dots, *([[]] if len(dots) % 2 else [])]]
    glyphs = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    return [
        "".join(glyphs[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(full[::2], full[1::2], strict=True)
    ]
