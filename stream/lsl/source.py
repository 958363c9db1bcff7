"""Address of an LSL stream: a name, key=value pairs, or an XPath predicate; and the streams that match it."""

from dataclasses import dataclass

import pylsl

from hnhar.model.errors import ConfigError

from ..mapping.selection import parse_selection
from .lookout import Lookout, matches

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_BRIEF = 0.3
"""s to ask once more which of them match; they are known to be there."""
GATHER = 0.7
"""s to wait for further matches, so that an ambiguous source is seen as such (a local one takes 1 ms)."""

_lookout = Lookout(lambda: pylsl.resolve_streams(GATHER))


@dataclass(frozen=True, slots=True)
class Source:
    """A source as the user wrote it, and as a predicate of LSL."""

    text: str
    """As the user wrote it."""
    predicate: str
    """XPath 1.0 predicate over a stream's information."""
    index: tuple[int, ...] = ()
    """Numbers of the streams meant, in the order of `order`; empty: any."""

    def __str__(self) -> str:
        return self.text


def parse_source(text: str) -> Source:
    """From `hnhar-imu`, `name=Muse,type=ACC`, `name=My Watch type=IMU`, or an XPath predicate.

    Raises ConfigError.
    """
    selection = parse_selection(text)
    if selection.is_predicate:
        _check_quotes(selection.text)
        return Source(selection.text, f"({selection.text})")
    predicate = " and ".join(_condition(*pair) for pair in selection.conditions)
    return Source(selection.text, predicate or "true()", selection.index)


def order(info: pylsl.StreamInfo) -> tuple[str | float, ...]:
    """Sort key of the streams of a network, by which the doctor lists and `index=` counts them, from 1."""
    names = info.name(), info.type(), info.source_id(), info.hostname()
    return (*names, float(info.created_at()), info.uid())


def quoted(text: str) -> str:
    """`text` as an XPath 1.0 string, which knows no escapes: no text can break out of it."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = ', "\'", '.join(f"'{part}'" for part in text.split("'"))
    return f"concat({parts})"


def resolve(source: Source, timeout: float, *, gather: float = GATHER) -> list[pylsl.StreamInfo]:
    """The streams that match now; waits up to `timeout` s for the first, then `gather` s for others. Of many
    threads that do so at once each takes what one finds for all.

    Not interruptible meanwhile: give a short `timeout`, and not 0.5 s, at which liblsl may take 5 s longer.
    """
    if source.index:
        everything = {info.uid(): info for info in pylsl.resolve_streams(timeout)}
        numbered = enumerate(sorted(everything.values(), key=order), 1)
        chosen = {info.uid() for number, info in numbered if number in source.index}
        matching = pylsl.resolve_bypred(source.predicate, 1024, _BRIEF) if chosen else []
        unique = {info.uid(): info for info in matching if info.uid() in chosen}
        return [info for info in unique.values() if info.channel_count() > 0]
    with _lookout.asking() as many:
        # to be told of a loss' end at once is worth a look of its own
        if many and gather >= GATHER:
            unique = {info.uid(): info for info in _lookout.around() if matches(info, source.predicate)}
            return [info for info in unique.values() if info.channel_count() > 0]
        first = pylsl.resolve_bypred(source.predicate, 1, timeout)
    if not first:
        return []
    unique = {info.uid(): info for info in (*first, *pylsl.resolve_bypred(source.predicate, 1024, gather))}
    return [info for info in unique.values() if info.channel_count() > 0]


def same_origin(info: pylsl.StreamInfo) -> Source:
    """The source of a stream that comes back after a loss: same name, type and source_id."""
    keys = {"name": info.name(), "type": info.type(), "source_id": info.source_id()}
    if not info.source_id():
        keys["hostname"] = info.hostname()
    text = ",".join(f"{key}={value}" for key, value in keys.items() if value)
    return Source(text, " and ".join(f"{key}={quoted(value)}" for key, value in keys.items() if value))


def beside(info: pylsl.StreamInfo) -> Source:
    """The source of all streams of a stream's host, among which the other sensors of its device are."""
    return Source(f"streams beside {info.name()}", f"hostname={quoted(info.hostname())}")


def _condition(key: str, value: str) -> str:
    if key == "type":
        return f"translate(type,'{_UPPER}','{_LOWER}')={quoted(value.lower())}"
    return f"{key}={quoted(value)}"


def _check_quotes(text: str) -> None:
    """liblsl answers a malformed predicate with silence, so what can be seen is refused here."""
    quote, depth = "", 0
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "()[]":
            depth += 1 if character in "([" else -1
        if depth < 0:
            break
    if quote or depth:
        raise ConfigError(f"the source {text!r} is no XPath predicate: a quote or bracket is not closed.")
