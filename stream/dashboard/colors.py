"""Colors of the dashboard: one for each label, the same all over a run. Pure.

Only the terminal's own named colors and styles are used, so that light and dark terminals both stay readable
(yellow is left out: it is not on white), and none of them is the only sign of anything: heights, words and
glyphs say the same.
"""

from collections.abc import Sequence
from typing import Final

from rich.style import Style

_COLORS: Final = ("blue", "magenta", "green", "cyan", "red")
QUIET: Final = Style(dim=True)
"""Whatever is there but not to be looked at."""


def style_of(label: str, labels: Sequence[str], *, idle: str = "idle") -> Style:
    """The style of a label, the same all over a run: colors go round in the order of `labels`."""
    if label == idle or label not in labels:
        return Style()
    active = [name for name in labels if name != idle]
    return Style(color=_COLORS[active.index(label) % len(_COLORS)], bold=True)
