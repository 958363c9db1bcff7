"""Recordings through an engine, without threads: what a live run over them gives, to the bit.

The one driver of recorded samples: `recognize` runs a recording to its end, `recording_run` one with sinks,
progress and a stop, and evaluation several recordings as wearers of one engine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from math import floor, inf

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.classifier import Classifier

from ..mapping.mapping import MappingOptions
from ..mapping.mounts import mounts_of
from ..messages import Chunk, Event, Feed, Prediction, Window
from ..recordings.feeds import BLOCK, Feeds, interleave, recorded_feeds
from ..recordings.recording import Recording
from .engine import Engine

_FIRST = -(2**62)
"""Before any block."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Chunks that arrive together, within one slot of `BLOCK` s, in the order of arrival."""

    end: float
    """The last time stamp in it, s."""
    chunks: tuple[tuple[str, Feed, Chunk], ...]
    """(Wearer, feed, samples)."""


def blocks(fed: Mapping[str, Feeds]) -> Iterator[Block]:
    """The samples of all wearers in the order in which they would arrive live; `fed`: wearer -> feeds."""

    def slotted(wearer: str) -> Iterator[tuple[int, str, Feed, Chunk]]:
        slot = _FIRST
        for feed, chunk in interleave(fed[wearer]):
            slot = max(slot, floor(float(chunk.timestamps[-1]) / BLOCK))
            yield slot, wearer, feed, chunk

    for _, arrived in groupby(merge(*map(slotted, fed), key=lambda a: a[0]), key=lambda a: a[0]):
        chunks = tuple((wearer, feed, chunk) for _, wearer, feed, chunk in arrived)
        yield Block(max(float(chunk.timestamps[-1]) for _, _, chunk in chunks), chunks)


class OfflineDriver:
    """Feeds an engine with blocks, in order, and says which windows each makes due."""

    def __init__(self, engine: Engine) -> None:
        """`engine` belongs to the driver until the recordings are over."""
        self._engine = engine
        self._latest: dict[str, float] = {}
        """Wearer -> end of its latest window, s."""

    def windows(self, block: Block) -> list[Window]:
        """The windows that the block completes, oldest first, to be given to `Engine.classify`.

        Asked after each chunk, not after the block: how long a window waits for a stream that lags is a
        matter of what came before what, and must not depend on how much is taken at once.
        """
        closed: list[tuple[float, Window]] = []
        for wearer, feed, chunk in block.chunks:
            self._engine.push(wearer, feed, chunk)
            for window in self._engine.due():
                # where a wearer's time steps back, what closed before that still comes first
                latest = max(self._latest.get(window.wearer, -inf), window.end)
                self._latest[window.wearer] = latest
                closed.append((latest, window))
        closed.sort(key=lambda ordered: ordered[0])
        return [window for _, window in closed]


@dataclass(frozen=True, slots=True)
class Recognition:
    """Predictions and events of one recording; times on the recording's clock, latencies 0."""

    predictions: tuple[Prediction, ...]
    events: tuple[Event, ...]
    notes: tuple[str, ...]
    """Assumptions about its streams, and how its worn sensors are turned."""


def recognize(
    recording: Recording,
    runtime: Classifier,
    info: BundleInfo,
    *,
    hop: float | None = None,
    options: MappingOptions | None = None,
) -> Recognition:
    """Recognize a whole recording.

    Raises ChannelError where its streams do not fit the bundle, ConfigError as `mounts_of` does.
    """
    feeds, notes = recorded_feeds(recording, info.modalities, options, placement=info.placement)
    mounts = mounts_of({recording.wearer: info}, {recording.wearer: options or MappingOptions()})
    engine = Engine(runtime, info, [recording.wearer], hop=hop, mounts=mounts)
    driver = OfflineDriver(engine)
    predictions: list[Prediction] = []
    events: list[Event] = []
    for block in blocks({recording.wearer: feeds}):
        made = engine.classify(driver.windows(block))
        predictions += made
        events += engine.decide(made)
    return Recognition(
        tuple(predictions), (*events, *engine.finish()), (*notes, *mounts.notes(recording.wearer))
    )
