"""Stretches of a recording, with the labels that have samples in them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .recording import Annotation, Recording

TOUCH = 0.01
"""Annotations that share less than this, s, only touch: so much is left by rounding."""


def portion(recording: Recording, start: float, end: float) -> Recording:
    """The samples in [start, end) s, and the annotations as far as they reach into it."""
    streams = []
    for stream in recording.streams:
        a, b = np.searchsorted(stream.timestamps, [start, end])
        if b - a > 1:
            part = replace(stream, samples=stream.samples[a:b], timestamps=stream.timestamps[a:b])
            streams.append(part)
    annotations = []
    for annotation in recording.annotations:
        onset, offset = max(annotation.onset, start), min(annotation.offset, end)
        if offset - onset > min(TOUCH, annotation.duration / 2):
            annotations.append(Annotation(onset, offset - onset, annotation.label))
    return replace(recording, streams=tuple(streams), annotations=tuple(annotations))


def without(recording: Recording, spans: Sequence[Annotation]) -> Recording:
    """The recording without the samples of these stretches: to whoever cuts windows, an interruption."""
    streams = []
    for stream in recording.streams:
        keep = np.ones(len(stream.timestamps), bool)
        for span in spans:
            a, b = np.searchsorted(stream.timestamps, [span.onset, span.offset])
            keep[a:b] = False
        streams.append(replace(stream, samples=stream.samples[keep], timestamps=stream.timestamps[keep]))
    return replace(recording, streams=tuple(streams)) if spans else recording


def with_samples(
    annotations: Sequence[Annotation], recording: Recording
) -> tuple[list[Annotation], list[str]]:
    """Annotations as far as the recording reaches, and notes. Those without a sample are left out."""
    start, end = recording.start, recording.end
    kept, lacking, shortened = [], 0, 0
    for annotation in annotations:
        onset, offset = max(annotation.onset, start), min(annotation.offset, end)
        if not any(np.diff(np.searchsorted(s.timestamps, [onset, offset]))[0] > 0 for s in recording.streams):
            lacking += 1
        elif (onset, offset) == (annotation.onset, annotation.offset):
            kept.append(annotation)
        else:
            shortened += 1
            kept.append(Annotation(onset, offset - onset, annotation.label))
    notes = []
    if lacking:
        notes.append(
            f"{lacking} of its {len(annotations)} labels lie where it has no samples; they were left out"
        )
    if shortened:
        notes.append(f"{shortened} of its labels reach beyond its samples; they were shortened")
    return kept, notes
