"""The commands of `hnhar`: each is named by an entry point, and only the one that is meant is imported.

A package adds a command `NAME` by an entry point of the group `hnhar.commands`, whose value is a `Command`:

    [project.entry-points."hnhar.commands"]
    NAME = "package.commands:NAME"

This file imports nothing that takes time.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from hnhar.model import plugins
from hnhar.model.errors import ConfigError

if TYPE_CHECKING:
    from .parsing import Parser

GROUP: Final = "hnhar.commands"


class Program(Protocol):
    """A module, or an object in one, that is a command."""

    def main(self, argv: Sequence[str] | None = None, prog: str = ...) -> int:
        """Run it with these words (None: those of the command line); the exit code. Ends with no exception
        for what is the user's."""

    def build_parser(self, prog: str = ...) -> "Parser":
        """Its options, for completion."""


class Command(NamedTuple):
    """Import path of a command, and its line in the overview."""

    target: str
    """`package.module`, or `package.module:object`: a `Program`."""
    summary: str
    """Its purpose, in a line that begins with a small letter."""
    heading: str = ""
    """Group of the overview that it stands in; "" where there is one only."""
    problem: str = ""
    """Reason why it cannot be loaded; "" while none is known."""

    def load(self) -> Any:
        """The `Program`, imported. Raises ConfigError where it cannot be."""
        if self.problem:
            raise ConfigError(self.problem)
        module, _, name = self.target.partition(":")
        try:
            loaded = import_module(module)
            return getattr(loaded, name) if name else loaded
        except (Exception, SystemExit) as error:  # a third party's module may raise anything
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise ConfigError(f"the command in {self.target} cannot be loaded: {reason}") from error


LIVE: Final = "live"
OWN: Final = "your own activities"
HELP: Final = "help"

STREAM: Final = Command("hnhar.stream.cli.stream", "recognize activities live, or in a recording", LIVE)
WATCH: Final = Command("hnhar.stream.cli.watch", "what a running recognizer publishes", LIVE)
PAGE: Final = Command("hnhar.stream.cli.page", "everything from one page in a browser", LIVE)
DOCTOR: Final = Command("hnhar.stream.cli.doctor", "which streams there are, and what can take them", LIVE)
PHONE: Final = Command("hnhar.stream.cli.phone", "phones and watches as streams, by a QR code", LIVE)
REPLAY: Final = Command("hnhar.stream.cli.replay", "play recordings as live streams", LIVE)
CAMERA: Final = Command("hnhar.stream.cli.camera", "a webcam or a video as a stream of a skeleton", LIVE)
RECORD: Final = Command("hnhar.stream.cli.record", "streams and labels into an XDF file", OWN)
LABEL: Final = Command("hnhar.stream.cli.label", "correct the labels of a recording", OWN)
ENROLL: Final = Command("hnhar.stream.cli.enroll", "teach a new activity from a few examples", OWN)
FLEET: Final = Command("hnhar.stream.cli.fleet", "many wearers, on the machines of a Ray cluster", LIVE)
KEYS: Final = Command("hnhar.stream.cli.keys", "keys of an encrypted publisher and its readers", LIVE)
REPORT: Final = Command("hnhar.stream.cli.report", "the phases of each Timed Up and Go, on a page", LIVE)
DOCS: Final = Command("hnhar.stream.cli.docs", "the documentation, which is installed too", HELP)


def command_of(name: str) -> Command:
    """The command that a package registered. Raises ConfigError where there is none, or it is broken."""
    found = plugins.load(GROUP, name, "command")
    if not isinstance(found, Command):
        raise ConfigError(
            f"the command '{name}' is broken: a {type(found).__name__}, and no Command, is registered"
        )
    return found


def names() -> list[str]:
    """Names of the commands of all installed packages, sorted."""
    return plugins.names(GROUP)
