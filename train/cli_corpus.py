"""`hnhar-train corpus`: a bundle from your own recordings. This file only translates options."""

from typing import Any


def add_corpus_command(commands: Any, formatter: Any) -> None:
    """Register `corpus` with the sub-parsers of `hnhar-train`."""
