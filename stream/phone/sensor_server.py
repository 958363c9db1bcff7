"""`sensorserver:ws://HOST:PORT`: the Android app SensorServer, a websocket for each sensor.

    {"values": [0.32, -0.98, 10.05], "timestamp": 3925657519043709, "accuracy": 2}

Values are Android's: acceleration with gravity in m/s², angular velocity in rad/s. `timestamp` counts ns,
mostly since the phone was started: one clock for both sensors (github.com/umer0586/SensorServer).
"""

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Final

import msgspec

from hnhar.model.errors import ConfigError

from .following import LinkBackend, PhoneLink
from .packages import demand
from .phones import Identity
from .readings import ACC, GYRO, MessageError, Readings, number, readings

SENSORS: Final = {ACC: "android.sensor.accelerometer", GYRO: "android.sensor.gyroscope"}
FRAME: Final = 16 << 10
"""bytes of a message."""
TIMEOUT: Final = 5.0
"""s to connect, and of silence after which the connection is given up."""
CLOSE: Final = 1.0
"""s for the other side to agree that a connection is over."""
AGAIN: Final = 2.0
"""s until a gyroscope that was not there is asked for again."""
_ADDRESS: Final = re.compile(r"(wss?)://([^/\s]+:\d{1,5})/?")


class _Reading(msgspec.Struct):
    values: list[float]
    timestamp: int


_DECODER: Final = msgspec.json.Decoder(_Reading)


def decode(sensor: str, text: str | bytes) -> Readings:
    """One reading. Raises MessageError."""
    try:
        found = _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MessageError(f"this is no reading of SensorServer: {str(error)[:120]}") from error
    if len(found.values) < 3:
        raise MessageError(f"a reading of {len(found.values)} values is none of three axes")
    return readings(sensor, [number(found.timestamp) * 1e-9], [found.values[:3]])


class SensorServerLink(PhoneLink):
    """Two websockets of one phone."""

    def __init__(self, address: str) -> None:
        """`address`: ws://HOST:PORT."""
        super().__init__()
        demand("websockets", SensorServerBackend.scheme)
        self._address = address
        host = address.partition("://")[2]
        self._identity = Identity(f"sensorserver/{host}", host.partition(":")[0], "SensorServer", host)

    def run(self, stop: threading.Event) -> None:
        """See `PhoneLink`."""
        asyncio.run(self._both(stop))

    async def _both(self, stop: threading.Event) -> None:
        over = threading.Event()
        turning = asyncio.create_task(self._keep(GYRO, over))
        try:
            await self._read(ACC, stop)
        finally:
            over.set()  # a cancellation alone may be lost where the socket closes in the same moment
            turning.cancel()
            await asyncio.gather(turning, return_exceptions=True)

    async def _keep(self, sensor: str, stop: threading.Event) -> None:
        """Read a sensor that a phone may lack, or that may go and come back, beside the other."""
        while not stop.is_set():
            try:
                await self._read(sensor, stop)
            except OSError:
                await asyncio.sleep(AGAIN)

    async def _read(self, sensor: str, stop: threading.Event) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        place = f"{self._address}/sensor/connect?type={SENSORS[sensor]}"
        phone = self.phones.phone(self._identity)
        try:
            async with connect(
                place, max_size=FRAME, open_timeout=TIMEOUT, close_timeout=CLOSE, compression=None, proxy=None
            ) as socket:
                self.state = f"{self._address} is connected and sends nothing yet"
                while not stop.is_set() and phone is not None:
                    async with asyncio.timeout(TIMEOUT):
                        text = await socket.recv()
                    arrived = self.phones.now()
                    try:
                        phone.take([decode(sensor, text)], arrived)
                    except MessageError as error:
                        self.phones.refuse(str(error))
        except TimeoutError as error:
            raise ConnectionError(f"{self._address} does not answer") from error
        except WebSocketException as error:
            raise ConnectionError(f"{place} was closed: {error}") from error


class SensorServerBackend(LinkBackend):
    """Registered as `sensorserver` in the entry points `hnhar.sources`."""

    scheme = "sensorserver"

    def link(self, address: str) -> tuple[str, Callable[[], PhoneLink]]:
        """See `LinkBackend`."""
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise ConfigError(
                f"the source 'sensorserver:{address}' is no sensorserver:ws://HOST:PORT, which the app shows."
            )
        place = f"{match[1]}://{match[2]}"
        return place, lambda: SensorServerLink(place)
