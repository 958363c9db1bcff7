"""Findings of `hnhar-train data check`: one corpus in one folder, complete, incomplete or broken."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from hnhar.model.errors import HnharError

Advance = Callable[[str, int, int], None]
"""Takes the name of the corpus that is looked at, the number done, and the total."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of the check of one corpus in one folder."""

    corpus: str
    """Its title, for the user."""
    folder: Path
    found: str
    """Usable part ("754 of 861 pairs")."""
    missing: tuple[str, ...] = ()
    """Parts of the whole corpus that the folder lacks."""
    broken: tuple[str, ...] = ()
    """File and reason."""
    notes: tuple[str, ...] = ()
    """Oddities that the corpus is known to have."""

    @property
    def complete(self) -> bool:
        """True where nothing is missing or broken."""
        return not self.missing and not self.broken


def reason(error: Exception) -> str:
    """An error as a line: one for users as it is, another with its type."""
    return str(error) if isinstance(error, HnharError) else f"{type(error).__name__}: {error}"


def ranges(numbers: Collection[int]) -> str:
    """1, 2, 3, 7 as "1-3, 7"; "none" without numbers."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in parts) or "none"
