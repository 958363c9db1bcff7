"""A command of `hnhar-train`: its options and its work."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hnhar.model.serving import need_torch
from hnhar.stream.cli.common import guarded
from hnhar.stream.cli.parsing import Parser


@dataclass(frozen=True, slots=True)
class TrainProgram:
    """Options and work together, as `hnhar.stream.cli.commands.Program` asks for."""

    name: str
    options: Callable[[str], Parser]
    """From the command as the user typed it."""
    work: Callable[[argparse.Namespace], int]
    """The exit code."""
    learns: bool = True
    """True where it trains a network, or measures one as training does: by torch, which may be missing."""

    def main(self, argv: Sequence[str] | None = None, prog: str = "") -> int:
        """Run it with these words; the exit code."""

        def run() -> int:
            arguments = self.build_parser(prog).parse_args(argv)
            arguments.command = self.name
            if self.learns:
                need_torch(prog or f"hnhar-train {self.name}")
            return self.work(arguments)

        return guarded(run)

    def build_parser(self, prog: str = "") -> Parser:
        """Its options."""
        return self.options(prog or f"hnhar-train {self.name}")
