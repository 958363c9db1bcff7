"""Processor time of calls within one thread, each without what it calls: functions are watched where they
are looked up."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any


class Spans:
    """Time by name; only calls that are made while it `counts`."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        """Name -> ns of this thread's processor time."""
        self.counts = True
        self._within: list[float] = []
        """Of each call that goes on, ns spent in what it called."""

    def watch(self, owner: Any, attribute: str, name: str) -> None:
        """Watch `owner.attribute`, of a module, a class or an object; nothing where it has none."""
        function = getattr(owner, attribute, None)
        if function is not None:
            setattr(owner, attribute, self.watched(function, name))

    def watched(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The function, watched."""
        clock, within, spent = time.thread_time_ns, self._within, self.spent

        def call(*args: Any, **keywords: Any) -> Any:
            begun = clock()
            within.append(0.0)
            try:
                return function(*args, **keywords)
            finally:
                took = clock() - begun
                if self.counts:
                    spent[name] += took - within[-1]
                within.pop()
                if within:
                    within[-1] += took

        return call
