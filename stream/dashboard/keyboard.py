"""Single keys from the terminal, without Enter and without echo; the terminal is given back at every exit."""

import atexit
import os
import re
import select
import sys
import time
from typing import Any, Final, Self, TextIO

try:
    import termios
except ImportError:  # Windows: keys are not read there
    termios = None  # type: ignore[assignment]

_MOST: Final = 256
"""bytes read at once, of a text that is pasted."""
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-9;?]*[@-~]|O.|[^[O])")
"""Escape sequences of arrows and the like; the key Esc alone is a key."""


class Keyboard:
    """Keys from standard input while the context lasts, where it is a terminal and we are in its foreground.

    Elsewhere (a pipe, a file, a job in the background, Windows) there are no keys, and nothing is changed.
    Ctrl-C and Ctrl-Z mean what they always do.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        """`file`: instead of standard input."""
        self._descriptor = _descriptor(sys.stdin if file is None else file)
        self._before: list[Any] | None = None
        """The terminal's settings as they were found."""

    @property
    def active(self) -> bool:
        """True while keys are read."""
        return self._before is not None

    def __enter__(self) -> Self:
        if self._descriptor is not None and self._in_foreground():
            try:
                self._before = termios.tcgetattr(self._descriptor)
                self._take()
            except (OSError, termios.error):
                self._before = None  # the terminal has just gone
            atexit.register(self._restore)  # for an exit that unwinds nothing
        return self

    def __exit__(self, *error: object) -> None:
        self._restore()

    def keys(self, timeout: float) -> str:
        """The keys pressed within `timeout` s, or "" where nothing was. Arrows and the like are left out."""
        if self._before is None or self._descriptor is None:
            return ""
        try:
            ready, _, _ = select.select([self._descriptor], [], [], timeout)
            if not self._in_foreground():
                if ready:  # for another program: it is there until that reads it
                    time.sleep(timeout)
                return ""
            self._take()  # a shell has its own settings after Ctrl-Z
            read = os.read(self._descriptor, _MOST) if ready else b""
        except (OSError, ValueError, termios.error):
            self._before = None  # the terminal has gone
            return ""
        if ready and not read:
            self._before = None  # its end: it would be ready for ever
        return _ESCAPES.sub("", read.decode(errors="ignore"))

    def _take(self) -> None:
        """No waiting for Enter, and no echo, unless that is so already."""
        if self._descriptor is None:
            return
        settings = termios.tcgetattr(self._descriptor)
        wanted = settings[3] & ~(termios.ICANON | termios.ECHO)
        if settings[3] != wanted:
            settings[3] = wanted
            settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._descriptor, termios.TCSANOW, settings)

    def _restore(self) -> None:
        before, self._before = self._before, None
        atexit.unregister(self._restore)
        if before is None or self._descriptor is None:
            return
        try:
            if self._in_foreground():
                termios.tcsetattr(self._descriptor, termios.TCSANOW, before)
        except (OSError, termios.error):
            return  # the terminal has gone: nothing is left to restore

    def _in_foreground(self) -> bool:
        """True where the terminal is ours to change: a job in the background would be stopped for it."""
        try:
            return self._descriptor is not None and os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:  # not the terminal that controls us, so that nothing is stopped for it
            return True


def _descriptor(file: TextIO | None) -> int | None:
    """The file's number where it is a terminal whose keys can be read."""
    if termios is None or file is None:
        return None
    try:
        number = file.fileno()
        return number if os.isatty(number) else None
    except (AttributeError, OSError, ValueError):
        return None
