"""Registry of recording openers: those of hnhar, then those that other installed packages registered.

A path that hnhar opens itself is never another package's, so the code of others is imported only for what
hnhar does not know.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np

from hnhar.model import plugins
from hnhar.model.errors import HnharError, RecordingError

from .opener import OpenOptions, RecordingOpener
from .recording import Recording

GROUP: Final = "hnhar.recordings"
"""Entry points: kind -> a callable without arguments that gives a `RecordingOpener`."""
OURS: Final = "hnhar"
_NEEDED: Final = ("takes_folder", "open")
_TABLE: Final = "export it as a table (.csv) with"
_ADVICE: Final = {
    ".cwa": f"Axivity's own: {_TABLE} OMGUI (Export raw CSV)",
    ".gt3x": f"ActiGraph's own: {_TABLE} ActiLife (raw data)",
    ".bin": f"a maker's own, as of GENEActiv: {_TABLE} the maker's program",
    ".mvn": "Xsens MVN's own: export it as .mvnx, with positions",
    ".fbx": "of a studio: export it as .bvh",
    ".trc": "of markers: export it as .c3d",
    ".xlsx": "a spreadsheet: save it as CSV, in UTF-8",
    ".xls": "a spreadsheet: save it as CSV, in UTF-8",
    ".ods": "a spreadsheet: save it as CSV, in UTF-8",
    ".gz": "packed: unpack it (gunzip), or call a packed .xdf file .xdfz",
    ".7z": "packed: unpack it, and name the folder",
    ".rar": "packed: unpack it, and name the folder",
    ".eaf": "a table of labels: name the recording, and it with --labels",
}
"""Suffix of what is not read -> what it is, and the way out."""


@dataclass(frozen=True, slots=True)
class RegisteredOpener:
    """An opener, and the package that it is of."""

    package: str
    opener: RecordingOpener

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """The recording at a path. Raises RecordingError, also for what breaks in another package's code."""
        try:
            recording = self.opener.open(path, options)
            if not isinstance(recording, Recording):
                raise TypeError(f"it gave a {type(recording).__name__}, no Recording")
            for stream in recording.streams:
                if len(stream.samples) != len(stream.timestamps) or not np.isfinite(stream.timestamps).all():
                    name = stream.description.name[:80]
                    raise ValueError(
                        f"'{name}' has samples without a time stamp, or stamps that are no number"
                    )
        except HnharError:
            raise
        except Exception as error:
            if self.package == OURS:
                raise
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise RecordingError(f"{path} cannot be read by the package {self.package}: {reason}") from error
        return recording


def opener_of(text: str) -> RegisteredOpener:
    """The opener of a path or of a word in its place: by its name, a file's suffix, or a look into a folder.

    Raises RecordingError where nothing is there, or none takes it, with all kinds that there are; and where
    two other packages take it.
    """
    path, broken = Path(text), list[str]()
    try:
        there, folder = path.exists(), path.is_dir()
    except OSError as error:  # a name longer than any file's, a folder that we may not enter
        raise RecordingError(f"{text[:200]} cannot be read: {error.strerror or error}") from error
    suffix = path.suffix.lower()

    def takes(opener: RecordingOpener) -> bool:
        if text in opener.names:
            return True
        return opener.takes_folder(path) if folder else there and suffix in opener.suffixes

    chosen = _chosen(text, takes, broken)
    if chosen is None:
        found = (
            "does not exist"
            if not there
            else "is a folder of no known kind"
            if folder
            else f"is of an unknown kind ('{suffix or 'no extension'}')"
        )
        if there and not folder and suffix in _ADVICE:
            raise RecordingError("; ".join([f"{path} is not read: it is {_ADVICE[suffix]}", *broken]))
        raise RecordingError("; ".join([f"{path} {found}", kinds(), *broken]))
    return chosen


def kinds() -> str:
    """All that can be opened, in words."""
    words = [registered.opener.kind for registered in _openers([])]
    return f"a recording is {', '.join(words[:-1])}, or {words[-1]}"


def _chosen(
    path: str, takes: Callable[[RecordingOpener], bool], broken: list[str]
) -> RegisteredOpener | None:
    """The one that takes it; the first of hnhar's own, if there is one."""
    taking = []
    for registered in _openers(broken):
        try:
            if not takes(registered.opener):
                continue
        except Exception as error:  # a third party's code may raise anything
            broken.append(f"the package {registered.package} failed: {type(error).__name__}: {error}")
            continue
        if registered.package == OURS:
            return registered
        taking.append(registered)
    if len(taking) > 1:
        packages = " and ".join(registered.package for registered in taking)
        raise RecordingError(f"{path} is taken by the packages {packages}: uninstall all but one of them")
    return taking[0] if taking else None


def _openers(broken: list[str]) -> Iterator[RegisteredOpener]:
    """Each in turn, hnhar's own first; errors of those that cannot be used go to `broken`."""
    packages = plugins.packages(GROUP)
    for name in sorted(packages, key=lambda name: (packages[name] != OURS, name)):
        try:
            opener = plugins.part(GROUP, name, "kind of recording", needs=_NEEDED)
        except HnharError as error:
            broken.append(str(error))
            continue
        yield RegisteredOpener(packages[name], cast("RecordingOpener", opener))
