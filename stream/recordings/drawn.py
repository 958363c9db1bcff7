"""Drawn figures as files, whole or not at all; letters that the font lacks are boxes, and are told."""

import io
import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from hnhar.model.files import write_whole
from hnhar.model.labels import shortened

from ..printable import printable_lines

_LACKING: Final = re.compile(r"Glyph (\d+) .*missing from")
"""The warning with which matplotlib draws a box in the place of a letter."""


def write_drawn(drawn: Any, path: Path, **how: Any) -> str:
    """Write a matplotlib figure to a file of the kind that its ending names.

    Args:
        drawn: The figure; what is not printable in its texts becomes a space.
        path: In a folder that exists.
        how: Further arguments of matplotlib's `savefig`.

    Returns:
        The letters that are boxes in the figure, since its font lacks them; "" for none.

    Raises:
        OSError: As `write_whole`.
    """
    from matplotlib.text import Text

    for text in drawn.findobj(Text):
        shown = printable_lines(text.get_text()).replace("\t", " ")
        if shown != text.get_text():
            text.set_text(shown)
    picture = io.BytesIO()
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", _LACKING.pattern)
        drawn.savefig(picture, format=path.suffix[1:].lower(), **how)
    lacking = set()
    for warning in caught:
        if found := _LACKING.match(str(warning.message)):
            lacking.add(chr(int(found[1])))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    write_whole(path, picture.getvalue())
    return "".join(sorted(lacking))


def lacking_note(letters: Iterable[str]) -> str:
    """A sentence on the letters that are boxes in a figure, and what helps."""
    return (
        f"the figure has boxes for letters that its font lacks: {shortened(sorted(set(letters)))}. A file "
        "'matplotlibrc' here with the line 'font.family: NAME' draws them in an installed font that has them."
    )
