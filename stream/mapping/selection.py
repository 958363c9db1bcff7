"""Selection of streams as a user writes it, live and in files: a name, key=value pairs, or XPath."""

import re
from dataclasses import dataclass
from typing import Final

from hnhar.model.errors import ConfigError

from ..messages import StreamDescription

KEYS: Final = ("name", "type", "source_id", "hostname")
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

    @property
    def is_predicate(self) -> bool:
        """True for an XPath predicate, which only LSL can evaluate."""
        return not self.conditions

    def matches(self, stream: StreamDescription) -> bool:
        """True if a stream meets every condition."""
        return all(_has(stream, key, value) for key, value in self.conditions)


def parse_selection(text: str) -> Selection:
    """From `hnhar-imu`, `name=Muse,type=ACC`, `name=My Watch type=IMU`, or an XPath predicate.

    Raises ConfigError.
    """
    stripped = text.strip()
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
    return Selection(stripped, tuple(conditions.items()))


def _has(stream: StreamDescription, key: str, value: str) -> bool:
    of_stream: str = getattr(stream, key)
    return of_stream.lower() == value.lower() if key == "type" else of_stream == value
