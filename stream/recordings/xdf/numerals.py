"""Numbers in the XML of a file that its reader does not understand, written so that it does.

pyxdf ends with an error at a footer whose count of samples is "1500.0", and at a rate of "50 Hz". What is
written in their place has as many bytes, so every chunk stays where it is.
"""

import math
import re
from typing import Final

_ELEMENT: Final = re.compile(rb"<(sample_count|channel_count|nominal_srate)>([^<]*)</\1>")
_EMPTY: Final = re.compile(rb"<info>\s+</info>")
_LEADING: Final = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)")


def mended(xml: bytes) -> bytes:
    """The same text, as long in bytes, with counts that are integers and a rate that is a number.

    A count of samples that is no number gets another name, since it may be left out; one of channels stays
    as it is.
    """
    return _EMPTY.sub(lambda found: b"<info/>".ljust(len(found[0])), _ELEMENT.sub(_rewritten, xml))


def _rewritten(found: re.Match[bytes]) -> bytes:
    name, raw = found[1].decode(), found[2]
    text = raw.decode("utf-8", "replace")
    number = _number(text)
    if name == "nominal_srate":
        plain = _is_float(text)
        new = text if plain else f"{number:g}" if math.isfinite(number) else "0"
    elif _is_int(text):
        return found[0]
    elif number.is_integer():
        new = str(int(number))
    elif name == "sample_count":
        return found[0].replace(b"sample_count", b"sample-count")
    else:
        return found[0]
    if text == new or len(new) > len(raw):
        return found[0]
    return found[0].replace(b">" + raw + b"<", b">" + new.encode().ljust(len(raw)) + b"<", 1)


def _number(text: str) -> float:
    """The number at the beginning of a text; NaN where there is none."""
    found = _LEADING.match(text)
    return float(found[1].replace(",", ".")) if found else math.nan


def _is_int(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
