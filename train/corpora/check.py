"""What a folder holds of the corpora that hnhar reads: there, complete, missing or broken.

Nothing that a file holds ends the check: what cannot be read is a finding.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from os.path import isdir
from pathlib import Path
from types import MappingProxyType

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
    """File and reason."""
    notes: tuple[str, ...] = ()
    """What is as it should be, though one may wonder."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing or broken."""
        return not self.missing and not self.broken


@dataclass(frozen=True, slots=True)
class Checker:
    """How one kind of corpus is recognized and checked."""

    here: Callable[[Path], bool]
    """Whether a folder is the corpus's own."""
    check: Callable[[Path, Advance], Finding]


def checkers() -> Mapping[str, Checker]:
    """By the corpus's name."""
    from . import check_corpora as corpora

    return MappingProxyType(
        {
            "UTD-MHAD": Checker(corpora.is_utd_mhad, corpora.check_utd_mhad),
            "spsw_har": Checker(corpora.is_spsw_har, corpora.check_spsw_har),
            "MMAct": Checker(corpora.is_mmact, corpora.check_mmact),
        }
    )


def check(folder: str | Path, advance: Advance) -> list[Finding]:
    """Findings on each corpus in the folder or directly under it, and on the XDF files anywhere below.

    Empty where it holds none that is known. Raises RecordingError where there is no such folder.
    """
    from .check_corpora import check_xdf, xdf_files

    folder = Path(folder)
    places = list(_places(folder))
    found = [
        _checked(name, checker, place, advance)
        for name, checker in checkers().items()
        for place in places
        if checker.here(place)
    ]
    if files := xdf_files(folder):
        found.append(check_xdf(folder, files, advance))
    return found


def _checked(name: str, checker: Checker, place: Path, advance: Advance) -> Finding:
    try:
        return checker.check(place, advance)
    except Exception as error:  # whatever a folder full of surprises leads to is what was found
        return Finding(name, place, "cannot be looked at", broken=(reason(error),))


def reason(error: Exception) -> str:
    """An error as a line: those for users as they are, others with their type."""
    return str(error) if isinstance(error, RecordingError) else f"{type(error).__name__}: {error}"


def _places(folder: Path) -> Iterator[Path]:
    """The folder and those directly in it."""
    if not isdir(folder):
        raise RecordingError(f"{folder} is not a folder: name the one that holds the corpora")
    yield folder
    try:
        inner = sorted(folder.iterdir())
    except OSError as error:
        raise RecordingError(f"{folder} cannot be looked into: {error.strerror or error}") from error
    yield from (place for place in inner if isdir(place))
