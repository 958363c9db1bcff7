"""MMAct's times, and the label files of its untrimmed recordings.

Times are wall clock of Asia/Tokyo, which has had no daylight saving since 1951: UTC+9, without a time zone
database. Label lines read `2018/10/16 13:33:45.170-2018/10/16 13:33:49.891-standing`.
"""

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path

from hnhar.model.errors import RecordingError
from hnhar.stream.recordings.recording import Annotation
from hnhar.stream.recordings.text import read_text

from .splits import UNTRIMMED_CLASSES, action

TOKYO = timezone(timedelta(hours=9), "Asia/Tokyo")
MAX_LABELS = 1 << 20
"""Largest label file, bytes: those of the corpus have some thirty lines."""
_TIME = re.compile(r"([0-9]{8}_[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?")
_STAMP = r"([0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
_LINE = re.compile(rf"{_STAMP}\s*-\s*{_STAMP}\s*-\s*([A-Za-z][A-Za-z_ ]{{0,63}})")


@lru_cache(maxsize=4096)
def _seconds(text: str, form: str) -> int:
    """Unix time of a wall-clock second in Tokyo; ValueError where there is none such."""
    return int(datetime.strptime(text, form).replace(tzinfo=TOKYO).timestamp())


def sensor_time(text: str) -> float:
    """Unix time, s, of a sensor file's time (`20181016_13:33:45.170`, also without fraction).

    Raises ValueError.
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text[:40]}' is not a time like 20181016_13:33:45.170")
    return _joined(match[1], "%Y%m%d_%H:%M:%S", match[2])


def _joined(second: str, form: str, fraction: str | None) -> float:
    return _seconds(second, form) + (float(f"0.{fraction}") if fraction else 0.0)


def read_labels(path: str | Path) -> tuple[Annotation, ...]:
    """The events of an untrimmed recording by onset, in Unix time (s), of the 37 classes.

    Raises RecordingError with the line where one is not a label, its class is unknown or it ends before it
    begins.
    """
    path = Path(path)
    found = []
    for number, line in enumerate(read_text(path, MAX_LABELS).splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_label(line))
        except ValueError as error:
            raise RecordingError(f"{path}, line {number}: {error}") from error
    return tuple(sorted(found, key=lambda a: (a.onset, a.label)))


def _label(line: str) -> Annotation:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise ValueError(f"'{line[:80]}' is not BEGIN-END-ACTION (2018/10/16 13:33:45.170-2018/…-standing)")
    label = action(match[5])
    if label not in UNTRIMMED_CLASSES:
        raise ValueError(f"MMAct has no action '{label}'")
    begin = _joined(match[1], "%Y/%m/%d %H:%M:%S", match[2])
    end = _joined(match[3], "%Y/%m/%d %H:%M:%S", match[4])
    if end < begin:
        raise ValueError(f"'{label}' ends {begin - end:.3f} s before it begins")
    return Annotation(begin, end - begin, label)
