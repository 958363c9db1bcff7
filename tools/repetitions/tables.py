"""Counts beside those that are known, as tables."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Pair:
    """A count beside the known one, of one activity."""

    known: int
    found: int
    period: float = 0.0
    """s; 0: not known."""
    cadence: float | None = None
    """1/min, as found."""


def row(name: str, pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Name, how many, exact, off by one, mean absolute error, error of the tempo."""
    if not pairs:
        return (name, "0", "", "", "", "")
    errors = np.array([pair.found - pair.known for pair in pairs])
    tempos = [abs(p.cadence * p.period / 60.0 - 1.0) for p in pairs if p.cadence and p.period]
    return (
        name,
        str(len(pairs)),
        f"{np.mean(errors == 0):.0%}",
        f"{np.mean(np.abs(errors) == 1):.0%}",
        f"{np.abs(errors).mean():.2f}",
        f"{np.median(tempos):.1%}" if tempos else "",
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


HEAD = ("", "activities", "exact", "off by one", "mean error", "tempo, median error")
