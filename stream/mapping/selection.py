"""Selection of streams as a user writes it, live and in files: a name, key=value pairs, or XPath."""

import re
from dataclasses import dataclass
from typing import Final

from hnhar.model.errors import ConfigError

from ..messages import StreamDescription

PLAIN_KEYS: Final = ("name", "type", "source_id", "hostname")
KEYS: Final = (*PLAIN_KEYS, "index", "sensor")
"""Keys of a selection; `index` counts the streams as `hnhar-doctor` lists them, in a file it is the stream's
number in it, `sensor` is one of several in a stream."""
_INDEX: Final = re.compile(r"\d{1,9}(?:\+\d{1,9})*")
_SENSOR: Final = re.compile(r"""(?:^|[,\s])\s*sensor\s*=\s*([^,='"]+?)\s*(?=,|$|\s\w+\s*=)""")
_PAIR = re.compile(r"(?:^|[,\s]\s*)([A-Za-z_]+)\s*=\s*")
_XPATH = re.compile(
    r"""=\s*['"]|\b(starts-with|contains|not|count|translate|string-length|substring|concat|normalize-space)\s*\("""
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions on a stream, or an XPath predicate."""

    text: str
    """As the user wrote it."""
    conditions: tuple[tuple[str, str], ...]
    """(key, value) that a stream must have, all of them; the case of a type does not matter. Empty for a
    predicate."""
    index: tuple[int, ...] = ()
    """Numbers of the streams, "2" or "2+5"; empty: any."""

    @property
    def is_predicate(self) -> bool:
        """True for an XPath predicate, which only LSL can evaluate."""
        return not self.conditions and not self.index

    def matches(self, stream: StreamDescription, number: int | None = None) -> bool:
        """True if a stream, with its `number` among those there, meets every condition."""
        if self.index and number not in self.index:
            return False
        return all(_has(stream, key, value) for key, value in self.conditions)


def numbers_in(text: str) -> tuple[int, ...]:
    """Numbers of the streams that a source names one by one, as index=2+5 does; () where it does not."""
    try:
        return parse_selection(text).index
    except ConfigError:
        return ()


def split_sensor(text: str) -> tuple[str, str | None]:
    """A source without its key `sensor`, and the value of that; None where it has none.

    >>> split_sensor("MySuit,sensor=wrist")
    ('MySuit', 'wrist')
    """
    found = _SENSOR.search(text)
    if found is None:
        return text, None
    rest = f"{text[: found.start()].rstrip(', ')}{text[found.end() :]}".strip().lstrip(", ")
    return rest, found[1]


def parse_selection(text: str) -> Selection:
    """From `hnhar-imu`, `name=Muse,type=ACC`, `name=My Watch type=IMU`, or an XPath predicate.

    Raises ConfigError.
    """
    stripped, sensor = split_sensor(text.strip())
    if sensor is not None and not stripped:
        raise ConfigError(
            f"the source '{text.strip()}' names a sensor and no stream: name it too, as "
            "name=…,sensor=…, or leave the source out and say --imu-sensor."
        )
    if not stripped:
        raise ConfigError("a source is empty: give a stream's name, key=value pairs, or an XPath predicate.")
    if any(ord(character) < 32 for character in stripped) or len(stripped) > 1000:
        raise ConfigError(f"the source {stripped[:60]!r} holds control characters or is too long.")
    if _XPATH.search(stripped):
        return Selection(stripped, ())
    pairs = list(_PAIR.finditer(stripped))
    if not pairs:
        return Selection(stripped, (("name", stripped),))
    if pairs[0].start() != 0:
        raise ConfigError(
            f"the source '{stripped}' mixes a name with key=value pairs: write name=… for the name."
        )
    conditions: dict[str, str] = {}
    for number, pair in enumerate(pairs):
        key = pair.group(1).lower()
        end = pairs[number + 1].start() if number + 1 < len(pairs) else len(stripped)
        value = stripped[pair.end() : end].strip().rstrip(",").strip()
        if key not in KEYS:
            raise ConfigError(f"'{key}' in the source '{stripped}' is no key: known are {', '.join(KEYS)}.")
        if key in conditions or not value:
            raise ConfigError(f"'{key}' in the source '{stripped}' is {'there twice' if value else 'empty'}.")
        conditions[key] = value
    numbers = conditions.pop("index", "")
    if numbers and not _INDEX.fullmatch(numbers):
        raise ConfigError(
            f"index={numbers} in the source '{stripped}' is no number of a stream: write index=2, or "
            "index=2+5 for two sensors of one device."
        )
    index = tuple(int(number) for number in numbers.split("+")) if numbers else ()
    return Selection(stripped, tuple(conditions.items()), index)


def _has(stream: StreamDescription, key: str, value: str) -> bool:
    of_stream: str = getattr(stream, key)
    return of_stream.lower() == value.lower() if key == "type" else of_stream == value
