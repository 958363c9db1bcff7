"""Aims that figures of continuous sessions are held against, read from TOML.

[[aim]]
figure = "F1 1.5 s"         # a column of the table
streams = "imu+skeleton"
at_least = 0.98             # or at_most

[[elsewhere]]
rows = "mount"              # a group of rows (`elsewhere.VARIANTS`): the worst of them counts
streams = "imu"
within = 0.02               # of the F1 of the row "as it is", or at_least
"""

from pathlib import Path

import msgspec

from hnhar.model.errors import ConfigError
from hnhar.model.files import read_regular

MAX_FILE = 1 << 16
"""bytes."""


class Aim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bound on one figure of one set of streams."""

    figure: str
    """Heading of its column (`document.COLUMNS`)."""
    streams: str
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"the aim of {self.figure} has either at_least or at_most")

    def met(self, value: float) -> bool:
        """True where the value keeps the bound."""
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0.0)

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


class ElsewhereAim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bound on the F1 of the worst of some rows."""

    rows: str
    """Their group."""
    streams: str
    within: float | None = None
    """Of the F1 of the sessions as they are."""
    at_least: float | None = None

    def __post_init__(self) -> None:
        if (self.within is None) == (self.at_least is None):
            raise ValueError(f"the aim of {self.rows} has either within or at_least")

    def bound(self, as_it_is: float) -> float:
        """The least F1 that meets it, to the digits of a table."""
        return self.at_least if self.at_least is not None else round(as_it_is - (self.within or 0.0), 4)

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"within {self.within:g}"


class Aims(msgspec.Struct, forbid_unknown_fields=True):
    """All aims of a file."""

    aim: list[Aim] = []
    elsewhere: list[ElsewhereAim] = []


def read_aims(path: str | Path | None) -> Aims:
    """The aims of a TOML file; none for None. ConfigError where the file cannot be used."""
    if path is None:
        return Aims()
    try:
        return msgspec.toml.decode(read_regular(path, MAX_FILE), type=Aims)
    except OSError as error:
        raise ConfigError(f"the aims in '{path}' cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the aims in '{path}' cannot be used: {error}") from error
