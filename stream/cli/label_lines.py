"""Labels in lines: all of them, or one with the motion around it. Pure."""

from typing import Final

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..dashboard.colors import QUIET, style_of
from ..dashboard.glyphs import HEIGHTS
from ..dashboard.words import cut
from ..recordings.label_sheet import LabelSheet, SheetRow
from ..recordings.motion_strip import motion
from ..recordings.recording import Recording

_BESIDE: Final = 2.0
"""s that are shown before and after a label, at least."""


def listed(sheet: LabelSheet, length: float) -> RenderableType:
    """A line for each label."""
    rows = sheet.rows
    if not rows:
        return Text(f"no label, {length:.1f} s; add ONSET OFFSET NAME makes one", QUIET)
    names = sorted({row.label for row in rows})
    table = Table.grid(padding=(0, 2))
    for justify in ("right", "right", "right", "right", "left", "left"):
        table.add_column(justify=justify, no_wrap=True)
    table.add_row(*(Text(word, QUIET) for word in ("", "onset", "offset", "s", "label", "")))
    for row in rows:
        ended = row.offset > row.onset
        others = sheet.overlapping(row)
        beside = f"beside {', '.join(map(str, others[:3]))}" if others else ""
        table.add_row(
            Text(str(row.number), "bold"),
            f"{row.onset:.2f}",
            f"{row.offset:.2f}" if ended else "?",
            f"{row.offset - row.onset:.2f}" if ended else "",
            Text(row.label, style_of(row.label, names)),
            Text(beside if ended else "no end: it is not learned from", QUIET),
        )
    return table


def strip(recording: Recording, sheet: LabelSheet, row: SheetRow, width: int) -> RenderableType:
    """Motion around a label in bars, below it a ruler of its labels and of time."""
    columns = max(20, min(width - 2, 100))
    beside = max(_BESIDE, 0.4 * (row.offset - row.onset))
    begin, end = row.onset - beside, row.offset + beside
    values = motion(recording, recording.zero + begin, recording.zero + end, columns)
    bars = "".join("·" if np.isnan(v) else HEIGHTS[max(1, round(8 * v))] for v in values.tolist())
    marks = [" "] * columns
    for other in sheet.rows:
        first, last = (int((t - begin) / (end - begin) * columns) for t in (other.onset, other.offset))
        if last < 0 or first >= columns:
            continue
        for k in range(max(0, first), min(columns, max(last, first + 1))):
            marks[k] = "━" if other.number == row.number else "─"
        for k, letter in enumerate(f"{other.number} {other.label}"[: max(1, last - first)]):
            if 0 <= first + k < columns:
                marks[first + k] = letter
    left, right = f"{begin:.1f} s", f"{end:.1f} s"
    ruler = f"{left}{f'{(begin + end) / 2:.1f}':^{columns - len(left) - len(right)}}{right}"
    each = Text(f"a column is {(end - begin) / columns:.2f} s", QUIET)
    return Group(Text(bars), Text("".join(marks), "bold"), Text(ruler, QUIET), cut(each, columns))
