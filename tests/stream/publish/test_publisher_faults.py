"""What a laboratory does to a publisher, with real sockets and processes: readers that freeze, die, flood or
talk nonsense, and a publisher that is killed. In each, whoever behaves loses nothing.
"""

import fcntl
import os
import random
import signal
import socket
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import zmq

from hnhar.model.errors import PublishError
from hnhar.stream import Subscriber
from hnhar.stream.publish.addresses import parse_address
from hnhar.stream.publish.peers import hang_up
from hnhar.stream.publish.publisher import MOST_TOPICS, Publisher
from hnhar.stream.publish.wire import pack

from .. import examples
from .publishing import DEADLINE, line, python, until

TOPIC = "hnhar/v1/prediction/p1/"
READER = """
import sys
from hnhar.stream import Subscriber
with Subscriber({address!r}, kinds=("prediction",)) as subscriber:
    received = 0
    for message in subscriber:
        received += 1
        print(message.message.seq, received, sum(subscriber.lost.values()), flush=True)
"""
PUBLISHER = """
import sys, time
sys.path.insert(0, {tests!r})
from tests.stream import examples
from hnhar.stream.publish.publisher import Publisher
with Publisher({address!r}) as publisher:
    print(publisher.address, publisher.id, flush=True)
    while True:
        publisher.publish(examples.prediction(seq=publisher.sent + 1))
        time.sleep(0.01)
"""
ROOT = str(Path(__file__).resolve().parents[3])


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher("tcp://127.0.0.1:0") as made:
        yield made


@pytest.fixture
def witness(publisher: Publisher) -> Iterator[Subscriber]:
    """A subscriber that behaves, and is there already."""
    with Subscriber(publisher.address, kinds=("prediction",)) as made:
        until(publisher, lambda: publisher.subscriptions == 2 and made.receive(0) is None)
        yield made


Connect = Callable[[int], "zmq.Socket[bytes]"]


@pytest.fixture
def connect(publisher: Publisher) -> Iterator[Connect]:
    """Sockets that are connected to the publisher, as somebody without hnhar would have."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    opened: list[zmq.Socket[bytes]] = []

    def connected(kind: int) -> "zmq.Socket[bytes]":
        made = context.socket(kind)
        opened.append(made)
        made.setsockopt(zmq.RCVTIMEO, 10_000)
        made.setsockopt(zmq.RECONNECT_IVL, -1)
        made.connect(publisher.address)
        return made

    yield connected
    for one in opened:
        one.close(0)
    context.term()


def publish(publisher: Publisher, witness: Subscriber, count: int) -> None:
    """Publish predictions; the witness must get each of them, at once and in order."""
    for _ in range(count):
        seq = publisher.last_seq.get(TOPIC, 0) + 1
        publisher.publish(examples.prediction(seq=seq))
        received = witness.receive(10)
        assert received is not None
        assert (received.message.seq, received.lost) == (seq, 0)


def test_a_frozen_subscriber_costs_others_nothing_and_counts_what_it_lost_when_it_wakes(
    publisher: Publisher, witness: Subscriber
) -> None:
    with python(READER.format(address=publisher.address)) as reader:
        until(publisher, lambda: publisher.subscribers == 2)
        publish(publisher, witness, 1)
        assert line(reader.stdout) == "1 1 0"
        reader.send_signal(signal.SIGSTOP)
        publish(publisher, witness, 3000)
        reader.send_signal(signal.SIGCONT)
        # what was published meanwhile is there up to what the buffers hold; the next tells the gap
        while True:
            publish(publisher, witness, 1)
            seq, received, lost = map(int, line(reader.stdout).split())
            assert received + lost == seq
            if lost:
                break
        assert received < 1000


def test_a_subscriber_that_is_killed_is_counted_no_more(publisher: Publisher, witness: Subscriber) -> None:
    with python(READER.format(address=publisher.address)) as reader:
        until(publisher, lambda: publisher.subscribers == 2)
        reader.kill()
        publish(publisher, witness, 100)
        until(publisher, lambda: publisher.subscribers == 1)


def test_a_subscriber_that_freezes_for_long_is_given_up_and_comes_back(
    publisher: Publisher, witness: Subscriber
) -> None:
    with python(READER.format(address=publisher.address)) as reader:
        until(publisher, lambda: publisher.subscribers == 2)
        reader.send_signal(signal.SIGSTOP)
        until(publisher, lambda: publisher.subscribers == 1 and witness.receive(0.01) is None)
        reader.send_signal(signal.SIGCONT)
        until(publisher, lambda: publisher.subscribers == 2 and witness.receive(0.01) is None)
        publish(publisher, witness, 1)
        assert int(line(reader.stdout).split()[0]) == 1


def test_a_slow_subscriber_can_account_for_every_message(publisher: Publisher, witness: Subscriber) -> None:
    with Subscriber(publisher.address, kinds=("prediction",)) as slow:
        until(publisher, lambda: publisher.subscriptions == 4)
        publish(publisher, witness, 2000)
        seqs = []
        while (received := slow.receive(0.5)) is not None:
            seqs.append(received.message.seq)
        while not slow.lost:
            publish(publisher, witness, 1)
            if (received := slow.receive(1)) is not None:
                seqs.append(received.message.seq)
        assert seqs == sorted(set(seqs))
        assert len(seqs) + slow.lost[TOPIC] == seqs[-1]


def test_what_hundreds_of_wearers_publish_at_once_waits_for_a_subscriber_that_is_busy() -> None:
    with (
        Publisher("tcp://127.0.0.1:0", wearers=300) as publisher,
        Subscriber(publisher.address) as busy,
    ):
        until(publisher, lambda: publisher.subscriptions == 3)
        for number in range(300):
            publisher.publish(examples.prediction(wearer=f"p{number}"))
            publisher.publish(examples.event(wearer=f"p{number}"))
        for _ in range(600):
            received = busy.receive(10)
            assert received is not None
            assert received.lost == 0


def test_what_many_wearers_publish_at_once_is_taken_off_the_publisher_while_its_reader_is_busy() -> None:
    wearers = [f"p{number}" for number in range(120)]
    status = examples.status(streams=tuple(examples.stream_status(wearer=name) for name in wearers))
    with (
        Publisher("tcp://127.0.0.1:0", wearers=len(wearers)) as publisher,
        Subscriber(publisher.address) as busy,
    ):
        publisher.publish(status)  # as late joiners get it
        until(publisher, lambda: busy.receive(0) is not None)
        for name in wearers:
            publisher.publish(examples.prediction(wearer=name))
        size = sum(map(len, pack(examples.prediction(wearer="p100"), publisher.id)))
        # libzmq itself has taken some; without room for the rest it waits for an acknowledgement
        until(publisher, lambda: unread(busy) > 0.7 * len(wearers) * size)
        for name in wearers:
            received = busy.receive(10)
            assert received is not None
            assert received.message == examples.prediction(wearer=name)


def unread(subscriber: Subscriber) -> int:
    """Bytes that the kernel holds for a subscriber."""
    descriptor = subscriber._link._descriptor
    assert descriptor is not None
    return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0])


def test_two_hundred_subscribers_all_get_everything(
    publisher: Publisher, witness: Subscriber, connect: Connect
) -> None:
    crowd = [connect(zmq.SUB) for _ in range(200)]
    for one in crowd:
        one.subscribe("hnhar/v1/prediction/")
    until(publisher, lambda: publisher.subscribers == 201)
    publish(publisher, witness, 20)
    for one in crowd:
        assert [one.recv_multipart()[0] for _ in range(20)] == [TOPIC.encode()] * 20
        one.close(0)
    until(publisher, lambda: publisher.subscribers == 1)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts file descriptors in /proc")
def test_subscribers_that_come_and_go_leave_nothing_behind(
    publisher: Publisher, witness: Subscriber, connect: Connect
) -> None:
    def come_and_go(times: int) -> None:
        for _ in range(times):
            one = connect(zmq.SUB)
            one.subscribe("")
            until(publisher, lambda: publisher.subscribers == 2)
            one.close(0)
            until(publisher, lambda: publisher.subscribers == 1)

    def resources() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

    come_and_go(5)
    before = resources()
    come_and_go(50)
    # the last connection's end may still be closing
    until(publisher, lambda: resources() <= before)
    publish(publisher, witness, 10)


def noises() -> Iterator[bytes]:
    """What arrives on an open port: scanners, browsers, other protocols, and worse."""
    greeting = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x01NULL".ljust(64, b"\x00")
    yield b""
    yield b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500)
    yield b"\x00" * 100_000
    yield b"\xff" * 100_000
    yield b"A" * 5_000_000
    yield greeting[:11]
    yield greeting
    # a READY command that declares more than there is, and a frame of 2**62 bytes
    yield greeting + b"\x04\xff\x05READY\x0bSocket-Type" + struct.pack(">I", 2**31) + b"SUB"
    yield greeting + b"\x02" + struct.pack(">Q", 2**62) + b"x" * 1000
    yield greeting + b"\x06" + struct.pack(">Q", 2**63 - 1)
    source = random.Random(5)
    for _ in range(40):
        yield source.randbytes(source.choice((1, 10, 64, 1000)))
        yield greeting + source.randbytes(source.choice((1, 10, 64, 1000)))


def test_noise_on_the_port_disturbs_nobody(publisher: Publisher, witness: Subscriber) -> None:
    address = parse_address(publisher.address)
    with ExitStack() as stack:
        for noise in noises():
            stranger = stack.enter_context(socket.create_connection((address.host, address.port), 10))
            # the publisher hangs up in the middle of what it cannot take
            try:
                stranger.sendall(noise)
            except OSError:
                assert len(noise) > 1000
            publish(publisher, witness, 1)
        assert publisher.subscribers == 1


def test_frames_that_are_no_subscriptions_are_passed_over(
    publisher: Publisher, witness: Subscriber, connect: Connect
) -> None:
    stranger = connect(zmq.XSUB)
    source = random.Random(7)
    subscriptions = publisher.subscriptions
    for _ in range(300):
        stranger.send_multipart([b"\x02" + source.randbytes(source.randrange(900)) for _ in range(3)])
        stranger.send(b"")
    stranger.send(b"\x01last")
    until(publisher, lambda: publisher.subscriptions == subscriptions + 1)
    publish(publisher, witness, 10)


def test_whoever_subscribes_to_more_topics_than_anybody_needs_is_disconnected(
    publisher: Publisher,
    witness: Subscriber,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
) -> None:
    flood = connect(zmq.SUB)
    source = random.Random(9)
    for _ in range(1000):
        flood.subscribe(source.randbytes(100))
    until(publisher, lambda: "was disconnected" in caplog.text and publisher.subscribers == 1)
    # it was stopped long before all of them were taken in
    assert publisher.subscriptions < 900
    publish(publisher, witness, 10)


def test_many_topics_are_fine_and_topics_that_were_given_up_do_not_count(
    publisher: Publisher, witness: Subscriber, connect: Connect
) -> None:
    busy = connect(zmq.SUB)
    for number in range(MOST_TOPICS - 1):
        busy.subscribe(f"topic {number}")
    for _ in range(2 * MOST_TOPICS):
        busy.subscribe("hnhar/v1/prediction/")
        busy.unsubscribe("hnhar/v1/prediction/")
    busy.subscribe("hnhar/v1/prediction/")
    until(publisher, lambda: publisher.subscriptions == 2 + MOST_TOPICS + 2 * MOST_TOPICS)
    publish(publisher, witness, 1)
    assert busy.recv_multipart()[0] == TOPIC.encode()


def test_hanging_up_ends_connections_to_the_own_address_and_nothing_else(publisher: Publisher) -> None:
    own = parse_address(publisher.address)
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        near = socket.create_connection(elsewhere.getsockname())
        far, _ = elsewhere.accept()
    with near, far, open(os.devnull, "rb") as file:
        for descriptor in (near.fileno(), far.fileno(), file.fileno(), 10_000):
            hang_up(descriptor, own)
        far.sendall(b"still here")
        assert near.recv(10) == b"still here"
        hang_up(far.fileno(), parse_address(f"tcp://127.0.0.1:{far.getsockname()[1]}"))
        assert near.recv(10) == b""


def test_a_port_that_another_process_holds_is_refused_with_its_name() -> None:
    script = PUBLISHER.format(tests=ROOT, address="tcp://127.0.0.1:0")
    with python(script) as other:
        address = line(other.stdout).split()[0]
        with pytest.raises(PublishError, match="another port") as caught:
            Publisher(address)
        assert address in str(caught.value)
        if sys.platform == "linux":
            assert f"process {other.pid} (python" in str(caught.value)


def test_a_publisher_that_is_killed_and_started_again_is_another_one_and_nothing_counts_as_lost() -> None:
    with python(PUBLISHER.format(tests=ROOT, address="tcp://127.0.0.1:0")) as first:
        address, before = line(first.stdout).split()
        with Subscriber(address, kinds=("prediction",)) as subscriber:
            received = subscriber.receive(30)
            assert received is not None
            assert received.publisher == before
            first.kill()
            first.wait()
            deadline = time.monotonic() + DEADLINE
            while subscriber.connected:
                assert time.monotonic() < deadline
                subscriber.receive(0.1)
            with python(PUBLISHER.format(tests=ROOT, address=address)) as second:
                after = line(second.stdout).split()[1]
                received = subscriber.receive(30)
            assert received is not None
            assert received.publisher == after != before
            assert subscriber.lost == {}
