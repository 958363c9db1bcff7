"""The dashboard's view of one wearer: the activity large, the likeliest labels, the last minute. Pure."""

import textwrap
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.style import Style
from rich.text import Text

from ..messages import Prediction, StreamState
from .colors import QUIET, style_of
from .glyphs import HEIGHTS, bar, big, framed, words_of
from .state import HISTORY, DashboardState, WearerView
from .words import cut, fitted

TOP: Final = 5
_LIVE: Final = (StreamState.LIVE, StreamState.WARMUP)


def panel(state: DashboardState, wearer: str, now: float, width: int, height: int) -> RenderableType:
    """One wearer on the whole width: `height` rows with its border, 10 at the least."""
    bars = max(1, min(6, (height - 8) // 3))
    view = state.wearers[wearer]
    inner = width - 4
    side = min(60, max(30, inner // 2 - 4))
    room = height - 4 - bars
    upper, body = Layout(), Layout()
    if view.prediction is None or state.stale(view, now):
        upper.update(_waiting(state, wearer, inner, room))
    else:
        upper.split_row(
            Layout(_activity(state, view, view.prediction, now, inner - side - 2, room)),
            Layout(_ranking(state, view.prediction, side, room), size=side),
        )
    body.split_column(upper, Layout(Group(*timeline(state, view, now, inner, bars)), size=2 + bars))
    return framed(body, _title(state, wearer, now, width - 6), height)


def card(state: DashboardState, wearer: str, now: float, width: int, height: int) -> RenderableType:
    """One wearer among several: `height` rows with its border, 5 at the least."""
    view = state.wearers[wearer]
    inner = width - 4
    line = headline(state, wearer, now)
    confidence = view.prediction.confidence if view.prediction and not state.stale(view, now) else 0.0
    style = _style(state, view.prediction)
    meter = Text.assemble(
        bar(confidence, max(4, inner - 6), style), f"{confidence:>5.0%} " if confidence else "    – "
    )
    bars = max(1, min(4, (height - 7) // 2))
    names, *rows = timeline(state, view, now, inner, bars)[: 1 + bars]
    chart = [meter, *([names] if height >= 9 else []), *rows]
    room = height - 2 - len(chart)
    if room >= 3:
        line = big(line.plain, inner, room, line.style if isinstance(line.style, Style) else Style())
    else:
        line.truncate(inner, overflow="ellipsis")
    body = Layout()
    body.split_column(Layout(line), Layout(Group(*chart), size=len(chart)))
    return framed(body, wearer, height, width)


def row(state: DashboardState, wearer: str, now: float, width: int) -> Text:
    """One wearer among many: a single row."""
    view = state.wearers[wearer]
    name = Text(wearer, style="bold")
    name.truncate(12, overflow="ellipsis", pad=True)
    line = headline(state, wearer, now)
    line.truncate(26, overflow="ellipsis", pad=True)
    confidence = view.prediction.confidence if view.prediction and not state.stale(view, now) else None
    percent = f"{confidence:>5.0%}  " if confidence is not None else "    –  "
    return Text.assemble(name, " ", line, percent, timeline(state, view, now, max(8, width - 46))[1])


def headline(state: DashboardState, wearer: str, now: float) -> Text:
    """The wearer's activity in words."""
    view = state.wearers[wearer]
    if view.prediction is None or state.stale(view, now):
        return Text(waiting_for(state, wearer), style=Style(italic=True))
    if view.prediction.unknown:
        return Text("unknown", style=Style(italic=True))
    return Text(words_of(view.prediction.label), style=_style(state, view.prediction))


def waiting_for(state: DashboardState, wearer: str) -> str:
    """Reason for which there is no prediction of a wearer."""
    if state.remote and not state.connected:
        if state.refusal:
            return "not let in"
        return f"waiting for a publisher at {state.address}"
    streams = [stream for stream in (state.status.streams if state.status else ()) if stream.wearer == wearer]
    missing = [stream for stream in streams if stream.state not in _LIVE]
    if missing:
        return " · ".join(f"{stream.feed} {stream.state.value}" for stream in missing)
    if any(stream.state is StreamState.WARMUP for stream in streams):
        return "filling the first window"
    return "waiting for predictions"


def timeline(state: DashboardState, view: WearerView, now: float, width: int, bars: int = 1) -> list[Text]:
    """The last minute: a row of names, `bars` rows of confidence, a row of seconds ago."""
    columns = _columns(view, view.time(now), state.hop, width)
    rows = [Text(no_wrap=True) for _ in range(bars)]
    for step in columns:
        for level, text in enumerate(reversed(rows)):
            text.append(*_mark(state, step, level, bars))
    return [_names(state, columns), *rows, Text(_ticks(width), style=QUIET, no_wrap=True)]


def _names(state: DashboardState, columns: Sequence[Prediction | None]) -> Text:
    """The activity above the column where it begins, as far as there is room before the next one."""
    starts: list[tuple[int, str]] = []
    position = 0
    for label, group in groupby(columns, key=lambda step: "" if step is None or step.unknown else step.label):
        length = len(list(group))
        # a single column is a flicker, not an activity
        if label and label != "idle" and length > 1:
            starts.append((position, label))
        position += length
    names = Text(no_wrap=True)
    for (start, label), (after, _) in pairwise([*starts, (len(columns) + 1, "")]):
        name = Text(words_of(label), style=style_of(label, state.labels))
        name.truncate(after - start - 1, overflow="ellipsis")
        names.append(" " * (start - names.cell_len)).append_text(name)
    return names


def _columns(view: WearerView, time: float, hop: float, width: int) -> list[Prediction | None]:
    """The prediction that each column of the last minute shows, oldest first."""
    steps: Sequence[Prediction] = list(view.steps)
    ends = [step.end for step in steps]
    each = HISTORY / width
    columns: list[Prediction | None] = []
    for column in range(width):
        until = time - HISTORY + (column + 1) * each
        # the newest prediction of the column; between two predictions the later one covers the hop before it
        found = bisect_left(ends, until + 1e-9) - 1
        if found >= 0 and ends[found] > until - max(each, 1e-9):
            columns.append(steps[found])
        elif found + 1 < len(steps) and steps[found + 1].end - hop * 1.5 <= until:
            columns.append(steps[found + 1])
        else:
            columns.append(None)
    return columns


def _mark(state: DashboardState, step: Prediction | None, level: int, bars: int) -> tuple[str, Style]:
    """The character of a column `level` rows above the ground, of `bars`."""
    if step is None or (level and (step.unknown or step.label == "idle")):
        return " ", Style()
    if step.unknown:
        return "?", QUIET
    if step.label == "idle":
        return "▁", QUIET
    eighths = max(1, round(step.confidence * 8 * bars)) - 8 * level
    return HEIGHTS[min(8, max(0, eighths))], Style(color=style_of(step.label, state.labels).color)


def _ticks(width: int) -> str:
    """An axis of seconds ago, every ten or twenty seconds as there is room."""
    axis = ["─"] * width
    every = 10 if width >= 60 else 20
    for ago in range(int(HISTORY), 0, -every):
        text = f"┬−{ago} s" if ago == HISTORY else f"┬−{ago}"
        start = round((1 - ago / HISTORY) * width)
        axis[start : start + len(text)] = text
    axis[width - 4 :] = " now"
    return "".join(axis)[:width]


def _waiting(state: DashboardState, wearer: str, width: int, height: int) -> RenderableType:
    """The panel without an activity: the streams that are waited for, one by one."""
    word = "waiting" if state.wearers[wearer].prediction is None else "no data"
    if state.refused:
        word = "not let in"
    why = state.refused or waiting_for(state, wearer)
    reason = textwrap.wrap(why, width, max_lines=max(3, height - 2), placeholder=" …")
    lines = [Text(line, style="bold") for line in reason]
    if state.connected and state.status is not None:
        troubled = [
            stream
            for stream in state.status.streams
            if stream.wearer == wearer and stream.state not in _LIVE and stream.note
        ]
        # a refusal says what to do: it is worth more than large letters
        most = max(1, (height - 3 - len(lines)) // max(1, len(troubled)))
        for stream in troubled:
            note = f"{stream.feed}: {stream.note}"
            lines.extend(map(Text, textwrap.wrap(note, width, max_lines=most, placeholder=" …")))
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    letters = big(word, width, max(1, height - len(lines)), Style())
    spare = height - len(letters.plain.splitlines()) - len(lines)
    return Group(letters, *([Text(" ")] if spare > 0 else []), *lines)


def _activity(
    state: DashboardState, view: WearerView, prediction: Prediction, now: float, width: int, height: int
) -> RenderableType:
    """The label, as large as there is room for, and how sure it is."""
    if prediction.unknown:
        shown, style = "unknown", Style(italic=True)
    else:
        shown, style = prediction.label, _style(state, prediction)
    letters = big(shown, width, height - 2, style)
    return Group(letters, Text(" "), _caption(view, prediction, now, width))


def _caption(view: WearerView, prediction: Prediction, now: float, width: int) -> Text:
    """Confidence, and for how long it goes on; words give way where there is no room, numbers do not."""
    sure: tuple[str | tuple[str, Style], ...] = ((f"{prediction.confidence:.0%}", Style(bold=True)),)
    long, short = Text.assemble(*sure, " confident"), Text.assemble(*sure)
    if prediction.unknown:
        long, short = Text("resembles nothing that was learned"), Text("unlike what was learned")
    if view.going is None:
        return fitted([long, short], width)
    lasted = f" for {max(0.0, view.time(now) - view.going.onset):.1f} s"
    often = f" ×{view.going.count}" if view.going.count else ""
    named = view.going.label == prediction.label and not prediction.unknown
    name = Text("" if named else f" {words_of(view.going.label)}")
    variants = []
    for caption in (long, short):
        left = width - caption.cell_len - len(lasted) - 2
        if often and left >= name.cell_len + len(often):
            variants.append(Text.assemble(caption, " ·", name.copy(), (often, "bold"), lasted))
        if left >= name.cell_len or left >= 6:
            variants.append(Text.assemble(caption, " ·", cut(name.copy(), max(1, left)), lasted))
        if prediction.unknown:
            variants.append(caption)
    return fitted([*variants, long, short], width)


def _ranking(state: DashboardState, prediction: Prediction, width: int, height: int) -> RenderableType:
    """The likeliest labels with bars, with air between them where there is room."""
    ranked = sorted(prediction.probabilities.items(), key=lambda item: -item[1])[:TOP]
    longest = max(len(label) for label in state.labels or prediction.probabilities)
    names = min(longest, width // 2)
    lines = []
    for place, (label, share) in enumerate(ranked):
        style = style_of(label, state.labels)
        name = Text(words_of(label), style=Style(bold=place == 0))
        name.truncate(names, overflow="ellipsis", pad=True)
        lines.append(Text.assemble(name, " ", bar(share, width - names - 6, style), f"{share:>5.0%}"))
        if height > 2 * TOP and place < TOP - 1:
            lines.append(Text())
    return Group(*lines)


def _title(state: DashboardState, wearer: str, now: float, width: int) -> Text:
    """The wearer, and the modalities that the prediction was made from; of many, those that it lacks."""
    view = state.wearers[wearer]
    title = Text.assemble((wearer, "bold"))
    if view.prediction is not None and not state.stale(view, now):
        used = view.prediction.modalities
        words = " + ".join(used)
        if title.cell_len + 3 + cell_len(words) > width:
            lacking = [name for name in view.prediction.coverage if name not in used]
            words = f"{len(used)} of {len(used) + len(lacking)} sensors"
            words += f", without {', '.join(lacking)}" if lacking else ""
        title.append(f" · {words}", style="not bold")
    return title


def _style(state: DashboardState, prediction: Prediction | None) -> Style:
    if prediction is None or prediction.unknown:
        return Style()
    return style_of(prediction.label, state.labels)
