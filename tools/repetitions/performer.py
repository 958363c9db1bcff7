"""The performer's repetitions, at given onsets and offsets and at recognized ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.offline import recognize
from hnhar.stream.messages import Event

from .measuring import Signal, Span, repetitions
from .sessions import KnownSession, Performed, session
from .tables import HEAD, Pair, row, table

SETS: Final = (("imu",), ("skeleton",), ("imu", "skeleton"))
"""Modalities that are counted from."""
KINDS: Final = {"imu": IMU.modality(), "skeleton": SKELETON.modality()}
SPREAD: Final = 0.25
"""Standard deviation of a recognized onset or offset, s."""


def performer(seeds: Sequence[int], *, each: bool) -> str:
    """Tables of each set of modalities: by movement, and what is done once."""
    sessions = [(seed, session(seed)) for seed in seeds]
    parts = []
    for names in SETS:
        pairs: dict[str, list[Pair]] = defaultdict(list)
        for seed, known in sessions:
            for done, pair in given(seed, known, names):
                pairs[done.label if done.count > 1 else "done once"].append(pair)
        parts.append(f"from {' and '.join(names)}\n\n{tabled(pairs)}")
        if each:
            parts += misses(pairs)
    return "\n\n".join(parts)


def given(seed: int, known: KnownSession, names: Sequence[str]) -> list[tuple[Performed, Pair]]:
    """What was done, and its count."""
    rng = np.random.default_rng(seed)
    spans = [
        Span(done.onset + before, done.offset + after)
        for done, (before, after) in zip(
            known.performed, rng.normal(0.0, SPREAD, (len(known.performed), 2)), strict=True
        )
    ]
    signals = [
        Signal(KINDS[stream.modality], stream.timestamps, stream.samples)
        for stream in known.recording.streams
        if stream.modality in names
    ]
    counts = repetitions(signals, spans)
    return [
        (done, Pair(done.count, found.count, done.period, found.cadence))
        for done, found in zip(known.performed, counts, strict=True)
        if found is not None
    ]


def recognized(seeds: Sequence[int], *, each: bool) -> str:
    """With the shipped weights: repeated activities that they recognize, by movement."""
    info, recognizer = load(find(DEFAULT))
    runtime = Runtime(info, recognizer, threads=1)
    sessions = [session(seed) for seed in seeds]
    parts = []
    for names in SETS:
        pairs: dict[str, list[Pair]] = defaultdict(list)
        missed = 0
        for known in sessions:
            streams = tuple(s for s in known.recording.streams if s.modality in names)
            events = recognize(replace(known.recording, streams=streams), runtime, info).events
            offsets = [e for e in events if e.kind == "offset" and e.repetitions is not None]
            for done in known.performed:
                event = matching(done, offsets)
                if event is None or event.repetitions is None:
                    missed += done.count > 1 and done.label in info.labels
                    continue
                told = event.repetitions
                name = done.label if done.count > 1 else "done once"
                pairs[name].append(Pair(done.count, told.count, done.period, told.cadence))
        parts.append(
            f"from {' and '.join(names)}, recognized ({missed} repeated ones were not)\n\n{tabled(pairs)}"
        )
        if each:
            parts += misses(pairs)
    return "\n\n".join(parts)


def matching(done: Performed, offsets: Sequence[Event]) -> Event | None:
    """The offset of an event with its label that shares at least half of the longer one's time."""
    for event in offsets:
        end = event.onset + (event.duration or 0.0)
        shared = min(end, done.offset) - max(event.onset, done.onset)
        longer = max(end - event.onset, done.offset - done.onset)
        if event.label == done.label and shared >= 0.5 * longer:
            return event
    return None


def tabled(pairs: dict[str, list[Pair]]) -> str:
    """A row a movement, and one of all that is repeated."""
    repeated = [pair for name, found in pairs.items() if name != "done once" for pair in found]
    names = sorted(pairs, key=lambda name: (name == "done once", name))
    return table(HEAD, [*(row(name, pairs[name]) for name in names), row("**all repeated**", repeated)])


def misses(pairs: dict[str, list[Pair]]) -> list[str]:
    """A line a movement with what was counted wrong."""
    return [
        f"{name}: " + ", ".join(f"{p.found} for {p.known} at {p.period:.2f} s" for p in wrong)
        for name, found in pairs.items()
        if (wrong := [p for p in found if p.found != p.known])
    ]
