"""Headings of channels as senders and tables write them: a label, and in brackets behind it a unit."""

import re
from typing import Final

from . import units

_BRACKETED: Final = re.compile(r"(?:\[(?P<square>[^\[\]]*)\]|\((?P<round>(?:[^()]|\([^()]*\))*)\))$")
_OTHER_UNITS: Final = frozenset(
    (
        *("v", "mv", "uv", "µv", "volt", "volts", "lsb", "count", "counts", "raw", "adc", "tick", "ticks"),
        *("rpm", "hz", "deg", "degree", "degrees", "°", "rad", "radian", "radians", "°c", "c", "%", "px"),
        *("pixel", "pixels", "norm", "normalized", "in", "inch", "inches", "ft", "feet", "t", "ut", "µt"),
        *("gauss", "mgauss", "n", "pa", "hpa"),
    )
)
"""Units that none of ours is, written in lower case: what has one is refused, and never guessed at."""


def heading(text: str) -> tuple[str, str]:
    """Label and unit of a channel's heading, "" where it gives none.

    What stands in square brackets is the unit; in round ones it may be something else, as in `acc (x)`.

    >>> heading("acc_x [m/s²]"), heading("Gyro Z (rad/s)"), heading("acc (x)")
    (('acc_x', 'm/s²'), ('Gyro Z', 'rad/s'), ('acc (x)', ''))
    """
    stripped = text.strip()
    found = _BRACKETED.search(stripped)
    label = stripped[: found.start()].strip() if found else ""
    if found is None or not label:
        return stripped, ""
    square, rounded = found["square"], found["round"]
    if square is not None and square.strip().lower() not in ("x", "y", "z"):
        return label, square.strip()
    if rounded is not None and _is_unit(rounded):
        return label, rounded.strip()
    return stripped, ""


def one_unit(written: str, headed: str) -> str:
    """The unit of a channel whose meta-data and heading each may give one.

    Two that contradict each other are no unit that is known, so that the stream is refused with both.
    """
    if not written or not headed:
        return written or headed
    first, second = units.unit(written), units.unit(headed)
    if written == headed or (first is not None and first == second) or second is None:
        return written
    return f"{written} ({headed} in its label)"


def _is_unit(text: str) -> bool:
    plain = text.strip().lower()
    return units.unit(text) is not None or plain in _OTHER_UNITS or "/" in plain or "²" in plain
