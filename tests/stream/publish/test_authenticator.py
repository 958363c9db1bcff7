"""CURVE with real sockets: who is let in, who is not, and that it fails closed. The files:
test_curve_keys.py.
"""

import itertools
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError, PublishError
from hnhar.stream import Subscriber
from hnhar.stream.publish import keys as curve
from hnhar.stream.publish.addresses import parse_address
from hnhar.stream.publish.publisher import Publisher

from .. import examples
from .publishing import until

DAY = "2026-11-24"
Connect = Callable[..., Subscriber]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A publisher's keys, and anna.subscriber beside the folder."""
    folder = tmp_path / "keys"
    curve.make(folder)
    curve.add(folder, "anna", tmp_path / "anna.subscriber", DAY)
    return folder


@pytest.fixture
def publisher(keys: Path) -> Iterator[Publisher]:
    with Publisher("tcp://127.0.0.1:0", curve_keys=keys) as made:
        yield made


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Subscribers that try again soon; closed at the end."""
    monkeypatch.setattr("hnhar.stream.publish.subscriber._RECONNECT", 0.2)
    with ExitStack() as stack:

        def made(address: str, keys: Path | None, **options: str) -> Subscriber:
            return stack.enter_context(Subscriber(address, curve_keys=keys, **options))

        yield made


def gets(publisher: Publisher, subscriber: Subscriber) -> bool:
    """Publish until the subscriber has a message (True), or knows that it is not let in (False)."""
    got: list[bool] = []
    numbers = itertools.count(max(publisher.last_seq.values(), default=0) + 1)

    def answered() -> bool:
        publisher.publish(examples.event(next(numbers)))
        if subscriber.receive(0.02) is not None:
            got.append(True)
        elif subscriber.refusal:
            got.append(False)
        return bool(got)

    until(publisher, answered)
    return got[0]


def test_a_subscriber_that_was_added_is_let_in(publisher: Publisher, keys: Path, connect: Connect) -> None:
    assert gets(publisher, connect(publisher.address, keys.parent / "anna.subscriber"))
    assert publisher.authenticator is not None
    assert (publisher.authenticator.admitted, publisher.authenticator.refused) == (1, 0)


def test_the_folder_of_a_subscribers_file_does_as_well(
    publisher: Publisher, keys: Path, connect: Connect
) -> None:
    assert gets(publisher, connect(publisher.address, keys.parent))


def test_whoever_has_no_key_gets_nothing(publisher: Publisher, connect: Connect) -> None:
    stranger = connect(publisher.address, None)
    assert not gets(publisher, stranger)
    assert publisher.subscribers == 0


def test_an_unknown_key_gets_nothing_and_the_log_says_so_once(
    publisher: Publisher, keys: Path, tmp_path: Path, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    # all right in every respect but that it is not on the list
    anna = curve.subscriber_keys(tmp_path / "anna.subscriber")
    curve.add(keys, "eve", tmp_path / "eve.subscriber", DAY)
    curve.revoke(keys, "eve")
    with caplog.at_level(logging.WARNING, "hnhar"):
        for _ in range(3):
            eve = connect(publisher.address, tmp_path / "eve.subscriber")
            assert not gets(publisher, eve)
    assert "does not know this key" in eve.refusal
    assert caplog.text.count("was refused") == 1
    assert publisher.authenticator is not None
    assert publisher.authenticator.admitted == 0
    assert anna.secret not in caplog.text


def test_a_subscriber_with_the_key_of_another_publisher_believes_nobody(
    publisher: Publisher, tmp_path: Path, connect: Connect
) -> None:
    other = tmp_path / "other"
    curve.make(other)
    curve.add(other, "anna", tmp_path / "other.subscriber", DAY)
    assert not gets(publisher, connect(publisher.address, tmp_path / "other.subscriber"))


def test_a_subscriber_with_keys_takes_nothing_that_is_not_encrypted(
    tmp_path: Path, keys: Path, connect: Connect
) -> None:
    with Publisher("tcp://127.0.0.1:0") as plain:
        assert not gets(plain, connect(plain.address, tmp_path / "anna.subscriber"))


def test_when_the_authenticator_stops_nobody_new_gets_in_and_those_inside_stay(
    publisher: Publisher, keys: Path, tmp_path: Path, connect: Connect
) -> None:
    anna = connect(publisher.address, tmp_path / "anna.subscriber")
    assert gets(publisher, anna)
    curve.add(keys, "ben", tmp_path / "ben.subscriber", DAY)
    curve.add(keys, "eve", tmp_path / "eve.subscriber", DAY)
    curve.revoke(keys, "eve")
    assert publisher.authenticator is not None
    publisher.authenticator.stop()
    assert not publisher.authenticator.alive
    for who in ("ben", "eve"):
        assert not gets(publisher, connect(publisher.address, tmp_path / f"{who}.subscriber"))
    assert not gets(publisher, connect(publisher.address, None))
    assert publisher.subscribers == 1
    assert gets(publisher, anna)


def test_when_the_authenticator_breaks_off_nobody_new_gets_in(
    publisher: Publisher, tmp_path: Path, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    authenticator = publisher.authenticator
    assert authenticator is not None
    # its own end of the pipe to it, gone under its feet
    authenticator._inner.close(0)
    until(publisher, lambda: not authenticator.alive)
    assert "broke off" in caplog.text
    assert not gets(publisher, connect(publisher.address, tmp_path / "anna.subscriber"))


def test_a_list_that_others_could_write_lets_nobody_in(
    publisher: Publisher, keys: Path, tmp_path: Path, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    (keys / curve.LIST).chmod(0o666)
    assert not gets(publisher, connect(publisher.address, tmp_path / "anna.subscriber"))
    assert "could let themselves in" in caplog.text


def test_revoking_keeps_out_ends_the_connection_that_exists_and_costs_others_nothing(
    publisher: Publisher, keys: Path, tmp_path: Path, connect: Connect
) -> None:
    curve.add(keys, "ben", tmp_path / "ben.subscriber", DAY)
    anna = connect(publisher.address, tmp_path / "anna.subscriber")
    ben = connect(publisher.address, tmp_path / "ben.subscriber")
    assert gets(publisher, anna)
    assert gets(publisher, ben)
    curve.revoke(keys, "ben")

    def ended() -> bool:
        publisher.publish(examples.event(publisher.sent + 1))
        anna.receive(0.01)
        ben.receive(0.01)
        return bool(ben.refusal)

    until(publisher, ended)
    assert publisher.subscribers == 1
    assert gets(publisher, anna)
    assert anna.lost == {}
    assert not gets(publisher, connect(publisher.address, tmp_path / "ben.subscriber"))


def test_who_is_added_while_it_runs_is_let_in_at_its_next_attempt(
    publisher: Publisher, keys: Path, tmp_path: Path, connect: Connect
) -> None:
    listed = (keys / curve.LIST).read_text()
    (keys / curve.LIST).write_text("# nobody\n")
    anna = connect(publisher.address, tmp_path / "anna.subscriber")
    assert not gets(publisher, anna)
    (keys / curve.LIST).write_text(listed)
    until(publisher, lambda: anna.receive(0.01) is None and anna.connected)
    assert anna.refusal == ""
    assert gets(publisher, anna)


def test_a_name_that_is_given_again_does_not_revive_its_old_key(
    publisher: Publisher, keys: Path, tmp_path: Path, connect: Connect
) -> None:
    curve.revoke(keys, "anna")
    curve.add(keys, "anna", tmp_path / "new.subscriber", DAY)
    assert not gets(publisher, connect(publisher.address, tmp_path / "anna.subscriber"))
    assert gets(publisher, connect(publisher.address, tmp_path / "new.subscriber"))


def test_the_longest_topics_pass_with_curve_on(keys: Path, tmp_path: Path, connect: Connect) -> None:
    prefix, wearer = "x" * 256, "w" * 64
    with Publisher("tcp://127.0.0.1:0", curve_keys=keys, topic_prefix=prefix) as publisher:
        subscriber = connect(
            publisher.address, tmp_path / "anna.subscriber", topic_prefix=prefix, wearer=wearer
        )
        until(publisher, lambda: subscriber.receive(0.01) is None and publisher.subscriptions == 3)
        publisher.publish(examples.prediction(wearer=wearer))
        received = subscriber.receive(10)
        assert received is not None
        assert received.topic == f"{prefix}/prediction/{wearer}/"


def test_an_ipc_socket_can_be_encrypted_too(keys: Path, tmp_path: Path, connect: Connect) -> None:
    with Publisher(f"ipc://{tmp_path / 'socket'}", curve_keys=keys) as publisher:
        assert gets(publisher, connect(publisher.address, tmp_path / "anna.subscriber"))
        assert not gets(publisher, connect(publisher.address, None))


def test_with_keys_other_machines_may_be_served_and_without_they_may_not(
    keys: Path, tmp_path: Path, connect: Connect
) -> None:
    with pytest.raises(PublishError, match="--curve-keys"):
        Publisher("tcp://0.0.0.0:0")
    with Publisher("tcp://0.0.0.0:0", curve_keys=keys) as publisher:
        local = publisher.address.replace("0.0.0.0", "127.0.0.1")
        assert gets(publisher, connect(local, tmp_path / "anna.subscriber"))
        assert not gets(publisher, connect(local, None))


def test_keys_that_cannot_be_used_are_refused_before_anything_is_bound(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with pytest.raises(ConfigError, match="hnhar-keys make"):
        Publisher(f"ipc://{path}", curve_keys=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encrypted", [True, False])
def test_what_passes_over_the_wire_is_unreadable_with_keys_and_readable_without(
    encrypted: bool, keys: Path, tmp_path: Path, connect: Connect
) -> None:
    with (
        Publisher("tcp://127.0.0.1:0", curve_keys=keys if encrypted else None) as publisher,
        Wire(parse_address(publisher.address).port) as wire,
    ):
        subscriber = connect(wire.address, tmp_path / "anna.subscriber" if encrypted else None)
        assert gets(publisher, subscriber)
    for text in (b"hnhar/v1", b"wave", b"onset"):
        assert (text in wire.passed) is not encrypted


class Wire:
    """A relay of one connection to a port of this machine, which keeps what passes either way."""

    def __init__(self, port: int) -> None:
        self.passed = b""
        self._port = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "Wire":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # the publisher closes after this: its end is shut from here
        self._server.close()
        for end in self._ends:
            end.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        for end in self._ends:
            end.close()

    def _serve(self) -> None:
        near, _ = self._server.accept()
        far = socket.create_connection(("127.0.0.1", self._port))
        self._ends = (near, far)
        back = threading.Thread(target=self._pump, args=(far, near))
        back.start()
        self._pump(near, far)
        back.join(10)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.passed += data
                sink.sendall(data)
        except OSError:
            # the other end has gone, which ends the relay
            return
