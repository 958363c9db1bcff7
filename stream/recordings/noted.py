"""Notes on what a recording holds that is likely a mistake: labels that overlap, samples without values."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..mapping.kind import find_mapping
from .portions import TOUCH
from .recording import Annotation, RecordedStream, Recording

LEAP: Final = 600.0
"""s without a sample that are told."""


def noted(recording: Recording) -> Recording:
    """The recording with notes on labels that overlap, rows without values and leaps, where there are any."""
    begin = recording.zero
    notes = [note(stream, begin) for stream in recording.streams for note in (empty_rows, leaps)]
    notes = [note for note in (*notes, overlaps(recording.annotations, begin)) if note]
    return replace(recording, notes=(*recording.notes, *notes)) if notes else recording


def overlaps(annotations: Sequence[Annotation], begin: float) -> str:
    """A note on how many annotations with a duration overlap one before them, and where the first does, in s
    from `begin`; "" where none does."""
    lasting = sorted((a for a in annotations if a.duration > 0), key=lambda a: (a.onset, a.label))
    count, first, longest = 0, "", None
    for annotation in lasting:
        # the same label at the same time twice is noted where labels are counted
        if longest is not None and annotation != longest and longest.offset - annotation.onset > TOUCH:
            count += 1
            first = first or (
                f"'{annotation.label[:40]}' begins at {annotation.onset - begin:.1f} s, while "
                f"'{longest.label[:40]}' goes on until {longest.offset - begin:.1f} s"
            )
        if longest is None or annotation.offset > longest.offset:
            longest = annotation
    if not count:
        return ""
    verb = "label overlaps one" if count == 1 else "labels overlap one"
    return (
        f"{count} of {len(lasting)} {verb} before it (first: {first}); one activity at a time is recognized"
    )


def nowhere(recording: Recording) -> str:
    """A note on how many labels with a duration lie where no stream has a sample, and the first of them, in s
    from the recording's zero; "" where none does."""
    lasting = [a for a in recording.annotations if a.duration > 0]
    lacking = np.ones(len(lasting), bool)
    edges = np.array([(a.onset, a.offset) for a in lasting]).reshape(-1, 2)
    for stream in recording.streams:
        lacking &= np.diff(np.searchsorted(stream.timestamps, edges), axis=1)[:, 0] == 0
    if not lacking.any():
        return ""
    first = min((lasting[k] for k in np.flatnonzero(lacking)), key=lambda a: a.onset)
    verb = "label lies" if lacking.sum() == 1 else "labels lie"
    at = f"'{first.label[:40]}' at {first.onset - recording.zero:.1f} s"
    return f"{lacking.sum()} of {len(lasting)} {verb} where no stream has a sample (first: {at})"


def leaps(stream: RecordedStream, begin: float) -> str:
    """A note on the longest time without a sample of a stream, in s from `begin`; "" where none is long."""
    steps = np.diff(stream.timestamps)
    if not len(steps) or steps.max() < LEAP:
        return ""
    before = int(np.argmax(steps))
    silent, since = float(steps[before]), float(stream.timestamps[before]) - begin
    times = f"{silent / 3600:,.1f} h" if silent >= 7200 else f"{silent / 60:.1f} min"
    name = stream.description.name or stream.modality
    return (
        f"'{name[:80]}' has no sample for {times} after {since:.1f} s: "
        "nothing was recorded, or its clock was set anew"
    )


def empty_rows(stream: RecordedStream, begin: float) -> str:
    """A note on how many samples of a stream have no value, and where the first is, in s from `begin`.

    Of a skeleton, and whatever else is seen in part, those without any value: joints that are hidden, and
    bodies that are not there, are usual.
    """
    finite = np.isfinite(stream.samples)
    carried = find_mapping(stream.kind)
    whole = carried is not None and carried.partial
    lacking = np.flatnonzero(~(finite.any(axis=1) if whole else finite.all(axis=1)))
    if not len(lacking):
        return ""
    name = stream.description.name or stream.modality
    values = "no values" if whole else "values that are missing or no numbers"
    first = float(stream.timestamps[lacking[0]]) - begin
    verb = "has" if len(lacking) == 1 else "have"
    return (
        f"{len(lacking)} of {len(finite)} samples of '{name[:80]}' {verb} {values} (first at {first:.2f} s); "
        "they count as missing"
    )
