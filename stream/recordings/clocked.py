"""One stream of a recording by its time stamps: its names for `--clock`, and where it has samples. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..messages import StreamDescription
from .spans import Spans, spans

MARKERS: Final = "markers"
"""Role of a stream of markers."""


@dataclass(frozen=True, slots=True, eq=False)
class Clocked:
    """One stream of a recording, by its time stamps."""

    description: StreamDescription
    times: NDArray[np.float64]
    """(n,) s."""
    role: str
    """Its kind of modality, "markers", or "" for one that is not read."""
    offset: float = 0.0
    """Added to its time stamps already, for its sender's clock, s."""
    measured: tuple[float, float] | None = None
    """When its sender's clock was measured first and last, by the recorder's, s; None: not known."""

    @property
    def name(self) -> str:
        """The stream in words."""
        return f"'{self.description.name[:60] or self.role}'"

    def named(self, names: Iterable[str]) -> bool:
        """True if one of these (lower case) is its name, type, source_id or role."""
        d = self.description
        return bool({w.strip().lower() for w in (d.name, d.type, d.source_id, self.role) if w} & set(names))


def scaled(stream: Clocked, unit: float) -> NDArray[np.float64]:
    """Time stamps in s of a stream that counts in another unit; its sender's clock is told in s."""
    return (stream.times - stream.offset) * unit + stream.offset


def stretches(stream: Clocked, times: NDArray[np.float64]) -> Spans:
    """Stretches of samples with these times; markers come when they come, and have one."""
    finite = times[np.isfinite(times)]
    if stream.role == MARKERS and len(finite):
        return np.array([[finite.min(), finite.max()]])
    return spans(times)


def key_of(streams: Sequence[Clocked], k: int) -> str:
    """Name of a stream for `--clock`: by its name, or where others share that, by another word of its own."""
    d = streams[k].description
    words = [word for word in (d.name, d.type, d.source_id, streams[k].role) if word]
    alone = (w for w in words if sum(s.named([w.strip().lower()]) for s in streams) == 1)
    return next(alone, words[0] if words else streams[k].role)
