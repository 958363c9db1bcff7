"""Orders and answers between a fleet's coordinator and its shards, as JSON: no code of ours is pickled."""

from typing import Final

import msgspec

from hnhar.model.serving import RuntimeName

from ..config.config import StreamConfig

PROTOCOL: Final = 2
"""Counts up where orders or lines change."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """A shard's process, as it describes itself."""

    version: str
    """Of hnhar."""
    protocol: int
    host: str
    pid: int
    key: str
    """Public key with which it connects to its line, Z85."""
    runtimes: list[str]
    """Libraries that can compute networks there."""


class ShardLine(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses to which a shard sends what it recognizes, and beats to show that it lives."""

    data: str
    life: str
    """ZeroMQ addresses."""
    key: str
    """Public key of the coordinator, Z85: no other one is believed."""


class Continued(msgspec.Struct, frozen=True, kw_only=True):
    """How far a wearer's messages have come, whoever made them: the next are numbered after them."""

    prediction: int = -1
    """Sequence number of the last prediction; -1 before the first."""
    unix_ns: int | None = None
    """Unix time of the end of its window, ns: how many windows nobody recognized since then is counted by
    it, since the streams' clock is another one on another machine."""
    event: int = -1
    activity: int = -1
    """The highest id of an activity."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Wearers that one pipeline recognizes."""

    number: int
    """Each pipeline of a fleet has another."""
    config: StreamConfig
    """Of these wearers alone."""
    fleet: str
    """Identifier of the publisher: messages of all shards are one publisher's."""
    continued: dict[str, Continued]
    pick: str | None = None
    runtime: RuntimeName = "auto"


class SoughtStreams(msgspec.Struct, frozen=True, kw_only=True):
    """Streams to look for: wearer -> addresses of LSL."""

    wearers: dict[str, list[str]]
    timeout: float
    """s to look for each."""


class SeenStreams(msgspec.Struct, frozen=True, kw_only=True):
    """Streams that were found: wearer -> addresses, of those that were sought."""

    wearers: dict[str, list[str]]
