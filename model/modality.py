"""Modality: one signal as an encoder takes it. Kind of modality: what all signals of one sort have in common.

Kinds are found by entry points (group `hnhar.modalities`), so that another package adds one without a change
here; docs/extending.md has an example. Samples of a modality are (n, channels) float32 in the order of
`Modality.channels`, in its canonical units. Loads no torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from . import plugins
from .errors import ConfigError

GROUP: Final = "hnhar.modalities"
"""Entry points: name of a kind -> its `ModalityKind`."""


@dataclass(frozen=True, slots=True)
class Modality:
    """One signal as an encoder takes it."""

    name: str
    """Unique among the modalities of a bundle: the key of every mapping by modality."""
    kind: str
    """Name of its `ModalityKind`: which encoders, channel mapping and augmentation apply."""
    channels: tuple[str, ...]
    """Labels, in the order of the encoder's input."""
    units: tuple[str, ...]
    """Canonical unit of each channel."""
    rate: float
    """Rate of the encoder's time grid, Hz."""

    def steps(self, window: float) -> int:
        """Grid points in a window of `window` seconds; the last lies on the window's end."""
        return round(window * self.rate)


@dataclass(frozen=True, slots=True)
class ModalityKind:
    """Channels, units and encoders of a sort of signal; the same for every bundle that takes it."""

    name: str
    """As registered."""
    channels: tuple[str, ...]
    """Labels, in the order of the encoders' input."""
    units: tuple[str, ...]
    """Canonical unit of each channel."""
    rate: float
    """Rate of the time grid unless a bundle says otherwise, Hz."""
    encoders: Mapping[str, str]
    """Preset ("compact") -> name of its encoder (group `hnhar.encoders`)."""

    def __post_init__(self) -> None:
        if not self.channels or len(set(self.channels)) < len(self.channels):
            raise ValueError(f"the kind '{self.name}' has no channels, or two of one name")
        if len(self.units) != len(self.channels):
            raise ValueError(f"the kind '{self.name}' has {len(self.channels)} channels, not as many units")

    def modality(self, rate: float | None = None, name: str | None = None) -> Modality:
        """A modality of this kind: on a grid of `rate` Hz, called `name`, which default to the kind's."""
        return Modality(name or self.name, self.name, self.channels, self.units, rate or self.rate)


@cache
def kind_of(name: str) -> ModalityKind:
    """The kind registered under a name. Raises ConfigError where there is none, or it cannot be used."""
    kind = plugins.load(GROUP, name, "kind of modality")
    if not isinstance(kind, ModalityKind) or kind.name != name:
        raise ConfigError(f"the kind of modality '{name}' cannot be used: it is no ModalityKind of that name")
    return kind


def kinds() -> list[str]:
    """Names of all kinds that are registered, sorted."""
    return plugins.names(GROUP)
