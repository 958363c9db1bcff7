"""A command of hnhar in a process of its own: its lines, its words of trouble, its end."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Final

from hnhar.model.errors import ConfigError

_LONGEST: Final = 1 << 20
"""bytes of a line."""
_KEPT: Final = 50
_PATIENCE: Final = 12.0
"""s for a child to end by itself."""
_PROGRAM: Final = "from hnhar.stream.cli.entry import hnhar; raise SystemExit(hnhar())"


class Child:
    """`hnhar NAME …`, from now until it ends or is stopped."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        line: Callable[[str], None],
        ended: Callable[["Child"], None],
    ) -> None:
        """`line` gets each line of standard output, `ended` the child when it is over; in threads.

        Raises ConfigError where it cannot be begun.
        """
        self.notes: deque[str] = deque(maxlen=_KEPT)
        """Its notes."""
        self.error = ""
        """Its error, in its own words; "" for none."""
        self.code: int | None = None
        """Exit code; None while it runs."""
        self.stopped = False
        """It was asked to end."""
        self._line, self._ended = line, ended
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "10000", "NO_COLOR": "1"},
            )
        except (OSError, ValueError) as error:  # ValueError: a word has a letter that none can have
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ConfigError(f"hnhar {words[0]} cannot be started: {reason}.") from error
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._threads = [
            threading.Thread(target=self._read, args=(self._process.stdout, line), daemon=True),
            threading.Thread(target=self._read, args=(self._process.stderr, self._trouble), daemon=True),
        ]
        self._watch = threading.Thread(target=self._wait, name="page child", daemon=True)
        for thread in (*self._threads, self._watch):
            thread.start()

    def say(self, text: str) -> None:
        """A line of standard input."""
        stdin = self._process.stdin
        with suppress(OSError, ValueError):  # it has just ended, and says so itself
            if stdin is not None:
                stdin.write(f"{text}\n".encode())
                stdin.flush()

    def stop(self, patience: float = _PATIENCE) -> None:
        """Ask it to end, and wait; after `patience` s it is ended."""
        self.stopped = True
        if self._process.poll() is None:
            with suppress(OSError):
                self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self.error = self.error or f"it did not end within {patience:g} s, and was ended."
        self._watch.join(patience)

    def _read(self, stream: IO[bytes], take: Callable[[str], None]) -> None:
        with suppress(OSError, ValueError):
            while read := stream.readline(_LONGEST):
                take(read.decode("utf-8", "replace").rstrip("\r\n"))

    def _trouble(self, text: str) -> None:
        """A line of standard error: of a log in JSON, or of a person's."""
        level, words = "", text
        with suppress(ValueError, AttributeError):
            fields = json.loads(text)
            level, words = str(fields.get("level", "")), str(fields.get("message", ""))
        if text.startswith("error: "):
            level, words = "error", text.removeprefix("error: ")
        elif text.startswith("note: "):
            level, words = "warning", text.removeprefix("note: ")
        if level == "error":
            self.error = words
        elif level == "warning":
            self.notes.append(words)

    def _wait(self) -> None:
        code = self._process.wait()
        for thread in self._threads:
            thread.join(5.0)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        self.code = code
        if code not in (0, 130) and not self.stopped and not self.error:
            how = f"signal {-code} from outside" if code < 0 else f"exit code {code}, and no word"
            self.error = f"it ended by {how}. Start it again."
        self._ended(self)
