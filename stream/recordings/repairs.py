"""Notes on what was done with the time stamps of a recorded stream to make them fit."""

from dataclasses import replace
from typing import Final

from hnhar.model.labels import counted

from .recording import RecordedStream, Recording

_NAMED: Final = 3
"""Breaks that a note lists one by one."""


def repairs(stream: RecordedStream, zero: float) -> list[str]:
    """Notes on each kind of fault in a stream's stamps, and on how many have it; times count from `zero`."""
    report = stream.stamps
    if report is None:
        return []
    counts, received = report.counts, report.received
    notes = []
    if counts.repeated:
        notes.append(
            f"{counts.repeated} of {counted(received, 'sample')} share the time stamp of the one before, or "
            "nearly: they were spread evenly over the time between the stamps"
        )
    if counts.dropped == received:
        notes.append(
            f"none of its {received} time stamps can be used: they are no numbers, all the same, or each far "
            "from the next"
        )
    elif counts.dropped:
        verb = "was" if counts.dropped == 1 else "were"
        notes.append(
            f"{counts.dropped} of {counted(received, 'sample')} {verb} left out: a time stamp is no number, "
            "or far from those before and after it"
        )
    if report.expired:
        notes.append(f"{report.expired} of {counted(received, 'sample')} were left out: they come too late")
    if counts.back:
        verb = "time stamp steps" if counts.back == 1 else "time stamps step"
        notes.append(f"{counts.back} {verb} back a little: moved behind the one before")
    if report.breaks:
        listed = ", ".join(f"{b.time - zero:.1f} s" for b in report.breaks[:_NAMED])
        more = ", …" if len(report.breaks) > _NAMED else ""
        reason = report.breaks[0].reason
        notes.append(
            f"{reason} {'once' if len(report.breaks) == 1 else f'{len(report.breaks)} times'} (at {listed}"
            f"{more}): a new segment begins there, and follows the one before where nothing says when it was"
        )
    name = stream.description.name or stream.modality
    return [f"'{name[:80]}' ({stream.description.type or stream.modality}): {note}" for note in notes]


def repaired(recording: Recording) -> Recording:
    """The recording with stamps that are fit for windows, and notes on what was done to them.

    Raises RecordingError where a stream's time runs backward.
    """
    streams = tuple(stream.fit() for stream in recording.streams)
    fit = replace(recording, streams=streams)
    notes = [note for stream in streams for note in repairs(stream, fit.zero)]
    return replace(fit, notes=(*recording.notes, *notes))
