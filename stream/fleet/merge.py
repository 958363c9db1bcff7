"""One status of many pipelines. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ..messages import Quantiles, Status, StreamState, StreamStatus

EMPTY: Final = Status(
    seq=0,
    time=0.0,
    time_unix_ns=None,
    uptime=0.0,
    model="",
    labels=(),
    window=0.0,
    hop=0.0,
    streams=(),
    latency={},
    predictions=0,
    events=0,
    skipped=0,
    subscribers=0,
    address="",
    last_seq={},
)


def merged(
    frame: Status,
    running: Sequence[Status],
    ended: Sequence[Status],
    notes: Mapping[str, str],
    waiting: Mapping[str, Sequence[tuple[str, str]]],
) -> Status:
    """The status of a fleet.

    Counts are sums, also over pipelines that have ended. Quantiles of latency cannot be added up: p50 is the
    mean of the pipelines', each by its predictions, p99 the largest of them.

    Args:
        frame: Of the fleet: number, times, weights.
        running: The last status of each pipeline.
        ended: The last of those that have ended.
        notes: Wearer -> what is said of all their streams.
        waiting: Wearer whom nobody recognizes now -> (modality, source) of each stream.
    """
    every = [*running, *ended]
    streams = [
        replace(stream, note=joined(notes.get(stream.wearer, ""), stream.note))
        for status in running
        for stream in status.streams
        if stream.wearer not in waiting
    ]
    streams += [
        StreamStatus(wearer, modality, modality, StreamState.RESOLVING, source, note=notes.get(wearer, ""))
        for wearer, sources in waiting.items()
        for modality, source in sources
    ]
    skipped: Counter[str] = Counter()
    for status in every:
        skipped.update(status.skipped_by)
    return replace(
        frame,
        labels=tuple(dict.fromkeys((*frame.labels, *(la for status in running for la in status.labels)))),
        streams=tuple(sorted(streams, key=lambda stream: (stream.wearer, stream.modality, stream.feed))),
        latency=_latency(running),
        predictions=sum(status.predictions for status in every),
        events=sum(status.events for status in every),
        skipped=sum(status.skipped for status in every),
        skipped_by=dict(skipped),
        overloaded=any(status.overloaded for status in running),
        weights={wearer: model for status in running for wearer, model in _weights(status, frame).items()},
        runtime=next((status.runtime for status in running if status.runtime), ""),
        repetitions={w: count for status in running for w, count in status.repetitions.items()},
    )


def folded(before: Status, ended: Status) -> Status:
    """Counts of two pipelines that have ended, as of one."""
    skipped = Counter(before.skipped_by)
    skipped.update(ended.skipped_by)
    return replace(
        EMPTY,
        predictions=before.predictions + ended.predictions,
        events=before.events + ended.events,
        skipped=before.skipped + ended.skipped,
        skipped_by=dict(skipped),
    )


def joined(first: str, second: str) -> str:
    """Two notes as one."""
    return "; ".join(filter(None, (first, second)))


def _weights(status: Status, frame: Status) -> dict[str, str]:
    """Wearer -> bundle, where it is not that of the fleet."""
    wearers = {stream.wearer for stream in status.streams}
    models = {wearer: status.weights.get(wearer, status.model) for wearer in wearers}
    return {wearer: model for wearer, model in models.items() if model != frame.model}


def _latency(running: Sequence[Status]) -> dict[str, Quantiles]:
    parts = dict.fromkeys(part for status in running for part in status.latency)
    found = {}
    for part in parts:
        of = [(status.predictions, status.latency[part]) for status in running if part in status.latency]
        total = sum(predictions for predictions, _ in of) or 1
        p50 = sum(predictions * quantiles.p50 for predictions, quantiles in of) / total
        found[part] = Quantiles(p50, max(quantiles.p99 for _, quantiles in of))
    return found
