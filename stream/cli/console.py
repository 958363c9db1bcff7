"""The console that commands print on: whatever it is given, it neither commands the terminal nor ends a run.

Names of streams, files and labels come from elsewhere and may hold control characters; whoever reads our
standard output may go away (`| head -1`) before files are written.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from ..printable import printable_lines


class SafeConsole(Console):
    """A console of rich, with three promises.

    What cannot be printed is a space, in what is laid out and in what is written. Without a terminal there is
    no escape code, whatever the environment says of colors (with one, `NO_COLOR` and `TERM=dumb` are
    respected). Where the reader has gone, nothing more is printed, and nothing is raised.
    """

    def __init__(self, *, stderr: bool = False, file: TextIO | None = None, width: int | None = None) -> None:
        """`file`: instead of standard output, or of standard error; `width` in columns, of the terminal."""
        out = file or (sys.stderr if stderr else sys.stdout)
        super().__init__(
            stderr=stderr,
            file=file,
            width=width,
            highlight=False,
            emoji=False,  # a name such as "left:x:" is no picture
            force_terminal=is_terminal(out),
        )

    @property
    def draws(self) -> bool:
        """True where a picture can be drawn over what was drawn before: in a terminal that is not dumb."""
        return self.is_terminal and not self.is_dumb_terminal

    def print(self, *objects: Any, soft_wrap: bool | None = None, **options: Any) -> None:
        """As `rich.console.Console`; `soft_wrap` wraps between words in a terminal, and nowhere else."""
        super().print(*objects, soft_wrap=bool(soft_wrap) and not self.is_terminal, **options)

    def say(self, text: str, style: str = "") -> None:
        """Print text word for word: neither markup nor emoji codes nor codes of a terminal take effect."""
        self.print(text, style=style, markup=False, soft_wrap=True)

    def render_str(self, text: str, **options: Any) -> Text:
        """Text of a string as `rich.console.Console` makes it, of what can be printed."""
        return super().render_str(printable_lines(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Segments as `rich.console.Console` makes them, of what can be printed."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control or text.isprintable() else Segment(printable_lines(text), style)

    def on_broken_pipe(self) -> None:
        """Print nothing more; rich would end the process, before its files are written."""
        self.quiet = True
        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.file.fileno())
            os.close(nowhere)


def is_terminal(file: TextIO | None) -> bool:
    """True for a stream that leads to a terminal; False where it is closed or there is none."""
    try:
        return file is not None and file.isatty()
    except ValueError:
        return False
