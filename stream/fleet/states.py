"""Task of a fleet, and all that its coordinator knows of shards and wearers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..config.config import StreamConfig
from ..messages import Status
from .cluster import Actor, Node
from .orders import About


@dataclass(frozen=True, slots=True)
class Asked:
    """Task of a fleet."""

    config: StreamConfig
    """Bundles that do not ship with hnhar are named as `bundles` has them."""
    sources: Mapping[str, Mapping[str, str]]
    """Wearer -> modality -> address of LSL."""
    bundles: Mapping[str, bytes]
    version: str
    """Of hnhar here."""
    lsl: tuple[str | None, str | None, Sequence[str], Mapping[str, Mapping[str, str]]]
    """Arguments of `Shard.configure`."""
    frame: Status
    """All that a status says without a shard."""
    most: int | None = None
    """Shards at most; None: as many as there are processors."""
    pick: str | None = None
    runtime: Literal["auto", "onnx", "torch"] = "auto"


@dataclass(slots=True, eq=False)
class ShardState:
    """A shard as the coordinator knows it."""

    number: int
    node: Node
    actor: Actor
    ready: bool = False
    wearers: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    """Wearers that it was told to drop, until it has."""
    sees: dict[str, frozenset[str]] = field(default_factory=dict)
    groups: set[int] = field(default_factory=set)
    about: About | None = None


@dataclass(slots=True)
class WearerState:
    """Place of a wearer."""

    shard: int | None = None
    since: float = 0.0
    """Time at which a shard was told to recognize them, or since when none does, s."""
    moves: int = 0
    note: str = ""
    """Reason why nobody recognizes them."""
