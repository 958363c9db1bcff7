"""A recording: the samples of one wearer's streams, with annotations of what was done when."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..messages import StreamDescription
from .fitted import StampReport, fit


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something that happened, on the recording's clock."""

    onset: float
    """s."""
    duration: float
    """s; 0 for an instant."""
    label: str

    @property
    def offset(self) -> float:
        """End, s."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Unfinished activity, its start marked and its stop not, or the reverse: it lies within this time."""

    onset: float
    """Earliest possible start, s; -inf where nothing bounds it."""
    offset: float
    """Latest possible end, s; inf where nothing bounds it."""
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class RecordedStream:
    """One stream of a recording, as it was sent: its own channels, order and units."""

    description: StreamDescription
    samples: NDArray[np.float32]
    """(n, channels)."""
    timestamps: NDArray[np.float64]
    """(n,) s on the recording's clock, which all its streams share."""
    modality: str = ""
    """Its kind of modality, or "" where the reader cannot tell; KIND.PLACE where there are several of a
    kind."""
    sensor: str = ""
    """The one of several sensors in it that was selected; "" where none was."""
    stamps: StampReport | None = None
    """What became of its stamps when they were made fit; None: they are as they were sent."""

    def fit(self) -> "RecordedStream":
        """The stream with stamps that are fit for windows, as live ones are made; itself where they were.

        Raises RecordingError where its time runs backward.
        """
        if self.stamps is not None:
            return self
        made = fit(self.samples, self.timestamps, self.description.nominal_rate)
        return replace(self, samples=made.samples, timestamps=made.times, stamps=made.report)

    @property
    def kind(self) -> str:
        """Its kind of modality, or ""."""
        return self.modality.partition(".")[0]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One wearer's session."""

    wearer: str
    streams: tuple[RecordedStream, ...]
    annotations: tuple[Annotation, ...] = ()
    name: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Omissions and repairs by the reader, for the user to read."""
    unfinished: tuple[Unfinished, ...] = ()
    """Activities marked at one end only, by onset; a marked start is an annotation without duration too."""
    first: float | None = None
    """Time stamp of the file's first sample, also of streams that are left out, s; None: `start`."""

    def of(self, modality: str) -> tuple[RecordedStream, ...]:
        """Streams of a modality, or of all of a kind (an IMU may be two: accelerometer and gyroscope)."""
        return tuple(s for s in self.streams if modality in (s.modality, s.kind))

    @property
    def start(self) -> float:
        """Earliest time stamp, s; 0 without samples."""
        return min((float(s.timestamps[0]) for s in self.streams if len(s.timestamps)), default=0.0)

    @property
    def zero(self) -> float:
        """Time from which tables of labels and events, segments and notes count, s."""
        return self.start if self.first is None else self.first

    @property
    def end(self) -> float:
        """Latest time stamp, s; 0 without samples."""
        return max((float(s.timestamps[-1]) for s in self.streams if len(s.timestamps)), default=0.0)
