"""The tables of one recording on one clock: as the user says, or refused where they share no time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from .clock_choice import ClockChoice
from .clocks import Clocked, align
from .recording import Annotation, RecordedStream


class LabeledStream(NamedTuple):
    """The stream of a table, and the labels of its samples."""

    stream: RecordedStream
    labels: Sequence[Annotation]


def on_one_clock(
    read: Sequence[LabeledStream], clock: ClockChoice
) -> tuple[list[RecordedStream], list[Annotation], tuple[str, ...]]:
    """The streams on one clock, the labels of all, each once, and notes. Raises RecordingError."""
    aligned = align([Clocked(s.description, s.timestamps, s.modality) for s, _ in read], clock)
    streams, annotations = [], list[Annotation]()
    for k, ((stream, labels), times) in enumerate(zip(read, aligned.times, strict=True)):
        if k in aligned.left_out:
            continue
        by = float(times[0] - stream.timestamps[0]) if len(times) else 0.0
        moved = [replace(label, onset=label.onset + by) for label in labels]
        streams.append(replace(stream, timestamps=times))
        annotations += [label for label in moved if label not in annotations]
    return streams, annotations, aligned.notes
