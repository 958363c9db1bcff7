"""The way in which somebody who performs is asked."""

from .values import Group


def add_prompts_option(group: Group) -> None:
    """--prompts."""
    group.add_argument(
        "--prompts",
        choices=("auto", "json"),
        default="auto",
        help="auto: by keys in a terminal, by lines elsewhere; json: by lines of JSON, for a program that "
        "shows them (default: auto)",
    )
