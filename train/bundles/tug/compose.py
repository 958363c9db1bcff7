"""Executions of one person after one another, with sitting between them, as a visit to a clinic is recorded.

Executions begin and end within a second of sitting, often within a third: too little to tell that somebody
sat. Between them the sensors lie as they did in the last sample, at rest, with their noise.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hnhar.stream.recordings import Annotation, RecordedStream, Recording
from hnhar.stream.report.phases import SEATED

SITS = 3.0
"""s of sitting before, between and after."""
_STEP = 0.01
"""s between samples at rest."""
_NOISE = np.array([0.004] * 3 + [0.3] * 3)
"""Standard deviation of a sensor at rest: g, deg/s."""


def visit(recordings: Sequence[Recording], seed: int = 0) -> Recording:
    """One recording of executions of one person, on a clock that begins at 0; repeatable by the seed.

    Sitting between two executions is one phase with what they have of it themselves.
    """
    draw = np.random.default_rng(seed)
    pieces: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float32]]]] = {}
    annotations: list[Annotation] = []
    begin = SITS
    for recording in recordings:
        end = begin + recording.end - recording.start
        for stream in recording.streams:
            times = stream.timestamps - recording.start + begin
            before, after = np.arange(begin - SITS, times[0], _STEP), np.arange(times[-1], end, _STEP)[1:]
            samples = np.concatenate(
                [
                    _rest(stream.samples[0], len(before), draw),
                    stream.samples,
                    _rest(stream.samples[-1], len(after), draw),
                ]
            )
            pieces.setdefault(stream.modality, []).append((np.concatenate([before, times, after]), samples))
        moved = [replace(a, onset=a.onset - recording.start + begin) for a in recording.annotations]
        annotations += [Annotation(begin - SITS, SITS, SEATED), *moved]
        begin = end + SITS
    annotations.append(Annotation(begin - SITS, SITS, SEATED))
    first = {stream.modality: stream for stream in recordings[0].streams}
    streams = tuple(
        _whole(first[name], parts, begin, draw) for name, parts in pieces.items() if name in first
    )
    return replace(recordings[0], streams=streams, annotations=_merged(annotations), first=None, notes=())


def _whole(
    stream: RecordedStream,
    parts: Sequence[tuple[NDArray[np.float64], NDArray[np.float32]]],
    end: float,
    draw: np.random.Generator,
) -> RecordedStream:
    """The stream with all its parts, and rest up to the end."""
    last = np.arange(parts[-1][0][-1], end, _STEP)[1:]
    times = np.concatenate([*(part[0] for part in parts), last])
    samples = np.concatenate([*(part[1] for part in parts), _rest(parts[-1][1][-1], len(last), draw)])
    later = np.concatenate([[True], times[1:] > np.maximum.accumulate(times)[:-1]])
    return replace(stream, timestamps=times[later], samples=samples[later])


def _rest(sample: NDArray[np.float32], count: int, draw: np.random.Generator) -> NDArray[np.float32]:
    """(count, 6): a sensor that lies as it did in one sample, at rest."""
    held = np.repeat(sample[None].astype(np.float64), count, axis=0)
    held[:, 3:] = 0.0
    noisy: NDArray[np.float64] = held + draw.standard_normal((count, 6)) * _NOISE
    return noisy.astype(np.float32)


def _merged(annotations: Sequence[Annotation]) -> tuple[Annotation, ...]:
    """Annotations in order, neighbors of one label as one, each up to the next."""
    out: list[Annotation] = []
    for annotation in annotations:
        if out and out[-1].label == annotation.label:
            out[-1] = replace(out[-1], duration=annotation.offset - out[-1].onset)
        else:
            if out:
                out[-1] = replace(out[-1], duration=annotation.onset - out[-1].onset)
            out.append(annotation)
    return tuple(out)
