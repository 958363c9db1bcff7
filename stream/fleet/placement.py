"""Placement of wearers: onto shards whose nodes see their streams, the least loaded first; and
of shards on nodes. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A shard that may take wearers."""

    shard: int
    node: str
    """Name of its node, for people."""
    wearers: int
    """Number that it has."""
    sees: Mapping[str, Set[str]]
    """Wearer -> sources of theirs that its node sees."""
    room: int | None = None
    """Number that it may have; None: not known."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Wearers with a shard, and those without."""

    shards: Mapping[int, tuple[str, ...]]
    """Shard -> wearers that it gets."""
    unplaced: Mapping[str, str]
    """Wearer -> reason."""


def place(sources: Mapping[str, Sequence[str]], candidates: Sequence[Candidate]) -> Placement:
    """Give every wearer a shard that sees most of their streams, of those the one with the fewest wearers.

    Args:
        sources: Wearer -> sources.
        candidates: Shards that are ready.
    """
    load = {c.shard: c.wearers for c in candidates}
    given: dict[int, list[str]] = {}
    unplaced: dict[str, str] = {}
    for wearer, wanted in sources.items():
        seen = {c.shard: len(c.sees.get(wearer, frozenset()) & set(wanted)) for c in candidates}
        most = max(seen.values(), default=0)
        if most == 0:
            unplaced[wearer] = unseen(wanted, candidates)
            continue
        best = min(
            (c for c in candidates if seen[c.shard] == most),
            key=lambda c: (c.room is not None and load[c.shard] >= c.room, load[c.shard], c.shard),
        )
        load[best.shard] += 1
        given.setdefault(best.shard, []).append(wearer)
    return Placement({shard: tuple(wearers) for shard, wearers in given.items()}, unplaced)


def lacking(room: Mapping[str, int], there: Mapping[str, int], most: int) -> list[str]:
    """Nodes on which shards are to begin, one entry each: in turns, so that each has one before any has two.

    Args:
        room: Node -> shards that it can hold.
        there: Node -> shards that it has.
        most: Shards on all nodes together.
    """
    have = {node: there.get(node, 0) for node in room}
    begun: list[str] = []
    while sum(there.values()) + len(begun) < most:
        free = [node for node in room if have[node] < room[node]]
        if not free:
            break
        node = min(free, key=lambda n: have[n])
        have[node] += 1
        begun.append(node)
    return begun


def unseen(wanted: Sequence[str], candidates: Sequence[Candidate]) -> str:
    """Reason why a wearer with these sources has no shard."""
    nodes = ", ".join(dict.fromkeys(c.node for c in candidates))
    if not nodes:
        return "no shard is ready"
    listed = " nor ".join(f"'{source}'" for source in wanted)
    return f"no node sees {listed}: asked {nodes}"
