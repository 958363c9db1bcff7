"""Labels of a recording as somebody corrects them: by words, and each change can be taken back. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hnhar.model.errors import ConfigError
from hnhar.model.labels import UNKNOWN, reserved

from .recording import Recording

_LONGEST: Final = 64
"""Letters of a label."""
_LEAST: Final = 1e-3
"""s that an activity lasts at least."""
_FARTHEST: Final = 1e7
"""s."""
HELP: Final = """list                       all labels again
show N                     motion around label N, a row of bars
label N NAME               another label
onset N TIME               it begins at TIME; +0.2 and -0.2 move it
offset N TIME              it ends at TIME, or so much later
add ONSET OFFSET NAME      a further one
delete N                   it was not done
split N TIME [NAME]        two of it, the second from TIME on (and of another NAME)
undo                       take the last change back, and so on to the first
quit                       everything is saved already"""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One label."""

    number: int
    """Its own for as long as it is there."""
    onset: float
    """s from the recording's first sample."""
    offset: float
    """s; as `onset` where nobody said when it ended."""
    label: str


class LabelSheet:
    """Labels with their numbers, and the changes that were made."""

    def __init__(self, rows: Sequence[tuple[float, float, str]], length: float) -> None:
        """`rows`: onset, offset, label; `length` of the recording, s."""
        ordered = sorted(rows, key=lambda row: (row[0], row[2]))
        self._rows = {n: SheetRow(n, *row) for n, row in enumerate(ordered, 1)}
        self._length = length
        self._next = len(ordered) + 1
        self._before: list[Mapping[int, SheetRow]] = []

    @property
    def rows(self) -> list[SheetRow]:
        """By onset."""
        return sorted(self._rows.values(), key=lambda row: (row.onset, row.number))

    @property
    def changed(self) -> int:
        """Changes that are not taken back."""
        return len(self._before)

    def row(self, number: str) -> SheetRow:
        """The label of a number. Raises ConfigError where there is none."""
        found = next((row for row in self._rows.values() if str(row.number) == number.lstrip("0")), None)
        if found is None:
            raise ConfigError(f"there is no label {number[:20]}: 'list' shows those that there are")
        return found

    def apply(self, line: str) -> str:
        """Do a change that a line says; in words, what was done. Raises ConfigError where it cannot be."""
        verb, *words = line.split()
        change = _CHANGES.get(verb.lower())
        if change is None:
            raise ConfigError(
                f"'{verb[:20]}' is none of {', '.join([*_CHANGES, 'undo', 'list', 'show', 'quit'])}"
            )
        usage, least, most, make = change
        if not least <= len(words) <= most:
            raise ConfigError(f"write it as: {usage}")
        before = dict(self._rows)
        try:
            answer = make(self, words)
        except ConfigError:
            self._rows = before
            raise
        self._before.append(before)
        return answer

    def undo(self) -> str:
        """Take the last change back. Raises ConfigError where there is none."""
        if not self._before:
            raise ConfigError("there is no change to take back")
        self._rows = dict(self._before.pop())
        return "taken back"

    def overlapping(self, row: SheetRow) -> list[int]:
        """Numbers of labels that last at the same time."""
        return [
            other.number
            for other in self.rows
            if other.number != row.number
            and min(other.offset, row.offset) - max(other.onset, row.onset) > _LEAST
        ]

    def _label(self, words: Sequence[str]) -> str:
        row = self.row(words[0])
        return self._put(replace(row, label=_name(words[1:])))

    def _onset(self, words: Sequence[str]) -> str:
        row = self.row(words[0])
        moment = _time(words[1], row.onset)
        ended = row.offset > row.onset  # an end that nobody said stays unsaid
        return self._put(replace(row, onset=moment, offset=row.offset if ended else moment), ended=ended)

    def _offset(self, words: Sequence[str]) -> str:
        row = self.row(words[0])
        return self._put(replace(row, offset=_time(words[1], row.offset)), ended=True)

    def _add(self, words: Sequence[str]) -> str:
        onset = _time(words[0], 0.0)
        made = SheetRow(self._next, onset, _time(words[1], onset), _name(words[2:]))
        answer = self._put(made, ended=True)
        self._next += 1
        return answer

    def _delete(self, words: Sequence[str]) -> str:
        row = self.row(words[0])
        del self._rows[row.number]
        return f"{row.number} {row.label} is deleted"

    def _split(self, words: Sequence[str]) -> str:
        row = self.row(words[0])
        moment = _time(words[1], row.onset)
        if not row.onset + _LEAST <= moment <= row.offset - _LEAST:
            raise ConfigError(
                f"{moment:g} s is not within label {row.number}, {row.onset:.2f} to {row.offset:.2f} s"
            )
        second = SheetRow(self._next, moment, row.offset, _name(words[2:]) if words[2:] else row.label)
        self._put(replace(row, offset=moment), ended=True)
        self._next += 1
        return f"{row.number} ends at {moment:.2f} s; {self._put(second, ended=True)}"

    def _put(self, row: SheetRow, *, ended: bool = False) -> str:
        if not 0 <= row.onset < _FARTHEST or row.onset > self._length:
            raise ConfigError(f"{row.onset:.2f} s is not within the recording, 0 to {self._length:.2f} s")
        if (ended or row.offset != row.onset) and row.offset - row.onset < _LEAST:
            raise ConfigError(f"it would end at {row.offset:.2f} s, and begin at {row.onset:.2f} s")
        if row.offset > self._length + 1:
            raise ConfigError(
                f"it would end at {row.offset:.2f} s, and the recording at {self._length:.2f} s"
            )
        self._rows[row.number] = row
        lasts = (
            f"{row.onset:.2f} to {row.offset:.2f} s" if row.offset > row.onset else f"at {row.onset:.2f} s"
        )
        others = self.overlapping(row)
        beside = f" (beside {', '.join(map(str, others))})" if others else ""
        return f"{row.number} {row.label}, {lasts}{beside}"


_Change = Callable[[LabelSheet, Sequence[str]], str]
_CHANGES: Final[Mapping[str, tuple[str, int, int, _Change]]] = {
    "label": ("label N NAME", 2, 99, LabelSheet._label),
    "onset": ("onset N TIME", 2, 2, LabelSheet._onset),
    "offset": ("offset N TIME", 2, 2, LabelSheet._offset),
    "add": ("add ONSET OFFSET NAME", 3, 99, LabelSheet._add),
    "delete": ("delete N", 1, 1, LabelSheet._delete),
    "split": ("split N TIME [NAME]", 2, 99, LabelSheet._split),
}
"""Verb -> as it is written, how many words it takes, and the change."""


def rows_of(recording: Recording) -> list[tuple[float, float, str]]:
    """Onset, offset and label of all that is labeled, s from the recording's first sample.

    Activities that were begun and taken back are there as instants: so they stay out of a training.
    """
    zero = recording.zero
    found = [(a.onset - zero, a.offset - zero, a.label) for a in recording.annotations]
    instants = {(a.onset, a.label) for a in recording.annotations if a.duration == 0}
    found += [
        (u.onset - zero, u.onset - zero, u.label)
        for u in recording.unfinished
        if (u.onset, u.label) not in instants and u.onset >= recording.start
    ]
    return [(round(onset, 6), round(offset, 6), label) for onset, offset, label in found]


def _name(words: Sequence[str]) -> str:
    label = " ".join(words)
    if not label.isprintable() or not 0 < len(label) <= _LONGEST:
        raise ConfigError(f"{label[:40]!r} cannot be a label: it needs 1 to {_LONGEST} printable letters")
    if reserved(label):
        raise ConfigError(f"'{UNKNOWN}' is what hnhar says of what was never learned, and no label")
    return label


def _time(text: str, now: float) -> float:
    """Seconds from the recording's first sample, or `now` and so much more or less."""
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        raise ConfigError(f"'{text[:20]}' is no time in seconds") from None
    value = now + value if text[0] in "+-" else value
    if not abs(value) < _FARTHEST:
        raise ConfigError(f"'{text[:20]}' is no time in seconds")
    return round(value, 6)
