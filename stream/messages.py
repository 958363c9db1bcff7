"""The messages that pass between stages and out to subscribers.

All times are seconds on the local LSL clock unless a name ends in `_unix_ns` (integer nanoseconds of Unix
time). Dataclasses are frozen; arrays inside are read-only. Only this file defines what goes over the wire.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SCHEMA_VERSION = 1


class StreamState(StrEnum):
    """State of an input stream, in the reader's state machine (docs/messages.md)."""

    RESOLVING = "resolving"
    OPENING = "opening"
    VALIDATING = "validating"
    WARMUP = "warmup"
    LIVE = "live"
    STALLED = "stalled"
    LOST = "lost"
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """Meta-data of a stream, as its sender declares them."""

    name: str
    type: str
    source_id: str
    channels: tuple[str, ...]
    """Label of each channel; "" where the stream gives none."""
    units: tuple[str, ...]
    """Unit of each channel as the stream writes it; "" where it gives none."""
    nominal_rate: float
    """Hz; 0 means irregular."""
    hostname: str = ""
    placement: str = ""
    """Place where the sensor is worn, as the stream says ("right wrist"); "" where it does not."""
    manufacturer: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """One stream's share in a modality of a wearer: most supply all channels, a lone accelerometer half an
    IMU."""

    modality: str
    name: str
    """Unique within the wearer: "imu", "skeleton", or "imu.acc" and "imu.gyro" for two streams of one
    device."""
    columns: tuple[int, ...]
    """Index into `Modality.channels` of each column of its chunks."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Samples as they came from one stream, already in canonical channels and units."""

    samples: NDArray[np.float32]
    """(n, channels)."""
    timestamps: NDArray[np.float64]
    """(n,) s, local LSL clock."""
    begins: bool = False
    """True for the first of a new segment: it does not continue what came before. Live, a state says so."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """One window of one wearer, on the grids of its modalities."""

    wearer: str
    index: int
    """End of the window in hops: end = index * hop + the wearer's phase, which is less than a hop."""
    start: float
    end: float
    samples: dict[str, NDArray[np.float32]]
    """Modality -> (steps, channels), canonical units; only modalities with enough coverage."""
    coverage: dict[str, float]
    """Modality -> share of its grid that real samples support, 0 to 1; every modality of the bundle."""
    newest: float
    """Time stamp of the newest sample that the wearer had when the window closed."""
    closed_by: str = "samples"
    """"samples", or "wait" where a live stream was not waited for any longer."""
    doubtful: bool = False
    """True where it is not known yet how its only sensor is turned."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Time from the newest sample's stamp to the hand-over to the socket, s. The parts add up to `total`."""

    lsl: float = 0.0
    """Newest sample's time stamp to its arrival in this process."""
    windowing: float = 0.0
    """Arrival to the closed window, queueing included."""
    encoder: float = 0.0
    """Closed window to probabilities."""
    publishing: float = 0.0
    """Probabilities to the hand-over to the socket."""
    total: float = 0.0
    """Newest sample's time stamp to the hand-over to the socket, s."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Recognition of one window: label, calibrated probabilities, and latency."""

    seq: int
    """Counts up by one for each prediction of this wearer."""
    wearer: str
    start: float
    """Begin of the window, s."""
    end: float
    """End of the window, s."""
    end_unix_ns: int | None
    """The same moment as Unix time, ns; None where that is not known, as of a recording."""
    label: str
    """The most probable label, also where `unknown`."""
    confidence: float
    """Calibrated probability of `label`."""
    probabilities: dict[str, float]
    """Label -> calibrated probability, every label of the bundle."""
    modalities: tuple[str, ...]
    """Modalities that this prediction was made from."""
    coverage: dict[str, float]
    """Modality -> share of the window that real samples support, 0 to 1."""
    closed_by: str
    """"samples", or "wait" where a live stream was not waited for any longer."""
    model: str
    """Identifier of the bundle."""
    unknown: bool = False
    """True where the window resembles nothing that was learned, or where it is not known yet how its only
    sensor is turned."""
    strangeness: float | None = None
    """Distance from the nearest example that the weights keep of an activity, 0 (like it) to 1; None where
    they keep none."""
    latency: Latency = field(default_factory=Latency)


@dataclass(frozen=True, slots=True)
class Repetitions:
    """Repetitions of the movement of an activity, as its signal repeats itself (docs/repetitions.md)."""

    count: int
    """Number of repetitions; 1 where nothing repeats: the activity was performed once."""
    durations: tuple[float, ...]
    """Duration of each repetition, s, in order: the last 256 of more; none where `count` is 1."""
    cadence: float | None
    """Repetitions per minute, by the median duration; None where `count` is 1."""
    regularity: float
    """Autocorrelation of the motion at a lag of one repetition, 0 to 1: how alike one is to the next; 0 where
    nothing repeats."""
    range_of_motion: float | None = None
    """Angle that `joint` goes through in a repetition, deg: the mean over them; None without a skeleton."""
    joint: str = ""
    """Joint whose angle changes most ("right_elbow"); "" without a skeleton."""


@dataclass(frozen=True, slots=True)
class Event:
    """The onset or the offset of an activity."""

    seq: int
    """Counts up by one for each event message of this wearer."""
    wearer: str
    id: int
    """The onset and the offset of one activity share it."""
    kind: Literal["onset", "offset"]
    """"onset" or "offset"."""
    label: str
    onset: float
    """Start of the activity, s."""
    onset_unix_ns: int | None
    """The same moment as Unix time, ns; None where that is not known, as of a recording."""
    duration: float | None
    """s; None in an onset."""
    confidence: float
    """Calibrated probability of `label`: in an onset that of the window that decided it, in an offset the
    mean over the windows from there on."""
    decided: float
    """End of the window that decided it: `decided - onset` is the delay."""
    model: str = ""
    """Identifier of the bundle."""
    unknown: bool = False
    """True where all of its windows together resemble nothing that was learned: an offset says so of the
    activity that it ends, `label` being the nearest one that was learned. An onset comes too early to tell,
    but where no activity was near at all: both are then published when it is over, their label `unknown`."""
    repetitions: Repetitions | None = None
    """Count and tempo of its repetitions; None in an onset, and where no samples show them."""


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """One input stream as the pipeline sees it."""

    wearer: str
    modality: str
    """"imu" or "skeleton", or one of several: "imu.wrist"."""
    feed: str
    """Name of the stream's share in the modality ("imu", or "imu.acc" and "imu.gyro")."""
    state: StreamState
    """State of the stream (docs/messages.md)."""
    source: str
    """Source as the user wrote it."""
    description: StreamDescription | None = None
    """Meta-data of the stream; None until it was found."""
    effective_rate: float | None = None
    """Hz, measured over the last seconds."""
    age: float | None = None
    """s since the newest sample's time stamp."""
    clock_offset: float | None = None
    """s added to the sender's stamps; None while unknown."""
    samples: int = 0
    """Samples handed on to the windows since the start."""
    gaps: int = 0
    """Interruptions of the stream's time since the start."""
    drops: int = 0
    """Samples that reached us and are in no window, with the reason in the log."""
    note: str = ""
    """Reason of its state, assumptions made of it, and present faults, in words."""
    received: int = 0
    """Samples that reached us since the start; not all in `samples`: some were dropped before, or are
    held."""
    duplicates: int = 0
    """Samples stamped like the one before: spread out, or moved behind it."""
    steps_back: int = 0
    """Samples stamped a little before the one before: moved behind it."""
    jumps: int = 0
    """Segments begun anew because the stream's time jumped, or was found to be wrong."""
    not_finite: int = 0
    """Samples with a value that is NaN or infinite: that value counts as missing."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Reason -> samples dropped for it: all of `drops`."""
    masked: dict[str, int] = field(default_factory=dict)
    """Reason -> samples that were handed on, but count as missing for it, since they cannot be right."""
    faults: tuple[str, ...] = ()
    """Present faults, in words; also part of `note`."""
    mount: str = ""
    """How the sensor is turned against the axes that the weights learned, and what is done about it, in
    words; "" where nothing is to be said. Also part of `note`."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quantiles of a duration, s."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the whole recognizer, published each second."""

    seq: int
    """Counts up by one for each status."""
    time: float
    """Time at which it was made, s."""
    time_unix_ns: int | None
    """The same moment as Unix time, ns; None where that is not known, as of a recording."""
    uptime: float
    """s since the recognizer began."""
    model: str
    """Identifier of the bundle; of wearers with another, `weights` has theirs."""
    labels: tuple[str, ...]
    """Every label of all bundles."""
    window: float
    """Length of a window, s."""
    hop: float
    """Time from one window to the next, s."""
    streams: tuple[StreamStatus, ...]
    latency: dict[str, Quantiles]
    """Part of `Latency` -> quantiles over the last minute."""
    predictions: int
    """Predictions made since the start."""
    events: int
    """Activities begun since the start."""
    skipped: int
    """Windows left out because the engine was late."""
    subscribers: int
    """Connections to the publisher."""
    address: str
    """Address that it publishes on."""
    last_seq: dict[str, int]
    """Topic -> sequence number last published there."""
    skipped_by: dict[str, int] = field(default_factory=dict)
    """Wearer -> windows left out because the engine was late: all of `skipped`."""
    overloaded: bool = False
    """True where windows were left out since the status before."""
    weights: dict[str, str] = field(default_factory=dict)
    """Wearer -> identifier of the bundle that recognizes them, where it is not `model`."""
    repetitions: dict[str, int] = field(default_factory=dict)
    """Wearer -> repetitions so far of the activity that is on, from the second on; the offset has the final
    count."""
    runtime: str = ""
    """Library that computes the network of `model`, and its version; "" where that is not known."""


Message = Prediction | Event | Status
