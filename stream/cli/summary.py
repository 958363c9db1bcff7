"""The summary of a run: counts, rates, latency, streams; and the score against what was performed."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.labels import counted, shortened

from ..engine.dispatch import EngineRun
from ..engine.sink import Sink
from ..messages import Event, Message, Status, StreamState, StreamStatus
from ..recordings.comparison import lines_of, write_comparison
from ..recordings.recording import Annotation, Unfinished
from ..recordings.score import Recognized, Score, match, recognized
from ..sinks.recorder import Recorder
from .comparison import print_comparison
from .console import SafeConsole

_LISTED: Final = 5
"""Unfinished activities that are listed one by one."""


class Reasons(Sink):
    """A sink that keeps each stream's last status before the end, when all are "stopped"."""

    prompt = True

    def __init__(self) -> None:
        self.last: dict[tuple[str, str], StreamStatus] = {}
        """(wearer, feed) -> its last status before the end."""

    def take(self, message: Message) -> None:
        """Keep the state of each stream of a status."""
        if isinstance(message, Status):
            going = [s for s in message.streams if s.state is not StreamState.ENDED]
            self.last |= {(s.wearer, s.feed): s for s in going}


def print_summary(
    console: SafeConsole,
    run: EngineRun,
    address: str,
    recorders: Sequence[Recorder],
    before: Mapping[tuple[str, str], StreamStatus] | None = None,
) -> None:
    """Predictions, events, rates, latency, what was left out, and each stream; `before` is `Reasons.last`."""
    status, meter = run.status, run.meter
    if status is None:
        console.say("Nothing was recognized.")
        return
    skipped, poor = run.counts()
    seconds = max(status.uptime, 1e-9)
    where = f", published on {address}" if address else ""
    console.say(f"{seconds:.1f} s with {status.model}{_personal(status.weights)}{where}")
    rate = f"{meter.predictions / seconds:.2f} a second"
    console.say(
        f"  {counted(meter.predictions, 'prediction')} ({rate}), {counted(meter.events, 'event')}; "
        f"{counted(skipped, 'window')} skipped, {poor} without enough samples"
    )
    if meter.predictions and address:
        p50, p99 = (meter.total.quantile(share) * 1e3 for share in (0.5, 0.99))
        console.say(
            f"  latency p50 {p50:.1f} ms, p99 {p99:.1f} ms (newest sample's time stamp to the socket)"
        )
    for stream in status.streams:
        line = _stream_line(stream, (before or {}).get((stream.wearer, stream.feed), stream))
        console.say(f"  {line}")
    for recorder in recorders:
        failed = f"; {recorder.lost} could not be written: {recorder.failed}" if recorder.lost else ""
        anew = ""
        if recorder.reopened:
            times = _times(recorder.reopened)
            anew = f"; it was deleted or replaced {times}, and lines written before are not in it"
        console.say(f"  {counted(recorder.written, 'line')} recorded to {recorder.path}{anew}{failed}")


def _personal(weights: Mapping[str, str]) -> str:
    """`, anna with anna@0123abcd`: wearers with weights of their own; "" where there are none."""
    return "".join(f", {wearer} with {model}" for wearer, model in weights.items())


def _times(count: int) -> str:
    return "once, and opened anew" if count == 1 else f"{count} times, and opened anew each time"


def _stream_line(stream: StreamStatus, before: StreamStatus) -> str:
    description = stream.description
    name = description.name if description is not None else stream.source
    if not stream.samples:
        why = before.note or before.state.value
        return f"{stream.wearer} {stream.feed}: '{name}' gave no sample ({why})"
    refused = f"; refused: {before.note}" if before.state is StreamState.REFUSED else ""
    rate = f", {stream.effective_rate:.1f} Hz in the last seconds" if stream.effective_rate else ""
    return (
        f"{stream.wearer} {stream.feed}: '{name}', {counted(stream.samples, 'sample')}{rate}, "
        f"{counted(stream.gaps, 'gap')}, {stream.drops} dropped{_share(stream.dropped, stream)}"
        f"{_missing(stream)}{refused}"
    )


def _missing(stream: StreamStatus) -> str:
    """`, 120 count as missing (8%: 120 stuck)`; "" where none does."""
    count = sum(stream.masked.values())
    return f", {count} count as missing{_share(stream.masked, stream)}" if count else ""


def _share(reasons: Mapping[str, int], stream: StreamStatus) -> str:
    """` (0.8%: 12 stamp)`: the share of a stream's samples, and how many for each reason; "" for none."""
    count = sum(reasons.values())
    if not count:
        return ""
    listed = ", ".join(f"{samples} {reason}" for reason, samples in reasons.items() if samples)
    return f" ({min(100 * count / max(stream.received, stream.samples, 1), 100):.2g}%: {listed})"


def print_score(
    console: SafeConsole,
    events: Sequence[Event],
    annotations: Sequence[Annotation],
    notes: Sequence[str],
    *,
    info: BundleInfo,
    span: tuple[float, float] | None,
    unfinished: Sequence[Unfinished] = (),
    since: str = "the session's start",
    file: Path | None = None,
    zero: float | None = None,
) -> Score | None:
    """Print performed actions beside recognized ones, and the counts; None where nothing was annotated.

    Args:
        console: Is printed to.
        events: Recognized activities.
        annotations: Performed activities, on the events' clock.
        notes: On markers that were not understood.
        info: Of the bundle: activities whose labels it does not know need not be recognized.
        span: Start and end of the recognized time, s: idle time is counted in it, and times from its start.
            None: nothing was recognized.
        unfinished: Activities with a start but no stop marked, or the reverse: their time is left out.
        since: Name of the moment at which the span starts, for whoever reads the times.
        file: Gets the whole comparison; None: none does.
        zero: Time from which times count instead, s; None: the span's start.

    Raises RecordingError where the file cannot be written.
    """
    unfinished = [u for u in unfinished if u.label != info.idle]
    performed = [a for a in annotations if a.duration > 0 and a.label != info.idle]
    if not performed:
        whole = "whole " if unfinished else ""
        console.say(f"Nothing {whole}was marked as performed, so there is nothing to compare with.")
        _print_unfinished(console, unfinished, (), zero if zero is not None else span[0] if span else 0.0)
        _print_notes(console, notes)
        return None
    others = {a.label for a in performed} - set(info.labels)
    found = recognized(events, end=max(a.offset for a in performed))
    score = match(performed, found, ignore=(info.idle,), others=others, span=span, unfinished=unfinished)
    origin = span[0] if span else min(a.onset for a in performed)
    origin = origin if zero is None else zero
    lines = lines_of(score, performed, others)
    if file is not None:
        write_comparison(file, score, lines, origin)
    print_comparison(console, score, lines, origin, since if span else "the first activity's start", file)
    if others:
        console.say(f"Not counted, since these weights do not know them: {shortened(sorted(others))}")
    recall = f" ({score.recall:.0%})" if score.actions else ""
    false_share = f" ({score.false_share:.0%} of the events)" if score.events else ""
    console.say(
        f"{len(score.hits)} of {score.actions} performed actions recognized{recall}, "
        f"{counted(len(score.false_events), 'false event')}{false_share}, collar 1.5 s"
    )
    overlap = match(performed, found, ignore=(info.idle,), others=others, iou=0.5, unfinished=unfinished)
    _print_figures(console, score, overlap.f1)
    _print_unfinished(console, unfinished, score.unscored, origin)
    _print_notes(console, notes)
    return score


def _print_figures(console: SafeConsole, score: Score, f1_overlap: float) -> None:
    """F1 by both criteria, delays, and false events in idle time; nothing without a hit."""
    delays = [hit.delay for hit in score.hits if not math.isnan(hit.delay)]
    if not delays:
        return
    p50, p90 = np.quantile(delays, [0.5, 0.9])
    idle = score.false_per_idle_minute
    console.say(
        f"F1 {score.f1:.3f}, at an overlap of half {f1_overlap:.3f}; from an action's start to its published "
        f"onset p50 {p50:.2f} s, p90 {p90:.2f} s"
        f"{'' if math.isnan(idle) else f'; {idle:.2f} false events a minute of idle'}"
    )


def _print_unfinished(
    console: SafeConsole, unfinished: Sequence[Unfinished], unscored: Sequence[Recognized], origin: float
) -> None:
    """The activities left out, since only one end of them was marked; in s from `origin`."""
    if not unfinished:
        return
    first = ", ".join(_unfinished(u, origin) for u in unfinished[:_LISTED])
    more = ", …" if len(unfinished) > _LISTED else ""
    left_out = f"; nor {counted(len(unscored), 'event')} of that label and time" if unscored else ""
    activities = counted(len(unfinished), "activity", "activities")
    console.say(f"{activities} unfinished, not scored: {first}{more}{left_out}")


def _unfinished(activity: Unfinished, origin: float) -> str:
    """`wave from 12.3 s`, `wave until 4.5 s`, `wave between 4.5 and 12.3 s`."""
    onset, offset = activity.onset - origin, activity.offset - origin
    if math.isinf(offset):
        return f"{activity.label} from {onset:.1f} s"
    if math.isinf(onset):
        return f"{activity.label} until {offset:.1f} s"
    return f"{activity.label} between {onset:.1f} and {offset:.1f} s"


def _print_notes(console: SafeConsole, notes: Sequence[str]) -> None:
    for note in notes:
        console.say(f"  {note}", "dim")
