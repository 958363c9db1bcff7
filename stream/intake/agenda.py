"""When each of many is to be visited next; one plan each, the last that was made. Pure."""

from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Agenda(Generic[Item]):
    """Items by the time that is planned for them, s."""

    def __init__(self) -> None:
        self._numbers = count()
        self._plans: dict[Item, int] = {}
        """Item -> number of its plan that counts."""
        self._heap: list[tuple[float, int, Item]] = []
        """Of plans, also those that others came after."""

    def __len__(self) -> int:
        return len(self._plans)

    def __contains__(self, item: Item) -> bool:
        return item in self._plans

    def plan(self, item: Item, at: float) -> None:
        """Visit `item` at `at`, instead of what was planned for it."""
        self._plans[item] = number = next(self._numbers)
        heappush(self._heap, (at, number, item))

    @property
    def first(self) -> float | None:
        """The time that is planned first; None without any."""
        heap, plans = self._heap, self._plans
        while heap:
            at, number, item = heap[0]
            if plans.get(item) == number:
                return at
            heappop(heap)
        return None

    def take(self) -> tuple[float, Item]:
        """The first, which is then planned no more; there has to be one."""
        while True:
            at, number, item = heappop(self._heap)
            if self._plans.get(item) == number:
                del self._plans[item]
                return at, item

    def clear(self) -> list[Item]:
        """All, which are then planned no more."""
        items = list(self._plans)
        self._plans.clear()
        self._heap.clear()
        return items
