"""A phone for `tools.bench.phone`: numbered samples by one protocol, in real time, until it is killed.

python -m tools.bench.phone_sender PROTOCOL PORT TOKEN RATE BATCH
"""

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

STEP: Final = 0.001
"""m/s² along x from one sample to the next: so each is known."""
OFF: Final = 300_000_000.0
"""s by which its clock is off."""
PATIENCE: Final = 30.0
"""s to wait for whoever is sent to."""
Send = Callable[[Sequence[int], Sequence[float]], None]


def values(number: int) -> tuple[list[float], list[float]]:
    """Acceleration, m/s², and angular velocity, rad/s: nothing in them stays the same."""
    noise = [random.gauss(0.0, 0.02) for _ in range(5)]
    return [STEP * number, noise[0], 9.81 + noise[1]], noise[2:]


def by_push(port: int, token: str) -> Send:
    """Sensor Logger's HTTP push."""
    import httpx

    client = httpx.Client()
    turn = 0

    def send(numbers: Sequence[int], times: Sequence[float]) -> None:
        nonlocal turn
        payload = []
        for number, when in zip(numbers, times, strict=True):
            for name, triple in zip(("totalacceleration", "gyroscope"), values(number), strict=True):
                payload.append(
                    {"name": name, "time": round(when * 1e9), "values": dict(zip("xyz", triple, strict=True))}
                )
        message = {"messageId": turn, "sessionId": "bench", "deviceId": "bench", "payload": payload}
        client.post(f"http://127.0.0.1:{port + 1}/{token}/push", json=message).raise_for_status()
        turn += 1

    return send


def by_page(port: int, token: str) -> Send:
    """The websocket of our page, over TLS as a phone has it."""
    import ssl

    from websockets.sync.client import connect

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    socket = connect(f"wss://127.0.0.1:{port}/{token}/socket?id=benchmark1", ssl=context, compression=None)

    def send(numbers: Sequence[int], times: Sequence[float]) -> None:
        samples = []
        for number, when in zip(numbers, times, strict=True):
            acc, gyro = values(number)
            samples.append([when, *acc, *(57.29578 * value for value in gyro)])
        socket.send(json.dumps({"samples": samples}))
        try:
            while True:
                asked = json.loads(socket.recv(timeout=0))
                socket.send(json.dumps({"pong": asked["ping"], "time": time.monotonic() + OFF}))
        except TimeoutError:
            return

    return send


def by_sensor_server(port: int, token: str) -> Send:
    """The app SensorServer, which is connected to."""
    import threading

    from websockets.sync.server import ServerConnection, serve

    sockets: dict[bool, ServerConnection] = {}

    def handle(socket: ServerConnection) -> None:
        path = socket.request.path if socket.request is not None else ""
        sockets["gyroscope" in path] = socket
        for _ in socket:
            pass

    server = serve(handle, "127.0.0.1", port, compression=None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _until(lambda: len(sockets) == 2)

    def send(numbers: Sequence[int], times: Sequence[float]) -> None:
        for number, when in zip(numbers, times, strict=True):
            for gyro, triple in enumerate(values(number)):
                reading = {"values": triple, "timestamp": round(when * 1e9), "accuracy": 3}
                sockets[bool(gyro)].send(json.dumps(reading))

    return send


def by_osc(port: int, token: str) -> Send:
    """Datagrams of Open Sound Control."""
    from pythonosc.udp_client import SimpleUDPClient

    client = SimpleUDPClient("127.0.0.1", port)

    def send(numbers: Sequence[int], times: Sequence[float]) -> None:
        for number in numbers:
            acc, gyro = values(number)
            client.send_message("/bench/imu", [*acc, *gyro])

    return send


def _until(condition: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > PATIENCE:
            raise SystemExit("nobody is there to be sent to")
        time.sleep(0.02)


def main() -> None:
    """Send until killed; the time of sample 0 is printed."""
    protocol, port, token, rate, batch = (
        sys.argv[1],
        int(sys.argv[2]),
        sys.argv[3],
        *map(float, sys.argv[4:6]),
    )
    make = {"push": by_push, "page": by_page, "sensorserver": by_sensor_server, "osc": by_osc}[protocol]
    sent: list[Send] = []

    def ready() -> bool:
        try:
            sent.append(make(port, token))
            if protocol == "push":
                sent[0]([0], [time.monotonic() + OFF - 1.0])
        except Exception:
            sent.clear()
            time.sleep(0.1)
        return bool(sent)

    _until(ready)
    begun, count = time.monotonic(), int(batch)
    print(begun, flush=True)
    first = 1
    while True:
        numbers = range(first, first + count)
        time.sleep(max(begun + numbers[-1] / rate - time.monotonic(), 0.0))
        sent[0](numbers, [begun + number / rate + OFF for number in numbers])
        first += count


if __name__ == "__main__":
    main()
