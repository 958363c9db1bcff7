"""Protocol of a sink: it takes the messages of a run, live or over a recording."""

from typing import Protocol

from ..messages import Message


class Sink(Protocol):
    """Something that takes messages: a file, a socket, a dashboard. Subclass it for the defaults.

    Sinks that `--sink` names are found by the entry points `hnhar.sinks` (docs/extending.md).
    """

    prompt: bool = False
    """`take` never waits for anything, whatever happens: it is called in the thread that recognizes. Where it
    is False, `--sink` gives the sink a thread of its own."""

    def take(self, message: Message) -> None:
        """Take one; in the order in which they are made, from one thread."""

    def close(self) -> None:
        """The run is over: no message comes any more. Nothing is to be done, unless a sink says otherwise."""
        return
