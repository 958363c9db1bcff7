"""Commands below one word, as of `hnhar` and `hnhar train`: explained together, and only one is imported."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.text import Text

from hnhar.model.errors import ConfigError

from .commands import Command, Program
from .common import guarded, warn
from .console import SafeConsole
from .entry import loading
from .parsing import Formatter, Parser, did_you_mean, parser, spelled, unknown_command

_HELP: Final = ("-h", "--help")
_STYLES: Final = Formatter.styles


@dataclass(frozen=True, slots=True)
class Extra:
    """An option of the family itself."""

    run: Callable[[Sequence[str]], int]
    """Gets the words after it; the exit code."""
    usage: str
    """The option with its value."""
    summary: str
    choices: tuple[str, ...] = ()
    """Its values; none where it takes no value."""


@dataclass(frozen=True, slots=True)
class Family:
    """A program whose first word is a command. It is a `Program` itself."""

    prog: str
    about: str
    """Purpose of its commands, in a sentence."""
    commands: Mapping[str, Command]
    epilog: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Older names of commands -> their names."""
    extras: Mapping[str, Extra] = field(default_factory=dict)
    greets: bool = False
    """Without a word it shows its overview; else that is an error."""

    def main(self, argv: Sequence[str] | None = None, prog: str = "") -> int:
        """Run the command that the first word names; the exit code."""
        words = sys.argv[1:] if argv is None else list(argv)
        return guarded(lambda: self._run(words, prog or self.prog))

    def build_parser(self, prog: str = "") -> Parser:
        """The whole tree of commands, all of them imported, for completion; one that is broken is told."""
        prog = prog or self.prog
        made = parser(prog, self.about)
        for name, extra in self.extras.items():
            if extra.choices:
                made.add_argument(name, choices=extra.choices, help=extra.summary)
            else:
                made.add_argument(name, action="store_true", help=extra.summary)
        below = made.add_subparsers(metavar="COMMAND")
        for name, command in self.commands.items():
            try:
                whole = command.load().build_parser(f"{prog} {name}")
            except (Exception, SystemExit) as error:  # a third party's command may raise anything
                warn(f"{prog} {name} is not completed: {error}")
                continue
            below.add_parser(name, help=command.summary, parents=[whole], add_help=False)
        return made

    def _run(self, words: list[str], prog: str) -> int:
        if words[:1] == ["help"]:
            words = [*words[1:], "--help"]
        if not words and not self.greets:
            listed = ", ".join(self.commands)
            raise ConfigError(f"{prog} needs a command: {listed}; {prog} --help explains them.")
        if not words or words[0] in _HELP:
            self._show(prog, whole=bool(words))
            return 0
        name, bound, value = words[0].partition("=")
        rest = [value, *words[1:]] if bound else words[1:]
        if name in self.extras:
            return self.extras[name].run(rest)
        if name.startswith("-"):
            near = did_you_mean(name, [*self.extras, *_HELP])
            raise ConfigError(f"unknown option {name}{near or f': {prog} takes a command first, see --help'}")
        command = self.commands.get(self.aliases.get(name, name))
        if command is None:
            raise ConfigError(unknown_command(prog, name, self.commands))
        program: Program = loading(command.load)
        return program.main(rest, f"{prog} {name}")

    def _show(self, prog: str, *, whole: bool) -> None:
        """The overview; with options and examples where it is to be `whole`."""
        console = SafeConsole()
        console.print(_line(("usage: ", "groups"), (prog, "prog"), (" COMMAND …", "args")))
        console.say(f"\n{spelled(self.about, prog)}")
        width = max(map(len, [*self.commands, *(extra.usage for extra in self.extras.values() if whole)]))
        for heading in dict.fromkeys(command.heading for command in self.commands.values()):
            console.print(_line((f"\n{heading or 'Commands'}:", "groups")))
            for name, command in self.commands.items():
                if command.heading == heading:
                    console.print(_line((f"  {name:{width}}", "args"), (f"  {command.summary}", "text")))
        if not whole:
            console.print(f"\n{prog} COMMAND --help explains one of them, {prog} --help shows more.")
            return
        console.print(_line(("\noptions:", "groups")))
        for extra in self.extras.values():
            console.print(_line((f"  {extra.usage:{width}}", "args"), (f"  {extra.summary}", "text")))
        console.print(_line((f"  {'--help':{width}}", "args"), ("  this; of a command, its options", "text")))
        if self.epilog:
            console.say(f"\n{spelled(self.epilog, prog)}")


def _line(*parts: tuple[str, str]) -> Text:
    """Parts, each in the style in which help shows such a thing."""
    return Text.assemble(*((text, _STYLES.get(f"argparse.{kind}", "")) for text, kind in parts))
