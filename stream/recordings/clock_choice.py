"""Clocks of a recording's streams as a user says them: `start`, `stamps`, `Kinect=start`, `labels=-3600`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from hnhar.model.errors import RecordingError

from ..mapping.stamp_unit import UNITS

_UNITS: Final = {**UNITS, "us": 1e-6}
"""Unit of time stamps -> s."""
TABLE: Final = "table"
"""Name of the table of labels beside a recording, where a stream's would stand."""
START, STAMPS, OUT = "start", "stamps", "out"


@dataclass(frozen=True, slots=True)
class ClockChoice:
    """Corrections of the clocks of a recording's streams.

    Streams are named by name, type, source_id or kind of modality, or "markers" for all that are markers.
    """

    start: bool = False
    """Streams that share no time with the others begin with them."""
    trusted: bool = False
    """Every time stamp is taken as it is."""
    begins: frozenset[str] = frozenset()
    """Streams that begin with the others, named in lower case, as in what follows."""
    moves: Mapping[str, float] = field(default_factory=dict)
    """Stream -> what is added to its time stamps, s."""
    units: Mapping[str, float] = field(default_factory=dict)
    """Stream -> unit of its time stamps, s."""
    left_out: frozenset[str] = frozenset()
    """Streams that are not read."""

    @property
    def names(self) -> frozenset[str]:
        """Every stream that is named, but for the table."""
        return frozenset({*self.begins, *self.moves, *self.units, *self.left_out} - {TABLE})


def parse_clock(texts: Sequence[str]) -> ClockChoice:
    """The choice that `--clock` gives, each use of it a text. Raises RecordingError for what is none."""
    whole, begins, out = set[str](), set[str](), set[str]()
    moves, units = dict[str, float](), dict[str, float]()
    for text in texts:
        name, equals, value = (part.strip() for part in text.rpartition("="))
        key = name.lower()
        if not equals and value in (START, STAMPS):
            whole.add(value)
        elif not key or not equals:
            raise _unknown(text)
        elif value == START:
            begins.add(key)
        elif value == OUT:
            out.add(key)
        elif value.lower() in _UNITS:
            units[key] = _UNITS[value.lower()]
        else:
            moves[key] = _seconds(text, value)
    if len(whole) > 1:
        raise RecordingError("--clock start and --clock stamps contradict each other: give one of them")
    twice = (begins & set(moves)) | (out & {*begins, *moves, *units}) | ({TABLE} & {*begins, *units, *out})
    if twice:
        raise RecordingError(f"--clock says of '{min(twice)}' what does not go together: give one of it")
    return ClockChoice(START in whole, STAMPS in whole, frozenset(begins), moves, units, frozenset(out))


def _seconds(text: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        raise _unknown(text) from None
    if not isfinite(seconds) or abs(seconds) > 1e11:
        raise _unknown(text)
    return seconds


def _unknown(text: str) -> RecordingError:
    return RecordingError(
        "--clock takes start, stamps, or a stream with start, a number of seconds to add, ms, us, ns or out, "
        f"such as Kinect=start or labels=-3600, not '{text[:80]}'"
    )
