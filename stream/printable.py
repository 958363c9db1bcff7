"""Text from elsewhere made fit for a terminal: a stream's name may hold line breaks, or commands to it."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")


def printable(value: T) -> T:
    """`value` with a space for each character that is not printable, in containers and messages too."""
    return _cleaned(value)  # type: ignore[no-any-return]


def printable_lines(text: str) -> str:
    """`printable`, with line breaks and tabs as they are."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in text)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        if value.isprintable():
            return value
        return "".join(letter if letter.isprintable() else " " for letter in value)
    if isinstance(value, tuple):
        return tuple(_cleaned(part) for part in value)
    if isinstance(value, list):
        return [_cleaned(part) for part in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(part) for key, part in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: _cleaned(getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changed)
    return value
