"""A directive that shows what `COMMAND --help` says, from the parser itself, subcommands too."""

import argparse
import os
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDTH = 88
"""Columns of the help: no line of it is to be scrolled."""


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser, and those of its subcommands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in dict.fromkeys(action.choices.values()):
                yield from parsers(child)


class CommandHelp(SphinxDirective):
    """`{command-help} NAME`: the help of `hnhar NAME`, a section for each subcommand."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The literal blocks. A command that is not there ends the build."""
        from hnhar.stream.cli.commands import command_of

        name = self.arguments[0]
        os.environ.update(COLUMNS=str(WIDTH), NO_COLOR="1")
        program = f"hnhar {name}"
        shown: list[nodes.Node] = []
        for parser in parsers(command_of(name).load().build_parser(program)):
            text = parser.format_help().rstrip()
            if parser.prog != program:
                shown.append(nodes.rubric("", parser.prog))
            shown.append(nodes.literal_block(text, text, language="text"))
        return shown


def setup(app: Sphinx) -> dict[str, Any]:
    """Registers the directive."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True}
