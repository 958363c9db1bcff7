"""Streams of triggers: markers that are numbers."""

from typing import Final

from ..messages import StreamDescription

_TYPES: Final = frozenset(
    ("markers", "marker", "events", "event", "triggers", "trigger", "stim", "stimulus", "annotations", "tags")
)
"""Types of streams of numbers that are markers, in lower case."""


def is_trigger(stream: StreamDescription) -> bool:
    """True for a stream of numbers that is one of markers, by its type and its lone channel."""
    return stream.type.strip().lower() in _TYPES and len(stream.channels) == 1
