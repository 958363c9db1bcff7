"""`mqtt:HOST[:PORT]/TOPIC`: what phones and boards publish to a broker of MQTT.

Messages are Sensor Logger's, or one reading of a board of your own as JSON, in m/s² and rad/s:

    {"id": "left", "time": 12.5, "acc": [0.1, 0.2, 9.8], "gyro": [0.0, 0.1, 0.0]}

`id` and `time` (s by the board's clock) may be left out: then the topic is its name, the arrival its time.
User and password are those of HNHAR_MQTT_USER and HNHAR_MQTT_PASSWORD.
"""

import os
import re
import threading
from collections.abc import Callable
from typing import Any, Final

import msgspec

from hnhar.model.errors import ConfigError

from ..printable import printable
from ..publish.addresses import Address
from . import sensor_logger
from .following import LinkBackend, PhoneLink
from .loggers import TWICE, Loggers, clean_name
from .packages import demand
from .phones import Identity
from .readings import ACC, GYRO, MessageError, Readings, readings

LARGEST: Final = 2 << 20
"""bytes of a message."""
KEEPALIVE: Final = 10
"""s."""
_WAIT: Final = 0.2
USER: Final = "HNHAR_MQTT_USER"
PASSWORD: Final = "HNHAR_MQTT_PASSWORD"
_ADDRESS: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^/:@\s]+)(?::(\d{1,5}))?/(\S.*)")


class _Board(msgspec.Struct):
    acc: tuple[float, float, float]
    gyro: tuple[float, float, float] | None = None
    time: float | None = None
    id: str = ""


_DECODER: Final = msgspec.json.Decoder(_Board)


def decode(payload: bytes, arrived: float) -> tuple[str, list[Readings]]:
    """Name ("" where it says none) and readings of one board's message. Raises MessageError."""
    try:
        board = _DECODER.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MessageError(
            f"this is neither Sensor Logger's nor an acc and gyro: {str(error)[:100]}"
        ) from error
    when = arrived if board.time is None else board.time
    found = [readings(ACC, [when], [board.acc])]
    if board.gyro is not None:
        found.append(readings(GYRO, [when], [board.gyro]))
    return clean_name(board.id), found


class MqttInLink(PhoneLink):
    """A subscription at a broker."""

    def __init__(self, host: str, port: int, topic: str, *, tls: bool) -> None:
        super().__init__()
        demand("paho.mqtt", MqttBackend.scheme)
        self._host, self._port, self._topic, self._tls = host, port, topic, tls
        self._loggers = Loggers(self.phones)

    def run(self, stop: threading.Event) -> None:
        """See `PhoneLink`."""
        from paho.mqtt.client import Client, MQTTMessage
        from paho.mqtt.enums import CallbackAPIVersion

        where = f"{self._host}:{self._port}"
        client = Client(CallbackAPIVersion.VERSION2)
        if self._tls:
            client.tls_set()
        if user := os.environ.get(USER):
            client.username_pw_set(user, os.environ.get(PASSWORD))

        def connected(broker: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            if reason.is_failure:
                self.state = f"the broker {where} refuses us: {reason}"
            else:
                self.state = f"nothing is published to '{self._topic}' at {where} yet"
                broker.subscribe(self._topic)

        def taken(_broker: Client, _data: Any, message: MQTTMessage) -> None:
            try:
                self.take(message.topic, bytes(message.payload), self.phones.now())
            except MessageError as error:
                self.phones.refuse(printable(str(error)))

        client.on_connect, client.on_message = connected, taken
        try:
            client.connect(self._host.strip("[]"), self._port, KEEPALIVE)
            while not stop.is_set():
                code = client.loop(_WAIT)
                if code:
                    raise ConnectionError(self._lost(where, code))
        finally:
            client.disconnect()

    def _lost(self, where: str, code: Any) -> str:
        refused = self.state if "refuses" in self.state else ""
        return refused or f"the connection to the broker {where} was lost ({code})"

    def take(self, topic: str, payload: bytes, arrived: float) -> None:
        """One message. Raises MessageError."""
        if len(payload) > LARGEST:
            raise MessageError(f"a message of more than {LARGEST >> 20} MiB")
        if b'"payload"' in payload:
            reason = self._loggers.take(sensor_logger.decode(payload), "", self._host, arrived)
            if reason and reason != TWICE:
                raise MessageError(reason)
            return
        name, found = decode(payload, arrived)
        who = Identity(f"mqtt/{self._host}/{topic}/{name}", name or clean_name(topic), "MQTT", self._host)
        phone = self.phones.phone(who)
        if phone is None:
            raise MessageError("one phone too many")
        phone.take(found, arrived)


class MqttBackend(LinkBackend):
    """Registered as `mqtt` and `mqtts` (with TLS) in the entry points `hnhar.sources`."""

    scheme = "mqtt"

    def link(self, address: str) -> tuple[str, Callable[[], PhoneLink]]:
        """See `LinkBackend`."""
        match = _ADDRESS.fullmatch(address.removeprefix("//"))
        if match is None or int(match[2] or 1883) not in range(1, 65536):
            raise ConfigError(
                f"the source '{self.scheme}:{address}' is no {self.scheme}:HOST[:PORT]/TOPIC, such as "
                f"{self.scheme}:broker.local/sensor-logger; user and password come from {USER} and "
                f"{PASSWORD}."
            )
        tls = self.scheme == "mqtts"
        host, port, topic = match[1], int(match[2] or (8883 if tls else 1883)), match[3]
        if os.environ.get(PASSWORD) and not tls and not Address("tcp", host.strip("[]"), port).local:
            raise ConfigError(
                f"the source 'mqtt:{address}' would send the password of {PASSWORD} to another machine, "
                "unencrypted: write mqtts: where the broker speaks TLS, or clear that variable."
            )
        return f"{host}:{port}/{topic}", lambda: MqttInLink(host, port, topic, tls=tls)


class SecureMqttBackend(MqttBackend):
    """Over TLS, with the certificates that this machine trusts."""

    scheme = "mqtts"
