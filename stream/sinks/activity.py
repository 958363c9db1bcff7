"""Activity of each wearer as it stands, from events and predictions: for homes and game engines."""

from dataclasses import dataclass
from typing import Final

from hnhar.model.labels import UNKNOWN

from ..messages import Event, Message, Prediction

IDLE: Final = "idle"
"""Name of the time between two events."""


@dataclass(frozen=True, slots=True)
class CurrentActivity:
    """Activity of a wearer."""

    label: str
    """Activity between its onset and its offset, else `IDLE`."""
    confidence: float | None
    """Calibrated probability of `label` in the newest window; None where the weights have no such label."""
    since_unix_ns: int | None
    """Onset of the activity, Unix time in ns; None between activities, and where it is not known."""


class CurrentActivities:
    """Current activity of each wearer. Pure."""

    def __init__(self) -> None:
        self._going: dict[str, Event] = {}
        self.newest: dict[str, Prediction] = {}
        """Wearer -> their newest prediction."""

    def take(self, message: Message) -> None:
        """Note a message; statuses say nothing here."""
        if isinstance(message, Prediction):
            self.newest[message.wearer] = message
        elif isinstance(message, Event) and message.kind == "onset":
            self._going[message.wearer] = message
        elif isinstance(message, Event):
            going = self._going.get(message.wearer)
            if going is not None and going.id == message.id:
                del self._going[message.wearer]

    def of(self, wearer: str) -> CurrentActivity:
        """The activity of a wearer now."""
        going = self._going.get(wearer)
        label = IDLE if going is None else UNKNOWN if going.unknown else going.label
        newest = self.newest.get(wearer)
        return CurrentActivity(
            label,
            None if newest is None else newest.probabilities.get(label),
            None if going is None else going.onset_unix_ns,
        )
