"""Channel labels into words: "AccX", "acc_x" and "ACC-X" differ only in how words are joined."""

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(label: str) -> tuple[str, ...]:
    """Lower-case words and numbers of a label, split at camel case and at whatever is no letter or digit.

    "HandLeft_X" -> ("hand", "left", "x"); "ACCX" -> ("accx",): glued capitals are told apart by who knows the
    words.
    """
    return tuple(word.lower() for word in _WORDS.findall(label))
