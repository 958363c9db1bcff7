"""The coordinator of a fleet: shards on nodes, wearers on shards, and what to do when one is gone or late.

A loop in one thread that never waits for a shard: orders are sent, and answers taken as they come.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from hnhar.model.labels import counted

from ..engine.dispatch import STATUS_INTERVAL, Times
from ..messages import Status
from .balance import Balance, Handover
from .cluster import CallAnswer, Cluster
from .merge import EMPTY
from .numbering import offset_of
from .orders import Group
from .pipelines import SILENT, Pipelines, names
from .placement import Candidate, place
from .relay import Relay
from .shards import BEGIN, Shards
from .states import Asked, ShardState, WearerState

AGAIN: Final = 3.0
"""s after which nodes are asked again for streams that none saw."""
PAUSE: Final = 5.0
"""s between two steps after which it was we who were held up, and silence is no shard's."""
SETTLE: Final = 0.1
"""s for the last messages of a shard that gave a wearer away."""
BROKEN: Final = 5.0
"""s for which the wearers of a pipeline that broke off wait, twice as long each time, up to `MOST_BROKEN`."""
MOST_BROKEN: Final = 60.0


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
        self._asked, self._relay, self._times = asked, relay, times
        self._tell = tell
        self._shards = Shards(asked, cluster, relay, kind, tell, self._gone)
        self.wearers = {w.id: WearerState(note="no shard is ready") for w in asked.config.wearer}
        self._settings = {w.id: w for w in asked.config.wearer}
        self._bundles = cluster.share(dict(asked.bundles))
        self._bound: dict[str, int] = {}
        """Wearer on the way -> shard that shall take them."""
        self._balance = Balance()
        self._pipelines = Pipelines()
        self._groups = 0
        self._seq = 0
        self._began = time.monotonic()
        self._stepped = self._began
        self._asked_at = self._status_at = float("-inf")
        self.status: Status | None = None
        """The last merged status."""

    def step(self) -> None:
        """Take in what has come, and give the next orders."""
        now = time.monotonic()
        if now - self._stepped > PAUSE:
            self._pipelines.resumed(now)
            self._shards.resumed(now)
        self._stepped = now
        self._shards.calls.take()
        self._hear(now)
        self._shards.look_at_nodes(now)
        for number, reason in [*self._shards.unwell(now), *self._silent(now)]:
            self._gone(number, reason)
        self._place(now)
        self._rebalance(now)
        if now - self._status_at >= STATUS_INTERVAL:
            self._status_at = now
            self._report(now)

    def end(self, timeout: float = 8.0) -> None:
        """End all shards, their last messages taken."""
        ending = {s.number for s in self._shards.all.values() if s.ready}
        for number in ending.copy():
            shard = self._shards.all[number]
            self._shards.calls.send(
                shard,
                "end",
                now=time.monotonic(),
                take=lambda answer, number=number: ending.discard(number),  # type: ignore[misc]
            )
        deadline = time.monotonic() + timeout
        while ending and time.monotonic() < deadline:
            self._shards.calls.take()
            time.sleep(0.02)
        time.sleep(SETTLE)
        for group, status in self._relay.heard().statuses:
            self._pipelines.heard(group, status, time.monotonic())
        self._report(time.monotonic())
        self._shards.close()

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

    def _hear(self, now: float) -> None:
        """Take in what came on the lines."""
        heard = self._relay.heard()
        for number in heard.dead:
            self._gone(number, "its line broke")
        for number in heard.begun:
            self._shards.beaten(number)
        for number, seconds in heard.held:
            if number in self._shards.all:
                self._balance.held_up(number, len(self._shards.all[number].wearers), seconds, now)
        for group, status in heard.statuses:
            self._heard(group, status, now)
        for group in heard.over:
            self._over(group)

    def _silent(self, now: float) -> Iterator[tuple[int, str]]:
        """(shard, reason) of those with a pipeline that hangs."""
        for shard in self._shards.all.values():
            if any(self._pipelines.hangs(g, now) and self._theirs(g) for g in shard.groups):
                yield shard.number, f"a pipeline of it has said nothing for {SILENT:g} s"

    def _theirs(self, group: int) -> list[str]:
        """Wearers whose pipeline that is."""
        return [w for w, state in self.wearers.items() if state.group == group]

    def _gone(self, number: int, reason: str) -> None:
        """A shard is no more: its wearers go to others at once."""
        shard = self._shards.all.get(number)
        if shard is None:
            return
        if not shard.ready and "Error" in reason:  # it could not begin, and would not the next time
            self._shards.refuse(shard, f"no shard can begin there: {reason}")
            return
        self._shards.remove(shard)
        self._balance.forget(number)
        for group in shard.groups:
            self._pipelines.ended(group)
        lost = [*shard.wearers, *shard.leaving]
        whom = f"; to others: {names(lost)}" if lost else ""
        self._tell(f"shard {number} on {shard.node.name} is gone: {reason}{whom}")
        for wearer in lost:
            self._leave(wearer, f"{shard.node.name} is gone")
        self._place(time.monotonic())

    def _leave(self, wearer: str, note: str, wait: float = SETTLE) -> None:
        """Nobody recognizes a wearer any more, for `wait` s at least: what was on is over."""
        state = self.wearers[wearer]
        state.shard, state.group, state.note = None, None, note
        state.free = time.monotonic() + wait
        state.moves += 1
        reached = self._relay.reached(wearer)
        if (onset := reached.open) is not None:
            self._relay.send(offset_of(onset, reached.event + 1, reached.unix_ns))

    def _candidates(self, now: float) -> dict[int, Candidate]:
        return {
            s.number: Candidate(
                s.number, s.node.name, len(s.wearers), s.sees, self._balance.room(s.number, now)
            )
            for s in self._shards.all.values()
            if s.ready
        }

    def _place(self, now: float) -> None:
        """Give wearers without a shard one."""
        free = [w for w, state in self.wearers.items() if state.shard is None and now >= state.free]
        candidates = self._candidates(now)
        starting = [s for s in self._shards.all.values() if not s.ready]
        if not free or not candidates or (starting and now - self._began < BEGIN and not self._groups):
            return
        for target in {self._bound[w] for w in free if w in self._bound}:
            bound = [w for w in free if self._bound.get(w) == target]
            for wearer in bound:
                del self._bound[wearer]
            if target in candidates:
                self._begin(self._shards.all[target], bound, now)
                free = [w for w in free if w not in bound]
        wanted = {w: list(self._asked.sources[w].values()) for w in free}
        placing = place(wanted, list(candidates.values()))
        for number, wearers in placing.shards.items():
            self._begin(self._shards.all[number], wearers, now)
        for wearer, reason in placing.unplaced.items():
            if self.wearers[wearer].note != reason:
                self.wearers[wearer].note = reason
                self._tell(f"{wearer} waits: {reason}")
        if placing.unplaced and now - self._asked_at >= AGAIN:
            self._asked_at = now
            for shard in self._shards.all.values():
                if shard.ready and not shard.looks:
                    self._shards.seek(shard, list(placing.unplaced))

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
            state.shard, state.group, state.note = shard.number, number, ""
        self._tell(f"shard {shard.number} on {shard.node.name} recognizes {names(wearers)}")

        def begun(answer: CallAnswer) -> None:
            if not answer.value:
                if number in shard.groups:
                    self._pipelines.begun(number, time.monotonic())
                return
            shard.groups.discard(number)
            self._pipelines.ended(number)
            self._tell(f"shard {shard.number} on {shard.node.name} cannot: {answer.value}")
            for wearer in self._theirs(number):
                shard.wearers.remove(wearer)
                shard.sees[wearer] = frozenset()  # until it is asked again
                self._leave(wearer, f"{shard.node.name} cannot recognize them: {answer.value}")

        self._shards.call(shard, "begin", msgspec.json.encode(group), self._bundles, then=begun)

    def _heard(self, group: int, status: Status, now: float) -> None:
        shard = self._shard_of(group)
        if shard is None:
            return
        left_out = shard.heard(group, self._pipelines.heard(group, status, now))
        if left_out:
            self._balance.held_up(shard.number, len(shard.wearers), STATUS_INTERVAL, now)

    def _shard_of(self, group: int) -> ShardState | None:
        return next((s for s in self._shards.all.values() if group in s.groups), None)

    def _over(self, group: int) -> None:
        """A pipeline has ended: it was told to, or broke off, and its wearers are to be recognized anew."""
        shard = self._shard_of(group)
        if shard is None:
            return
        shard.groups.discard(group)
        self._pipelines.ended(group)
        theirs = [w for w in self._theirs(group) if w in shard.wearers]
        for wearer in theirs:
            shard.wearers.remove(wearer)
            state = self.wearers[wearer]
            wait = min(BROKEN * 2**state.broken, MOST_BROKEN)
            state.broken += 1
            self._leave(wearer, f"their pipeline on {shard.node.name} broke off", wait)

        def told(answer: CallAnswer) -> None:
            if theirs:
                place = f"shard {shard.number} on {shard.node.name}"
                self._tell(f"{place}: the pipeline of {names(theirs)} broke off: {answer.value}")

        self._shards.call(shard, "over", group, then=told)

    def _rebalance(self, now: float) -> None:
        wearers = {s.number: tuple(s.wearers) for s in self._shards.all.values() if s.ready}
        move = self._balance.move(self._candidates(now), wearers, now)
        if move is not None:
            self._balance.moved({move.source, move.target}, now)
            self._move(move)

    def _move(self, move: Handover) -> None:
        source = self._shards.all[move.source]
        self._tell(f"shard {move.source} is late: {names(move.wearers)} go to shard {move.target}")
        source.wearers = [w for w in source.wearers if w not in move.wearers]
        source.leaving += move.wearers

        def left(answer: CallAnswer) -> None:
            source.leaving = [w for w in source.leaving if w not in move.wearers]
            for wearer in move.wearers:
                self._leave(wearer, "on the way to another shard")
                # `_place` takes it from here, after what the source sent last
                self._bound[wearer] = move.target

        self._shards.call(source, "drop", list(move.wearers), then=left)

    def _report(self, now: float) -> None:
        clock = self._times.clock()
        offset = self._times.unix_offset_ns()
        frame = replace(
            self._asked.frame,
            seq=self._seq,
            time=clock,
            time_unix_ns=None if offset is None else round(clock * 1e9) + offset,
            uptime=now - self._began,
        )
        owners = {w: state.group for w, state in self.wearers.items()}
        notes = {w: self._note(w) for w in self.wearers}
        self.status = self._pipelines.whole(frame, owners, notes, self._asked.sources)
        self._seq += 1
        self._relay.send(self.status)

    def _note(self, wearer: str) -> str:
        state = self.wearers[wearer]
        if state.shard is None:
            return state.note
        shard = self._shards.all.get(state.shard)
        moved = f", moved {state.moves} times" if state.moves > 1 else ", moved once" if state.moves else ""
        return f"on {shard.node.name}, shard {shard.number}{moved}" if shard is not None else ""
