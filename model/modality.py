"""Modality: one signal as an encoder takes it. Kind of modality: what all signals of one sort have in common.

A person may wear several sensors of one kind: a modality is called as its kind, where it is the only one of
it, or KIND.PLACE ("imu.wrist", "imu.left_ankle"). A corpus may call its own otherwise ("watch").

Kinds are found by entry points (group `hnhar.modalities`), so that another package adds one without a change
here; docs/extending.md has an example. Samples of a modality are (n, channels) float32 in the order of
`Modality.channels`, in its canonical units. Loads no torch.
"""

from collections.abc import Mapping, Sequence
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
    placement: str = ""
    """Place where its sensor is worn ("right wrist"); "" where it is not worn, or the bundle says it for all
    (`BundleInfo.placement`)."""

    @property
    def place(self) -> str:
        """Word that tells it from others of its kind: "wrist" of imu.wrist, "watch" of watch, "" of imu."""
        if self.name == self.kind:
            return ""
        return self.name.removeprefix(f"{self.kind}.")

    @property
    def key(self) -> str:
        """Its name as torch takes one for a part of a network: without a dot."""
        return key_of(self.name)

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

    def modality(self, rate: float | None = None, name: str | None = None, placement: str = "") -> Modality:
        """A modality of this kind: on a grid of `rate` Hz, called `name`, which default to the kind's."""
        made = name or self.name
        return Modality(made, self.name, self.channels, self.units, rate or self.rate, placement)

    def at(self, place: str, rate: float | None = None, placement: str | None = None) -> Modality:
        """The modality of this kind at a place: `imu.wrist`. Worn there, or as `placement` says it."""
        worn = place.replace("_", " ") if placement is None else placement
        return self.modality(rate, f"{self.name}.{place}", worn)


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


def key_of(name: str) -> str:
    """A modality's name as the name of a part of a network, where torch forbids dots; no other gives it."""
    return name.replace(".", ":")


def named_modalities(asked: str, modalities: Sequence[Modality]) -> tuple[Modality, ...]:
    """Those that a user may mean, case aside: by name; else by kind and place, by place alone, by kind alone.

    `imu.watch` means the modality `watch` of the kind imu as well, `wrist` means `imu.wrist`, and `imu` each
    of its kind. None: nothing is called so.
    """
    text = asked.strip().lower()
    if not text:
        return ()
    kind, _, place = text.rpartition(".")
    ways = (
        [m for m in modalities if m.name.lower() == text],
        [m for m in modalities if (m.kind, m.place.lower()) == (kind, place)],
        [m for m in modalities if m.place.lower() == text],
        [m for m in modalities if m.kind == text],
    )
    return tuple(next(filter(None, ways), []))


def kind_called(name: str) -> str | None:
    """The registered kind that a modality's name says: imu of "imu" and of "imu.wrist"; None of others."""
    kind = name.partition(".")[0]
    return kind if kind in kinds() else None
