"""A stream in one line while somebody performs: whether it is found, and the samples of each second. Pure."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from ..dashboard.glyphs import HEIGHTS
from ..dashboard.streams import SIGNS
from ..messages import StreamState, StreamStatus

SECONDS: Final = 10
"""Columns of samples a second."""


def stream_line(status: StreamStatus, counts: Sequence[int]) -> Text:
    """`imu  ● live  50.0 Hz  ▇▇▇▆▇  'MyWatch'`; of one that is not there, what it waits for.

    Args:
        status: Of the stream.
        counts: Samples in each of the last seconds, oldest first.
    """
    sign, style = SIGNS[status.state]
    line = Text.assemble(f"  {status.feed:<10}", (f"{sign} {status.state.value:<10}", style))
    if status.state not in (StreamState.LIVE, StreamState.WARMUP, StreamState.STALLED):
        return line.append(f" {status.note}")
    rate = "–" if status.effective_rate is None else f"{status.effective_rate:.1f}"
    most = max(1, *counts)
    bars = "".join(HEIGHTS[max(1, round(8 * count / most))] if count else "·" for count in counts)
    name = status.description.name if status.description is not None else status.source
    return line.append(f" {rate:>6} Hz  {bars}  '{name}'")
