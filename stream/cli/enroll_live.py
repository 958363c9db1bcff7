"""The live part of `hnhar-enroll`: samples are kept while somebody marks the performances with Enter."""

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError, SourceError

from ..mapping.channel_map import MappingOptions
from ..messages import Chunk, Feed, StreamDescription, StreamState
from ..recordings.enrolling import SHORTEST, Span, examples
from ..recordings.feeds import Feeds
from .common import warn
from .console import SafeConsole
from .options.network import configure_lsl
from .options.sources import sources_of

if TYPE_CHECKING:
    from hnhar.model.enroll.enroll import Examples
    from hnhar.model.runtime import Runtime

    from ..intake.reader import SourceReader

PATIENCE: Final = 60.0
"""s that are waited for the streams."""
_AFTER: Final = 5.0
"""s that are waited for the last samples."""
_LOOK: Final = 0.1
_SILENT: Final = 2.0
"""s without samples from which on whoever performs is told."""
Clock = Callable[[], float]


class Keeper:
    """A reader's sink that keeps all that came; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: dict[str, tuple[Feed, list[Chunk]]] = {}
        self._states: dict[str, tuple[StreamState, str]] = {}

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `intake.feed_sink.FeedSink`."""
        with self._lock:
            self._chunks.setdefault(feed.name, (feed, []))[1].append(chunk)

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `intake.feed_sink.FeedSink`."""
        with self._lock:
            self._states[feed] = state, note

    def newest(self) -> dict[str, float]:
        """Modality -> time stamp up to which all its feeds have come, s."""
        with self._lock:
            newest: dict[str, float] = {}
            for feed, chunks in self._chunks.values():
                last = float(chunks[-1].timestamps[-1])
                newest[feed.modality] = min(newest.get(feed.modality, last), last)
            return newest

    def silent(self, modalities: Iterable[str], now: float) -> list[str]:
        """What to say of each modality whose samples have stopped; `now`: LSL clock, s."""
        newest = self.newest()
        ages = {name: now - newest[name] for name in sorted(modalities) if name in newest}
        return [f"{name}: no samples for {age:.0f} s" for name, age in ages.items() if age >= _SILENT]

    def notes(self) -> str:
        """What the readers say that they wait for."""
        with self._lock:
            return "; ".join(note for _, note in self._states.values() if note)

    def feeds(self) -> Feeds:
        """Everything, as a recording's feeds."""
        with self._lock:
            return [
                (
                    feed,
                    np.concatenate([c.timestamps for c in chunks]),
                    np.concatenate([c.samples for c in chunks]),
                )
                for feed, chunks in self._chunks.values()
            ]


def capture(
    arguments: argparse.Namespace, info: BundleInfo, runtime: "Runtime", options: MappingOptions
) -> "Examples":
    """Read the live streams while the performances are marked on standard input."""
    import pylsl

    if arguments.performances < 2:
        raise ConfigError(f"--performances must be at least 2, not {arguments.performances}.")
    configure_lsl(arguments)
    keeper = Keeper()
    readers = _readers(arguments, info, keeper, options)
    for reader in readers:
        reader.start()
    named = {r.modality.name for r in readers}
    try:
        if lacking := _wait(keeper, named, -np.inf, PATIENCE):
            raise SourceError(_silence(keeper, lacking, PATIENCE))
        spans = performances(
            arguments.label,
            arguments.performances,
            (line for line in sys.stdin),
            pylsl.local_clock,
            lambda: keeper.silent(named, pylsl.local_clock()),
        )
        if lacking := _wait(keeper, named, spans[-1].end, _AFTER):
            _go_on(keeper, lacking, spans)
    finally:
        for reader in readers:
            reader.stop()
    return examples(keeper.feeds(), info, runtime, spans)


def performances(
    label: str,
    count: int,
    presses: Iterator[object],
    clock: Clock,
    troubles: Callable[[], Iterable[str]] = tuple,
) -> list[Span]:
    """Ask for each performance; a press of Enter (an item of `presses`) begins and ends it, on `clock`, s.

    One that is shorter than could be is asked for again; what is wrong with the streams (`troubles`) is told
    at each prompt. Raises ConfigError where the input ends before.
    """
    console = SafeConsole(stderr=True)
    spans: list[Span] = []
    console.print(f"Perform '{label}' {count} times, with pauses of some seconds.", markup=False)
    while len(spans) < count:
        times = []
        for what in ("begins", "ends"):
            for trouble in troubles():
                warn(trouble)
            console.print(f"  {len(spans) + 1} of {count}: Enter when it {what}", markup=False)
            if next(presses, None) is None:
                raise ConfigError(f"the input ended after {len(spans)} of {count} performances.")
            times.append(clock())
        if times[1] - times[0] < SHORTEST:
            console.print(f"  that was shorter than {SHORTEST:g} s; once more", markup=False)
            continue
        spans.append(Span(*times))
    return spans


def _readers(
    arguments: argparse.Namespace, info: BundleInfo, keeper: Keeper, options: MappingOptions
) -> "Sequence[SourceReader]":
    from ..intake.reader import SourceReader
    from ..lsl.inlet import now

    known = {modality.name: modality for modality in info.modalities}
    readers = []
    for name, source in sources_of(arguments).items():
        if name not in known:
            raise ConfigError(f"{info.id} takes {', '.join(known)}, no {name}: leave that source out.")
        readers.append(
            SourceReader(
                "enroll", known[name], source, keeper, now=now, options=options, placement=info.placement
            )
        )
    return readers


def _wait(keeper: Keeper, modalities: set[str], until: float, patience: float) -> list[str]:
    """Until samples after `until` (s, LSL clock) came of every modality; those without after `patience` s."""
    deadline = time.monotonic() + patience
    while True:
        newest = keeper.newest()
        lacking = sorted(m for m in modalities if newest.get(m, -np.inf) <= until)
        if not lacking or time.monotonic() > deadline:
            return lacking
        time.sleep(_LOOK)


def _go_on(keeper: Keeper, lacking: Sequence[str], spans: Sequence[Span]) -> None:
    """Say which modalities stopped before the last performance ended: what came before is enrolled.

    Raises SourceError where all of them stopped before the first one ended.
    """
    newest = keeper.newest()
    if max(newest.values()) < spans[0].end:
        raise SourceError(_silence(keeper, lacking, _AFTER))
    for name in lacking:
        whole = sum(span.end <= newest[name] for span in spans)
        warn(
            f"{name}: its samples stopped {spans[-1].end - newest[name]:.1f} s before the last performance "
            f"ended, after {whole} of {len(spans)}; what is there is enrolled."
        )
    if notes := keeper.notes():
        warn(notes)


def _silence(keeper: Keeper, lacking: Sequence[str], waited: float) -> str:
    return f"no samples came from {' and '.join(lacking)} for {waited:g} s. {keeper.notes()}".rstrip()
