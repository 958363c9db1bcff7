"""A recording recognized for a report: windows close together, over its ends as well."""

from dataclasses import replace
from math import ceil

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.classifier import Classifier
from hnhar.model.errors import RecordingError

from ..engine.offline import recognize
from ..mapping.mapping import MappingOptions
from ..recordings.recording import RecordedStream, Recording
from .phases import PhaseSequence
from .session import Session, WindowAnswer, check_labels, of_windows

HOP = 0.1
"""s between windows."""


def recognized_session(
    recording: Recording,
    runtime: Classifier,
    info: BundleInfo,
    *,
    name: str,
    hop: float = HOP,
    options: MappingOptions | None = None,
) -> Session:
    """The session of a recording. Raises ChannelError where its streams do not fit the weights, and
    RecordingError where these tell no phases, or no window had enough samples."""
    check_labels(info.labels, info.id)
    longer = replace(recording, streams=tuple(held(s, info.window / 2) for s in recording.streams))
    found = recognize(longer, runtime, info, hop=hop, options=options)
    if not found.predictions:
        raise RecordingError(
            f"nothing of {name} could be recognized: no window of {info.window:g} s had enough samples. "
            f"{' '.join(recording.notes)}".rstrip()
        )
    answers = [WindowAnswer(p.start, p.end, p.probabilities, p.modalities) for p in found.predictions]
    notes = [*recording.notes, *found.notes]
    names = {modality for answer in answers for modality in answer.modalities}
    absent = [m.name for m in info.modalities if m.name not in names]
    if absent:
        notes.append(f"there was no {' and no '.join(absent)}")
    session = of_windows(name, answers, weights=info.id, zero=recording.start, notes=notes)
    return replace(session, segments=_to_the_ends(session.segments, recording.end - recording.start, info))


def held(stream: RecordedStream, seconds: float) -> RecordedStream:
    """A stream whose last sample is held for some seconds at its pace: windows about its last moments close.

    Those about its first need nothing: a window is made where samples cover the greater part of it.
    """
    if len(stream.timestamps) < 2:
        return stream
    lasted = float(stream.timestamps[-1] - stream.timestamps[0])
    step = lasted / (len(stream.timestamps) - 1)
    if not 0 < step < seconds:
        return stream
    later = stream.timestamps[-1] + np.arange(1, ceil(seconds / step) + 2) * step
    held = np.repeat(stream.samples[-1:], len(later), axis=0)
    return replace(
        stream,
        samples=np.concatenate([stream.samples, held]),
        timestamps=np.concatenate([stream.timestamps, later]),
    )


def _to_the_ends(
    segments: tuple[PhaseSequence, ...], length: float, info: BundleInfo
) -> tuple[PhaseSequence, ...]:
    """The segments, the first phase from the recording's start and the last to its end, where windows only
    failed for want of samples beyond."""
    if not segments:
        return segments
    first, last = segments[0], segments[-1]
    near = info.window / 2
    if 0 < first.phases[0].onset < near:
        begun = replace(first.phases[0], onset=0.0)
        first = PhaseSequence((begun, *first.phases[1:]))
        segments = (first, *segments[1:])
        last = segments[-1]
    if abs(length - last.phases[-1].offset) < near:
        ended = replace(last.phases[-1], offset=max(length, last.phases[-1].onset))
        segments = (*segments[:-1], PhaseSequence((*last.phases[:-1], ended)))
    return segments
