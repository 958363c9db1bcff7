"""Recordings that are composed when they are opened, and the speed at which one is gone through."""

import argparse

from .compute import add_seed_option
from .values import Group

COMPOSED = (
    "an .xdf, .xdfz, .csv, .c3d, .bvh or .mvnx file, a video, a folder or .zip of .csv files, a UTD-MHAD "
    "trial, a folder of them (composed into a session), or 'synthetic'"
)
"""Recordings that may be opened, as help names them."""


def add_composition_options(group: Group, placement: str | None = None) -> None:
    """--subject, --placement, --seed of a composed or synthetic recording.

    Args:
        group: Gets the options.
        placement: Default of --placement; None: the weights say where the IMU was.
    """
    group.add_argument(
        "--subject",
        type=int,
        metavar="N",
        help="for a folder of UTD-MHAD: a subject; for synthetic: a person's number (default: the first)",
    )
    group.add_argument(
        "--placement",
        choices=("wrist", "thigh"),
        default=placement,
        help="for a folder of UTD-MHAD: the actions with the IMU at the wrist or the thigh "
        f"(default: {placement or 'as the weights'})",
    )
    add_seed_option(group, "a session that is synthetic, or composed of a folder of UTD-MHAD")


def speed_of(text: str) -> float:
    """Times as fast as it was. Raises ArgumentTypeError."""
    from ...lsl.player import MAX_SPEED

    if text == "max":
        return MAX_SPEED
    value = number(text)
    if not 0.01 <= value <= MAX_SPEED:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.01 and {MAX_SPEED:g}, nor max")
    return value


def seconds(text: str) -> float:
    """Seconds from the beginning of a recording. Raises ArgumentTypeError."""
    value = number(text)
    if not 0 <= value < 1e7:
        raise argparse.ArgumentTypeError(f"{text} is no time in seconds from the beginning")
    return value


def number(text: str) -> float:
    """A number. Raises ArgumentTypeError."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no number") from None
