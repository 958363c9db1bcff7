"""Files that a report reads without weights: the JSON lines of a live session, and tables of events."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from hnhar.model.errors import RecordingError

from ..recordings.events_tsv import read_events
from ..sinks.recorded import read_lines
from .phases import Phase, phase_called
from .session import Session, WindowAnswer, check_labels, of_windows
from .smoothing import joined

MOST_WINDOWS = 2_000_000
"""Windows that are read of one file: a day and more of ten a second."""
_Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Line(msgspec.Struct):
    """The fields of a recorded prediction that a report needs."""

    wearer: str
    start: float
    end: float
    probabilities: dict[str, _Probability]
    modalities: tuple[str, ...]
    model: str = ""


def read_record(path: Path, wearer: str | None = None) -> Session:
    """The session in the JSON lines of `hnhar-stream --record`; `wearer`: of the one that is meant.

    Raises RecordingError where there is no prediction of one wearer, or its labels are no phases.
    """
    answers, models, others = [], set(), set()
    unreadable = 0
    for fields in _predictions(path):
        try:
            line = msgspec.convert(fields, _Line)
        except msgspec.ValidationError:
            unreadable += 1
            continue
        if wearer is not None and line.wearer != wearer:
            others.add(line.wearer)
            continue
        others.add(line.wearer)
        models.add(line.model)
        answers.append(WindowAnswer(line.start, line.end, line.probabilities, line.modalities))
        if len(answers) > MOST_WINDOWS:
            raise RecordingError(f"{path} has more than {MOST_WINDOWS:,} predictions: cut it in parts")
    _check_wearers(path, wearer, others, bool(answers))
    if len(models) > 1:
        raise RecordingError(
            f"{path} holds predictions of several weights ({', '.join(sorted(models))}): one session a file"
        )
    check_labels(list(answers[0].probabilities), f"{path.name}")
    whole = [a for a in answers if a.probabilities.keys() == answers[0].probabilities.keys()]
    unreadable += len(answers) - len(whole)
    notes = [f"{unreadable} predictions could not be read"] if unreadable else []
    return of_windows(path.stem, whole, weights=models.pop(), notes=notes)


def read_table(path: Path) -> Session:
    """The session in a table of events, as `hnhar-stream --recording` writes it: its phases as they are.

    Raises RecordingError where it is no such table, or names no phase of a Timed Up and Go.
    """
    events = read_events(path)
    named = [(phase_called(event.label), event) for event in events]
    phases = [
        Phase(label, event.onset, event.offset, event.confidence)
        for label, event in named
        if label is not None and event.duration > 0
    ]
    if not events:
        raise RecordingError(f"{path} has no events: nothing was recognized")
    if not phases:
        labels = ", ".join(sorted({event.label for event in events})[:6])
        raise RecordingError(
            f"{path} names no phase of a Timed Up and Go, but {labels}: recognize with --weights tug first"
        )
    other = len(events) - len(phases)
    notes = [f"{other} of {len(events)} events are no phases of a trial; they were left out"] if other else []
    begin, end = min(p.onset for p in phases), max(p.offset for p in phases)
    name = path.stem.removesuffix(".events").removesuffix("_events")
    return Session(name, joined(phases), "", end - begin, {}, tuple(notes))


def _predictions(path: Path) -> Iterator[Mapping[str, Any]]:
    found = False
    for line in read_lines(path):
        found = found or not line.fault
        if line.fields.get("type") == "prediction":
            yield line.fields
    if not found:
        raise RecordingError(
            f"{path} holds no line of hnhar: give what hnhar-stream --record wrote, a table of events, or a "
            "recording"
        )


def _check_wearers(path: Path, wearer: str | None, there: set[str], found: bool) -> None:
    listed = ", ".join(sorted(there))
    if wearer is not None and not found:
        raise RecordingError(f"{path} has no prediction of '{wearer}', but of {listed or 'nobody'}")
    if not found:
        raise RecordingError(f"{path} holds no prediction")
    if wearer is None and len(there) > 1:
        raise RecordingError(f"{path} is of several people ({listed}): name one with --wearer")
