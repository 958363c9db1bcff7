"""Sink of OSC: activity, probabilities and events of each wearer as UDP datagrams, for sound and light.

docs/sinks.md has the addresses. UDP does not tell whether anybody listens.
"""

import importlib.util
import logging
import socket
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from hnhar.model.errors import ConfigError, MissingExtraError, PublishError
from hnhar.model.labels import UNKNOWN, counted

from ..engine.sink import Sink
from ..messages import Event, Message, Prediction, Status, StreamState
from ..publish.addresses import Address, parse_address
from .activity import CurrentActivities
from .context import SinkContext

if TYPE_CHECKING:
    from pythonosc.osc_bundle import OscBundle

_log = logging.getLogger(__name__)

_NO_CONFIDENCE: Final = -1.0
"""Sent where a confidence is not known: OSC has no number for that."""
Value = str | float | int
Parts = dict[str, tuple[Value, ...]]
"""Address -> arguments."""


class OscSink(Sink):
    """A bundle a message; used in one thread."""

    prompt = True

    def __init__(self, address: Address, text: str) -> None:
        """`text`: as the user wrote it. Raises ConfigError for a host that cannot be found."""
        from pythonosc.udp_client import UDPClient

        self.lost = 0
        """Datagrams that could not be sent."""
        self._text = text
        self._activities = CurrentActivities()
        try:
            # a number: a name would be looked up again for each datagram
            ((family, _, _, _, (host, *_)), *_) = socket.getaddrinfo(
                address.host, address.port, type=socket.SOCK_DGRAM
            )
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ConfigError(f"the host of the sink 'osc:{text}' cannot be found: {reason}.") from error
        self._client = UDPClient(str(host), address.port, family=family)

    def take(self, message: Message) -> None:
        """Send it; what cannot be sent is counted, and told once."""
        self._activities.take(message)
        for parts in datagrams(message, self._activities):
            try:
                self._client.send(_bundle(parts))
            except OSError as error:
                self.lost += 1
                if self.lost == 1:
                    _log.warning(
                        "osc:%s: %s; further losses are counted", self._text, error.strerror or error
                    )

    def close(self) -> None:
        """Close the socket, and say how much could not be sent."""
        self._client.close()
        if self.lost:
            _log.warning("osc:%s: %s could not be sent", self._text, counted(self.lost, "datagram"))


def datagrams(message: Message, activities: CurrentActivities) -> list[Parts]:
    """Bundles that are sent for a message."""
    if isinstance(message, Status):
        return [_of_status(message)]
    base = f"/hnhar/{part(message.wearer)}"
    now = activities.of(message.wearer)
    confidence = _NO_CONFIDENCE if now.confidence is None else now.confidence
    activity: Parts = {f"{base}/activity": (now.label, confidence)}
    if isinstance(message, Event):
        label = UNKNOWN if message.unknown else message.label
        about: tuple[Value, ...] = (label, message.confidence, message.id)
        if message.duration is not None:
            about = (*about, message.duration)
        return [{f"{base}/{message.kind}": about, **activity}]
    return [activity | _of_window(message, base)]


def _of_window(message: Prediction, base: str) -> Parts:
    label = UNKNOWN if message.unknown else message.label
    return {
        f"{base}/window": (label, message.confidence),
        **{f"{base}/probability/{part(name)}": (p,) for name, p in message.probabilities.items()},
    }


def _of_status(status: Status) -> Parts:
    """For each wearer how many of their streams are live, of how many, and repetitions so far."""
    parts: Parts = {}
    for wearer in dict.fromkeys(stream.wearer for stream in status.streams):
        states = [stream.state for stream in status.streams if stream.wearer == wearer]
        parts[f"/hnhar/{part(wearer)}/streams"] = (states.count(StreamState.LIVE), len(states))
    for wearer, count in status.repetitions.items():
        parts[f"/hnhar/{part(wearer)}/repetitions"] = (count,)
    return parts


def part(name: str) -> str:
    """A name as one part of an OSC address: what is not allowed in one is written %XX."""
    return quote(name, safe="!\"$&'()+-.:;<=>@\\^_`|~")


def _bundle(parts: Parts) -> "OscBundle":
    from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
    from pythonosc.osc_message_builder import OscMessageBuilder

    made = OscBundleBuilder(IMMEDIATELY)
    for address, arguments in parts.items():
        message = OscMessageBuilder(address)
        for argument in arguments:
            kinds = {str: "s", int: "i", float: "f"}
            message.add_arg(argument, kinds[type(argument)])
        made.add_content(message.build())
    return made.build()


def open_osc(address: str, context: SinkContext) -> OscSink:
    """`osc:HOST:PORT`. Raises ConfigError, also where it would leave this machine without `insecure`."""
    if importlib.util.find_spec("pythonosc") is None:
        raise MissingExtraError("python-osc", "sinks", "--sink osc:")
    try:
        target = parse_address(f"tcp://{address}")
    except PublishError as error:
        raise ConfigError(
            f"the sink 'osc:{address}' is no osc:HOST:PORT, such as osc:127.0.0.1:9000."
        ) from error
    if not target.port or target.host == "*":
        raise ConfigError(f"the sink 'osc:{address}' names no host and port to send to.")
    if not (target.local or context.insecure):
        raise ConfigError(
            f"the sink 'osc:{address}' would send to another machine, unprotected, as OSC always is: add "
            "--insecure if the network is trusted."
        )
    return OscSink(target, address)
