"""The figure of tools.adapt_live: what was performed over time, and what the IMU alone said of it, as SVG."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from tools.live_session import Live

from hnhar.stream.recordings import Annotation

WIDTH: Final = 960
LEFT, TOP, ROW, GAP = 150, 64, 30, 14
_RIGHT: Final = "#2a8f4a"
_WRONG: Final = "#c8452f"
_PERFORMED: Final = "#5b6770"


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One recognizer over one part of the session."""

    name: str
    begin: float
    """LSL clock, s."""
    performed: tuple[Annotation, ...]
    live: Live


def drawn(tracks: Sequence[Track], weights: str, turn: float, camera: float) -> str:
    """The figure. `tracks`: before, while adapting, and after, with the shipped and the adapted weights."""
    before, during, plain, adapted = tracks
    spans = [_span(before), _span(during), _span(adapted)]
    scale = (WIDTH - LEFT - 2 * GAP - 16) / sum(spans)
    parts = []
    x = float(LEFT)
    heads = (
        f"as shipped: {_share(before)}",
        "hnhar adapt, both streams, no labels",
        f"adapted: {_share(adapted)}",
    )
    rows = ((before, None), (during, None), (plain, adapted))
    for (shipped, own), span, head in zip(rows, spans, heads, strict=True):
        wide = span * scale
        parts.append(
            f'<rect x="{x:.1f}" y="{TOP - 22}" width="{wide:.1f}" height="{3 * ROW + 44}" fill="#f3f5f6"/>'
        )
        parts.append(f'<text x="{x + 4:.1f}" y="{TOP - 8}" font-weight="600">{escape(head)}</text>')
        parts += _blocks(shipped, x, scale, TOP, performed=True)
        parts += _blocks(shipped, x, scale, TOP + ROW)
        if own is not None:
            parts += _blocks(own, x, scale, TOP + 2 * ROW)
        parts += _ticks(x, span, scale)
        x += wide + GAP
    names = ("performed", "IMU alone, shipped", "IMU alone, adapted")
    for number, name in enumerate(names):
        parts.append(f'<text x="8" y="{TOP + number * ROW + 18}">{name}</text>')
    height = TOP + 3 * ROW + 62
    title = f"A performer whom {weights} never saw, the sensor turned by {turn:g}°, the camera at {camera:g}°"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#20272c">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="8" y="22" font-size="15" font-weight="600">{escape(title)}</text>',
            *parts,
            f'<rect x="{LEFT}" y="{height - 20}" width="12" height="12" fill="{_RIGHT}"/>'
            f'<text x="{LEFT + 18}" y="{height - 9}">recognized</text>',
            f'<rect x="{LEFT + 110}" y="{height - 20}" width="12" height="12" fill="{_WRONG}"/>'
            f'<text x="{LEFT + 128}" y="{height - 9}">taken for something else, or not there</text>',
            "</svg>",
            "",
        ]
    )


def _share(track: Track) -> str:
    score = track.live.score
    return f"{len(score.hits)} of {score.actions}"


def _span(track: Track) -> float:
    """s of a part, up to the end of the last action."""
    return max((a.offset for a in track.performed), default=track.begin + 1.0) - track.begin + 2.0


def _blocks(track: Track, x: float, scale: float, y: float, *, performed: bool = False) -> Iterator[str]:
    """Blocks of a row: performed, or recognized."""
    score = track.live.score
    blocks = (
        [(a.onset, a.offset, a.label, _PERFORMED) for a in track.performed]
        if performed
        else [(h.event.onset, h.event.offset, h.event.label, _RIGHT) for h in score.hits]
        + [(e.onset, e.offset, e.label, _WRONG) for e in score.false_events]
    )
    end = _span(track)
    for onset, offset, label, color in sorted(blocks):
        first, last = max(onset - track.begin, 0.0), min(offset - track.begin, end)
        if last > first:
            name = escape(label.replace("_", " "))
            yield (
                f'<rect x="{x + first * scale:.1f}" y="{y + 4}" width="{max((last - first) * scale, 2):.1f}" '
                f'height="{ROW - 8}" rx="2" fill="{color}"><title>{name}</title></rect>'
            )


_NUMBER: Final = 16.0
"""Pixels of a number below a part."""


def _ticks(x: float, span: float, scale: float) -> Iterator[str]:
    """s of a part below it, each half minute, as far as the number has room."""
    for second in range(0, int(span) + 1, 30):
        if (span - second) * scale < _NUMBER:
            continue
        yield (
            f'<text x="{x + second * scale:.1f}" y="{TOP + 3 * ROW + 14}" font-size="11" fill="#5b6770">'
            f"{second}{' s' if not second else ''}</text>"
        )
