"""The tables of one recording on one clock: as the user says, or refused where they share no time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from .clock_choice import ClockChoice
from .clocked import Clocked
from .clocks import align
from .csv_labels import labels_of
from .fitted import fit
from .recording import Annotation, RecordedStream


class LabeledStream(NamedTuple):
    """The stream of a table, and the labels of its samples."""

    stream: RecordedStream
    """As it was stamped."""
    labels: Sequence[str]
    """One a sample, or none."""


def on_one_clock(
    read: Sequence[LabeledStream], clock: ClockChoice
) -> tuple[list[RecordedStream], list[Annotation], tuple[str, ...]]:
    """The streams on one clock, their stamps fit; the labels of all, each once; and notes.

    Raises RecordingError.
    """
    aligned = align([Clocked(s.description, s.timestamps, s.modality) for s, _ in read], clock)
    streams, annotations = [], list[Annotation]()
    for k, ((stream, labels), times) in enumerate(zip(read, aligned.times, strict=True)):
        if k in aligned.left_out:
            continue
        made = fit(stream.samples, times)
        streams.append(replace(stream, samples=made.samples, timestamps=made.times, stamps=made.report))
        found = labels_of([labels[row] for row in made.rows.tolist()], made.times) if labels else []
        annotations += [label for label in found if label not in annotations]
    return streams, annotations, aligned.notes
