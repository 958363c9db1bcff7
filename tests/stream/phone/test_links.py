"""Phones that are asked, or publish elsewhere: each protocol spoken for real on loopback. The other device's
side is the test's, and sends what the apps were seen to send."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from paho.mqtt import publish
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from hnhar.model.errors import ConfigError
from hnhar.stream.intake.backend import Inlet
from hnhar.stream.intake.registry import source_backend
from hnhar.stream.phone import following, mqtt, osc, phyphox, sensor_server
from hnhar.stream.phone.phones import Phone
from hnhar.stream.phone.readings import ACC, GYRO, LINEAR, MessageError

from ..sinks.broker import LoopbackBroker
from .sending import message, motion, until


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    following.stop_following()


def looked(source: str) -> list[Any]:
    backend, address = source_backend(source)
    backend.check(address)
    try:
        return list(backend.find(address, 0.2))
    except OSError:
        return []


def opened(source: str) -> tuple[Phone, Inlet]:
    """The phone of a source, once it is there, and its inlet."""
    found: list[Any] = []
    until(lambda: found.extend(looked(source)) or found, f"{source} is there")
    backend, _ = source_backend(source)
    inlet = backend.inlet(found[0], time.monotonic)
    inlet.open(1.0)
    return found[0].handle, inlet


def absent(source: str, words: str) -> None:
    """What is told of a source that is not there."""
    backend, address = source_backend(source)

    def told() -> bool:
        try:
            return bool(backend.find(address, 0.05)) and False
        except OSError as error:
            return words in str(error)

    until(told, f"'{words}' is told of {source}")


def pulled(inlet: Inlet, count: int) -> tuple[Any, Any]:
    """At least so many rows and stamps."""
    rows: list[Any] = []
    stamps: list[float] = []

    def enough() -> bool:
        new, times = inlet.pull(0.1, 512)
        rows.extend(new)
        stamps.extend(times)
        return len(stamps) >= count

    until(enough, f"{count} rows")
    return np.array(rows), np.array(stamps)


@contextmanager
def sensor_servers(*, gyroscope: bool = True) -> Iterator[tuple[int, list[ServerConnection]]]:
    """What the app SensorServer does: a websocket for each sensor, 100 Hz, ns since the phone was started."""
    sockets: list[ServerConnection] = []

    def handle(socket: ServerConnection) -> None:
        assert socket.request is not None
        kind = socket.request.path
        if "gyroscope" in kind and not gyroscope:
            socket.close(4003, "unsupported sensor")
            return
        sockets.append(socket)
        count = 0
        begun = time.monotonic()
        while True:
            values = [0.0, 0.0, 9.81] if "accelerometer" in kind else [0.1, 0.2, 0.3]
            stamp = round(3_925_657 * 1e9 + (time.monotonic() - begun) * 1e9) + ("gyro" in kind) * 3_000_000
            reading = {"accuracy": 2, "timestamp": stamp, "values": values}
            try:
                socket.send("[not json" if count == 5 else json.dumps(reading))
            except ConnectionClosed:
                return
            count += 1
            time.sleep(0.01)

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.socket.getsockname()[1], sockets
        server.shutdown()


def test_sensor_servers_two_sockets_are_one_phone_and_come_back() -> None:
    with sensor_servers() as (port, sockets):
        source = f"sensorserver:ws://127.0.0.1:{port}"
        phone, inlet = opened(source)
        rows, stamps = pulled(inlet, 50)
        assert rows.shape[1] == 6
        whole = rows[np.isfinite(rows).all(axis=1)]
        assert len(whole) > 20
        assert np.allclose(whole, [0.0, 0.0, 9.81, 0.1, 0.2, 0.3])
        assert (np.diff(stamps) > 0).all()
        _, address = source_backend(source)
        link = following.following(f"sensorserver:{address}", lambda: pytest.fail("it is there"))
        assert any("no reading of SensorServer" in reason for reason in link.phones.refused)
        sockets[0].close()
        sockets[1].close()
        until(lambda: len(sockets) >= 4, "both are connected anew")
        again, inlet = opened(source)
        assert again is phone
        assert pulled(inlet, 10)[0].shape[1] == 6


def test_a_phone_without_a_gyroscope_is_an_accelerometer() -> None:
    with sensor_servers(gyroscope=False) as (port, _):
        phone, _ = opened(f"sensorserver:ws://127.0.0.1:{port}")
        description = phone.description()
        assert description is not None
        assert description.channels == ("acc_x", "acc_y", "acc_z")


class _Phyphox(BaseHTTPRequestHandler):
    """What phyphox does: buffers with the values above a threshold, in notation with an exponent."""

    begun = 0.0
    measuring = True
    sources = ("accelerometer", "gyroscope")

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/config":
            inputs = []
            for source, name in (
                ("accelerometer", "acc"),
                ("gyroscope", "gyr"),
                ("linear_acceleration", "lin"),
            ):
                if source in self.sources:
                    outputs = [{axis.lower(): f"{name}{axis}"} for axis in "XYZ"] + [{"t": f"{name}_time"}]
                    inputs.append({"source": source, "outputs": outputs})
            body = json.dumps({"title": "case", "buffers": [], "inputs": [{"source": "audio"}, *inputs]})
        else:
            body = self.buffers(dict(parse_qsl(parts.query)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def buffers(self, asked: dict[str, str]) -> str:
        times = np.arange(0.02, time.monotonic() - type(self).begun, 0.01)
        shown = []
        for name, since in asked.items():
            threshold = float(since.partition("|")[0])
            new = times[times > threshold + 1e-7]
            values = {"accZ": new * 0 + 9.81, "gyrX": new * 0 + 0.5}.get(name, new * 0)
            listed = new if name.endswith("time") else values
            numbers = ",".join(f"{value:.7E}" for value in listed)
            shown.append(f'"{name}":{{"size":0,"updateMode":"partial", "buffer":[{numbers}]}}')
        status = f'"session":"a1","measuring":{str(type(self).measuring).lower()}, "timedRun":false'
        return f'{{"buffer":{{{",".join(shown)}}},"status":{{{status}}}}}'

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def phyphoxes(**settings: Any) -> Iterator[tuple[int, type[_Phyphox]]]:
    handler = type("Handler", (_Phyphox,), {"begun": time.monotonic() - 30.0, **settings})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, handler
    finally:
        server.shutdown()
        server.server_close()


def test_phyphox_is_asked_for_what_is_new_and_followed_when_its_time_begins_anew() -> None:
    with phyphoxes() as (port, handler):
        phone, inlet = opened(f"phyphox:http://127.0.0.1:{port}")
        rows, stamps = pulled(inlet, 60)
        assert np.allclose(rows, [0, 0, 9.81, 0.5, 0, 0])
        assert np.allclose(np.diff(stamps), 0.01, atol=1e-4)
        before = stamps[-1]
        handler.begun = time.monotonic()  # type: ignore[attr-defined] # its data was cleared
        until(lambda: inlet.pull(0.1, 512)[1].min(initial=before) < before, "its new time is taken")
        assert phone.clock.sets == 1


def test_phyphox_that_is_paused_says_what_to_press() -> None:
    with phyphoxes(measuring=False) as (port, _):
        absent(f"phyphox:http://127.0.0.1:{port}", "press its play button")


def test_phyphox_without_gravity_is_named_as_what_it_is() -> None:
    with phyphoxes(sources=("linear_acceleration", "gyroscope")) as (port, _):
        phone, _ = opened(f"phyphox:http://127.0.0.1:{port}")
        assert phone.status().sensors == (LINEAR, GYRO)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (b"<html>", "no answer of phyphox"),
        (b"[]", "no object"),
        (b'{"inputs": [{"source": "light", "outputs": 3}]}', "no accelerometer"),
        (b'{"inputs": {"source": "accelerometer"}}', "no accelerometer"),
    ],
)
def test_an_experiment_that_cannot_be_read_is_told(config: bytes, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        phyphox.buffers(config)


def test_osc_of_several_phones_is_told_apart_and_gravity_added() -> None:
    backend, _ = source_backend("osc:0")
    link = following.following("osc:127.0.0.1:0", lambda: osc.OscLink("127.0.0.1", 0))
    assert isinstance(link, osc.OscLink)
    until(lambda: link.port, "it listens")

    def refused() -> int:
        return link.phones.refused.get("OSC that is of no motion sensor", 0)

    with SimpleUDPClient("127.0.0.1", link.port) as client:
        for k in range(60):
            client.send_message("/anna/accelerometer", [0.0, 0.1, 1.0])
            client.send_message("/anna/gyroscope", [1.0, 2.0, 3.0])
            bundle = OscBundleBuilder(1_800_000_000.0 + k / 50)  # type: ignore[arg-type]
            for address, values in (("/ZIGSIM/ben/gravity", (0, 0, 1)), ("/ZIGSIM/ben/accel", (0.5, 0, 0))):
                builder = OscMessageBuilder(address)
                for value in values:
                    builder.add_arg(float(value))
                bundle.add_content(builder.build())  # type: ignore[arg-type]
            client.send(bundle.build())
            client.send_message("/anna/battery", 0.9)
            if k % 10 == 9:  # no more than the system keeps for a reader that waits for its turn
                until(lambda done=k + 1: refused() == done, "what was sent is read")
    until(lambda: len(link.phones.there()) == 2, "two phones")
    until(lambda: all(phone.description() for phone in link.phones.all()), "both are known")
    anna, ben = sorted(link.phones.all(), key=lambda phone: phone.identity.name.lower())
    assert (anna.identity.name, ben.identity.name) == ("anna", "ZIGSIM-ben")
    assert anna.status().sensors == (ACC, GYRO)
    description = anna.description()
    assert description is not None
    assert set(description.units) == {""}  # to be told by its size
    rows, stamps = ben.rows(1.0, 100)
    assert np.allclose(rows, [0.5, 0.0, 1.0])
    assert np.allclose(stamps, 1_800_000_000 + np.arange(60) / 50, atol=1e-4)
    assert link.phones.refused == {"OSC that is of no motion sensor": 60}
    assert backend.find("0", 0.1)


@pytest.mark.parametrize(
    ("address", "sensor"),
    [
        ("/accelerometer", ACC),
        ("/phone/acc", ACC),
        ("/gyrosc/accel", LINEAR),
        ("/gyrosc/rrate", GYRO),
        ("/gyrosc/gravity", osc.GRAVITY),
        ("/linearacceleration", LINEAR),
        ("/user_acceleration", LINEAR),
        ("/1/gyroscope", GYRO),
        ("/rotationrate", GYRO),
        ("/imu", osc.BOTH),
        ("/magnetometer", None),
        ("", None),
    ],
)
def test_the_sensor_that_an_address_of_osc_names(address: str, sensor: str | None) -> None:
    assert osc.sensor_of(address) == sensor


def test_messages_of_a_broker_are_phones_and_boards_and_a_broker_that_comes_back_is_found() -> None:
    with LoopbackBroker() as broker:
        source = f"mqtt:127.0.0.1:{broker.port}/lab/#"
        absent(source, "nothing is published to 'lab/#'")
        times = [1_700_000_000 + k / 50 for k in range(60)]
        boards = [
            {"id": "left", "time": 7 + k / 50, "acc": [0, 0, 9.81], "gyro": [1, 0, 0]} for k in range(60)
        ]
        board = [json.dumps(reading) for reading in boards]
        bad = json.dumps({"acc": "much"})
        payloads = [
            ("lab/phone", message(motion(times))),
            ("lab/x", bad),
            *(("lab/b", text) for text in board),
        ]
        publish.multiple([(topic, payload, 1, False) for topic, payload in payloads], port=broker.port)
        found: dict[str, Any] = {}
        until(lambda: found.update({f.description.name: f for f in looked(source)}) or len(found) == 2, "two")
        assert set(found) == {"phone-0b1c2d", "left"}
        until(lambda: found["left"].handle.status().received == 60, "all of it has come")
        rows, stamps = found["left"].handle.rows(1.0, 100)
        assert np.allclose(rows, [0, 0, 9.81, 1, 0, 0])
        assert np.allclose(stamps, 7 + np.arange(60) / 50)
        assert found["phone-0b1c2d"].handle.status().received == 60
        broker.stop()
        until(lambda: not found["left"].handle.connected, "the loss is seen")
        broker.start()
        again = json.dumps({"id": "left", "time": 100, "acc": [0, 0, 9.81], "gyro": [1, 0, 0]})

        def back() -> bool:
            publish.single("lab/b", again, qos=1, port=broker.port)
            return bool(found["left"].handle.there)

        until(back, "it is back")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("sensorserver:192.168.1.7", "sensorserver:ws://HOST:PORT"),
        ("phyphox:192.168.1.7", "phyphox:http://HOST:PORT"),
        ("phyphox:http://a:99999", "phyphox:http://HOST:PORT"),
        ("osc:9000/anna", r"osc:\[HOST:\]PORT"),
        ("mqtt:broker", r"mqtt:HOST\[:PORT\]/TOPIC"),
        ("mqtt:me:secret@broker/topic", "HNHAR_MQTT_USER"),
        ("mqtts:broker:0/topic", "mqtts:HOST"),
    ],
)
def test_malformed_addresses_are_refused_with_an_example(source: str, words: str) -> None:
    backend, address = source_backend(source)
    with pytest.raises(ConfigError, match=words):
        backend.check(address)


def test_a_password_goes_to_no_other_machine_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HNHAR_MQTT_PASSWORD", "secret")
    for source in ("mqtt:127.0.0.1/lab/#", "mqtt:localhost:1884/lab/#", "mqtts:broker.local/lab/#"):
        backend, address = source_backend(source)
        backend.check(address)
    backend, address = source_backend("mqtt:broker.local/lab/#")
    with pytest.raises(ConfigError, match=r"unencrypted: write mqtts:"):
        backend.check(address)


@pytest.mark.parametrize("scheme", ["sensorserver:ws", "phyphox:http"])
def test_a_phone_that_is_not_there_is_told(scheme: str) -> None:
    absent(f"{scheme}://127.0.0.1:9", "Connect call failed" if "ws" in scheme else "refused")


def test_a_broker_that_is_not_there_is_told() -> None:
    absent("mqtt:127.0.0.1:9/x", "refused")


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"values": [1], "timestamp": 5}', b'{"values": 3}', b"\xff", b"[" * 9999]
)
def test_what_is_no_reading_of_sensor_server_is_refused(text: bytes) -> None:
    with pytest.raises(MessageError):
        sensor_server.decode(ACC, text)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"acc": [1, 2]}', b'{"acc": [1, 2, "3"]}', b"\xff", b"[" * 9999]
)
def test_what_is_no_reading_of_a_board_is_refused(text: bytes) -> None:
    with pytest.raises(MessageError):
        mqtt.decode(text, 0.0)
