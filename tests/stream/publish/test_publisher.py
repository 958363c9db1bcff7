import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgpack
import pytest
import zmq

from hnhar.model.errors import ConfigError, PublishError
from hnhar.stream.publish.addresses import parse_address
from hnhar.stream.publish.publisher import Publisher

from .. import examples
from .publishing import until


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher("tcp://127.0.0.1:0") as made:
        yield made


@pytest.fixture
def reader() -> Iterator[Callable[..., "zmq.Socket[bytes]"]]:
    """Plain SUB sockets, as somebody without hnhar would open."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    opened: list[zmq.Socket[bytes]] = []

    def connect(address: str, topic: str = "") -> "zmq.Socket[bytes]":
        made = context.socket(zmq.SUB)
        opened.append(made)
        made.setsockopt(zmq.RCVTIMEO, 5000)
        made.subscribe(topic)
        made.connect(address)
        return made

    yield connect
    context.destroy(linger=0)


def test_port_zero_picks_a_port_and_says_which(publisher: Publisher) -> None:
    assert parse_address(publisher.address).port > 0


def test_messages_are_two_frames_that_msgpack_alone_reads(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    plain = reader(publisher.address, "hnhar/v1/prediction/p1/")
    until(publisher, lambda: publisher.subscribers == 1)
    publisher.publish(examples.prediction(seq=3))
    topic, payload = plain.recv_multipart()
    content = msgpack.unpackb(payload)
    assert topic == b"hnhar/v1/prediction/p1/"
    assert (content["v"], content["type"], content["publisher"]) == (1, "prediction", publisher.id)
    assert (content["label"], content["seq"]) == ("wave", 3)


def test_subscribers_are_counted_as_they_come_and_go(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    first, second = reader(publisher.address), reader(publisher.address)
    first.subscribe("hnhar/v1/event/")
    until(publisher, lambda: publisher.subscribers == 2)
    second.close(0)
    until(publisher, lambda: publisher.subscribers == 1)
    first.close(0)
    until(publisher, lambda: publisher.subscribers == 0)


def test_a_connection_that_speaks_no_zeromq_is_not_a_subscriber(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    address = parse_address(publisher.address)
    with socket.create_connection((address.host, address.port)) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        reader(publisher.address)
        until(publisher, lambda: publisher.subscribers == 1)


def test_a_late_joiner_gets_the_last_status_marked_as_a_repeat(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    first = reader(publisher.address, "hnhar/v1/status/")
    until(publisher, lambda: publisher.subscribers == 1)
    publisher.publish(examples.status(seq=4))
    assert msgpack.unpackb(first.recv_multipart()[1])["repeat"] is False
    late = reader(publisher.address, "hnhar/v1/status/")
    until(publisher, lambda: bool(late.poll(0)))
    content = msgpack.unpackb(late.recv_multipart()[1])
    assert (content["seq"], content["repeat"]) == (4, True)


def test_predictions_and_events_are_not_repeated_to_late_joiners(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    publisher.publish(examples.prediction())
    publisher.publish(examples.event())
    publisher.publish(examples.status())
    late = reader(publisher.address)
    until(publisher, lambda: bool(late.poll(0)))
    publisher.publish(examples.event(seq=2))
    topics = [late.recv_multipart()[0], late.recv_multipart()[0]]
    assert topics == [b"hnhar/v1/status/", b"hnhar/v1/event/p1/"]


def test_a_status_of_more_channels_than_fit_is_sent_without_them(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    plain = reader(publisher.address, "hnhar/v1/status/")
    until(publisher, lambda: publisher.subscribers == 1)
    one = examples.stream_status()
    assert one.description is not None
    suit = replace(one.description, channels=("x" * 200,) * 4000, units=("m",) * 4000)
    publisher.publish(examples.status(seq=4, streams=(replace(one, description=suit),) * 2))
    content = msgpack.unpackb(plain.recv_multipart()[1])
    assert content["seq"] == 4
    assert [stream["description"]["channels"] for stream in content["streams"]] == [[], []]
    assert content["streams"][0]["description"]["name"] == "hnhar-imu"


def test_a_status_tells_the_address_the_subscribers_and_the_last_sequences(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    plain = reader(publisher.address, "hnhar/v1/status/")
    until(publisher, lambda: publisher.subscribers == 1)
    publisher.publish(examples.prediction(seq=9))
    publisher.publish(examples.status())
    content = msgpack.unpackb(plain.recv_multipart()[1])
    assert content["last_seq"] == {"hnhar/v1/prediction/p1/": 9}
    assert (content["address"], content["subscribers"]) == (publisher.address, 1)
    assert publisher.last_seq == {"hnhar/v1/prediction/p1/": 9, "hnhar/v1/status/": 1}


def test_a_subscriber_that_never_reads_holds_nothing_up(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    stalled = reader(publisher.address, "hnhar/v1/prediction/")
    until(publisher, lambda: publisher.subscribers == 1)
    for seq in range(1, 20_001):
        publisher.publish(examples.prediction(seq=seq))
    assert publisher.sent == 20_000
    # what it reads at last ends long before what was sent: the newest were dropped, and nobody waited
    received = 0
    while stalled.poll(300):
        stalled.recv_multipart()
        received += 1
    assert 0 < received < 20_000


def test_a_flood_of_subscriptions_does_not_stop_publishing(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    good = reader(publisher.address, "hnhar/v1/event/")
    flood = reader(publisher.address)
    for number in range(5000):
        flood.subscribe(f"{number}".rjust(200, "x"))
    until(publisher, lambda: publisher.subscribers == 2)
    publisher.publish(examples.event())
    assert good.recv_multipart()[0] == b"hnhar/v1/event/p1/"


def test_an_oversized_subscription_costs_its_sender_the_connection(
    publisher: Publisher, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    good = reader(publisher.address, "hnhar/v1/event/")
    until(publisher, lambda: publisher.subscribers == 1)
    reader(publisher.address, "x" * 2000)
    publisher.publish(examples.event())
    assert good.recv_multipart()[0] == b"hnhar/v1/event/p1/"
    until(publisher, lambda: publisher.subscribers == 1)


def test_a_taken_port_is_refused_with_the_address_and_who_holds_it(publisher: Publisher) -> None:
    with pytest.raises(PublishError, match="another port") as caught:
        Publisher(publisher.address)
    assert publisher.address in str(caught.value)
    if sys.platform == "linux":
        assert f"process {os.getpid()}" in str(caught.value)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://127.0.0.1:99999", "1 to 65535"),
        ("tcp://127.0.0.1:65536", "1 to 65535"),
        ("tcp://127.0.0.1", "a host and a port"),
        ("tcp://127.0.0.1:-1", "a host and a port"),
        ("tcp://:5557", "a host and a port"),
        ("127.0.0.1:5557", "not an address"),
        ("udp://127.0.0.1:5557", "not an address"),
        ("", "not an address"),
        ("ipc://", "no path"),
        ("ipc://" + "x" * 108, "107 bytes"),
        ("ipc:///nowhere/at/all/socket", "No such file"),
        ("tcp://0.0.0.0:0", "--insecure"),
        ("tcp://*:0", "--insecure"),
        ("tcp://[::]:0", "--insecure"),
        ("tcp://192.0.2.1:0", "--insecure"),
    ],
)
def test_an_address_that_cannot_or_should_not_be_bound_is_refused(address: str, says: str) -> None:
    with pytest.raises(PublishError, match=says):
        Publisher(address)


def test_an_address_of_another_machine_is_refused_also_when_insisting() -> None:
    with pytest.raises(PublishError, match=r"192\.0\.2\.1"):
        Publisher("tcp://192.0.2.1:0", insecure=True)


def test_insisting_publishes_to_other_machines() -> None:
    with Publisher("tcp://0.0.0.0:0", insecure=True) as publisher:
        assert publisher.address.startswith("tcp://0.0.0.0:")


def test_localhost_is_bound_although_libzmq_takes_no_names() -> None:
    with Publisher("tcp://localhost:0") as publisher:
        assert publisher.address.startswith("tcp://127.0.0.1:")


def test_a_bad_prefix_is_refused_before_anything_is_bound() -> None:
    with pytest.raises(ConfigError, match="topic prefix"):
        Publisher("tcp://127.0.0.1:0", topic_prefix="")


def test_an_ipc_path_is_private_taken_once_and_free_after_closing(
    tmp_path: Path, reader: Callable[..., "zmq.Socket[bytes]"]
) -> None:
    path = tmp_path / "hnhar"
    with Publisher(f"ipc://{path}") as publisher:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(PublishError, match=f"process {os.getpid()}"):
            Publisher(f"ipc://{path}")
        plain = reader(publisher.address)
        until(publisher, lambda: publisher.subscribers == 1)
        publisher.publish(examples.event())
        assert plain.recv_multipart()[0] == b"hnhar/v1/event/p1/"
    assert list(tmp_path.iterdir()) == []
    Publisher(f"ipc://{path}").close()


def test_an_ipc_path_of_a_publisher_that_was_killed_is_free(tmp_path: Path) -> None:
    path = tmp_path / "hnhar"
    script = (
        "import os; from hnhar.stream.publish.publisher import Publisher;"
        f"p = Publisher('ipc://{path}'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert path.exists()
    Publisher(f"ipc://{path}").close()


def test_a_file_of_the_user_is_never_replaced_by_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "thesis"
    path.write_text("years of work")
    with pytest.raises(PublishError, match="no socket"):
        Publisher(f"ipc://{path}")
    assert path.read_text() == "years of work"


def test_a_second_thread_is_told_that_the_socket_is_not_its_own(publisher: Publisher) -> None:
    publisher.poll()
    caught: list[BaseException] = []

    def intrude() -> None:
        try:
            publisher.publish(examples.event())
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join(5)
    assert "belongs to the thread" in str(caught[0])


def test_a_closed_publisher_says_so_and_closes_only_once(publisher: Publisher) -> None:
    publisher.close()
    publisher.close()
    with pytest.raises(PublishError, match="closed"):
        publisher.publish(examples.event())
