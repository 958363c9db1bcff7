"""The reason why nothing of a recording could be recognized, and the share of it that was dropped."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.labels import counted

from ..messages import StreamState, StreamStatus
from ..recordings.feeds import Feeds

MUCH: Final = 0.01
"""Share of dropped samples from which on they are told."""
MOST: Final = 0.5
"""Share of samples that count as missing from which on it is told that most do."""
NEARLY_ALL: Final = 0.9
"""Share of samples of every stream that count as missing from which on a recording is no input."""
APART: Final = 2.0
"""s between the ends of streams from which on they are told."""
MOST_FAULTS: Final = 3
"""Faults of a stream that are told, at most."""


def reason(info: BundleInfo, feeds: Feeds, streams: Sequence[StreamStatus], poor: int) -> str:
    """Reason of not one prediction, with the way out; `poor`: windows without enough samples."""
    longest = max((float(f.times[-1] - f.times[0]) for f in feeds if len(f.times)), default=0.0)
    if longest < info.window:
        return (
            f"nothing could be recognized: its streams have {longest:.1f} s, and {info.id} looks at "
            f"{info.window:g} s at a time; record longer"
        )
    rates = ", ".join(
        f"{(len(f.times) - 1) / max(float(f.times[-1] - f.times[0]), 1e-9):.3g} Hz of {f.feed.name}"
        for f in feeds
        if len(f.times) > 1
    )
    there = {f.feed.modality for f in feeds}
    grids = ", ".join(f"{m.rate:g} Hz of {m.name}" for m in info.modalities if m.name in there)
    missing = "" if not (notes := dropped(streams)) else f"; {'; '.join(notes)}"
    return (
        f"nothing could be recognized: {counted(poor, 'window')} had too few samples or values ({rates}, and "
        f"{info.id} takes {grids}){missing}. Look at its time stamps and for missing values"
    )


def partly_there(feeds: Feeds) -> list[str]:
    """A note on each stream that begins long after the first or ends long before the last."""
    spans = [(f, float(f.times[0]), float(f.times[-1])) for f in feeds if len(f.times)]
    first, last = min((b for _, b, _ in spans), default=0.0), max((e for _, _, e in spans), default=0.0)
    notes = []
    for feed, begin, end in spans:
        late = [f"begins {begin - first:.1f} s after the first stream"] if begin - first > APART else []
        early = [f"ends {last - end:.1f} s before the last one"] if last - end > APART else []
        described = feed.status.description if feed.status is not None else None
        name = feed.feed.name if described is None else described.name
        if late or early:
            there = " and ".join(late + early)
            notes.append(f"'{name}' {there}: meanwhile nothing is recognized from it")
    return notes


def refused(streams: Sequence[StreamStatus]) -> str:
    """Reason of a live run's not one prediction where every stream was refused; "" where one was not."""
    if not streams or any(stream.state is not StreamState.REFUSED for stream in streams):
        return ""
    notes = dict.fromkeys(stream.note for stream in streams)
    return f"nothing could be recognized: {'; '.join(notes)}"


def mounted(streams: Sequence[StreamStatus], *, wearers: bool = False) -> list[str]:
    """A note on each sensor of which the mounting is known or looked for; `wearers`: with whose it is."""
    notes = (f"{s.wearer + ' ' if wearers else ''}{s.modality}: {s.mount}" for s in streams if s.mount)
    return list(dict.fromkeys(notes))  # accelerometer and gyroscope may be two streams


def dropped(streams: Sequence[StreamStatus]) -> list[str]:
    """A note on each stream of which more than `MUCH` was dropped or counts as missing, with the reasons."""
    notes = []
    for stream in streams:
        name = stream.description.name if stream.description is not None else stream.source
        for counts, what in ((stream.dropped, "were dropped"), (stream.masked, "count as missing")):
            count = sum(counts.values())
            if count > MUCH * max(stream.samples, 1):
                why = ", ".join(f"{part} {cause}" for cause, part in counts.items() if part)
                faults = (
                    "; ".join(_alike_once(stream.faults)[:MOST_FAULTS]) if counts is stream.masked else ""
                )
                most = counts is stream.masked and _share_missing(stream) > MOST
                whole = f"most of '{name}' counts as missing, {count} of {stream.samples} samples ({why})"
                note = whole if most else f"{count} of {stream.samples} samples of '{name}' {what} ({why})"
                notes.append(f"{note}: {faults}" if faults else note)
    return notes


def nearly_all_missing(streams: Sequence[StreamStatus]) -> str:
    """Reason why a recording was no input: of every stream nearly all counts as missing; "" otherwise."""
    heard = [stream for stream in streams if stream.samples]
    if not heard or any(_share_missing(stream) < NEARLY_ALL for stream in heard):
        return ""
    return f"next to nothing could be recognized: {'; '.join(dropped(heard))}"


def _share_missing(stream: StreamStatus) -> float:
    return sum(stream.masked.values()) / max(stream.received, stream.samples, 1)


def _alike_once(faults: Iterable[str]) -> list[str]:
    """Faults without those that differ from one before in their numbers only."""
    first: dict[str, str] = {}
    for fault in faults:
        first.setdefault(re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "#", fault), fault)
    return list(first.values())
