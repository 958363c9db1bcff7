"""Messages of the app Sensor Logger, pushed over HTTP or published over MQTT (both have one form).

    {"messageId": 7, "sessionId": "…", "deviceId": "…", "payload": [
        {"name": "gyroscope", "time": 1698501144401773000, "values": {"x": 0.1, "y": 0, "z": 0.2}}, …]}

`time` counts ns of Unix time. `accelerometer` has no gravity. With gravity there are, in this order of
preference, `totalacceleration` (Android), `accelerometeruncalibrated`, and `accelerometer` plus `gravity`.
On iOS the app counts as Android does only where its "Standardise Units & Frames" is on: else acceleration
has the opposite sign, and `accelerometeruncalibrated` and the watch's `wristmotion` are in g, by which it is
seen (github.com/tszheichoi/awesome-sensor-logger: UNITS.md, CROSSPLATFORM.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from .readings import ACC, AXES, GYRO, LINEAR, G, MessageError, Readings, number, readings

LONGEST: Final = 50_000
"""Readings in a message: ten sensors at 500 Hz for 10 s."""
IN_G: Final = 4.0
"""Acceleration whose median size is smaller counts g, else m/s²: nobody is weightless or thrown for that
long."""
ENOUGH: Final = 10
"""Readings by which the unit is told."""
TOTAL: Final = "totalacceleration"
RAW: Final = "accelerometeruncalibrated"
PLAIN: Final = "accelerometer"
GRAVITY: Final = "gravity"
WATCH: Final = "wristmotion"
GYROS: Final = ("gyroscope", "gyroscopeuncalibrated")
STANDARD: Final = (
    "the signs of iOS are taken as standardized: turn on 'Standardise Units & Frames' in the app's settings"
)


class _Message(msgspec.Struct):
    deviceId: str
    payload: list[dict[str, Any]]
    messageId: int = -1
    sessionId: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, with the readings of each sensor by the app's name."""

    device: str
    session: str
    number: int
    """-1 where it says none."""
    items: Mapping[str, Sequence[Mapping[str, Any]]]
    """Name of the sensor -> its readings as they were sent."""


_DECODER: Final = msgspec.json.Decoder(_Message)


def decode(body: bytes) -> Message:
    """A message taken apart. Raises MessageError."""
    try:
        message = _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MessageError(f"this is no message of Sensor Logger: {str(error)[:120]}") from error
    if not 0 < len(message.deviceId) <= 128 or len(message.sessionId) > 128:
        raise MessageError("its deviceId or sessionId is empty, or longer than 128 characters")
    if len(message.payload) > LONGEST:
        raise MessageError(f"it holds {len(message.payload)} readings, more than {LONGEST}")
    items: dict[str, list[Mapping[str, Any]]] = {}
    for item in message.payload:
        name = item.get("name")
        if isinstance(name, str):
            items.setdefault(name.lower(), []).append(item)
    return Message(message.deviceId, message.sessionId, message.messageId, items)


class SensorLogger:
    """Messages of one phone, or of the watch beside it, as readings. Keeps what was found of its units."""

    def __init__(self, *, watch: bool = False, apple: bool = False) -> None:
        """`watch`: read `wristmotion` instead of the phone's own sensors; `apple`: the phone is known to be
        of iOS."""
        self._watch = watch
        self._apple = apple
        self._factor: float | None = None
        """Of RAW or WATCH into m/s²; below 0 where the app's frames are those of iOS."""
        self._sizes: list[float] = []
        self.note = ""
        """What was assumed, for the user."""

    def read(self, message: Message) -> list[Readings]:
        """Acceleration and angular velocity of a message, whichever are in it."""
        if self._watch:
            return self._of_watch(message.items.get(WATCH, ()))
        found = list(self._acceleration(message.items))
        for name in GYROS:
            if items := message.items.get(name):
                found.append(_triples(GYRO, items))
                break
        return found

    def _acceleration(self, items: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterable[Readings]:
        raw = _triples(ACC, items.get(RAW, ()))
        if len(raw.times):
            self._tell(raw.values)
        if TOTAL in items:
            yield _triples(ACC, items[TOTAL])
        elif len(raw.times):
            if self._factor is not None:  # the first few show in what they count
                yield Readings(ACC, raw.times, raw.values * self._factor)
        elif PLAIN in items and GRAVITY in items:
            plain, gravity = _triples(LINEAR, items[PLAIN]), _triples(ACC, items[GRAVITY])
            sign = -1.0 if (self._factor or 1.0) < 0 else 1.0
            if self._apple and self._factor is None:
                self.note = STANDARD
            yield Readings(ACC, plain.times, sign * (plain.values + _held(plain.times, gravity)))
        elif PLAIN in items:
            yield _triples(LINEAR, items[PLAIN])

    def _of_watch(self, items: Sequence[Mapping[str, Any]]) -> list[Readings]:
        if not items:
            return []
        gravity = _triples(ACC, items, "gravity{}")
        user = _triples(LINEAR, items, "acceleration{}")
        self._tell(gravity.values)
        if self._factor is None:
            return []
        whole = (user.values + gravity.values) * self._factor
        return [Readings(ACC, user.times, whole), _triples(GYRO, items, "rotationRate{}")]

    def _tell(self, values: NDArray[np.float64]) -> None:
        """See from (n, 3) accelerations with gravity whether they count g, as on iOS, or m/s²."""
        if self._factor is not None:
            return
        size = np.linalg.norm(values, axis=1)
        self._sizes += size[np.isfinite(size)].tolist()
        if len(self._sizes) >= ENOUGH:
            in_g = float(np.median(self._sizes)) < IN_G
            self._factor = -G if in_g else 1.0
            self.note = "acceleration in g with the signs of iOS is converted" if in_g else ""


def _triples(sensor: str, items: Sequence[Mapping[str, Any]], form: str = "{}") -> Readings:
    """Three numbers and a stamp of each reading; `form`: of their names, "{}" is the axis."""
    upper = form != "{}"
    keys = [form.format(axis.upper() if upper else axis) for axis in AXES]
    times, rows = [], []
    for item in items:
        values = item.get("values", item)
        if isinstance(values, Mapping):
            times.append(number(item.get("time")) * 1e-9)
            rows.append([number(values.get(key)) for key in keys])
    return readings(sensor, times, rows)


def _held(times: NDArray[np.float64], gravity: Readings) -> NDArray[np.float64]:
    """Gravity at (n,) stamps: it turns slowly, so beyond its ends the last one is kept."""
    if not len(gravity.times):
        return np.full((len(times), len(AXES)), np.nan)
    order = np.argsort(gravity.times, kind="stable")
    columns = [np.interp(times, gravity.times[order], gravity.values[order, k]) for k in range(len(AXES))]
    return np.column_stack(columns)
