"""A run as a sink sees it before its first message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SinkContext:
    """Known when sinks are opened: before the weights are loaded and any stream is read."""

    publisher: str
    """Identifier of the run, as in every message on the wire."""
    model: str
    """Identifier of the weights."""
    labels: tuple[str, ...]
    """Of the weights, in the order of the classes."""
    wearers: tuple[str, ...]
    insecure: bool = False
    """The user trusts the network: other machines may read, unprotected."""
