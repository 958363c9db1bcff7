"""Sink in memory: predictions and events, to be scored or written when a run is over."""

from ..engine.sink import Sink
from ..messages import Event, Message, Prediction


class Collector(Sink):
    """Predictions and events of a run, in their order."""

    prompt = True

    def __init__(self, *, predictions: bool = True) -> None:
        """`predictions` False keeps the events only: a run of days has few of them."""
        self.predictions: list[Prediction] = []
        self.events: list[Event] = []
        self.span: tuple[float, float] | None = None
        """Earliest start and latest end of the windows that were recognized, s; None without any."""
        self._all = predictions

    def take(self, message: Message) -> None:
        """Keep it, unless it is a status."""
        if isinstance(message, Event):
            self.events.append(message)
        elif isinstance(message, Prediction):
            start, end = self.span or (message.start, message.end)
            self.span = min(start, message.start), max(end, message.end)
            if self._all:
                self.predictions.append(message)
