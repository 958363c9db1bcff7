"""The dashboard in a terminal: a thread draws what it is fed until stopped, and puts the terminal back."""

import logging
import os
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Self

from rich.console import Console
from rich.live import Live

from hnhar.model.errors import ConfigError

from ..messages import Message
from .keyboard import Keyboard
from .render import render
from .state import DashboardState

_FRAME: Final = 0.1
"""s between two frames while messages come."""
_IDLE_FRAME: Final = 0.5
"""s between two frames while none come: ages go on, and the terminal may have another size."""
_KEY: Final = 0.1
"""s that a key is waited for before it is looked whether all is over."""
_QUEUE: Final = 4096
"""Messages that wait to be drawn; beyond it the oldest are left out."""
_KEPT: Final = 16_384
"""bytes of what was printed behind the dashboard that are shown after it."""

_log = logging.getLogger(__name__)


class LiveDashboard:
    """A dashboard on the alternate screen while the context lasts.

    Its thread alone draws; `feed`, `set_link` and `set_markers` may be called from any thread and
    never wait for the terminal. What others print to stderr meanwhile, liblsl included, appears afterwards.
    Where standard input is a terminal, `q` calls `on_quit` and `?` shows and hides the help.
    """

    def __init__(
        self,
        state: DashboardState | None = None,
        *,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_quit: Callable[[], None] | None = None,
    ) -> None:
        """`on_quit` None reads no keys. Raises ConfigError where standard output is no terminal."""
        self._console = console or Console()
        if not self._console.is_terminal or self._console.is_dumb_terminal:
            found = "TERM says that it is dumb" if self._console.is_terminal else "standard output is none"
            raise ConfigError(f"the dashboard needs a terminal, and {found}: use --no-dashboard or --json")
        self.failed = False
        """True once drawing broke off; the reason was logged."""
        self._state = state or DashboardState()
        self._clock = clock
        self._queue: deque[tuple[Message, float]] = deque(maxlen=_QUEUE)
        self._link: tuple[bool, int, str] | None = None
        self._markers = ""
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._on_quit = on_quit
        self._keyboard = Keyboard()
        self._thread = threading.Thread(target=self._run, name="dashboard", daemon=True)
        self._keys = threading.Thread(target=self._listen, name="dashboard-keys", daemon=True)

    def feed(self, message: Message) -> None:
        """Show a message. Never blocks."""
        self._queue.append((message, self._clock()))
        self._wake.set()

    def set_link(self, connected: bool, lost: int, refusal: str = "") -> None:
        """Set the state of the connection to a remote publisher, and its reason for a refusal."""
        self._link = (connected, lost, refusal)

    def set_markers(self, text: str) -> None:
        """Set the state of the marker stream that a run is scored against."""
        self._markers = text
        self._wake.set()

    def __enter__(self) -> Self:
        if self._on_quit is not None:
            self._keyboard.__enter__()
        self._state.keys = self._keyboard.active
        self._thread.start()
        if self._keyboard.active:
            self._keys.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._wake.set()
        if self._keys.is_alive():
            self._keys.join()
        self._keyboard.__exit__(*error)
        self._thread.join()

    def _run(self) -> None:
        try:
            with _behind(self._console), Live(console=self._console, screen=True, auto_refresh=False) as live:
                while not self._stopping.is_set():
                    self._draw(live)
                    self._wake.wait(_IDLE_FRAME)
                    self._wake.clear()
                    # messages come in bursts of a batch: one frame for all of them
                    self._stopping.wait(_FRAME)
        except Exception:
            # recognition and publishing go on without the picture
            self.failed = True
            _log.exception("the dashboard failed and was closed")

    def _listen(self) -> None:
        """Do what keys say, until it is over."""
        while self._keyboard.active and not self._stopping.is_set():
            for key in self._keyboard.keys(_KEY):
                if key in "qQ" and self._on_quit is not None:
                    self._on_quit()
                elif key == "?":
                    self._state.help = not self._state.help
                    self._wake.set()

    def _draw(self, live: Live) -> None:
        width, height = self._console.size
        self._take()
        live.update(render(self._state, self._clock(), width, height), refresh=True)

    def _take(self) -> None:
        while self._queue:
            message, arrived = self._queue.popleft()
            self._state.update(message, arrived)
        if self._link is not None:
            self._state.connected, self._state.lost, self._state.refusal = self._link
        self._state.markers = self._markers


@contextmanager
def _behind(console: Console) -> Iterator[None]:
    """Keep file descriptor 2, where C libraries write, off the terminal; print its end when this is over."""
    try:
        descriptor = sys.__stderr__.fileno() if sys.__stderr__ is not None else -1
    except (OSError, ValueError):
        descriptor = -1
    if descriptor < 0 or not os.isatty(descriptor):
        # a log file of the user's stays what it is
        yield
        return
    console.file.flush()
    with tempfile.TemporaryFile() as kept:
        terminal = os.dup(descriptor)
        os.dup2(kept.fileno(), descriptor)
        try:
            yield
        finally:
            os.dup2(terminal, descriptor)
            size = os.fstat(kept.fileno()).st_size
            kept.seek(max(0, size - _KEPT))
            os.write(terminal, kept.read())
            os.close(terminal)
