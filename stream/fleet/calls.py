"""Orders that are under way to shards, and how long each has taken. For one thread; time is an argument."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from .cluster import Call, CallAnswer, answers
from .states import ShardState

PATIENCE: Final = 120.0
"""s that a shard may take for an order: loading a network on a busy machine takes tens."""
ENDLESS: Final = ("about", "live")
"""Orders that may take as long as they do: the first waits for a free processor, the other for the end."""


@dataclass(slots=True)
class _Order:
    shard: int
    method: str
    since: float
    take: Callable[[CallAnswer], None]


class Calls:
    """Orders without an answer so far."""

    def __init__(self) -> None:
        self._orders: dict[Call, _Order] = {}

    def send(
        self,
        shard: ShardState,
        method: str,
        *arguments: Any,
        now: float,
        take: Callable[[CallAnswer], None],
    ) -> None:
        """Call a method of a shard; `take` gets its answer."""
        self._orders[shard.actor.call(method, *arguments)] = _Order(shard.number, method, now, take)

    def take(self) -> None:
        """Hand on the answers that have come."""
        for order, answer in answers(self._orders):
            order.take(answer)

    def forget(self, shard: int) -> None:
        """A shard is no more."""
        self._orders = {call: order for call, order in self._orders.items() if order.shard != shard}

    def resumed(self, now: float) -> None:
        """We took no answers for a while: patience begins now."""
        for order in self._orders.values():
            order.since = now

    def overdue(self, now: float) -> Iterator[tuple[int, str]]:
        """(shard, order) of those that will hardly be answered."""
        for order in self._orders.values():
            if order.method not in ENDLESS and now - order.since > PATIENCE:
                yield order.shard, order.method
