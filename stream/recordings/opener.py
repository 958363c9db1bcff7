"""Protocol of an opener of recordings: it says which paths it takes, and reads them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from .clock_choice import ClockChoice
from .recording import Recording


@dataclass(frozen=True, slots=True)
class OpenOptions:
    """Choices for recordings that leave some; each opener reads those that mean something to it."""

    subject: int | None = None
    """Number of one of several people; None: the first there."""
    placement: str = "wrist"
    """Place of the IMU, of several: "wrist", "thigh"."""
    seed: int = 0
    """Seed of a composed or synthetic recording."""
    select: Mapping[str, str] = field(default_factory=dict)
    """Kind of modality, or "markers" -> the stream of a file: a name or `key=value` pairs. "marker_map" ->
    what markers mean: `1=walk/start,2=walk/stop`."""
    columns: str = ""
    """Columns of a table and their units (`csv_columns`); "" where its headings say them."""
    clock: ClockChoice = field(default_factory=ClockChoice)
    """How the clocks of its streams go together, where they have several."""


class RecordingOpener(Protocol):
    """One kind of recording, found by the entry points `hnhar.recordings` (docs/extending.md).

    Subclass it: what it takes is nothing unless it says so.
    """

    kind: str
    """In words, for errors: "a .mot file"."""
    names: Collection[str] = ()
    """Words that open it in the place of a path."""
    suffixes: Collection[str] = ()
    """Suffixes of its files, in lower case: ".mot"."""

    def takes_folder(self, path: Path) -> bool:
        """True for a folder that is one of its recordings."""
        return False

    def open(self, path: Path, options: OpenOptions) -> Recording:
        """Read it; a table of labels beside a file (`beside`) is read by whoever calls.

        Raises RecordingError that names the path and the reason.
        """
