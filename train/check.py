"""What a folder holds of the corpora that hnhar reads: there, complete, missing or broken.

Nothing that a file holds ends the check: what cannot be read is a finding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hnhar.model.errors import RecordingError

Advance = Callable[[str, int, int], None]
"""What is being looked at, how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one corpus in one folder."""

    corpus: str
    """Its name, for the user."""
    folder: Path
    found: str
    """What is there and usable ("754 of 861 pairs")."""
    missing: tuple[str, ...] = ()
    """What the whole corpus has and the folder lacks."""
    broken: tuple[str, ...] = ()
    """File: reason."""
    notes: tuple[str, ...] = ()
    """What is as it should be, though one may wonder."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing or broken."""
        return not self.missing and not self.broken


Checker = Callable[[Path, Advance], list[Finding]]
CHECKERS: Sequence[Checker] = ()


def check(folder: str | Path, advance: Advance) -> list[Finding]:
    """Findings on each corpus in the folder or directly under it; empty where it holds none that is known.

    Raises RecordingError where there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RecordingError(f"{folder} is not a folder: name the one that holds the corpora")
    return [finding for checker in CHECKERS for finding in checker(folder, advance)]
