"""The coordinator of a fleet: shards on nodes, wearers on shards, and what to do when one is gone or late.

A loop in one thread that never waits for a shard: orders are sent, and answers taken as they come.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec

from hnhar.model.labels import counted

from ..engine.dispatch import STATUS_INTERVAL, Times
from ..messages import Status
from .balance import Balance, Handover
from .cluster import Call, CallAnswer, Cluster, Node, answers
from .merge import EMPTY, folded, merged
from .numbering import offset_of
from .orders import PROTOCOL, About, Group, SeenStreams, SoughtStreams
from .placement import Candidate, place
from .relay import Relay
from .states import Asked, ShardState, WearerState

_log = logging.getLogger(__name__)

LOOK: Final = 1.5
"""s for which a node looks for a stream."""
AGAIN: Final = 3.0
"""s after which nodes are asked again for streams that none saw."""
NODES: Final = 2.0
"""s between two looks at the cluster's nodes."""
FIRST: Final = 30.0
"""s that the first placing waits for shards that still begin, so that wearers are spread over all."""
SILENT: Final = 30.0
"""s without a status after which a pipeline hangs or broke off: one that lacks time speaks late."""
SETTLE: Final = 0.1
"""s for the last messages of a shard that gave a wearer away."""


class Coordinator:
    """Runs a fleet, by `step` several times a second."""

    def __init__(
        self,
        asked: Asked,
        cluster: Cluster,
        relay: Relay,
        times: Times,
        kind: type,
        tell: Callable[[str], None],
    ) -> None:
        """`kind`: class of a shard; `tell` takes lines for the user."""
        self._asked, self._cluster, self._relay, self._times = asked, cluster, relay, times
        self._kind, self._tell = kind, tell
        self.shards: dict[int, ShardState] = {}
        self.wearers = {w.id: WearerState(note="no shard is ready") for w in asked.config.wearer}
        self._settings = {w.id: w for w in asked.config.wearer}
        self._calls: dict[Call, Callable[[CallAnswer], None]] = {}
        self._bundles = cluster.share(dict(asked.bundles))
        self._bound: dict[str, int] = {}
        """Wearer on the way -> shard that shall take them."""
        self._balance = Balance()
        self._running: dict[int, tuple[int, Status]] = {}
        """Group -> (shard, its last status)."""
        self._ended = EMPTY
        """Counts of pipelines that have ended."""
        self._silent: dict[int, float] = {}
        """Group -> when its pipeline was last heard of, s."""
        self._skipped: dict[int, dict[int, int]] = {}
        """Shard -> group -> windows skipped, as last heard."""
        self._refused: dict[str, str] = {}
        """Node -> reason why it takes part no more."""
        self._next = 0
        self._groups = 0
        self._seq = 0
        self._began = time.monotonic()
        self._nodes_at = self._asked_at = self._status_at = float("-inf")
        self.status: Status | None = None
        """The last merged status."""

    def step(self) -> None:
        """Take in what has come, and give the next orders."""
        now = time.monotonic()
        for take, answer in answers(self._calls):
            take(answer)
        heard = self._relay.heard()
        for number in heard.dead:
            self._gone(number, "its line broke")
        for group, status in heard.statuses:
            self._heard(group, status, now)
        if now - self._nodes_at >= NODES:
            self._nodes_at = now
            self._look_at_nodes()
        for shard in [s for s in self.shards.values() if any(self._hangs(g, now) for g in s.groups)]:
            self._gone(shard.number, f"a pipeline of it has said nothing for {SILENT:g} s")
        self._place(now)
        self._rebalance(now)
        if now - self._status_at >= STATUS_INTERVAL:
            self._status_at = now
            self._report(now)

    def end(self, timeout: float = 5.0) -> None:
        """End all shards, their last messages taken."""
        calls: dict[Call, Callable[[CallAnswer], None]] = {
            s.actor.call("end"): (lambda answer: None) for s in self.shards.values() if s.ready
        }
        deadline = time.monotonic() + timeout
        while calls and time.monotonic() < deadline:
            answers(calls)
            time.sleep(0.02)
        time.sleep(SETTLE)
        heard = self._relay.heard()
        for group, status in heard.statuses:
            self._heard(group, status, time.monotonic())
        self._report(time.monotonic())
        for shard in self.shards.values():
            shard.actor.kill()

    def summary(self) -> str:
        """Counts of the whole run, in a line."""
        status = self.status or EMPTY
        moved = sum(state.moves for state in self.wearers.values())
        activities = counted(status.events, "activity", "activities")
        return (
            f"{counted(status.predictions, 'prediction')} and {activities} of "
            f"{counted(len(self.wearers), 'wearer')}; {counted(status.skipped, 'window')} left out; "
            f"{counted(moved, 'move')} to another shard"
        )

    def _look_at_nodes(self) -> None:
        """Shards for nodes that are new, none for those that are gone."""
        nodes = {node.id: node for node in self._cluster.nodes()}
        for shard in list(self.shards.values()):
            if shard.node.id not in nodes:
                self._gone(shard.number, "its node left the cluster")
        for node in nodes.values():
            if node.id in self._refused:
                continue
            there = sum(shard.node.id == node.id for shard in self.shards.values())
            most = len(self.wearers) if self._asked.most is None else self._asked.most
            for _ in range(min(node.cpus - there, most - len(self.shards))):
                self._start(node)

    def _start(self, node: Node) -> None:
        number, self._next = self._next, self._next + 1
        shard = self.shards[number] = ShardState(number, node, self._cluster.actor(self._kind, node))
        self._call(shard, "about", then=lambda answer: self._described(shard, answer))

    def _call(
        self, shard: ShardState, method: str, *arguments: Any, then: Callable[[CallAnswer], None]
    ) -> None:
        """Call a method of a shard; a failure of its process is its end."""

        def take(answer: CallAnswer) -> None:
            if shard.number not in self.shards:
                return
            if answer.error:
                self._gone(shard.number, answer.error)
            else:
                then(answer)

        self._calls[shard.actor.call(method, *arguments)] = take

    def _described(self, shard: ShardState, answer: CallAnswer) -> None:
        about = msgspec.json.decode(answer.value, type=About)
        if (about.version, about.protocol) != (self._asked.version, PROTOCOL):
            self._refuse(
                shard,
                f"it has hnhar {about.version}, and this machine {self._asked.version}: install the same",
            )
            return
        shard.about = about
        self._call(
            shard,
            "configure",
            *self._asked.lsl,
            then=lambda answer: self._configured(shard, about, answer.value),
        )

    def _configured(self, shard: ShardState, about: About, problem: str) -> None:
        if problem:
            self._refuse(shard, problem)
            return
        line = msgspec.json.encode(self._relay.open(shard.number, about.key))
        self._call(
            shard, "attach", line, then=lambda answer: self._seek(shard, list(self.wearers), ready=True)
        )
        self._call(shard, "live", then=lambda answer: None)

    def _seek(self, shard: ShardState, wearers: Sequence[str], *, ready: bool = False) -> None:
        """Ask a shard which streams its node sees."""
        sought = SoughtStreams(
            wearers={w: list(self._asked.sources[w].values()) for w in wearers}, timeout=LOOK
        )

        def found(answer: CallAnswer) -> None:
            seen = msgspec.json.decode(answer.value, type=SeenStreams)
            shard.sees |= {w: frozenset(sources) for w, sources in seen.wearers.items()}
            if ready:
                shard.ready = True
                some = sum(bool(sources) for sources in shard.sees.values())
                self._tell(
                    f"shard {shard.number} on {shard.node.name} sees streams of {some} of "
                    f"{counted(len(self.wearers), 'wearer')}"
                )

        self._call(shard, "sees", msgspec.json.encode(sought), then=found)

    def _refuse(self, shard: ShardState, reason: str) -> None:
        """Use a node no more."""
        if shard.node.id not in self._refused:
            self._tell(f"{shard.node.name} takes no part: {reason}")
        self._refused[shard.node.id] = reason
        self._remove(shard)

    def _gone(self, number: int, reason: str) -> None:
        """A shard is no more: its wearers go to others at once."""
        shard = self.shards.get(number)
        if shard is None:
            return
        if not shard.ready and "Error" in reason:  # it could not begin, and would not the next time
            self._refuse(shard, f"no shard can begin there: {reason}")
            return
        self._remove(shard)
        lost = [*shard.wearers, *shard.leaving]
        whom = f"; to others: {_names(lost)}" if lost else ""
        self._tell(f"shard {number} on {shard.node.name} is gone: {reason}{whom}")
        for wearer in lost:
            self._leave(wearer, f"{shard.node.name} is gone")
        self._place(time.monotonic())

    def _remove(self, shard: ShardState) -> None:
        del self.shards[shard.number]
        self._relay.close_line(shard.number)
        shard.actor.kill()
        self._balance.forget(shard.number)
        self._skipped.pop(shard.number, None)
        for group in shard.groups:
            self._silent.pop(group, None)
            if (last := self._running.pop(group, None)) is not None:
                self._ended = folded(self._ended, last[1])

    def _leave(self, wearer: str, note: str) -> None:
        """Nobody recognizes a wearer any more: what was on is over."""
        state = self.wearers[wearer]
        state.shard, state.since, state.note = None, time.monotonic(), note
        state.moves += 1
        reached = self._relay.reached(wearer)
        if (onset := reached.open) is not None:
            self._relay.send(offset_of(onset, reached.event + 1, reached.unix_ns))

    def _candidates(self, now: float) -> dict[int, Candidate]:
        return {
            s.number: Candidate(
                s.number, s.node.name, len(s.wearers), s.sees, self._balance.room(s.number, now)
            )
            for s in self.shards.values()
            if s.ready
        }

    def _place(self, now: float) -> None:
        """Give wearers without a shard one."""
        free = [w for w, state in self.wearers.items() if state.shard is None and now >= state.since + SETTLE]
        candidates = self._candidates(now)
        starting = [s for s in self.shards.values() if not s.ready]
        if not free or not candidates or (starting and now - self._began < FIRST and not self._groups):
            return
        for target in {self._bound[w] for w in free if w in self._bound}:
            bound = [w for w in free if self._bound.get(w) == target]
            for wearer in bound:
                del self._bound[wearer]
            if target in candidates:
                self._begin(self.shards[target], bound, now)
                free = [w for w in free if w not in bound]
        wanted = {w: list(self._asked.sources[w].values()) for w in free}
        placing = place(wanted, list(candidates.values()))
        for number, wearers in placing.shards.items():
            self._begin(self.shards[number], wearers, now)
        for wearer, reason in placing.unplaced.items():
            if self.wearers[wearer].note != reason:
                self.wearers[wearer].note = reason
                self._tell(f"{wearer} waits: {reason}")
        if placing.unplaced and now - self._asked_at >= AGAIN:
            self._asked_at = now
            for shard in self.shards.values():
                if shard.ready:
                    self._seek(shard, list(placing.unplaced))

    def _begin(self, shard: ShardState, wearers: Sequence[str], now: float) -> None:
        number, self._groups = self._groups, self._groups + 1
        config = msgspec.structs.replace(
            self._asked.config, wearer=tuple(self._settings[w] for w in wearers), sinks=(), record=None
        )
        group = Group(
            number=number,
            config=config,
            fleet=self._relay.publisher.id,
            continued={w: self._relay.continued(w) for w in wearers},
            pick=self._asked.pick,
            runtime=self._asked.runtime,
        )
        shard.groups.add(number)
        shard.wearers += wearers
        for wearer in wearers:
            state = self.wearers[wearer]
            state.shard, state.since, state.note = shard.number, now, ""
        self._tell(f"shard {shard.number} on {shard.node.name} recognizes {_names(wearers)}")

        def begun(answer: CallAnswer) -> None:
            self._silent[number] = time.monotonic()
            if answer.value:
                shard.groups.discard(number)
                del self._silent[number]
                self._tell(f"shard {shard.number} on {shard.node.name} cannot: {answer.value}")
                for wearer in wearers:
                    shard.wearers.remove(wearer)
                    shard.sees[wearer] = frozenset()  # until it is asked again
                    self._leave(wearer, f"{shard.node.name} cannot recognize them: {answer.value}")

        self._call(shard, "begin", msgspec.json.encode(group), self._bundles, then=begun)

    def _heard(self, group: int, status: Status, now: float) -> None:
        shard = next((s for s in self.shards.values() if group in s.groups), None)
        if shard is None:
            return
        self._running[group] = shard.number, status
        if not status.streams and group in self._silent:  # all its wearers were dropped
            shard.groups.discard(group)
            del self._silent[group], self._running[group]
            self._ended = folded(self._ended, status)
            return
        self._silent[group] = now
        of = self._skipped.setdefault(shard.number, {})
        left_out = shard.heard(group, status.skipped - of.get(group, 0))
        of[group] = status.skipped
        if left_out is not None:
            self._balance.heard(shard.number, len(shard.wearers), left_out, now)

    def _rebalance(self, now: float) -> None:
        wearers = {s.number: tuple(s.wearers) for s in self.shards.values() if s.ready}
        move = self._balance.move(self._candidates(now), wearers, now)
        if move is not None:
            self._balance.moved({move.source, move.target}, now)
            self._move(move)

    def _move(self, move: Handover) -> None:
        source = self.shards[move.source]
        self._tell(f"shard {move.source} is late: {_names(move.wearers)} go to shard {move.target}")
        source.wearers = [w for w in source.wearers if w not in move.wearers]
        source.leaving += move.wearers

        def left(answer: CallAnswer) -> None:
            source.leaving = [w for w in source.leaving if w not in move.wearers]
            for wearer in move.wearers:
                self._leave(wearer, "on the way to another shard")
                # `_place` takes it from here, after what the source sent last
                self._bound[wearer] = move.target

        self._call(source, "drop", list(move.wearers), then=left)

    def _report(self, now: float) -> None:
        waiting = {
            w: list(self._asked.sources[w].items())
            for w, state in self.wearers.items()
            if state.shard is None
        }
        clock = self._times.clock()
        offset = self._times.unix_offset_ns()
        frame = replace(
            self._asked.frame,
            seq=self._seq,
            time=clock,
            time_unix_ns=None if offset is None else round(clock * 1e9) + offset,
            uptime=now - self._began,
        )
        notes = {w: self._note(w) for w in self.wearers}
        self.status = merged(frame, [s for _, s in self._running.values()], [self._ended], notes, waiting)
        self._seq += 1
        self._relay.send(self.status)

    def _hangs(self, group: int, now: float) -> bool:
        """True where a pipeline's thread has ended, or hangs: it would say so each second."""
        return now - self._silent.get(group, now) > SILENT

    def _note(self, wearer: str) -> str:
        state = self.wearers[wearer]
        if state.shard is None:
            return state.note
        shard = self.shards.get(state.shard)
        moved = f", moved {state.moves} times" if state.moves > 1 else ", moved once" if state.moves else ""
        return f"on {shard.node.name}, shard {shard.number}{moved}" if shard is not None else ""


def _names(wearers: Sequence[str]) -> str:
    """The first of many."""
    rest = len(wearers) - 8
    return ", ".join(wearers[:8]) + (f" and {rest} more" if rest > 0 else "")
