"""Completion for shells, of `hnhar` and of the commands with a hyphen: commands, options, files, choices."""

import argparse
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Final

import shtab

from .commands import Program
from .family import Family

_FILES: Final = ("FILE", "BUNDLE", "WEIGHTS")
_FOLDERS: Final = ("DIR",)
"""Beginnings of metavars of arguments whose values are files, or folders."""


def script(family: Family, shell: str) -> str:
    """The completion of `family`, and of each of its commands that has a console command of its own.

    Args:
        family: `hnhar`; all its commands are imported.
        shell: One of bash, zsh, tcsh.
    """
    scripts = [_completed(family.build_parser(), shell, family.prog)]
    alone = {point.name for point in entry_points(group="console_scripts")}
    for name, command in family.commands.items():
        hyphenated = f"{family.prog}-{name}"
        if hyphenated in alone:
            program: Program = command.load()
            # another prefix than that of the subcommand, or they would share their shell variables
            scripts.append(_completed(program.build_parser(hyphenated), shell, f"alone_{name}"))
    return "\n".join(scripts)


def _completed(parser: argparse.ArgumentParser, shell: str, prefix: str) -> str:
    for action in _actions(parser):
        if isinstance(action.metavar, str) and action.choices is None:
            if action.metavar.startswith(_FILES):
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            elif action.metavar.startswith(_FOLDERS):
                action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    return str(shtab.complete(parser, shell=shell, root_prefix=prefix))


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments of a parser and of those below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in dict.fromkeys(action.choices.values()):
                yield from _actions(below)
