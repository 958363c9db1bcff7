"""The Markdown and the figures of sessions elsewhere: a row a change, a column a subset of modalities."""

from collections.abc import Sequence
from typing import Any

from ..output.document import table
from .aims import ElsewhereAim
from .elsewhere import AS_IT_IS, ElsewhereRow

TITLE = "## Other people, rooms and sensors"
TITLE_ADAPTED = "## Other people and sensors, after adapting"


def elsewhere_section(
    names: str,
    who: str,
    rows: Sequence[ElsewhereRow],
    aims: Sequence[ElsewhereAim] = (),
    title: str = TITLE,
) -> str:
    """The section that `hnhar-train evaluate --streaming --rows …` writes."""
    lines = [
        title,
        "",
        f"`hnhar-train evaluate --streaming --rows` with {names}, on {who}: event F1 with a collar of 1.5 s "
        f"of sessions to which the row was done (`train/synthesis/elsewhere/`), and the difference to the "
        f"row “{AS_IT_IS}”. A row has no figure of streams that it does not touch.",
        "",
        *_aims(aims, rows),
        table(["", *subsets_in(rows)], [list(cells) for cells in cells_of(rows)]),
        "",
        *(f"{row.name}: {row.note}." for row in rows if row.note),
    ]
    return "\n".join(lines).rstrip() + "\n"


def subsets_in(rows: Sequence[ElsewhereRow]) -> list[str]:
    """Subsets of modalities of which some row has figures, the widest first."""
    names = dict.fromkeys(name for row in rows for name in row.by)
    return sorted(names, key=lambda name: -name.count("+"))


def cells_of(rows: Sequence[ElsewhereRow]) -> list[tuple[str, ...]]:
    """Name of each row, and a cell a subset: F1, and how much more or less it is than as it is."""
    plain = as_it_is(rows)
    out = []
    for row in rows:
        cells = []
        for name in subsets_in(rows):
            value = row.by.get(name, {}).get("f1")
            more = "" if row.name == AS_IT_IS or name not in plain else f" ({_signed(value, plain[name])})"
            cells.append("" if value is None else f"{value:.3f}{more}")
        out.append((row.name, *cells))
    return out


def as_it_is(rows: Sequence[ElsewhereRow]) -> dict[str, float]:
    """Subset -> F1 of the sessions as they are."""
    (row,) = [row for row in rows if row.name == AS_IT_IS]
    return {name: figures["f1"] for name, figures in row.by.items() if figures["f1"] is not None}


def row_content(row: ElsewhereRow) -> dict[str, Any]:
    """A row for JSON."""
    content = {
        "group": row.group,
        "row": row.name,
        "by": {k: dict(v) for k, v in row.by.items()},
        "people": {k: dict(v) for k, v in row.each.items()},
    }
    return content | ({"note": row.note} if row.note else {})


def _signed(value: float | None, plain: float) -> str:
    return "" if value is None else f"{value - plain:+.3f}".replace("-", "−")


def _aims(aims: Sequence[ElsewhereAim], rows: Sequence[ElsewhereRow]) -> list[str]:
    plain, body = as_it_is(rows), []
    for aim in aims:
        values = [
            (row.by[aim.streams]["f1"], row.name)
            for row in rows
            if row.group == aim.rows and aim.streams in row.by and row.by[aim.streams]["f1"] is not None
        ]
        if not values or aim.streams not in plain:
            continue
        worst, name = min(values)
        met = "yes" if worst >= aim.bound(plain[aim.streams]) else "**no**"
        body.append([f"{aim.rows}, {aim.streams}", f"{aim}", f"{worst:.3f} ({name})", met])
    return [table(["F1, the worst row of", "aim", "reached", "met"], body), ""] if body else []
