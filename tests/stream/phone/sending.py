"""Phones of the tests: Sensor Logger's messages as the app sends them, and a server on a free port."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
import numpy as np
from numpy.typing import NDArray

from hnhar.stream.phone.address import Listen
from hnhar.stream.phone.server import PhoneServer

TOKEN = "a-token-of-tests"
DEADLINE = 20.0


def item(name: str, time_s: float, values: Mapping[str, Any]) -> dict[str, Any]:
    """One reading, as recorded from the app (accuracy and all)."""
    return {"name": name, "time": round(time_s * 1e9), "values": dict(values), "accuracy": 3}


def xyz(values: Sequence[float] | NDArray[np.floating]) -> dict[str, float]:
    return dict(zip("xyz", map(float, values), strict=True))


def message(payload: Sequence[Mapping[str, Any]], number: int = 0, device: str = "0b1c2d3e4f") -> bytes:
    """A message of Sensor Logger."""
    return msgspec.json.encode(
        {"messageId": number, "sessionId": "session", "deviceId": device, "payload": list(payload)}
    )


def motion(times: Sequence[float], first: int = 0) -> list[dict[str, Any]]:
    """Both sensors of an Android phone: their readings are numbered from `first`, so that each is known."""
    found = []
    for k, when in enumerate(times, first):
        found.append(item("totalacceleration", when, xyz((0.001 * k, 0.0, 9.80665))))
        found.append(item("gyroscope", when, xyz((0.0, 0.001 * k, 0.0))))
    return found


@contextmanager
def server(**options: Any) -> Iterator[PhoneServer]:
    made = PhoneServer(Listen(port=0), token=TOKEN, **options)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def push(to: PhoneServer, body: bytes, client: httpx.Client | None = None, **options: Any) -> httpx.Response:
    post = httpx.post if client is None else client.post
    return post(to.addresses.push, content=body, timeout=DEADLINE, **options)


def until(condition: Any, what: str) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"not in {DEADLINE} s: {what}"
        time.sleep(0.01)
