"""Labels: those of channels into words ("AccX", "acc_x" and "ACC-X" differ only in how words are joined), and
those that no activity may have."""

import re
from collections.abc import Sequence

UNKNOWN = "unknown"
"""Label shown for a window that resembles nothing learned."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(label: str) -> tuple[str, ...]:
    """Lower-case words and numbers of a label, split at camel case and at whatever is no letter or digit.

    "HandLeft_X" -> ("hand", "left", "x"); "ACCX" -> ("accx",): glued capitals are split by callers that
    know the words.
    """
    return tuple(word.lower() for word in _WORDS.findall(label))


def reserved(label: str) -> bool:
    """True for a label that no activity may have, since it could not be told from `UNKNOWN`."""
    return label.strip().casefold() == UNKNOWN


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 event`, `2 events`; `plural` where that is not the noun with an s."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def shortened(names: Sequence[str], most: int = 20) -> str:
    """Names in one line, separated by commas; of more than `most` the first, and how many there are more."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
