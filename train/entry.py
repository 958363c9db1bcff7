"""`hnhar-train` as a console command: quiet where Ctrl-C comes while Python still loads."""

from hnhar.stream.cli.entry import run


def train() -> int:
    """`hnhar-train`."""
    return run("hnhar.train.cli.main")
