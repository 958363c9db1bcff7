"""Protocol of an opener of recordings: it says which paths it takes, and reads them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .recording import Recording


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """Choices for recordings that leave some; each opener reads those that mean something to it."""

    subject: int | None = None
    """Of several people; None: the first there."""
    placement: str = "wrist"
    """Where the IMU was worn, of several places: "wrist", "thigh"."""
    seed: int = 0
    """Of what is composed or synthetic."""
    select: Mapping[str, str] = field(default_factory=dict)
    """Which streams of a file, by kind of modality or "markers": a name or `key=value` pairs."""


class RecordingOpener(Protocol):
    """One kind of recording, found by the entry points `hnhar.recordings` (docs/extending.md).

    Subclass it: what it takes is nothing unless it says so.
    """

    kind: str
    """In words, for errors: "a .c3d file"."""
    names: Collection[str] = ()
    """Words that open it in the place of a path."""
    suffixes: Collection[str] = ()
    """Of its files, in lower case: ".c3d"."""

    def takes_folder(self, path: Path) -> bool:
        """True for a folder that is one of its recordings."""
        return False

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """Read it; a table of labels beside a file (`beside`) is read by whoever calls.

        Raises RecordingError that names the path and the reason.
        """
