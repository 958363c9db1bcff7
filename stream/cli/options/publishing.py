"""Topics and keys, which a publisher and its subscribers share."""

from ...publish.wire import TOPIC_PREFIX
from .values import Group


def add_topic_option(group: Group, default: str | None = TOPIC_PREFIX) -> None:
    """--topic-prefix; `default` is None where a file may set it too."""
    group.add_argument(
        "--topic-prefix",
        metavar="PREFIX",
        default=default,
        help=f"what every topic begins with (default: {TOPIC_PREFIX})",
    )


def add_curve_option(group: Group, metavar: str, use: str) -> None:
    """--curve-keys: a folder of keys where it is published, a file where it is read; `use`: its help."""
    group.add_argument("--curve-keys", metavar=metavar, help=f"{use} (default: nothing is encrypted)")
