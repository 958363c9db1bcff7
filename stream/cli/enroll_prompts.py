"""The questions of `hnhar-enroll` and their answers: keys under a picture of the streams, or lines."""

import time
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Final, Protocol, Self

from rich.console import Group
from rich.live import Live
from rich.text import Text

from ..dashboard.keyboard import Keyboard
from .common import warn
from .console import SafeConsole

_FRAME: Final = 0.25
"""s between two drawings."""
_SHORT: Final = {"redo": "r", "cancel": "q", "quit": "q"}
"""Word -> the letter that it stands for, of a line; any other line is a mark."""
Picture = Callable[[list[Text], int, int], list[Text]]
"""Lines of the streams, columns and rows -> the lines of a picture."""
KEYS: Final = "Enter marks · r redo the last · q cancel"


class Answer(Enum):
    """The meaning of a key or of a line."""

    MARK = ""
    REDO = "r"
    CANCEL = "q"
    END = "the input has ended"


class Prompts(Protocol):
    """Questions to the person who performs, and their answers."""

    interactive: bool
    """True where keys are read: somebody sits there, who may change their mind."""

    def say(self, text: str) -> None:
        """Print a line."""

    def warn(self, text: str) -> None:
        """Print a line about trouble."""

    def look(self, text: str) -> Answer:
        """Show for a moment that streams are waited for; `MARK` unless the waiting is to end."""

    def ask(self, text: str) -> Answer:
        """Wait for an answer."""

    def count_down(self, seconds: int) -> Answer:
        """Count down before a performance; `MARK` when it begins."""


class LinePrompts:
    """Questions on stderr, and lines of input as answers: a program's, or those of a terminal that is dumb.

    Nothing is counted down: whoever writes the lines says the moment.
    """

    interactive = False

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._console = SafeConsole(stderr=True)
        self._shown = ""

    def say(self, text: str) -> None:
        """Print a line."""
        self._console.say(text)

    def warn(self, text: str) -> None:
        """Print a line about trouble."""
        warn(text)

    def look(self, text: str) -> Answer:
        """Print the text, unless it was the last one."""
        if text != self._shown:
            self._shown = text
            self.say(text)
        return Answer.MARK

    def line(self, text: str) -> str | None:
        """Print a question, and read a line; None at the end of the input."""
        self.say(text)
        return next(self._lines, None)

    def ask(self, text: str) -> Answer:
        """Print a question, and read a line: empty, or `r`, or `q`."""
        line = self.line(text)
        if line is None:
            return Answer.END
        try:
            return Answer(_SHORT.get(word := line.strip().lower(), word))
        except ValueError:
            return Answer.MARK

    def count_down(self, seconds: int) -> Answer:
        """Nothing: the line was the moment."""
        return Answer.MARK


class KeyPrompts:
    """Questions below a picture of the streams that is redrawn, and keys as answers. A context."""

    interactive = True

    def __init__(
        self, console: SafeConsole, keyboard: Keyboard, streams: Callable[[], Sequence[Text]]
    ) -> None:
        """`streams`: a line for each, as they are at this moment."""
        self._console = console
        self._keyboard = keyboard
        self._streams = streams
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        """Print a line above the picture."""
        self._console.say(text)

    def warn(self, text: str) -> None:
        """Print a line about trouble above the picture."""
        self._console.print(Text.assemble(("note: ", "yellow"), text), soft_wrap=True)

    def look(self, text: str) -> Answer:
        """Draw; `CANCEL` where that was pressed."""
        answer = self._next(Text(text), "q cancel")
        return answer if answer in (Answer.CANCEL, Answer.END) else Answer.MARK

    def ask(self, text: str) -> Answer:
        """Draw until a key is pressed that means something."""
        while True:
            if (answer := self._next(Text(text, "bold"), KEYS)) is not None:
                return answer

    def count_down(self, seconds: int) -> Answer:
        """Draw the seconds that are left; `REDO` and `CANCEL` end it."""
        over = time.monotonic() + seconds
        while (left := over - time.monotonic()) > 0:
            text = Text(f"  begin in {int(left) + 1} …", "bold")
            answer = self._next(text, "r not yet · q cancel", timeout=min(_FRAME, left))
            if answer is not None and answer is not Answer.MARK:
                return answer
        return Answer.MARK

    def keys_under(self, picture: Picture, timeout: float) -> str | None:
        """Draw another picture in place of this one, and wait a moment: the keys that were pressed; None
        where none can be read any more."""
        width, height = self._console.size
        self._live.update(Group(*picture(list(self._streams()), width, height - 1)), refresh=True)
        pressed = self._keyboard.keys(timeout).lower()
        return pressed if pressed or self._keyboard.active else None

    def _next(self, text: Text, keys: str, timeout: float = _FRAME) -> Answer | None:
        """Draw, and wait a moment for a key."""
        lines = [*self._streams(), text, Text(f"  {keys}", "dim")]
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        self._live.update(Group(*lines), refresh=True)
        for key in self._keyboard.keys(timeout).lower():
            if key in "\r\n ":
                return Answer.MARK
            if key in "rq":
                return Answer(key)
        return None if self._keyboard.active else Answer.END
