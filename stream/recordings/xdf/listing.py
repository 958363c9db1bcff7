"""The streams of a file, whether they are of use or not: for the doctor."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...mapping.channel_map import MappingOptions
from ...mapping.fitness import Surveyed
from ...mapping.kind import mapping_of
from ...mapping.sensors import kind_in
from ..feeds import probe
from ..recording import RecordedStream
from .loading import opened
from .pieces import united
from .select import StreamEntry, readable


def listing(path: Path) -> tuple[list[Surveyed], list[str]]:
    """All streams of a file by their numbers, each with samples by which it is judged; and notes.

    Those of one origin are one. Raises RecordingError.
    """
    with opened(path) as file:
        kept = readable(file.entries, None)
        loaded = file.load(kept)
    apart = [entry.number for entry in file.entries if entry.index not in kept]
    entries, loaded, more = united(file.entries, loaded, apart=apart)
    found = [_surveyed(entry, loaded[entry.index], whole=entry.index in kept) for entry in entries]
    return found, [*file.notes, *more]


def _surveyed(entry: StreamEntry, stream: Mapping[str, Any], *, whole: bool) -> Surveyed:
    """`whole`: its samples were loaded, and not only the first and last times of its chunks."""
    text = entry.text or entry.trigger
    times = np.asarray(stream["time_stamps"], np.float64)
    times = times[np.isfinite(times)]
    span = float(times.max() - times.min()) if len(times) > 1 else 0.0
    samples = None
    kind = kind_in(entry.description)
    if whole and kind and not text and entry.samples:
        values = np.asarray(stream["time_series"], np.float32).reshape(len(stream["time_stamps"]), -1)
        recorded = RecordedStream(entry.description, values, np.empty(0), kind)
        samples = probe(recorded, mapping_of(kind), MappingOptions())
    return Surveyed(
        str(entry.number),
        entry.description,
        text,
        samples,
        (entry.samples - 1) / span if span > 0 else None,
        0.0,
        "" if text or entry.samples else "it is empty",
        numbers=entry.trigger,
        number=entry.number,
    )
