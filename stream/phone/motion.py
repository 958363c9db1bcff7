"""Messages of our own page, which reads DeviceMotion in the phone's browser.

    {"hello": {"ios": false}}                                   once
    {"samples": [[12.5, 0.1, 9.8, 0.2, 1.0, 2.0, 3.0], …]}      several at once
    {"pong": 3, "time": 13.0}                                   the answer to {"ping": 3}

A sample is a time in s since the page was opened, `accelerationIncludingGravity` x, y, z in m/s², and
`rotationRate` alpha, beta, gamma in deg/s, null where the browser gives none. Alpha, beta and gamma of
`rotationRate` turn about x, y and z in every browser, and since 2019 in the standard as well (W3C
deviceorientation issue 44; those of `deviceorientation` are others). Safari on iOS gives acceleration with
the opposite sign of all others; its rotation is the same.
"""

from dataclasses import dataclass
from math import pi
from typing import Final

import msgspec

from .readings import ACC, AXES, GYRO, LATEST, MessageError, Readings, readings

MOST: Final = 500
"""Samples in a message."""
_RADIANS: Final = pi / 180


class Hello(msgspec.Struct):
    """The first words of a page, about its browser."""

    ios: bool = False


class _Message(msgspec.Struct):
    hello: Hello | None = None
    samples: list[list[float | None]] = []
    pong: int | None = None
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class PageMessage:
    """One message of the page."""

    hello: Hello | None
    pong: int | None
    """Number of the question that is answered."""
    time: float
    """s by the page's clock, of an answer."""
    readings: tuple[Readings, ...]


_DECODER: Final = msgspec.json.Decoder(_Message)


def decode(text: str | bytes, *, ios: bool) -> PageMessage:
    """A message taken apart; `ios`: the page said that it runs there. Raises MessageError."""
    try:
        message = _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise MessageError(f"this is no message of the page: {str(error)[:120]}") from error
    if abs(message.time) >= LATEST:
        raise MessageError("the page's time is none that a clock can show")
    samples = message.samples
    if len(samples) > MOST or any(len(sample) != 1 + 2 * len(AXES) for sample in samples):
        raise MessageError(f"samples are up to {MOST} lists of 7 numbers: time, acceleration, rotation")
    timed = [sample for sample in samples if sample[0] is not None]
    times = [float(sample[0] or 0.0) for sample in timed]
    found = [readings(ACC, times, [sample[1:4] for sample in timed], -1.0 if ios else 1.0)] if timed else []
    turned = [sample for sample in timed if None not in sample[4:]]
    if turned:
        found.append(readings(GYRO, [s[0] or 0.0 for s in turned], [s[4:] for s in turned], _RADIANS))
    return PageMessage(message.hello, message.pong, message.time, tuple(found))
