"""Desk behind the page: what it shows, and what a person asks of it."""

from collections import deque
from typing import Any, Final, Protocol

import msgspec

from ..messages import Event, Message
from ..publish.wire import to_map

KIND: Final = "desk"
"""Kind of the websocket's message that says the desk's state."""
_EVENTS: Final = 200


class Desk(Protocol):
    """Runs, recordings and wizards, as the page asks for them. Thread-safe."""

    def state(self) -> dict[str, Any]:
        """All that the page shows of it, as plain values for JSON."""

    def act(self, name: str, fields: bytes) -> dict[str, Any]:
        """Do what a person asked for: the answer. Raises HnharError, LookupError for an unknown `name`."""


class ViewDesk:
    """Desk of a run that was started in a terminal: there is nothing to ask for."""

    def state(self) -> dict[str, Any]:
        """Just that."""
        return {"mode": "view", "phase": "running"}

    def act(self, name: str, fields: bytes) -> dict[str, Any]:
        """Raises LookupError."""
        raise LookupError(name)


class History:
    """The last events of a run, for a page that is opened late."""

    def __init__(self) -> None:
        self._events: deque[dict[str, Any]] = deque(maxlen=_EVENTS)
        self._publisher = ""

    def begin(self, publisher: str) -> None:
        """Another run begins."""
        self._publisher = publisher
        self._events.clear()

    def note(self, message: Message) -> None:
        """Keep an event."""
        if isinstance(message, Event):
            self._events.append(to_map(message, self._publisher))

    def events(self) -> list[dict[str, Any]]:
        """Those that are kept, oldest first, as on the wire."""
        return list(self._events)


def state_text(state: dict[str, Any]) -> str:
    """The message that tells the desk's state."""
    return msgspec.json.encode({"v": 1, "type": KIND, **state}).decode()
