"""Rate of predictions, and the knob of how soon an activity is decided."""

from .values import Group


def add_hop_option(group: Group, default: float | None = None) -> None:
    """--hop; `default` in s, None: that of the bundle."""
    group.add_argument(
        "--hop",
        type=float,
        default=default,
        metavar="S",
        help="seconds between two predictions "
        f"(default: {'that of the bundle' if default is None else f'{default:g}'})",
    )


def add_latency_option(group: Group) -> None:
    """--latency."""
    group.add_argument(
        "--latency",
        metavar="KNOB",
        help="how soon an activity is decided, at the price of errors: fast, balanced, sure, a number from 0 "
        "(early) to 1 (sure), or the median delay that you can afford, such as 1.2s (default: that of the "
        "bundle)",
    )
