"""Shards on nodes: begun, asked what they are, connected, until they are ready; and their end.

Nothing here waits: orders are sent, and answers taken as they come.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from hnhar.model.labels import counted

from .calls import Calls
from .cluster import CallAnswer, Cluster, Node, NodeWatch
from .orders import PROTOCOL, About, SeenStreams, SoughtStreams
from .placement import lacking
from .relay import Relay
from .states import Asked, ShardState

LOOK: Final = 1.5
"""s for which a node looks for a stream."""
BEGIN: Final = 30.0
"""s after which is told that a shard has not begun; so long waits the first placing, too."""
NODES: Final = 2.0
"""s between two looks at the cluster's nodes."""
HEAD: Final = 8.0
"""s without an answer to that after which the cluster's head is taken for gone."""
LINE: Final = 20.0
"""s for the first beat of a shard that was told where to send them."""


class Shards:
    """Shards of a fleet by their numbers."""

    def __init__(
        self,
        asked: Asked,
        cluster: Cluster,
        relay: Relay,
        kind: type,
        tell: Callable[[str], None],
        gone: Callable[[int, str], None],
    ) -> None:
        """`kind`: class of a shard; `tell` takes lines for the user, `gone` the number of a shard that is no
        more, with the reason, and calls `remove`."""
        self._asked, self._cluster, self._relay = asked, cluster, relay
        self._kind, self._tell, self._gone = kind, tell, gone
        self.all: dict[int, ShardState] = {}
        self.calls = Calls()
        self._refused: dict[str, str] = {}
        """Node -> reason why it takes part no more."""
        self._next = 0
        self._nodes = NodeWatch(cluster, NODES)
        self._since = self._seen = self._nodes.latest.at
        """Time since when we wait for the head, and of the last answer that was looked at, s."""
        self._headless = False

    def look_at_nodes(self, now: float) -> None:
        """Shards for nodes that are new, none for those that are gone."""
        found = self._nodes.latest
        headless = now - max(found.at, self._since) > HEAD
        if headless != self._headless:
            self._headless = headless
            self._tell(
                f"the head of the Ray cluster has not answered for {HEAD:g} s: what runs goes on, but Ray "
                "ends it all a minute after its head"
                if headless
                else "the head of the Ray cluster answers again"
            )
        if found.at == self._seen and self.all:
            return
        self._seen = found.at
        nodes = {node.id: node for node in found.nodes}
        for shard in list(self.all.values()):
            if shard.node.id not in nodes:
                self._gone(shard.number, "its node left the cluster")
        used = {key: node for key, node in nodes.items() if key not in self._refused}
        # what each node sees is known by a shard of its own
        most = max(len(self._asked.sources), len(used)) if self._asked.most is None else self._asked.most
        there = dict.fromkeys((s.node.id for s in self.all.values()), 0)
        for shard in self.all.values():
            there[shard.node.id] += 1
        for key in lacking({key: node.cpus for key, node in used.items()}, there, most):
            self._start(used[key], now)

    def unwell(self, now: float) -> Iterator[tuple[int, str]]:
        """(shard, reason) of those that do not answer; of those that do not begin is told."""
        yield from self.calls.overdue(now)
        for shard in self.all.values():
            since = now - shard.since
            if shard.line and not shard.ready and not shard.looks and since > LINE:
                reason = f"nothing of it comes to {shard.line} within {LINE:g} s: does a firewall let it?"
                yield shard.number, reason
            elif not shard.line and not shard.waits and since > BEGIN:
                shard.waits = True
                self._tell(
                    f"shard {shard.number} on {shard.node.name} has not begun for {BEGIN:g} s: are its "
                    "processors taken by others (ray status)?"
                )

    def resumed(self, now: float) -> None:
        """We did nothing for a while: patience begins now."""
        self.calls.resumed(now)
        self._since = now
        for shard in self.all.values():
            shard.since = now

    def beaten(self, number: int) -> None:
        """A shard's first beat came: it is asked for the streams that it sees, and ready then."""
        if number in self.all:
            self.seek(self.all[number], list(self._asked.sources), first=True)

    def close(self) -> None:
        """Look at nodes no more, and end all that is left."""
        self._nodes.stop()
        for shard in self.all.values():
            shard.actor.kill()

    def remove(self, shard: ShardState) -> None:
        """End a shard."""
        del self.all[shard.number]
        self.calls.forget(shard.number)
        self._relay.close_line(shard.number)
        shard.actor.kill()

    def call(
        self, shard: ShardState, method: str, *arguments: Any, then: Callable[[CallAnswer], None]
    ) -> None:
        """Call a method of a shard; a failure of its process is its end."""

        def take(answer: CallAnswer) -> None:
            if shard.number not in self.all:
                return
            if answer.error:
                self._gone(shard.number, answer.error)
            else:
                then(answer)

        self.calls.send(shard, method, *arguments, now=time.monotonic(), take=take)

    def _described(self, shard: ShardState, answer: CallAnswer) -> None:
        about = msgspec.json.decode(answer.value, type=About)
        if (about.version, about.protocol) != (self._asked.version, PROTOCOL):
            self.refuse(
                shard,
                f"it has hnhar {about.version}, and this machine {self._asked.version}: install the same",
            )
            return
        shard.about = about
        self.call(
            shard,
            "configure",
            *self._asked.lsl,
            then=lambda answer: self._configured(shard, about, answer.value),
        )

    def _configured(self, shard: ShardState, about: About, problem: str) -> None:
        if problem:
            self.refuse(shard, problem)
            return
        line = self._relay.open(shard.number, about.key)
        shard.line, shard.since = line.data, time.monotonic()
        # its first beat says that the line stands
        self.call(shard, "attach", msgspec.json.encode(line), then=lambda answer: None)
        self.call(shard, "live", then=lambda answer: None)

    def seek(self, shard: ShardState, wearers: Sequence[str], *, first: bool = False) -> None:
        """Ask a shard which streams its node sees."""
        shard.looks = True
        sought = SoughtStreams(
            wearers={w: list(self._asked.sources[w].values()) for w in wearers}, timeout=LOOK
        )

        def found(answer: CallAnswer) -> None:
            seen = msgspec.json.decode(answer.value, type=SeenStreams)
            shard.sees |= {w: frozenset(sources) for w, sources in seen.wearers.items()}
            shard.looks = False
            if first:
                shard.ready = True
                some = sum(bool(sources) for sources in shard.sees.values())
                self._tell(
                    f"shard {shard.number} on {shard.node.name} sees streams of {some} of "
                    f"{counted(len(self._asked.sources), 'wearer')}"
                )

        self.call(shard, "sees", msgspec.json.encode(sought), then=found)

    def refuse(self, shard: ShardState, reason: str) -> None:
        """Use a node no more."""
        if shard.node.id not in self._refused:
            self._tell(f"{shard.node.name} takes no part: {reason}")
        self._refused[shard.node.id] = reason
        self.remove(shard)

    def _start(self, node: Node, now: float) -> None:
        number, self._next = self._next, self._next + 1
        shard = self.all[number] = ShardState(number, node, self._cluster.actor(self._kind, node), now)
        self.call(shard, "about", then=lambda answer: self._described(shard, answer))
