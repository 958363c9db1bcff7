"""The picture of `hnhar camera`: frame rate, latency, and who is seen. Pure."""

from typing import Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ..camera.feed import FeedState
from ..camera.layout import JOINTS
from ..dashboard.colors import QUIET
from ..dashboard.words import cut, duration, middle, milliseconds

_GOOD: Final = Style(color="green", bold=True)
_BAD: Final = Style(color="red", bold=True)
_POOR: Final = Style(color="magenta", bold=True)
SLOW: Final = 10.0
"""Hz below which fast motion is lost."""


def picture(name: str, stream: str, state: FeedState, read: bool, width: int) -> RenderableType:
    """All of it, on `width` columns and eight rows.

    Args:
        name: Of the camera or the video.
        stream: Name of the LSL stream.
        state: How it stands.
        read: Somebody reads the stream.
        width: Columns.
    """
    head = Text.assemble(
        ("● ", _BAD if state.trouble else _GOOD), (middle(name, max(10, width - 30)), "bold")
    )
    if state.opened is not None:
        rate = f", {state.opened.rate:.3g} Hz" if state.opened.rate else ""
        head.append(f"  {state.opened.width} × {state.opened.height}{rate}", QUIET)
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style=QUIET, no_wrap=True)
    rows.add_column(no_wrap=True)
    for title, text in lines(state):
        rows.add_row(title, cut(text, max(10, width - 14)))
    rows.add_row(
        "stream", cut(Text(f"{stream} (LSL), {'read' if read else 'nobody reads it yet'}"), width - 14)
    )
    parts: list[RenderableType] = [cut(head, width), rows]
    total = length(state)
    if total:
        bar = Table.grid(padding=(0, 1))
        done = min(state.position, total)
        bar.add_row(
            ProgressBar(total=total, completed=total if state.ended else done, width=max(10, width - 20)),
            Text(f"{duration(total if state.ended else done)}/{duration(total)}"),
        )
        parts.append(bar)
    parts.append(Text("q or Ctrl-C ends it; no image is stored or sent", QUIET))
    return Group(*parts)


def lines(state: FeedState) -> list[tuple[str, Text]]:
    """Measurements, by name."""
    if state.trouble:
        return [("waiting", Text(state.trouble, _POOR))]
    images = Text(f"{state.rate:.1f} a second", _POOR if 0 < state.rate < SLOW else "")
    images.append(f", {state.images} so far")
    if state.dropped:
        images.append(f", {state.dropped} passed over: the machine is too slow for them", _POOR)
    late = Text("–")
    if state.latency is not None:
        late = Text(f"{milliseconds(state.latency[0])} (p50), {milliseconds(state.latency[1])} (p99)")
    return [("images", images), ("latency", late), ("in view", presence(state))]


def presence(state: FeedState) -> Text:
    """People in view, and how much is seen of the one that is followed."""
    if not state.people:
        return Text("nobody", _POOR)
    people = "1 person" if state.people == 1 else f"{state.people} people"
    seen = Text(f"{people}, {state.joints} of {len(JOINTS)} joints", _GOOD if state.joints > 25 else _POOR)
    if state.joints <= 25:
        seen.append(": step back, so that feet and hands are seen")
    return seen


def length(state: FeedState) -> float:
    """s of a file as it declares it; 0 where it does not, and of a camera."""
    opened = state.opened
    return opened.frames / opened.rate if opened is not None and opened.rate and opened.frames else 0.0
