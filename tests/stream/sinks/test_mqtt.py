"""What an MQTT broker and Home Assistant get, from a real broker on loopback."""

import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError, MissingExtraError, PublishError
from hnhar.stream.messages import StreamState
from hnhar.stream.sinks import mqtt_link
from hnhar.stream.sinks.context import SinkContext
from hnhar.stream.sinks.mqtt import MqttSink, open_mqtt, open_mqtts
from hnhar.stream.sinks.mqtt_address import PASSWORD, USER
from hnhar.stream.sinks.mqtt_discovery import identifier

from ..examples import LABELS, event, prediction, status, stream_status
from .broker import PATIENCE, Listener, LoopbackBroker

CONTEXT = SinkContext("abc", "weights@1", LABELS, ("p1",))
ONLINE = "hnhar/availability"


@pytest.fixture
def broker() -> Iterator[LoopbackBroker]:
    with LoopbackBroker() as running:
        yield running


@pytest.fixture
def listener(broker: LoopbackBroker) -> Iterator[Listener]:
    with Listener(broker.port) as listening:
        yield listening


def opened(broker: LoopbackBroker, rest: str = "", context: SinkContext = CONTEXT) -> MqttSink:
    return open_mqtt(f"127.0.0.1:{broker.port}{rest}", context)


def take_until(sink: MqttSink, done: Callable[[], bool]) -> None:
    """Statuses, as a run has one each second, until something is true."""
    deadline = time.monotonic() + PATIENCE
    seq = 0
    while not done():
        assert time.monotonic() < deadline
        seq += 1
        sink.take(status(seq))
        time.sleep(0.01)


def settle(sink: MqttSink) -> None:
    """Let the broker confirm all that was published."""
    deadline = time.monotonic() + PATIENCE
    while sink.link.left:
        assert time.monotonic() < deadline
        sink._look()
        time.sleep(0.002)


def got(listener: Listener, topic: str, payload: bytes | None = None) -> bool:
    """Whether this has come by now and since the last look."""
    return any(new[0] == topic and payload in (None, new[1]) for new in listener.look())


def test_a_home_that_looks_later_finds_a_device_for_each_wearer(broker: LoopbackBroker) -> None:
    sink = opened(broker, "/lab/hnhar", replace(CONTEXT, wearers=("anna", "ben")))
    sink.take(status(1, (stream_status(wearer="anna"), stream_status(wearer="ben"))))
    settle(sink)
    with Listener(broker.port) as home:
        home.client.publish("lab/hnhar/last", b"", qos=1)
        home.wait_for("lab/hnhar/last")
        retained = {topic: payload for topic, payload, kept in home.got if kept}
    sink.close()
    assert retained["lab/hnhar/availability"] == b"online"
    configs = {t: json.loads(p) for t, p in retained.items() if t.startswith("homeassistant/")}
    assert sorted(t.split("/")[1] for t in configs) == sorted(
        ["sensor", "sensor", "event", "binary_sensor"] * 2
    )
    for topic, config in configs.items():
        assert topic.endswith("/config")
        assert config["availability_topic"] == "lab/hnhar/availability"
        assert config["state_topic"].rpartition("/")[0] == f"lab/hnhar/{config['device']['name']}"
    assert len({config["unique_id"] for config in configs.values()}) == 8
    assert len({config["device"]["identifiers"][0] for config in configs.values()}) == 2
    (activity,) = [c for c in configs.values() if c["name"] == "Activity" and c["device"]["name"] == "anna"]
    assert activity["options"] == [*LABELS, "unknown"]


def test_the_activity_stands_between_onset_and_offset_and_each_event_comes(
    broker: LoopbackBroker, listener: Listener
) -> None:
    sink = opened(broker)
    sink.take(prediction(1, label="wave", confidence=0.7))
    sink.take(event(1))
    onset = json.loads(listener.wait_for("hnhar/p1/event"))
    assert (onset["event_type"], onset["kind"], onset["label"]) == ("onset", "onset", "wave")
    assert onset["onset_unix_ns"] == event(1).onset_unix_ns
    settle(sink)
    sink.take(prediction(2, label="wave", confidence=0.9, end=101.5))
    state = json.loads(listener.wait_for("hnhar/p1/state", lambda p: b"0.9" in p))
    assert (state["activity"], state["confidence"]) == ("wave", 0.9)
    assert state["since_unix_ns"] == event(1).onset_unix_ns
    sink.take(event(2, kind="offset"))
    assert json.loads(listener.wait_for("hnhar/p1/event"))["duration"] == 1.5
    sink.close()
    listener.wait_for("hnhar/p1/state", lambda p: json.loads(p)["activity"] == "idle")


def test_a_state_that_stays_is_sent_once_a_second(broker: LoopbackBroker, listener: Listener) -> None:
    sink = opened(broker)
    for number in range(17):
        sink.take(prediction(number, end=100.0 + number / 4))
        listener.wait_for("hnhar/p1/prediction")
        settle(sink)
    sink.close()
    listener.wait_for(ONLINE, lambda p: p == b"offline")
    assert sum(topic == "hnhar/p1/state" for topic, _, _ in listener.got) == 5
    assert sum(topic == "hnhar/p1/prediction" for topic, _, _ in listener.got) == 17


def test_a_stream_that_is_lost_is_told(broker: LoopbackBroker, listener: Listener) -> None:
    sink = opened(broker)
    sink.take(status(1))
    assert json.loads(listener.wait_for("hnhar/p1/streams"))["live"] is True
    sink.take(status(2, (stream_status(), stream_status("skeleton", StreamState.LOST))))
    settle(sink)
    told = json.loads(listener.wait_for("hnhar/p1/streams"))
    assert told == {"live": False, "streams": {"imu": "live", "skeleton": "lost"}}
    sink.close()


def test_a_run_that_ends_says_offline_and_one_that_is_killed_has_it_said(
    broker: LoopbackBroker, listener: Listener
) -> None:
    sink = opened(broker)
    listener.wait_for(ONLINE, lambda p: p == b"online")
    sink.close()
    listener.wait_for(ONLINE, lambda p: p == b"offline")
    code = (
        "from hnhar.stream.sinks.mqtt import open_mqtt\n"
        "from hnhar.stream.sinks.context import SinkContext\n"
        f"sink = open_mqtt('127.0.0.1:{broker.port}', SinkContext('x', 'w', ('wave',), ('p1',)))\n"
        "print('open', flush=True)\nimport time\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "open\n"
        listener.wait_for(ONLINE, lambda p: p == b"online")
        run.kill()
    listener.wait_for(ONLINE, lambda p: p == b"offline")


def test_the_late_will_of_a_run_before_does_not_stand(broker: LoopbackBroker, listener: Listener) -> None:
    sink = opened(broker)
    listener.wait_for(ONLINE, lambda p: p == b"online")
    listener.client.publish(ONLINE, b"offline", qos=1, retain=True)
    listener.wait_for(ONLINE, lambda p: p == b"offline")
    take_until(
        sink, lambda: (ONLINE, b"online", False) in listener.got[2:] or got(listener, ONLINE, b"online")
    )
    sink.close()


def test_a_home_that_begins_anew_is_told_everything_again(broker: LoopbackBroker, listener: Listener) -> None:
    sink = opened(broker)
    topic = f"homeassistant/event/{identifier('hnhar', 'p1')}/events/config"
    listener.wait_for(topic)
    listener.client.publish("homeassistant/status", b"online", qos=1)
    take_until(sink, lambda: got(listener, topic))
    sink.close()


def test_a_broker_that_comes_late_gets_the_events_that_waited_and_the_newest_state(
    broker: LoopbackBroker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.stop()
    sink = opened(broker)
    assert "cannot be reached" in caplog.text
    for seq in (1, 2, 3):
        sink.take(event(seq, kind="onset" if seq % 2 else "offset"))
        sink.take(prediction(seq, end=100.0 + 2 * seq))
    broker.start()
    with Listener(broker.port) as listener:
        events = []
        take_until(sink, lambda: sink.link.connected)
        while len(events) < 3:
            events.append(json.loads(listener.wait_for("hnhar/p1/event"))["seq"])
        assert events == [1, 2, 3]
        settle(sink)
        listener.wait_for("hnhar/p1/prediction", lambda p: json.loads(p)["seq"] == 3)
        sink.close()
    assert sink.link.lost == 0
    assert sink.link.overtaken > 0
    assert "is there again" in caplog.text


def test_a_broker_that_was_restarted_and_forgot_all_is_told_all_again(
    broker: LoopbackBroker, caplog: pytest.LogCaptureFixture
) -> None:
    sink = opened(broker)
    sink.take(event(1))
    sink.take(status(1))
    settle(sink)
    broker.stop()
    take_until(sink, lambda: not sink.link.connected)
    sink.take(event(2, kind="offset"))
    broker.start()
    take_until(sink, lambda: sink.link.connected)
    settle(sink)
    with Listener(broker.port) as home:
        assert home.wait_for(ONLINE) == b"online"
        home.wait_for("hnhar/p1/state", lambda p: json.loads(p)["activity"] == "idle")
    sink.close()
    assert "the connection to the broker was lost" in caplog.text


def test_no_more_than_1000_events_wait_and_the_others_are_counted_and_told(
    broker: LoopbackBroker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.stop()
    sink = opened(broker)
    for seq in range(1010):
        sink.take(event(seq))
    assert 10 <= sink.link.lost <= 20  # a few places are taken by states
    assert "1000 events wait already" in caplog.text
    begun = time.monotonic()
    sink.close()
    assert time.monotonic() - begun < PATIENCE
    assert "did not take 10" in caplog.text


def test_a_broker_that_hangs_holds_up_nothing_and_nothing_grows_without_bound(
    broker: LoopbackBroker,
) -> None:
    sink = opened(broker)
    settle(sink)
    broker.hang()
    begun = time.monotonic()
    for number in range(1500):
        sink.take(prediction(number, end=100.0 + number))
        sink.take(event(number))
    assert time.monotonic() - begun < PATIENCE
    assert 500 <= sink.link.lost <= 520
    assert sink.link.left <= mqtt_link.MOST + 10
    broker.go_on()
    settle(sink)
    sink.close()


def passwords(folder: Path) -> Path:
    """amqtt's file of a user `hnhar` with the password `right`."""
    from pwdlib.hashers.argon2 import Argon2Hasher

    path = folder / "passwords"
    path.write_text(f"hnhar:{Argon2Hasher(time_cost=1, memory_cost=64).hash('right')}\n")
    return path


def test_a_wrong_password_is_one_line_and_the_right_one_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = tmp_path / "login"
    login.write_text("hnhar\nright\n")
    with LoopbackBroker(passwords=passwords(tmp_path)) as broker:
        monkeypatch.setenv(USER, "hnhar")
        monkeypatch.setenv(PASSWORD, "wrong")
        with pytest.raises(PublishError, match=rf"refuses: .*{USER}.*login=FILE") as refused:
            opened(broker)
        assert "wrong" not in str(refused.value)
        sink = opened(broker, f"?login={login}")
        assert sink.link.connected
        sink.close()
        monkeypatch.setenv(PASSWORD, "right")
        sink = opened(broker)
        assert sink.link.connected
        assert "right" not in repr(sink.link.address)
        sink.close()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "broker.pem", folder / "broker.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain, private


# paho leaves the socket of a handshake that failed to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_needs_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    with LoopbackBroker(certificate=(chain, key)) as broker:
        with pytest.raises(PublishError, match=r"self.signed certificate.*\?ca=FILE"):
            open_mqtts(f"127.0.0.1:{broker.port}", CONTEXT)
        sink = open_mqtts(f"127.0.0.1:{broker.port}/hnhar?ca={chain}", CONTEXT)
        assert sink.link.connected
        sink.close()
        with pytest.raises(ConfigError, match=r"ca=.*login cannot be used"):
            open_mqtts(f"127.0.0.1:{broker.port}?ca={tmp_path / 'login'}", CONTEXT)


def test_what_listens_there_and_is_no_broker_is_told_and_does_not_hold_up_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mqtt_link, "FIRST", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sink = open_mqtt(f"127.0.0.1:{silent.getsockname()[1]}", CONTEXT)
        assert "has not answered as a broker" in caplog.text
        sink.take(event())
        sink.close()
    assert "did not take" in caplog.text


def test_a_wearer_with_such_a_name_has_topics(broker: LoopbackBroker) -> None:
    with Listener(broker.port, "hnhar/#") as listener:
        sink = opened(broker, context=replace(CONTEXT, wearers=("w#1+2",)))
        sink.take(event(wearer="w#1+2"))
        assert json.loads(listener.wait_for("hnhar/w%231%2B2/event"))["wearer"] == "w#1+2"
        sink.close()


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"--sink mqtt: needs .*hnhar\[sinks\]"):
        open_mqtt("127.0.0.1", CONTEXT)


def test_the_log_says_nothing_of_a_run_without_losses(
    broker: LoopbackBroker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    sink = opened(broker)
    sink.take(event())
    sink.close()
    assert not caplog.records
