"""Errors of a configuration file in words: "Expected `str`, got `int` - at `$.wearer[0].imu`", as msgspec has
it, becomes a sentence that names the line, the key, the wearer, and what is expected."""

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_TYPE: Final = re.compile(r"Expected `([^`]*)`(?:(?:, got `(\w+)`)|(?: (?P<bound>.*)))?$")
_FIELD: Final = re.compile(r"Object (contains unknown|missing required) field `([^`]*)`")
_WORDS: Final = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date",
    "datetime": "a date and time",
    "time": "a time of day",
}


@dataclass(frozen=True, slots=True)
class _Where:
    """The place of an error in the file."""

    table: str
    """"" at the top, "wearer", "decision"."""
    number: int
    """Of the [[wearer]], from 0; -1 elsewhere."""
    key: str
    """"" for the table itself."""


def in_words(error: str, text: str, known: Mapping[str, Sequence[str]]) -> str:
    """A sentence for an error of msgspec on a TOML text; its own words where they are of another form.

    Args:
        error: Message of msgspec.
        text: The whole file.
        known: Table ("" for the top, "wearer", "decision") -> its keys.
    """
    match = _PLACE.match(error)
    what, path = (match["what"], match["path"] or "") if match else (error, "")
    where = _where(path)
    field = _FIELD.match(what)
    if field is not None:
        where = _Where(where.key or where.table, where.number, field[2])
        problem = _unknown(where, known) if field[1] == "contains unknown" else _missing(where)
        return f"{_line(text, where)}{problem}"
    kind = _TYPE.match(what)
    if kind is None:
        return error
    if where == _Where("", -1, "wearer"):
        return f"{_line(text, where)}each wearer begins with [[wearer]], in two pairs of brackets."
    expected = [_WORDS.get(part, part) for part in kind[1].split(" | ") if part != "null"]
    bound = (kind["bound"] or "").replace(">=", "of at least").replace("<=", "of at most")
    bound = "that is not empty" if bound == "of length of at least 1" else bound
    got = f", not {_WORDS.get(kind[2], kind[2])}" if kind[2] else ""
    named = f"{_line(text, where)}{_named(text, where)}"
    return f"{named} must be {' or '.join(expected)} {bound}".rstrip() + f"{got}."


def _where(path: str) -> _Where:
    """`.wearer[0].imu` taken apart."""
    steps = [name or number for name, number in _STEP.findall(path)]
    if len(steps) > 1 and steps[1].isdigit():
        return _Where(steps[0], int(steps[1]), ".".join(steps[2:]))
    if len(steps) > 1:
        return _Where(steps[0], -1, steps[1])
    return _Where("", -1, steps[0] if steps else "")


def _named(text: str, where: _Where) -> str:
    """`imu` of wearer 'anna', `enter` in [decision], `hop`."""
    if where.number >= 0:
        key = f"'{where.key}' of " if where.key else ""
        return f"{key}{_wearer(text, where.number)}"
    return f"'{where.key}' in [{where.table}]" if where.table else f"'{where.key}'"


def _wearer(text: str, number: int) -> str:
    """By its id where it has one, else by its place."""
    try:
        found: Any = tomllib.loads(text)["wearer"][number].get("id")
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError):
        found = None
    return f"wearer '{found[:64]}'" if isinstance(found, str) else f"the [[wearer]] number {number + 1}"


def _unknown(where: _Where, known: Mapping[str, Sequence[str]]) -> str:
    keys = known.get(where.table, ())
    near = difflib.get_close_matches(where.key, keys, 1)
    there = f"in [[{where.table}]]" if where.number >= 0 else f"in [{where.table}]" if where.table else ""
    hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(keys)}."
    elsewhere = next((table for table, others in known.items() if where.key in others), None)
    if not near and elsewhere is not None:
        hint = f"it belongs {'at the top, above all brackets' if not elsewhere else f'into [{elsewhere}]'}."
        hint = hint.replace("[wearer]", "[[wearer]]")
    return f"there is no setting '{where.key[:64]}' {there}".rstrip() + f"; {hint}"


def _missing(where: _Where) -> str:
    if where.key == "wearer":
        return "nobody to recognize: add [[wearer]] with a source of one modality or more, such as imu."
    return f"it lacks '{where.key}'."


def _line(text: str, where: _Where) -> str:
    """`line 3: `, where the key is found by looking; else ""."""
    at, table, number = 0, "", -1
    for at, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"\s*(\[\[?)\s*([\w-]+)\s*\]", line)
        if heading is not None:
            table = heading[2]
            number = number + 1 if (heading[1] == "[[" and table == "wearer") else number
            if (where.table, where.key) == ("", table):
                return f"line {at}: "
        elif (
            table == where.table
            and where.number in (-1, number)
            and re.match(rf"\s*[\"']?{re.escape(where.key)}[\"']?\s*=", line)
        ):
            return f"line {at}: "
    return ""
