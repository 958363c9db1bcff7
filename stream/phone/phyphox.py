"""`phyphox:http://HOST:PORT`: the app phyphox, asked again and again for what is new in its buffers.

`/config` lists the inputs of the experiment and the buffers that they fill:

    {"inputs": [{"source": "accelerometer",
                 "outputs": [{"x": "accX"}, {"y": "accY"}, {"z": "accZ"}, {"t": "acc_time"}]}]}

and `/get?accX=12.5|acc_time&…&acc_time=12.5` gives their values since experiment time 12.5 s. Acceleration is
in m/s², angular velocity in rad/s (phyphox.org/wiki, Remote-interface communication).
"""

import http.client
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec

from hnhar.model.errors import ConfigError

from .following import LinkBackend, PhoneLink
from .phones import Identity
from .readings import ACC, AXES, GYRO, LINEAR, MessageError, Readings, number, readings

SOURCES: Final = {"accelerometer": ACC, "gyroscope": GYRO, "linear_acceleration": LINEAR}
"""Input of an experiment -> the sensor."""
POLL: Final = 0.05
"""s between two questions."""
TIMEOUT: Final = 3.0
LARGEST: Final = 4 << 20
"""bytes of an answer."""
IDLE: Final = 1.0
"""s without a value after which all of a buffer is asked for: its time may have begun anew."""
_ADDRESS: Final = re.compile(r"http://((\[[0-9A-Fa-f:.]+\]|[^/:\s]+)(?::(\d{1,5}))?)/?")


@dataclass(frozen=True, slots=True)
class Buffers:
    """Names of the buffers of one sensor."""

    sensor: str
    axes: tuple[str, str, str]
    time: str


def buffers(config: bytes) -> list[Buffers]:
    """Buffers of the sensors of an experiment. Raises MessageError where it has none that can be used."""
    found = []
    inputs = _decoded(config).get("inputs")
    for each in inputs if isinstance(inputs, list) else ():
        sensor = SOURCES.get(str(each.get("source", "")).lower()) if isinstance(each, Mapping) else None
        outputs = each.get("outputs") if sensor is not None else None
        names: dict[str, Any] = {}
        for output in outputs if isinstance(outputs, list) else ():
            names |= output if isinstance(output, Mapping) else {}
        given = [names.get(key) for key in (*AXES, "t")]
        if sensor is not None and all(isinstance(name, str) and 0 < len(name) <= 128 for name in given):
            x, y, z, stamps = (str(name) for name in given)
            found.append(Buffers(sensor, (x, y, z), stamps))
    if not found:
        raise MessageError(
            "the experiment of phyphox has no accelerometer or gyroscope with time: open one that has both"
        )
    return found


def query(asked: list[Buffers], since: Mapping[str, float]) -> str:
    """Path that asks for what came after `since` (time buffer -> s)."""
    parts = []
    for each in asked:
        after = f"{since.get(each.time, 0.0):.9g}"
        parts += [f"{quote(name)}={after}|{quote(each.time)}" for name in each.axes]
        parts.append(f"{quote(each.time)}={after}")
    return f"/get?{'&'.join(dict.fromkeys(parts))}"


def decode(answer: bytes, asked: list[Buffers]) -> tuple[list[Readings], bool]:
    """New readings of each sensor, and True while it measures. Raises MessageError."""
    decoded = _decoded(answer)
    given, status = decoded.get("buffer"), decoded.get("status")
    if not isinstance(given, Mapping):
        raise MessageError("an answer of phyphox has no buffers")
    found = []
    for each in asked:
        columns = []
        for name in (each.time, *each.axes):
            buffer = given.get(name)
            values = buffer.get("buffer") if isinstance(buffer, Mapping) else None
            if not isinstance(values, list):
                raise MessageError(f"an answer of phyphox has no buffer '{name}'")
            columns.append([number(value) for value in values])
        count = min(map(len, columns))
        rows = list(zip(*(column[:count] for column in columns[1:]), strict=True))
        found.append(readings(each.sensor, columns[0][:count], rows))
    return found, bool(status.get("measuring", True)) if isinstance(status, Mapping) else True


def _decoded(text: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MessageError(f"this is no answer of phyphox: {str(error)[:120]}") from error
    if not isinstance(found, dict):
        raise MessageError("this is no answer of phyphox: it is no object")
    return found


class PhyphoxLink(PhoneLink):
    """One phone that is asked."""

    def __init__(self, place: str, host: str, port: int) -> None:
        super().__init__()
        self._host, self._port = host, port
        self._identity = Identity(f"phyphox/{place}", host, "phyphox", place)

    def run(self, stop: threading.Event) -> None:
        """See `PhoneLink`."""
        connection = http.client.HTTPConnection(self._host.strip("[]"), self._port, timeout=TIMEOUT)
        try:
            asked = buffers(self._get(connection, "/config"))
            phone = self.phones.phone(self._identity)
            since: dict[str, float] = {}
            heard = time.monotonic()
            while not stop.wait(POLL) and phone is not None:
                new, measuring = decode(self._get(connection, query(asked, since)), asked)
                arrived = self.phones.now()
                if not measuring:
                    raise ConnectionError("phyphox does not measure: press its play button")
                if any(len(each.times) for each in new):
                    heard = arrived
                    phone.take(new, arrived)
                    since |= {
                        b.time: float(each.times[-1])
                        for b, each in zip(asked, new, strict=True)
                        if len(each.times)
                    }
                elif arrived - heard > IDLE:
                    since.clear()
                    heard = arrived
        except http.client.HTTPException as error:
            raise ConnectionError(f"what answers is no phyphox: {type(error).__name__}") from error
        except TimeoutError as error:
            raise ConnectionError(f"{self._identity.host} does not answer") from error
        finally:
            connection.close()

    def _get(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise MessageError(f"an answer of phyphox is larger than {LARGEST >> 20} MiB: clear its data")
        if answer.status != 200:
            raise ConnectionError(
                f"{path.partition('?')[0]} answers {answer.status}: is remote access allowed?"
            )
        return body


class PhyphoxBackend(LinkBackend):
    """Registered as `phyphox` in the entry points `hnhar.sources`."""

    scheme = "phyphox"

    def link(self, address: str) -> tuple[str, Callable[[], PhoneLink]]:
        """See `LinkBackend`."""
        match = _ADDRESS.fullmatch(address)
        if match is None or int(match[3] or 80) > 65535:
            raise ConfigError(
                f"the source 'phyphox:{address}' is no phyphox:http://HOST:PORT, which the app shows once "
                "remote access is allowed."
            )
        place, host, port = match[1], match[2], int(match[3] or 80)
        return place, lambda: PhyphoxLink(place, host, port)
