"""Sink of MQTT: activity, events and streams of each wearer, which Home Assistant finds by itself.

docs/sinks.md has the topics.
"""

import importlib.util
import logging
import os
from typing import Final

import msgspec

from hnhar.model.errors import MissingExtraError
from hnhar.model.labels import counted

from ..engine.sink import Sink
from ..messages import Event, Message, Status, StreamState
from ..publish.wire import to_map
from .activity import CurrentActivities, CurrentActivity
from .context import SinkContext
from .mqtt_address import MqttAddress, level, parse_mqtt
from .mqtt_discovery import discovery
from .mqtt_link import MqttLink

_log = logging.getLogger(__name__)

PACE: Final = 1.0
"""s between two states of a wearer whose activity stays: a home keeps each of them."""
ENDING: Final = 0.8
"""s at the end for what is not confirmed yet; less than a sink is waited for."""


class MqttSink(Sink):
    """Messages of a run to a broker; used in one thread, as `DetachedSink` has it."""

    def __init__(self, address: MqttAddress, context: SinkContext) -> None:
        """Raises as `MqttLink` does."""
        self._context = context
        self._prefix = address.prefix
        self._discovery = discovery(address, context)
        self._birth = f"{address.discovery}/status" if address.discovery else ""
        self._availability = f"{self._prefix}/availability"
        self._activities = CurrentActivities()
        self._sent: dict[str, tuple[float, CurrentActivity]] = {}
        """Wearer -> end of the window, s, and activity of the last state."""
        self._latest: dict[str, bytes] = {}
        """Topic -> its last retained state, for a broker that has lost them."""
        watched = (self._availability, *([self._birth] if self._birth else []))
        self.link = MqttLink(address, f"hnhar-{context.publisher}", watched)
        self._look()

    def take(self, message: Message) -> None:
        """Publish it."""
        self._look()
        self._activities.take(message)
        if isinstance(message, Status):
            self._take_status(message)
            return
        base = f"{self._prefix}/{level(message.wearer)}"
        fields = to_map(message, self._context.publisher)
        if isinstance(message, Event):
            self.link.event(f"{base}/event", msgspec.json.encode({**fields, "event_type": message.kind}))
            self._state(message.wearer, base, message.decided)
        else:
            self.link.state(f"{base}/prediction", msgspec.json.encode(fields))
            self._state(message.wearer, base, message.end)

    def close(self) -> None:
        """Say that the run is over, and what did not go out."""
        left = self.link.close((self._availability, b"offline"), ENDING)
        missed = left + self.link.lost
        if missed:
            _log.warning("%s did not take %s", self.link.address.broker, counted(missed, "message"))
        if self.link.overtaken:
            _log.info(
                "%s: %s overtaken by newer ones",
                self.link.address.broker,
                counted(self.link.overtaken, "state"),
            )

    def _look(self) -> None:
        """Do what the connection asks for: introduce ourselves to a broker or a home that has begun anew."""
        for what, about in self.link.news():
            if what == "connected" or (what == "message" and about == (self._birth, b"online")):
                self._introduce()
            elif what == "message" and about == (self._availability, b"offline"):
                # the last will of a run before us that was cut off, or of our own lost connection
                self.link.state(self._availability, b"online", retain=True)

    def _introduce(self) -> None:
        for topic, payload in {**self._discovery, **self._latest}.items():
            self.link.state(topic, payload, retain=True)
        self.link.state(self._availability, b"online", retain=True)

    def _keep(self, topic: str, payload: bytes) -> None:
        self._latest[topic] = payload
        self.link.state(topic, payload, retain=True)

    def _state(self, wearer: str, base: str, end: float) -> None:
        """The activity of a wearer at `end` s, where it changed or `PACE` is over."""
        now = self._activities.of(wearer)
        if wearer in self._sent:
            sent, before = self._sent[wearer]
            changed = (before.label, before.since_unix_ns) != (now.label, now.since_unix_ns)
            if not changed and 0.0 <= end - sent < PACE:
                return
        self._sent[wearer] = end, now
        newest = self._activities.newest.get(wearer)
        state = {
            "activity": now.label,
            "confidence": now.confidence,
            "since_unix_ns": now.since_unix_ns,
            "window": None if newest is None else newest.label,
            "window_confidence": None if newest is None else newest.confidence,
            "window_unknown": newest is not None and newest.unknown,
        }
        self._keep(f"{base}/state", msgspec.json.encode(state))

    def _take_status(self, status: Status) -> None:
        self.link.state(
            f"{self._prefix}/status", msgspec.json.encode(to_map(status, self._context.publisher))
        )
        for wearer in self._context.wearers:
            states = {s.feed: s.state.value for s in status.streams if s.wearer == wearer}
            live = bool(states) and all(state == StreamState.LIVE for state in states.values())
            topic = f"{self._prefix}/{level(wearer)}/streams"
            payload = msgspec.json.encode({"live": live, "streams": states})
            if self._latest.get(topic) != payload:
                self._keep(topic, payload)


def _open(scheme: str, address: str, context: SinkContext) -> MqttSink:
    if importlib.util.find_spec("paho") is None:
        raise MissingExtraError("paho-mqtt", "sinks", f"--sink {scheme}:")
    asked = parse_mqtt(scheme, address, insecure=context.insecure, environment=os.environ)
    return MqttSink(asked, context)


def open_mqtt(address: str, context: SinkContext) -> MqttSink:
    """`mqtt:HOST[:PORT]/PREFIX`. Raises HnharError."""
    return _open("mqtt", address, context)


def open_mqtts(address: str, context: SinkContext) -> MqttSink:
    """`mqtts:HOST[:PORT]/PREFIX`, by TLS. Raises HnharError."""
    return _open("mqtts", address, context)
