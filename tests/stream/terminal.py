"""A program in a terminal of its own, as somebody sits before it."""

import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

DEADLINE: Final = 60.0
"""s that are waited for anything."""
_CODES: Final = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")
_CONTROLLED: Final = (
    "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
)
"""Makes standard input the terminal that controls the process, and runs its arguments; Ctrl-C counts there
also where the tests run in the background of a shell, which ignores it."""


class Terminal:
    """A process, and the other side of the terminal that it runs in."""

    def __init__(
        self, command: Sequence[str], *, columns: int = 80, rows: int = 24, **environment: str
    ) -> None:
        self._side, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        unset = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
        kept = {key: value for key, value in os.environ.items() if key not in unset}
        self.before = termios.tcgetattr(theirs)
        """The terminal's settings before the process began."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _CONTROLLED, *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env=kept | {"TERM": "xterm-256color"} | environment,
        )
        self._theirs = theirs  # kept open, so that the settings can be looked at when the process has ended
        self._written = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)
        os.close(self._theirs)
        self._reader.join(DEADLINE)
        os.close(self._side)

    @property
    def text(self) -> str:
        """All that was written, without escape codes."""
        return _CODES.sub("", self._written)

    @property
    def written(self) -> str:
        """All that was written."""
        return self._written

    def until(self, pattern: str, since: int = 0) -> int:
        """Wait for a pattern in `text`, from its character `since` on; where what was found ends."""
        with self._changed:
            found = self._changed.wait_for(lambda: re.search(pattern, self.text[since:]), DEADLINE)
        assert found, (pattern, self.text[-3000:])
        return since + found.end()

    def press(self, keys: str) -> None:
        os.write(self._side, keys.encode())

    @property
    def settings(self) -> list[Any]:
        return termios.tcgetattr(self._theirs)

    def end(self, number: signal.Signals | None = None) -> int:
        """Signal it, and wait: the exit code."""
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(DEADLINE)

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._side, 65536)
            except OSError:  # every other side is closed
                return
            if not part:
                return
            with self._changed:
                self._written += part.decode(errors="replace")
                self._changed.notify_all()
