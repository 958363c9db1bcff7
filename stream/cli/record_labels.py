"""Labels by keys while streams are recorded: which key is which activity, and what goes on. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from hnhar.model.errors import ConfigError
from hnhar.model.labels import UNKNOWN, reserved

KEYS: Final = "1234567890abcdefghijklmnoprstuvwyz"
"""Keys of activities, in their order; x and q mean something else."""
ENDS: Final = " \r\n"
CANCELS: Final = "xX"
_LONGEST: Final = 64
"""Letters of a label."""


def checked(labels: Sequence[str]) -> list[str]:
    """The labels that somebody wants to give, each once. Raises ConfigError where one cannot be given."""
    for label in labels:
        if not label.isprintable() or "/" in label or len(label) > _LONGEST:
            raise ConfigError(
                f"--labels: {label[:40]!r} cannot be a label: it has to be printable, without '/', and "
                f"of {_LONGEST} letters at most."
            )
        if reserved(label):
            raise ConfigError(
                f"--labels: '{UNKNOWN}' is what hnhar says of what was never learned, and no label."
            )
    found = list(dict.fromkeys(" ".join(label.split()) for label in labels))
    if len(found) > len(KEYS):
        raise ConfigError(
            f"--labels names {len(found)} activities, and there are {len(KEYS)} keys: name those that "
            "are going to be done."
        )
    return found


class LabelKeys:
    """The keys of activities, of which one goes on at a time.

    A key begins its activity and ends it; another key ends it and begins its own. Each is a marker
    `label/start`, `label/stop`, or `label/cancel` where it does not count.
    """

    def __init__(self, labels: Sequence[str], mark: Callable[[str, float], None]) -> None:
        """`mark`: sends a marker, stamped on our clock, s."""
        self.keys = dict(zip(KEYS, labels, strict=False))
        """Key -> its label."""
        self.current: tuple[str, float] | None = None
        """What goes on, and since when, s."""
        self.done: Counter[str] = Counter()
        """Label -> times that it was done."""
        self.last = ""
        """The last thing that happened, in words."""
        self._mark = mark

    def press(self, key: str, moment: float) -> bool:
        """Do what a key means at a moment of our clock, s; False where it means nothing."""
        if key in ENDS:
            self.end(moment)
        elif key in CANCELS:
            self._cancel(moment)
        elif key.lower() in self.keys:
            label, before = self.keys[key.lower()], self.current
            self.end(moment)
            if before is None or before[0] != label:
                self._mark(f"{label}/start", moment)
                self.current = label, moment
                self.last = f"{label} begins"
        else:
            return False
        return True

    def end(self, moment: float) -> None:
        """End what goes on, if anything does."""
        if self.current is not None:
            label, since = self.current
            self._mark(f"{label}/stop", moment)
            self.current = None
            self.done[label] += 1
            self.last = f"{label}, {moment - since:.1f} s"

    def _cancel(self, moment: float) -> None:
        if self.current is not None:
            label, _ = self.current
            self._mark(f"{label}/cancel", moment)
            self.current = None
            self.last = f"{label} does not count"
