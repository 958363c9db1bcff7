"""Connection to an MQTT broker: made again whenever it is lost, bounded in what waits for it.

paho's thread talks to the broker; its callbacks only leave word in `news`, which the sink's thread reads.
"""

import logging
import ssl
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from hnhar.model.errors import ConfigError, PublishError

from .mqtt_address import PASSWORD, USER, MqttAddress

if TYPE_CHECKING:
    from paho.mqtt.client import Client

_log = logging.getLogger(__name__)

MOST: Final = 1000
"""Events that wait for a broker that is away, at most."""
KEEPALIVE: Final = 15
"""s of silence after which the broker asks, and after half as many more publishes the last will."""
FIRST: Final = 5.0
"""s that are waited for the broker's first answer."""
SLOWEST: Final = 10
"""s between two attempts to connect, at most."""


class MqttLink:
    """Publishes with QoS 1. Of a state that is not confirmed yet the newest waits; events wait in order."""

    def __init__(self, address: MqttAddress, client: str, watched: tuple[str, ...]) -> None:
        """Connect, or begin to try; `watched`: topics whose messages are news.

        A broker that is away is told and waited for. Raises PublishError where it refuses, or cannot be
        trusted, and ConfigError where the file `ca` cannot be used.
        """
        self.address = address
        self.lost = 0
        """Events that found no room."""
        self.overtaken = 0
        """States that were replaced by newer ones before they were sent."""
        self.connected = False
        self._news: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._flying: dict[int, str] = {}
        """Identifier of a state on its way -> its topic."""
        self._waiting: dict[str, tuple[bytes, bool]] = {}
        self._events = 0
        """Events on their way."""
        self._told = ""
        self._client = self._made(client, watched)
        self._begin()

    def news(self) -> Iterator[tuple[str, Any]]:
        """News since the last call: ("connected", None) and ("message", (topic, payload))."""
        while True:
            try:
                what, about = self._news.get_nowait()
            except Empty:
                return
            if what == "confirmed":
                self._confirmed(about)
            elif what == "away":
                self._tell_away(about)
            elif what == "connected":
                self._tell_connected()
                yield what, None
            else:
                yield what, about

    def state(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish what stands now; of those that wait only the newest is sent."""
        if topic in self._flying.values():
            self.overtaken += topic in self._waiting
            self._waiting[topic] = payload, retain
            return
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.mid and not _full(info.rc):
            self._flying[info.mid] = topic
        else:
            self.overtaken += 1

    def event(self, topic: str, payload: bytes) -> None:
        """Publish something that happened: not left out while there is room for it."""
        if _full(self._client.publish(topic, payload, qos=1).rc):
            self.lost += 1
            if self.lost == 1:
                _log.warning(
                    "%s: %d events wait already; further ones are left out", self.address.broker, MOST
                )
        else:
            self._events += 1

    def close(self, last: tuple[str, bytes], timeout: float) -> int:
        """Send what waits, then `last` (retained), and disconnect; the number of messages not confirmed."""
        deadline = time.monotonic() + timeout
        for _ in self.news():
            continue
        if self.connected:
            self._wait_until(lambda: not self.left, deadline)
            self.state(*last, retain=True)
            self._wait_until(lambda: last[0] not in self._flying.values(), deadline)
        left = self.left
        self._client.disconnect()
        if self.connected:
            self._client.loop_stop()  # where a connection is being attempted, that would be waited for
        return left

    @property
    def left(self) -> int:
        """Messages that are not confirmed."""
        return self._events + len(self._flying) + len(self._waiting)

    def _wait_until(self, done: Any, deadline: float) -> None:
        while not done() and (left := deadline - time.monotonic()) > 0:
            try:
                what, about = self._news.get(timeout=left)
            except Empty:
                return
            if what == "confirmed":
                self._confirmed(about)

    def _confirmed(self, mid: int) -> None:
        topic = self._flying.pop(mid, None)
        if topic is None:
            self._events = max(0, self._events - 1)
        elif topic in self._waiting:
            payload, retain = self._waiting.pop(topic)
            self.state(topic, payload, retain=retain)

    def _tell_away(self, reason: str) -> None:
        self.connected = False
        if reason != self._told:
            _log.warning(
                "%s: %s; it is tried again, and up to %d events wait for it",
                self.address.broker,
                reason,
                MOST,
            )
        self._told = reason

    def _tell_connected(self) -> None:
        self.connected = True
        if self._told:
            _log.warning("%s is there again", self.address.broker)
        self._told = ""

    def _made(self, client: str, watched: tuple[str, ...]) -> "Client":
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        made = Client(CallbackAPIVersion.VERSION2, client_id=client)
        made.max_queued_messages_set(MOST)
        made.reconnect_delay_set(1, SLOWEST)
        if self.address.user:
            made.username_pw_set(self.address.user, self.address.password)
        if self.address.scheme == "mqtts":
            try:
                made.tls_set_context(ssl.create_default_context(cafile=self.address.ca or None))
            except OSError as error:  # an SSLError is one
                raise ConfigError(
                    f"ca={self.address.ca} cannot be used: {error.strerror or error}."
                ) from error

        def on_connect(_client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
            if code.is_failure:
                self._news.put(("away", f"the broker refuses: {code}"))
                return
            for topic in watched:
                made.subscribe(topic, qos=1)
            self._news.put(("connected", None))

        def on_disconnect(_client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
            if code.is_failure:
                self._news.put(("away", "the connection to the broker was lost"))

        made.on_connect = on_connect
        made.on_disconnect = on_disconnect
        made.on_connect_fail = lambda *_: self._news.put(("away", "the broker cannot be reached"))
        made.on_publish = lambda _client, _data, mid, *_: self._news.put(("confirmed", mid))
        made.on_message = lambda _client, _data, got: self._news.put(("message", (got.topic, got.payload)))
        made.will_set(f"{self.address.prefix}/availability", b"offline", qos=1, retain=True)
        return made

    def _begin(self) -> None:
        where = self.address.host, self.address.port, KEEPALIVE
        try:
            self._client.connect(*where)
        except ssl.SSLError as error:
            raise PublishError(
                f"{self.address.broker}: {getattr(error, 'verify_message', '') or error.reason or error}. "
                "Name the certificate that vouches for it with ?ca=FILE."
            ) from error
        except UnicodeError as error:
            raise ConfigError(f"no host can have the name '{self.address.host}'.") from error
        except OSError as error:
            self._tell_away(f"the broker cannot be reached: {error.strerror or error}")
            self._client.connect_async(*where)
            self._client.loop_start()
            return
        self._client.loop_start()
        self._first_answer()

    def _first_answer(self) -> None:
        try:
            what, about = self._news.get(timeout=FIRST)
        except Empty:
            what, about = "away", f"what listens there has not answered as a broker for {FIRST:g} s"
        if what == "away" and "refuses" in about:
            self._client.disconnect()
            self._client.loop_stop()
            raise PublishError(
                f"{self.address.broker}: {about}. User and password are read from {USER} and {PASSWORD}, or "
                "from the file that ?login=FILE names."
            )
        self._news.put((what, about))
        if what == "away":
            self._tell_away(about)


def _full(code: Any) -> bool:
    from paho.mqtt.enums import MQTTErrorCode

    return bool(code == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE)
