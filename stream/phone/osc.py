"""`osc:[HOST:]PORT`: datagrams of Open Sound Control, as many apps and sensor boards send them.

The address says the sensor, whatever comes before it: `/accelerometer x y z`, `/phone1/gyro x y z`,
`/ZIGSIM/abc/accel`, `/gyrosc/rrate`; or `/imu` with six numbers, acceleration first. A bundle's time tag is
the stamp; without one it is the arrival. OSC says no unit: that of acceleration is told by its size at rest,
or by --imu-unit.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.imu import IMU
from hnhar.model.labels import words

from ..mapping.imu_channels import sensor_named, without_gravity
from .address import parse_listen
from .following import LinkBackend, PhoneLink
from .packages import demand
from .phones import Identity
from .readings import ACC, AXES, GYRO, LINEAR, MessageError, Readings, number, readings

PORT: Final = 9000
DATAGRAM: Final = 65_535
MESSAGES: Final = 256
"""Messages of one bundle."""
GRAVITY: Final = "gravity"
BOTH: Final = "both"
"""Acceleration and angular velocity in one message."""
_USER: Final = ("gyrosc", "zigsim", "zig")
"""Apps whose `accel` has no gravity."""
_FRESH: Final = 0.5
"""s for which gravity is kept, to be added to acceleration without it."""
_WAIT: Final = 0.2


def sensor_of(address: str) -> str | None:
    """The sensor that an address names: ACC, LINEAR, GYRO, GRAVITY, BOTH; None for any other."""
    parts = [part for part in address.split("/") if part]
    last = parts[-1] if parts else ""
    spoken = set(words(last))
    if GRAVITY in spoken and not spoken & set(words("without no")):
        return GRAVITY
    if spoken & {IMU.name, "motion"}:
        return BOTH
    if last.lower() == "rrate":
        return GYRO
    if "acc" in last.lower() and last.lower().startswith(("linear", "user")):
        return LINEAR
    named = sensor_named(last)
    if named == ACC:
        user = without_gravity(last) or any(part.lower() in _USER for part in parts[:-1])
        return LINEAR if user else ACC
    return GYRO if named == GYRO else None


def decode(datagram: bytes) -> list[tuple[str, float | None, tuple[float, ...]]]:
    """(address, Unix time in s or None, numbers) of each message of a datagram. Raises MessageError."""
    from pythonosc.osc_bundle import OscBundle
    from pythonosc.osc_message import OscMessage

    try:
        bundle = OscBundle.dgram_is_bundle(datagram)
        found = list(_flat(OscBundle(datagram))) if bundle else [(None, OscMessage(datagram))]
    except Exception as error:  # the package raises its own errors and whatever indexing raises
        raise MessageError(f"this is no datagram of OSC: {str(error)[:120]}") from error
    return [
        (str(message.address)[:256], when, tuple(number(value) for value in message.params[:16]))
        for when, message in found[:MESSAGES]
    ]


def _flat(bundle: Any, depth: int = 4) -> Iterator[tuple[float | None, Any]]:
    from pythonosc.osc_message import OscMessage
    from pythonosc.parsing.osc_types import IMMEDIATELY

    when = None if bundle.timestamp == IMMEDIATELY else float(bundle.timestamp)
    for content in bundle:
        if isinstance(content, OscMessage):
            yield when, content
        elif depth:
            yield from _flat(content, depth - 1)


class OscLink(PhoneLink):
    """A port that datagrams come to."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        demand("pythonosc", OscBackend.scheme)
        self._host, self._port = host, port
        self._gravity: dict[str, tuple[float, tuple[float, ...]]] = {}
        """Sender -> time and value of its last gravity."""

    @property
    def port(self) -> int:
        """The port that is listened to, once it is."""
        return self._port

    def run(self, stop: threading.Event) -> None:
        """See `PhoneLink`."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as listening:
            listening.bind((self._host, self._port))
            self._port = int(listening.getsockname()[1])
            listening.settimeout(_WAIT)
            self.state = f"nothing comes to UDP port {self._port} of {self._host} yet"
            while not stop.is_set():
                try:
                    datagram, sender = listening.recvfrom(DATAGRAM)
                except TimeoutError:
                    continue
                try:
                    self.take(decode(datagram), str(sender[0]), self.phones.now())
                except MessageError as error:
                    self.phones.refuse(str(error))

    def take(
        self, messages: list[tuple[str, float | None, tuple[float, ...]]], host: str, arrived: float
    ) -> None:
        """Messages of a datagram from `host` that came at `arrived`, s."""
        for address, when, values in messages:
            sensor = sensor_of(address)
            if sensor is None or len(values) < (6 if sensor == BOTH else 3):
                self.phones.refuse("OSC that is of no motion sensor")
                continue
            group = address.strip("/").rpartition("/")[0]
            who = Identity(f"osc/{host}/{group}", group.replace("/", "-") or f"osc-{host}", "OSC", host)
            phone = self.phones.phone(who, units={ACC: "", LINEAR: "", GYRO: ""})
            if phone is None:
                self.phones.refuse("one phone too many")
                continue
            phone.take(self._readings(sensor, arrived if when is None else when, values, who.id), arrived)

    def _readings(self, sensor: str, when: float, values: tuple[float, ...], sender: str) -> list[Readings]:
        first = values[: len(AXES)]
        if sensor == GRAVITY:
            if len(self._gravity) > MESSAGES:
                self._gravity.clear()
            self._gravity[sender] = when, first
            return []
        if sensor == BOTH:
            return [readings(ACC, [when], [first]), readings(GYRO, [when], [values[3:6]])]
        at, gravity = self._gravity.get(sender, (-1.0, first))
        if sensor == LINEAR and abs(when - at) < _FRESH:
            return [readings(ACC, [when], [[a + g for a, g in zip(first, gravity, strict=True)]])]
        return [readings(sensor, [when], [first])]


class OscBackend(LinkBackend):
    """Registered as `osc` in the entry points `hnhar.sources`."""

    scheme = "osc"

    def link(self, address: str) -> tuple[str, Callable[[], PhoneLink]]:
        """See `LinkBackend`."""
        listen, name = parse_listen(address or str(PORT), "osc")
        if name:
            raise ConfigError(f"the source 'osc:{address}' is no osc:[HOST:]PORT, such as osc:0.0.0.0:9000.")
        return f"{listen.host}:{listen.port}", lambda: OscLink(listen.host, listen.port)
