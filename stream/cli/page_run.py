"""A run for the page: `hnhar stream` in a process of its own, whose messages go on to every browser."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from hnhar.model.errors import HnharError

from ..messages import Status
from ..page.server import Page
from ..publish.subscriber import Subscriber
from ..sinks.context import NamedWeights, SinkContext
from .page_child import Child

_PUBLISHING: Final = "publishing on "
_LOOK: Final = 0.25


class PageRun:
    """One run, from its start until it has ended."""

    def __init__(
        self, words: Sequence[str], page: Callable[[], Page], changed: Callable[[], None], topic_prefix: str
    ) -> None:
        """`words`: of `hnhar stream`; `changed` is called when it runs, and when it has ended."""
        self.running = False
        """Its messages come."""
        self.ran = False
        """Its messages came, once at least."""
        self.over = False
        self._page, self._changed, self._prefix = page, changed, topic_prefix
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._child = Child(
            ["stream", *words, "--no-dashboard", "--log-format", "json"],
            line=self._line,
            ended=self._ended,
        )

    @property
    def error(self) -> str:
        """Its error in its own words; "" for none, or for one that was stopped."""
        return "" if self._child.stopped else self._child.error

    @property
    def notes(self) -> list[str]:
        """Its notes."""
        return list(self._child.notes)

    def stop(self) -> None:
        """End it, and wait."""
        self._child.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def _line(self, text: str) -> None:
        if self._thread is None and text.startswith(_PUBLISHING):
            address = text.removeprefix(_PUBLISHING).strip()
            self._thread = threading.Thread(target=self._feed, args=(address,), name="page feed", daemon=True)
            self._thread.start()

    def _ended(self, child: Child) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5.0)
        self.running, self.over = False, True
        self._changed()

    def _feed(self, address: str) -> None:
        try:
            with Subscriber(address, topic_prefix=self._prefix) as subscriber:
                # what it says last comes before its end, and is waiting here
                while (received := subscriber.receive(_LOOK)) is not None or not self._stop.is_set():
                    if received is None or received.repeat:
                        continue
                    if isinstance(received.message, Status) and not self.running:
                        self._begin(received.publisher, received.message)
                    if self.running:
                        self._page().history.note(received.message)
                        self._page().hub.offer(received.message)
        except HnharError as error:
            self._child.error = self._child.error or str(error)

    def _begin(self, publisher: str, status: Status) -> None:
        wearers = tuple(dict.fromkeys(stream.wearer for stream in status.streams))
        personal = {wearer: NamedWeights(model, ()) for wearer, model in status.weights.items()}
        context = SinkContext(publisher, status.model, status.labels, wearers, personal=personal)
        self._page().history.begin(publisher)
        self._page().hub.greet(context)
        self.running = self.ran = True
        self._changed()
