"""The dashboard's memory of messages. Pure: `now` is an argument, s on a clock without jumps."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from ..messages import Event, Message, Prediction, Status
from ..printable import printable

HISTORY: Final = 60.0
"""s of the timeline."""
_EVENTS: Final = 32
"""Activities remembered per wearer."""


@dataclass(slots=True)
class Activity:
    """An activity as its onset and offset told."""

    id: int
    label: str
    onset: float
    confidence: float
    duration: float | None
    """s; None while it goes on."""
    decided: float
    unknown: bool = False
    """True where it resembles nothing that was learned."""
    count: int = 0
    """Repetitions, so far or in all; 0 where nothing is known to repeat."""


@dataclass(slots=True)
class WearerView:
    """The last minute of one wearer."""

    prediction: Prediction | None = None
    arrived: float = float("-inf")
    """`now` at the last prediction."""
    steps: deque[Prediction] = field(default_factory=deque)
    """Predictions of the last minute, oldest first."""
    activities: deque[Activity] = field(default_factory=lambda: deque(maxlen=_EVENTS))
    """Oldest first."""

    def time(self, now: float) -> float:
        """The time on the clock of the messages, as it goes on while none arrives."""
        return self.prediction.end + now - self.arrived if self.prediction else 0.0

    def take(self, prediction: Prediction, now: float) -> None:
        """Remember a prediction. Time that goes back means a new run: what was before is forgotten."""
        if self.steps and prediction.end < self.steps[-1].end:
            self.steps.clear()
            self.activities.clear()
        self.prediction, self.arrived = prediction, now
        self.steps.append(prediction)
        while self.steps[0].end < prediction.end - HISTORY - 1:
            self.steps.popleft()

    @property
    def going(self) -> Activity | None:
        """The activity that goes on: only the latest can, also where an offset was lost."""
        latest = self.activities[-1] if self.activities else None
        return latest if latest is not None and latest.duration is None else None

    def count(self, repetitions: int) -> None:
        """Remember the repetitions so far of what goes on."""
        if self.going is not None:
            self.going.count = repetitions

    def note(self, event: Event) -> None:
        """Remember an onset, or complete it with its offset. Numbers that begin anew mean a new run."""
        if event.kind == "onset" and self.activities and event.id <= self.activities[-1].id:
            self.activities.clear()
        repeats = event.repetitions is not None and event.repetitions.count > 1
        activity = Activity(
            event.id,
            event.label,
            event.onset,
            event.confidence,
            event.duration,
            event.decided,
            event.unknown,
            event.repetitions.count if event.repetitions is not None and repeats else 0,
        )
        for position, known in enumerate(self.activities):
            if known.id == event.id:
                self.activities[position] = activity
                return
        self.activities.append(activity)


class DashboardState:
    """Everything that is shown. One thread feeds and renders it."""

    def __init__(self, address: str = "", *, remote: bool = False) -> None:
        """`address` is where messages come from or go to; `remote` says that they come."""
        self.address = address
        self.remote = remote
        self.connected = not remote
        """True while the publisher is there, where the messages come from one."""
        self.refusal = ""
        """Reason of the publisher that is there for not letting us in; "" where it does, or is not there."""
        self.lost = 0
        """Messages lost on the way here."""
        self.keys = False
        """True where keys are read: their names are shown."""
        self.help = False
        """True while the help covers the picture."""
        self.markers = ""
        """State of the marker stream that the run is scored against; "" where there is none."""
        self.status: Status | None = None
        self.status_arrived = float("-inf")
        self.wearers: dict[str, WearerView] = {}

    def update(self, message: Message, now: float) -> None:
        """Take in one message that arrived at `now`."""
        message = printable(message)
        if isinstance(message, Status):
            self.status, self.status_arrived = message, now
            for stream in message.streams:
                self._view(stream.wearer)
            for wearer, count in message.repetitions.items():
                self._view(wearer).count(count)
        elif isinstance(message, Prediction):
            self._view(message.wearer).take(message, now)
        else:
            self._view(message.wearer).note(message)

    @property
    def refused(self) -> str:
        """Reason of the publisher for not letting us in, as a sentence; "" where it does, or is not there."""
        if self.connected or not self.refusal:
            return ""
        return f"not let in at {self.address}: {self.refusal}"

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label of the bundle, as far as known."""
        if self.status is not None:
            return self.status.labels
        for view in self.wearers.values():
            if view.prediction is not None:
                return tuple(view.prediction.probabilities)
        return ()

    @property
    def hop(self) -> float:
        """s between predictions."""
        return self.status.hop if self.status is not None else 0.25

    def stale(self, view: WearerView, now: float) -> bool:
        """True where a wearer's last prediction says nothing about this moment any more."""
        return now - view.arrived > max(2.0, 4 * self.hop)

    def _view(self, wearer: str) -> WearerView:
        return self.wearers.setdefault(wearer, WearerView())
