import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import msgpack
import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from hnhar.model.errors import ConfigError, PublishError
from hnhar.stream import Subscriber
from hnhar.stream.messages import Event, Prediction, Status
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.sequences import Sequences
from hnhar.stream.publish.subscriber import Received
from hnhar.stream.publish.wire import MAX_PAYLOAD, WireVersionError, pack

from .. import examples

TOPIC = "hnhar/v1/prediction/p1/"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher("tcp://127.0.0.1:0") as made:
        yield made


@pytest.fixture
def raw() -> Iterator[tuple["zmq.Socket[bytes]", str]]:
    """A socket that publishes whatever bytes a test wants, and its address."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    made = context.socket(zmq.XPUB)
    made.setsockopt(zmq.RCVTIMEO, 5000)
    port = made.bind_to_random_port("tcp://127.0.0.1")
    yield made, f"tcp://127.0.0.1:{port}"
    context.destroy(linger=0)


def joined(publisher: Publisher, subscriptions: int = 3) -> None:
    """Wait until so many subscriptions are in force; a subscriber to everything makes three."""
    deadline = time.monotonic() + 10
    while publisher.subscriptions < subscriptions:
        assert time.monotonic() < deadline, "nobody joined within 10 s"
        publisher.poll()


def await_topics(socket: "zmq.Socket[bytes]", count: int) -> None:
    """Wait until a raw publisher has seen so many subscriptions."""
    for _ in range(count):
        socket.recv()


def next_of(subscriber: Subscriber) -> Received:
    received = subscriber.receive(10)
    assert received is not None
    return received


def test_messages_come_typed_and_in_order(publisher: Publisher) -> None:
    with Subscriber(publisher.address) as subscriber:
        joined(publisher)
        publisher.publish(examples.prediction(seq=1))
        publisher.publish(examples.event(seq=1))
        publisher.publish(examples.status(seq=1))
        got = [received for _, received in zip(range(3), subscriber, strict=False)]
    assert [type(received.message) for received in got] == [Prediction, Event, Status]
    assert got[0] == Received(TOPIC, publisher.id, examples.prediction(seq=1))


def test_only_the_kinds_and_the_wearer_asked_for_come(publisher: Publisher) -> None:
    with Subscriber(publisher.address, kinds=("event",), wearer="s1") as subscriber:
        joined(publisher, 2)
        for wearer in ("s10", "s1", "s2"):
            publisher.publish(examples.prediction(wearer=wearer))
            publisher.publish(examples.event(wearer=wearer))
        publisher.publish(examples.status())
        publisher.publish(examples.event(seq=2, wearer="s1"))
        assert [next_of(subscriber).topic for _ in range(2)] == ["hnhar/v1/event/s1/"] * 2
        assert subscriber.receive(0) is None
        assert subscriber.lost == {}


def test_a_missing_sequence_is_counted_and_told_with_the_next_message(publisher: Publisher) -> None:
    with Subscriber(publisher.address) as subscriber:
        joined(publisher)
        for seq in (5, 6, 9):
            publisher.publish(examples.prediction(seq=seq))
        assert [next_of(subscriber).lost for _ in range(3)] == [0, 0, 2]
        assert subscriber.lost == {TOPIC: 2}


def test_a_loss_that_no_later_message_shows_is_found_by_the_next_status(
    raw: tuple["zmq.Socket[bytes]", str],
) -> None:
    socket, address = raw
    with Subscriber(address, kinds=("prediction",)) as subscriber:
        await_topics(socket, 2)
        socket.send_multipart(pack(examples.prediction(seq=5), "run1"))
        socket.send_multipart(pack(replace(examples.status(), last_seq={TOPIC: 8}), "run1"))
        assert next_of(subscriber).lost == 0
        assert subscriber.receive(0.5) is None
        assert subscriber.lost == {TOPIC: 3}


def test_silence_is_not_loss(publisher: Publisher) -> None:
    with Subscriber(publisher.address) as subscriber:
        joined(publisher)
        publisher.publish(examples.prediction(seq=5))
        for seq in (1, 2, 3):
            publisher.publish(examples.status(seq=seq))
        for _ in range(4):
            next_of(subscriber)
        assert subscriber.receive(0) is None
        assert subscriber.connected
        assert subscriber.lost == {}


def test_a_late_joiner_lost_nothing_and_has_the_status_at_once(publisher: Publisher) -> None:
    for seq in range(1, 50):
        publisher.publish(examples.prediction(seq=seq))
    publisher.publish(examples.status(seq=7))
    with Subscriber(publisher.address) as subscriber:
        joined(publisher)
        deadline = time.monotonic() + 10
        while (received := subscriber.receive(0.05)) is None:
            assert time.monotonic() < deadline
            publisher.poll()
        assert (received.message.seq, received.repeat) == (7, True)
        publisher.publish(examples.prediction(seq=50))
        publisher.publish(examples.status(seq=8))
        assert [next_of(subscriber).lost for _ in range(2)] == [0, 0]
        assert subscriber.lost == {}


def test_those_who_have_a_status_do_not_see_its_repeat_for_others(publisher: Publisher) -> None:
    with Subscriber(publisher.address) as first:
        joined(publisher)
        publisher.publish(examples.status(seq=1))
        assert next_of(first).message.seq == 1
        with Subscriber(publisher.address) as second:
            deadline = time.monotonic() + 10
            while second.receive(0.05) is None:
                assert time.monotonic() < deadline
                publisher.poll()
            publisher.publish(examples.status(seq=2))
            assert next_of(first).message.seq == 2


def test_a_restarted_publisher_is_found_again_and_counts_as_no_loss() -> None:
    with Publisher("tcp://127.0.0.1:0") as publisher:
        address = publisher.address
        with Subscriber(address) as subscriber:
            joined(publisher)
            publisher.publish(examples.prediction(seq=500))
            first = next_of(subscriber)
            publisher.close()
            with Publisher(address) as again:
                # ZeroMQ subscribes anew while the subscriber waits
                while again.subscriptions < 3:
                    assert subscriber.receive(0.01) is None
                    again.poll()
                again.publish(examples.prediction(seq=3))
                second = next_of(subscriber)
            assert first.publisher != second.publisher
            assert (second.message.seq, subscriber.lost) == (3, {})


def test_what_cannot_be_read_is_counted_and_passed_over(raw: tuple["zmq.Socket[bytes]", str]) -> None:
    socket, address = raw
    with Subscriber(address) as subscriber:
        await_topics(socket, 3)
        socket.send_multipart([b"hnhar/v1/status/", b"garbage"])
        socket.send_multipart([b"hnhar/v1/status/"])
        socket.send_multipart(pack(examples.event(), "run1"))
        assert next_of(subscriber).topic == "hnhar/v1/event/p1/"
        assert subscriber.malformed == 2


def test_a_newer_publisher_is_an_error_and_no_silence(raw: tuple["zmq.Socket[bytes]", str]) -> None:
    socket, address = raw
    with Subscriber(address) as subscriber:
        await_topics(socket, 3)
        socket.send_multipart([b"hnhar/v1/status/", msgpack.packb({"v": 2})])
        with pytest.raises(WireVersionError):
            subscriber.receive(10)


@pytest.mark.slow
def test_it_comes_back_after_a_message_too_large_to_take(raw: tuple["zmq.Socket[bytes]", str]) -> None:
    socket, address = raw
    with Subscriber(address) as subscriber:
        await_topics(socket, 3)
        socket.send_multipart([b"hnhar/v1/status/", b"x" * (MAX_PAYLOAD + 1)])
        socket.setsockopt(zmq.RCVTIMEO, 0)
        deadline = time.monotonic() + 30
        received = None
        while received is None:
            assert time.monotonic() < deadline
            socket.send_multipart(pack(examples.event(), "run1"))
            received = subscriber.receive(0.2)
        assert received.topic == "hnhar/v1/event/p1/"


def test_waiting_ends_at_its_timeout_where_nobody_publishes() -> None:
    with Subscriber("tcp://127.0.0.1:1") as subscriber:
        assert subscriber.receive(0.05) is None
        assert not subscriber.connected


def test_a_closed_subscriber_ends_its_iteration(publisher: Publisher) -> None:
    subscriber = Subscriber(publisher.address)
    subscriber.close()
    subscriber.close()
    assert list(subscriber) == []


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:99999", "tcp://127.0.0.1:0", "tcp://*:5557", "nonsense"]
)
def test_an_address_that_cannot_be_reached_is_refused(address: str) -> None:
    with pytest.raises(PublishError):
        Subscriber(address)


def test_unknown_kinds_and_impossible_wearers_are_refused() -> None:
    with pytest.raises(ConfigError, match="rumor"):
        Subscriber("tcp://127.0.0.1:5557", kinds=("rumor",))
    with pytest.raises(ConfigError, match="wearer id"):
        Subscriber("tcp://127.0.0.1:5557", wearer="a/b")


def test_importing_the_subscriber_loads_no_torch_no_lsl_and_no_dashboard() -> None:
    script = "import sys; from hnhar.stream import Subscriber; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "hnhar.stream.publish.subscriber" in loaded
    assert not {"torch", "pylsl", "scipy", "rich"} & set(loaded)


@given(lost=st.sets(st.integers(1, 40)), joined_at=st.integers(0, 20), every=st.integers(1, 7))
def test_what_is_counted_is_what_was_lost_since_joining(lost: set[int], joined_at: int, every: int) -> None:
    sequences = Sequences()
    arrived = [seq for seq in range(joined_at, 41) if seq not in lost]
    told = 0
    for seq in range(joined_at, 41):
        if seq in arrived:
            told += sequences.take("run1", TOPIC, seq) or 0
        if seq % every == 0:
            sequences.compare("run1", {TOPIC: seq})
    sequences.compare("run1", {TOPIC: 40})
    # joined with the first message or the first status, whichever came first
    firsts = [*arrived[:1], *(seq for seq in range(joined_at, 41) if seq % every == 0)]
    first = min(firsts, default=40)
    assert sequences.lost.get(TOPIC, 0) == len([seq for seq in lost if seq > first])
    assert told <= sequences.lost.get(TOPIC, 0)


def test_a_sequence_that_begins_anew_without_a_new_publisher_loses_nothing() -> None:
    sequences = Sequences()
    assert [sequences.take("run1", TOPIC, seq) for seq in (8, 9, 1, 2)] == [0, 0, 0, 0]
    assert sequences.lost == {}


def test_two_publishers_on_one_address_are_counted_apart() -> None:
    sequences = Sequences()
    order = [("a", 1), ("b", 70), ("a", 2), ("b", 72)]
    assert [sequences.take(run, TOPIC, seq) for run, seq in order] == [0, 0, 0, 1]


def test_a_message_that_waits_when_the_connection_is_made_anew_is_read() -> None:
    # in a process of its own: libzmq aborts where the connection goes while a message is half read
    script = (
        "import time\n"
        "from hnhar.stream.publish import subscriber as module\n"
        "from hnhar.stream.publish.publisher import Publisher\n"
        "from hnhar.stream.fleet.merge import EMPTY\n"
        "module._RECONNECT = -1.0\n"  # at once where nobody is at the other end
        "publisher = Publisher('tcp://127.0.0.1:0')\n"
        "reader = module.Subscriber(publisher.address)\n"
        "while publisher.subscriptions < 3 or not reader.connected:\n"
        "    publisher.poll()\n"
        "    reader._link.update()\n"
        "    time.sleep(0.002)\n"
        "publisher.publish(EMPTY)\n"
        "reader._socket.poll(10_000)\n"
        "publisher.close()\n"
        "while reader.connected:\n"
        "    reader._link.update()\n"
        "    time.sleep(0.002)\n"
        "received = reader.receive(5.0)\n"
        "assert received is not None\n"
        "assert reader.receive(0.3) is None\n"
        "reader.close()\n"
        "print('read')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (0, "read\n"), done.stderr
