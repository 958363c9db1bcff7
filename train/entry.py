"""`hnhar-train`, and what `hnhar` knows of it: quiet where Ctrl-C comes while Python still loads."""

from typing import Final

from hnhar.stream.cli.commands import Command
from hnhar.stream.cli.entry import run

TRAIN: Final = Command(
    "hnhar.train.cli.main", "learn from recordings, measure, and write bundles", "your own activities"
)
ADAPT: Final = Command(
    "hnhar.train.cli.adapt", "let weights learn one wearer, with labels or without", "your own activities"
)


def train() -> int:
    """`hnhar-train`."""
    return run("hnhar.train.cli.main")


def adapt() -> int:
    """`hnhar-adapt`."""
    return run("hnhar.train.cli.adapt")
