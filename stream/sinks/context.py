"""A run as a sink sees it before its first message."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NamedWeights:
    """Weights by name, and what they know."""

    model: str
    """Identifier."""
    labels: tuple[str, ...]
    """In the order of the classes."""


@dataclass(frozen=True, slots=True)
class SinkContext:
    """Known when sinks are opened: before the weights are loaded and any stream is read."""

    publisher: str
    """Identifier of the run, as in every message on the wire."""
    model: str
    """Identifier of the weights; of a wearer with their own, `personal` has it."""
    labels: tuple[str, ...]
    """Of the weights, in the order of the classes."""
    wearers: tuple[str, ...]
    insecure: bool = False
    """The user trusts the network: other machines may read, unprotected."""
    personal: Mapping[str, NamedWeights] = field(default_factory=dict)
    """Wearer -> weights of their own."""

    def weights_of(self, wearer: str) -> NamedWeights:
        """The weights that recognize a wearer."""
        return self.personal.get(wearer) or NamedWeights(self.model, self.labels)
