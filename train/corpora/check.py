"""Check of a folder: every corpus in it or directly under it, and the XDF files anywhere below.

Nothing that a file holds ends the check: what cannot be read is a finding.
"""

from collections.abc import Iterator, Sequence
from os.path import isdir
from pathlib import Path

from hnhar.model.errors import MissingExtraError, RecordingError

from .corpus import Corpus
from .finding import Advance, Finding, reason
from .xdf_files import check_xdf, xdf_files


def check(folder: str | Path, corpora: Sequence[Corpus], advance: Advance) -> list[Finding]:
    """Findings on each corpus in the folder or directly under it, and on the XDF files below.

    Empty where it holds none of `corpora`. Raises RecordingError where there is no such folder,
    MissingExtraError where a package is lacking that reads a corpus.
    """
    folder = Path(folder)
    places = list(_places(folder))
    found = [
        finding
        for corpus in corpora
        for place in places
        if (finding := _checked(corpus, place, advance)) is not None
    ]
    if files := xdf_files(folder):
        found.append(check_xdf(folder, files, advance))
    return found


def _checked(corpus: Corpus, place: Path, advance: Advance) -> Finding | None:
    """The finding on one corpus; None where the folder is not the corpus's own."""
    try:
        return corpus.checked(place, advance) if corpus.recognizes(place) else None
    except MissingExtraError:
        raise  # nothing was found out about the corpus
    except Exception as error:  # whatever a folder full of surprises leads to is what was found
        return Finding(corpus.title, place, "cannot be looked at", broken=(reason(error),))


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
