"""Errors of a command as one line, and signals as an event."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

from rich.markup import escape

from hnhar.model.errors import HnharError

from ..printable import printable, printable_lines
from .console import SafeConsole
from .entry import INTERRUPTED
from .logs import as_json
from .parsing import as_typed

EXIT_BROKE_OFF = 1
"""Something of ours failed: worth a restart, and a report."""
EXIT_ERROR = 2
"""A request that cannot be met."""
LIST: Final = ":\n  "
"""Begins a list in a message, one entry a line."""
_NAP: Final = 0.25
"""s, the longest sleep of `Stop.wait` in one piece."""

_log = logging.getLogger(__name__)


class Stop(threading.Event):
    """Set by Ctrl-C and SIGTERM."""

    def __init__(self) -> None:
        super().__init__()
        # the handler of a signal runs in the midst of the main thread's `wait`, which may hold the lock
        self._cond = threading.Condition(threading.RLock())
        self.code = 0
        """Exit code of a run that is stopped: 130 after Ctrl-C, else 0."""
        self._interrupts = False

    def wait(self, timeout: float | None = None) -> bool:
        """As `threading.Event`; a signal that comes just before it sleeps is seen within `_NAP` s."""
        over = float("inf") if timeout is None else time.monotonic() + timeout
        while not self.is_set() and (left := over - time.monotonic()) > 0:
            super().wait(min(left, _NAP))
        return self.is_set()

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """While it lasts, a signal raises SystemExit or KeyboardInterrupt too: for work that takes seconds
        and looks at no event, such as loading torch."""
        self._interrupts = True
        try:
            if self.is_set():
                raise SystemExit(self.code)
            yield
            if self.is_set():  # somebody's clean-up code swallowed it
                raise SystemExit(self.code)
        except Exception as error:
            if self.is_set():  # or it came where compiled code made another error of it
                raise SystemExit(self.code) from error
            raise
        finally:
            self._interrupts = False

    def signaled(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signals."""
        again = self.is_set()
        if number == signal.SIGINT:
            self.code = INTERRUPTED
        self.set()
        if number == signal.SIGINT and (again or self._interrupts):
            raise KeyboardInterrupt
        if self._interrupts:
            raise SystemExit(0)


def guarded(run: Callable[[], int]) -> int:
    """Exit code of `run()`: 2 after an HnharError, printed as `error: …` on stderr; 130 after Ctrl-C.

    Any other failure is one line too (exit code 1), with its trace in the log at level debug.
    """
    try:
        return run()
    except HnharError as error:
        complain(str(error))
        return EXIT_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our standard output has gone (`| head`): nothing is left to say, nor to flush at exit.
        sys.stdout = None
        return 0
    except SystemExit as ended:
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        sys.stdout = None  # the same, as rich tells it
        return 0
    except Exception as error:
        _log.debug("it failed", exc_info=True)
        complain(f"an unexpected {type(error).__name__}: {error}. Please report this.")
        return EXIT_BROKE_OFF


def leave(code: int) -> NoReturn:
    """End this process now, after everything was closed: taking torch apart may need a second more."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # nobody reads it any longer
            stream.flush()
    os._exit(code)


def say(text: str) -> None:
    """Print text on standard output, word for word."""
    SafeConsole().say(text)


def complain(text: str) -> None:
    """Print `error: text` on stderr, commands spelled as typed; a line of the log where that is JSON."""
    _tell("[bold red]error:[/]", text, logging.ERROR)


def warn(text: str) -> None:
    """Print `note: text` on stderr, commands spelled as typed; a line of the log where that is JSON."""
    _tell("[yellow]note:[/]", text, logging.WARNING)


def _tell(heading: str, text: str, level: int) -> None:
    text = as_typed(text)
    if as_json():
        _log.log(level, text)
    else:
        shown = _listed(text) if LIST in text else printable(text)
        SafeConsole(stderr=True).print(f"{heading} {escape(shown)}", soft_wrap=True)


def _listed(text: str) -> str:
    """A message with a list, one entry a line; none of its lines looks like another message's first."""
    first, *rest = printable_lines(text).replace("\t", " ").split("\n")
    return "\n".join([first, *(f"  {line}" for line in rest)])


@contextmanager
def stopping() -> Iterator[Stop]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C interrupts at once. For the main thread."""
    event = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = {number: signal.signal(number, event.signaled) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
