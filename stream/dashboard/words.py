"""Times in words, and texts that are made to fit without a number being cut. Pure."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from ..messages import Repetitions


def fitted(variants: Sequence[Text], width: int) -> Text:
    """The first of some texts that has room, so that no number is cut; the last one cut where none has."""
    return cut(next((text for text in variants if text.cell_len <= width), variants[-1].copy()), width)


def middle(text: str, width: int) -> str:
    """A text of at most `width` columns, without its middle where it is longer: an address keeps its port."""
    if cell_len(text) <= width:
        return text
    ending = max(1, (width - 1) // 2)
    return f"{set_cell_size(text, max(1, width - 1 - ending)).rstrip()}…{text[-ending:]}"


def duration(seconds: float) -> str:
    """`1:05`, `2:00:07`."""
    whole = max(0, int(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def tempo(repetitions: Repetitions | None) -> str:
    """`4 times, 96 a minute`; "" where nothing repeats."""
    if repetitions is None or repetitions.cadence is None:
        return ""
    return f"{repetitions.count} times, {repetitions.cadence:.0f} a minute"


def milliseconds(seconds: float) -> str:
    """`4.1 ms`, `123 ms`."""
    return f"{seconds * 1000:.1f} ms" if abs(seconds) < 0.1 else f"{seconds * 1000:.0f} ms"


def cut(text: Text, width: int) -> Text:
    """A text of at most `width` columns, with … where it was longer."""
    text.truncate(max(1, width), overflow="ellipsis")
    return text
