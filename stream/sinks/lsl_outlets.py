"""Sink of LSL: predictions and events as streams, for LabRecorder."""

from hnhar.model.errors import ConfigError

from ..engine.sink import Sink
from ..messages import Event, Message, Prediction
from .context import SinkContext


class LslOutlets(Sink):
    """Predictions and events of each wearer as LSL streams, for LabRecorder."""

    prompt = True

    def __init__(self, context: SinkContext) -> None:
        """After LSL was configured."""
        from ..lsl.outlets import EventOutlet, PredictionOutlet

        named = {wearer: context.weights_of(wearer) for wearer in context.wearers}
        self._predictions = {w: PredictionOutlet(w, n.labels, n.model) for w, n in named.items()}
        self._events = {w: EventOutlet(w) for w in context.wearers}

    def take(self, message: Message) -> None:
        """Send it, unless it is a status."""
        if isinstance(message, Prediction):
            self._predictions[message.wearer].push(message)
        elif isinstance(message, Event):
            self._events[message.wearer].push(message)


def open_outlets(address: str, context: SinkContext) -> LslOutlets:
    """`lsl:`, the same as `--lsl-out`. Raises ConfigError."""
    if address:
        raise ConfigError(f"--sink lsl:{address}: nothing follows, the streams' names are fixed.")
    return LslOutlets(context)
