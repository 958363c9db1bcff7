"""Values of options: lists, and numbers within their bounds."""

import argparse
from collections.abc import Callable, Sequence

Group = argparse._ActionsContainer
"""A parser, or a group of its options."""


def split(text: str) -> Sequence[str]:
    """The parts of a comma-separated option."""
    return [part.strip() for part in text.split(",") if part.strip()]


def at_least(least: int) -> Callable[[str], int]:
    """The type of an option that is a whole number, `least` or more."""

    def whole(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, not {text}")
        return value

    return whole
