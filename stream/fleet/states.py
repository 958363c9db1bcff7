"""Task of a fleet, and all that its coordinator knows of shards and wearers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hnhar.model.serving import RuntimeName

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
    runtime: RuntimeName = "auto"


@dataclass(slots=True, eq=False)
class ShardState:
    """A shard as the coordinator knows it."""

    number: int
    node: Node
    actor: Actor
    since: float
    """Time at which it was begun, s; later: at which its line was opened."""
    line: str = ""
    """Address to which it sends; "" while it has none."""
    ready: bool = False
    waits: bool = False
    """True where it was said that it has not begun."""
    looks: bool = False
    """True while it looks for streams."""
    wearers: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    """Wearers that it was told to drop, until it has."""
    sees: dict[str, frozenset[str]] = field(default_factory=dict)
    groups: set[int] = field(default_factory=set)
    spoken: set[int] = field(default_factory=set)
    """Those of which a status has come since all were looked at together."""
    left_out: int = 0
    """Windows that they left out since then."""
    about: About | None = None

    def heard(self, group: int, left_out: int) -> int | None:
        """A pipeline left out so many windows since its last status; once each has spoken: all together."""
        total = None
        if group in self.spoken:
            total, self.left_out = self.left_out, 0
            self.spoken.clear()
        self.spoken.add(group)
        self.left_out += left_out
        return total


@dataclass(slots=True)
class WearerState:
    """Place of a wearer."""

    shard: int | None = None
    group: int | None = None
    """Number of their pipeline; None where nobody recognizes them."""
    free: float = 0.0
    """Time from which on they may be given to a shard, s."""
    broken: int = 0
    """Pipelines that broke off while they were theirs."""
    moves: int = 0
    note: str = ""
    """Reason why nobody recognizes them."""
