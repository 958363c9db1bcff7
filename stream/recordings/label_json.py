"""Labels as JSON: Label Studio's export of time series, and lists of markers."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from hnhar.model.errors import RecordingError

from .markers import annotations
from .recording import Unfinished
from .score import Recognized

MOST: Final = 200_000
"""Objects in a file."""
UNITS: Final = (1.0, 1e-3, 1e-6, 1e-9)
"""s: what numbers may count whose unit is that of a column of times which the file does not show."""
_LISTS: Final = ("markers", "events", "annotations", "labels", "segments", "data")
_NAMES: Final = (
    *("label", "labels", "activity", "action", "trial_type", "name", "event", "marker", "text", "value"),
    *("type", "class", "timeserieslabels"),
)
_FROM: Final = ("onset", "start", "begin", "time", "timestamp", "t", "start_time", "starttime")
_TO: Final = ("offset", "end", "stop", "end_time", "endtime", "finish")
_LENGTH: Final = ("duration", "length")
_SUFFIXES: Final = {"": 1.0, "_s": 1.0, "_sec": 1.0, "_seconds": 1.0, "_ms": 1e-3, "_us": 1e-6, "_ns": 1e-9}


class JsonLabels(NamedTuple):
    """Labels of a file."""

    events: list[Recognized]
    units: tuple[float, ...]
    """Units that their times may have, s."""
    notes: list[str]
    unfinished: list[Unfinished]


def labels_in_json(text: str) -> JsonLabels:
    """Labels of a text of JSON, or of one object a line. Raises RecordingError for any other."""
    content = _parsed(text)
    studio = list(_of_label_studio(content))
    if studio:
        return _studio(studio)
    found = _list_in(content)
    if found is None or not all(isinstance(each, Mapping) for each in found):
        raise RecordingError(
            "its JSON is neither Label Studio's export of time series nor a list of markers, such as "
            '[{"label": "walk", "onset": 1.5, "duration": 2}]'
        )
    return _markers(found)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise RecordingError("its JSON is nested too deep") from error
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or len(lines) > MOST or not lines[0].lstrip().startswith("{"):
            raise RecordingError(f"it is no JSON ({error})") from error
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"it is no JSON, nor JSON a line ({error})") from error


def _of_label_studio(content: Any) -> Iterator[Mapping[str, Any]]:
    """Every labeled stretch of an export, of the full form or of JSON_MIN."""
    tasks = content if isinstance(content, list) else [content]
    for task in tasks[:MOST]:
        if not isinstance(task, Mapping):
            continue
        for key in ("annotations", "completions"):
            for annotation in task.get(key) or [] if isinstance(task.get(key), list) else []:
                results = annotation.get("result") if isinstance(annotation, Mapping) else None
                for result in results if isinstance(results, list) else []:
                    value = result.get("value") if isinstance(result, Mapping) else None
                    if isinstance(value, Mapping) and "timeserieslabels" in value:
                        yield value
        for values in task.values():  # JSON_MIN: the label's name is its key
            for value in values if isinstance(values, list) else []:
                if isinstance(value, Mapping) and "timeserieslabels" in value:
                    yield value


def _studio(values: Sequence[Mapping[str, Any]]) -> JsonLabels:
    events, dated = [], False
    for value in values[:MOST]:
        onset, of_date = _time(value.get("start"))
        end, _ = _time(value.get("end", value.get("start")))
        names = value["timeserieslabels"]
        label = " ".join(str(names[0] if isinstance(names, list) and names else names).split())
        if not 0 <= end - onset < math.inf:
            raise RecordingError(f"its label '{label[:40]}' has no time, or ends before it begins")
        events.append(Recognized(onset, end - onset, label, math.nan))
        dated = dated or of_date
    return JsonLabels(events, (1.0,) if dated else UNITS, [], [])


def _time(value: object) -> tuple[float, bool]:
    """A number, or the s since 1970 of a date; and True for a date. NaN for what is neither."""
    if isinstance(value, bool) or value is None:
        return math.nan, False
    if isinstance(value, int | float):
        return (float(value) if abs(value) < 1e300 else math.nan), False
    text = str(value).strip()[:60]
    try:
        return float(text), False
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return math.nan, False
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp(), True


def _list_in(content: Any) -> list[Any] | None:
    if isinstance(content, list):
        return content
    if isinstance(content, Mapping):
        lists = {str(k).lower(): v for k, v in content.items() if isinstance(v, list)}
        named = next((lists[name] for name in _LISTS if name in lists), None)
        return named if named is not None else next(iter(lists.values()), None)
    return None


def _markers(found: Sequence[Mapping[str, Any]]) -> JsonLabels:
    """Objects with a label and a time: with an end or a duration, or else edges of which two make one."""
    if len(found) > MOST:
        raise RecordingError(f"it has more than the {MOST:,} markers that are read")
    events, times, texts, dated, stated = [], list[float](), list[list[str]](), False, False
    for number, each in enumerate(found, 1):
        plain = {str(key).strip().lower(): value for key, value in each.items()}
        onset, unit, of_date = _first(plain, _FROM)
        end, end_unit, _ = _first(plain, _TO)
        length, length_unit, _ = _first(plain, _LENGTH)
        label = next((str(plain[n][0] if isinstance(plain[n], list) and plain[n] else plain[n])
                      for n in _NAMES if plain.get(n) not in (None, "", [])), "")  # fmt: skip
        if not math.isfinite(onset) or not label.strip():
            raise RecordingError(f"marker {number} has no time (onset) or no label: {json.dumps(each)[:80]}")
        dated, stated = dated or of_date, stated or unit != 1.0
        onset *= unit
        span = end * end_unit - onset if math.isfinite(end) else length * length_unit
        if math.isfinite(span):
            if span < 0:
                raise RecordingError(f"marker {number} ends before it begins: {json.dumps(each)[:80]}")
            events.append(Recognized(onset, span, " ".join(label.split()), math.nan))
        else:
            words = {k: v for k, v in plain.items() if isinstance(v, str)}
            times.append(onset)
            texts.append([json.dumps(words) if len(words) > 1 else label])
    marked = annotations(times, texts)
    if not any(a.duration for a in marked.annotations) and times:  # no edges: their labels alone
        marked = annotations(times, [[_label(text[0])] for text in texts])
    events += [Recognized(a.onset, a.duration, _label(a.label), math.nan) for a in marked.annotations]
    units = (1.0,) if dated or stated else UNITS
    return JsonLabels(
        sorted(events, key=lambda e: (e.onset, e.label)), units, marked.notes, marked.unfinished
    )


def _label(text: str) -> str:
    """The label in an object of a marker; a text that is none is its own."""
    if not text.startswith("{"):
        return text
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return next((words[name] for name in _NAMES if isinstance(words.get(name), str) and words[name]), text)


def _first(plain: Mapping[str, Any], names: Sequence[str]) -> tuple[float, float, bool]:
    """Value, unit in s, and whether it is a date, of the first key that is one of these; NaN for none."""
    for name in names:
        for suffix, unit in _SUFFIXES.items():
            value, of_date = _time(plain.get(f"{name}{suffix}"))
            if math.isfinite(value):
                return value, unit, of_date
    return math.nan, 1.0, False
