"""Target of the fuzzer: what comes from phones, through every door as far as rows for a reader.

The first byte of a case says which door.
"""

import json
from collections.abc import Callable
from typing import Final

from tools.fuzz.targets import Target

_BUFFERS: Final = {"x": "accX", "y": "accY", "z": "accZ", "t": "acc_time"}
_WORDS: Final = [
    b'"values":',
    b'"payload":[',
    b'"time":',
    b"1e999",
    b"-0",
    b"1" * 30,
    b'{"x":',
    b"#bundle\0",
    b",fff\0\0\0\0",
]


def phones() -> Target:
    """Sensor Logger, the page, SensorServer, phyphox, OSC and MQTT."""
    from hnhar.stream.phone import motion, mqtt, osc, phyphox, sensor_logger, sensor_server
    from hnhar.stream.phone.loggers import Loggers
    from hnhar.stream.phone.phones import Identity, Phones
    from hnhar.stream.phone.readings import ACC, GYRO

    clock = [0.0]

    def now() -> float:
        clock[0] += 0.01
        return clock[0]

    def read(data: bytes) -> None:
        known = Phones(now)
        phone = known.phone(Identity("case", "case", "case"))
        assert phone is not None
        body = data[1:]

        def push() -> None:
            Loggers(known).take(sensor_logger.decode(body), "", "", now(), apple=True)

        def page() -> None:
            message = motion.decode(body, ios=True)
            if message.pong is not None:
                phone.clock.answered(now(), message.time, now())
            phone.take(message.readings, now())

        def server() -> None:
            phone.take([sensor_server.decode(ACC, body), sensor_server.decode(GYRO, body)], now())

        def asked() -> None:
            phyphox.query(phyphox.buffers(body), {"acc_time": 12.5})

        def answered() -> None:
            buffers = phyphox.Buffers(ACC, ("accX", "accY", "accZ"), "acc_time")
            phone.take(phyphox.decode(body, [buffers])[0], now())

        def datagram() -> None:
            link = osc.OscLink("127.0.0.1", 0)
            link.take(osc.decode(body), "10.0.0.7", now())

        def published() -> None:
            mqtt.MqttInLink("broker", 1883, "#", tls=False).take("lab/x", body, now())

        doors: tuple[Callable[[], None], ...] = (push, page, server, asked, answered, datagram, published)
        doors[(data[0] if data else 0) % len(doors)]()
        for each in known.all():
            each.description()
            each.rows(0.0, 512)
            each.status()

    return Target(_corpus(), _WORDS, read)


def _corpus() -> list[bytes]:
    """A message for each door."""
    from pythonosc.osc_bundle_builder import OscBundleBuilder
    from pythonosc.osc_message_builder import OscMessageBuilder

    times = [1_698_501_144_401_773_000 + 10_000_000 * k for k in range(12)]
    names = (
        "accelerometer",
        "gravity",
        "totalacceleration",
        "accelerometeruncalibrated",
        "gyroscope",
        "wristmotion",
    )
    payload = [
        {
            "name": name,
            "time": when,
            "values": {"x": 0.1, "y": -2, "z": 9.8, "gravityX": 1.0, "rotationRateZ": 2},
        }
        for name in names
        for when in times
    ]
    logger = json.dumps({"messageId": 7, "sessionId": "s", "deviceId": "d", "payload": payload})
    bundle = OscBundleBuilder(1_800_000_000.25)  # type: ignore[arg-type]
    for address in ("/anna/accelerometer", "/ZIGSIM/ben/gravity", "/ZIGSIM/ben/accel", "/imu"):
        builder = OscMessageBuilder(address)
        for value in (0.1, 0.2, 0.3, 1.0, 2.0, 3.0):
            builder.add_arg(value)
        bundle.add_content(builder.build())
    buffer = {
        name: {"size": 0, "updateMode": "partial", "buffer": [1.5, None, 2e3]} for name in _BUFFERS.values()
    }
    samples = [[k / 60, 0, 0, 9.8, 1, None, 3] for k in range(9)]
    outputs = [{key: name} for key, name in _BUFFERS.items()]
    messages = (
        (1, {"samples": samples, "pong": 3, "time": 2}),
        (1, {"hello": {"ios": True}}),
        (2, {"values": [0.1, 0.2, 9.8], "timestamp": 3925657519043709, "accuracy": 2}),
        (3, {"inputs": [{"source": "accelerometer", "outputs": outputs}]}),
        (4, {"buffer": buffer, "status": {"session": "a", "measuring": True}}),
        (6, {"id": "left", "time": 12.5, "acc": [0.1, 0.2, 9.8], "gyro": [0, 0.1, 0]}),
    )
    corpus = [bytes([door]) + json.dumps(message).encode() for door, message in messages]
    corpus += [b"\0" + logger.encode(), b"\6" + logger.encode(), b"\5" + bundle.build().dgram]
    return corpus
