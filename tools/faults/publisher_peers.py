"""The processes at both ends that tools/faults/publisher.py stops, kills and feeds with damaged messages."""

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import msgpack

from hnhar.stream import Subscriber
from hnhar.stream.messages import Event, Latency, Prediction
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.publish.wire import WireError, WireVersionError, pack, unpack

LABELS = [f"an activity {number}" for number in range(22)]
KINDS = ("prediction",)
WHOLE = 100
"""Of the messages that `mutated` makes, a whole one is sent beside each so-manieth."""
Told = tuple[list[float], float, int, list[float]]
_SPAWN = multiprocessing.get_context("spawn")


def prediction(seq: int) -> Prediction:
    """As large as those of the bundled weights."""
    shares = {label: 1 / len(LABELS) for label in LABELS}
    return Prediction(
        seq=seq,
        wearer="wearer",
        start=seq * 0.25,
        end=seq * 0.25 + 3,
        end_unix_ns=1_790_000_000_000_000_000,
        label=LABELS[0],
        confidence=1 / len(LABELS),
        probabilities=shares,
        modalities=("imu", "skeleton"),
        coverage={"imu": 1.0, "skeleton": 0.97},
        closed_by="samples",
        model="utd-mhad-wrist@0123abcd",
        latency=Latency(lsl=0.0005, windowing=0.0002, encoder=0.003, publishing=0.0001, total=0.0038),
    )


def resident() -> float:
    """Memory of this process, MB (Linux; NaN elsewhere)."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return float("nan")


def publish(address: str, keys: Path | None, control: Connection) -> None:
    """Child: publish predictions; obeys (command, value) and answers each."""
    sending: list[float] = []
    working: list[float] = []
    pause, base, top = 0.01, resident(), 0.0
    with Publisher(address, curve_keys=keys, insecure=True) as publisher:
        control.send((publisher.address, publisher.id, time.monotonic()))
        while True:
            begun, worked = time.monotonic(), time.thread_time()
            publisher.publish(prediction(publisher.sent + 1))
            sending.append(time.monotonic() - begun)
            working.append(time.thread_time() - worked)
            top = max(top, resident() - base) if publisher.sent % 10 == 0 else top
            if control.poll(pause):
                command, value = control.recv()
                if command == "rate":
                    pause = 1 / value
                elif command == "reset":
                    sending, working, base, top = [], [], resident(), 0.0
                elif command == "stop authenticator" and publisher.authenticator is not None:
                    publisher.authenticator.stop()
                control.send((sending, top, publisher.sent, working))


def listen(address: str, keys: Path | None, pause: float, control: Connection) -> None:
    """Child: subscribe, and wait `pause` s after each message; says what it has when it is asked."""
    seqs: list[int] = []
    with Subscriber(address, kinds=KINDS, curve_keys=keys) as subscriber:
        control.send(None)
        while not control.poll(0):
            received = subscriber.receive(0.05)
            if received is not None:
                seqs.append(received.message.seq)
                time.sleep(pause)
        control.send((seqs, sum(subscriber.lost.values())))


@contextmanager
def child(work: Callable[..., None], *arguments: Any) -> Iterator[tuple[SpawnProcess, Connection, Any]]:
    """A process, its end of a pipe, and what it said first; killed at the end."""
    near, far = _SPAWN.Pipe()
    process = _SPAWN.Process(target=work, args=(*arguments, far), daemon=True)
    process.start()
    far.close()
    try:
        yield process, near, near.recv()
    finally:
        process.kill()
        process.join()
        near.close()


def ask(control: Connection, command: str = "report", value: float = 0.0) -> Told:
    """(s that each publish took since the reset, MB above it at most, messages sent, s of work in each)."""
    control.send((command, value))
    answer: Told = control.recv()
    return answer


def mutated(count: int, seed: int) -> Iterator[list[bytes]]:
    """Frames that a damaged or hostile publisher could send."""
    source = random.Random(seed)
    event = Event(1, "wearer", 1, "onset", LABELS[0], 1.0, 1, None, 0.9, 2.0, "model")
    good = [pack(prediction(1), "run"), pack(event, "run")]
    bombs = [
        b"\xdd\xff\xff\xff\xff",
        b"\x81" * 100_000,
        b"\x91" * 100_000,
        b"\xdf" + b"\xff" * 4,
        msgpack.packb([{}] * 200_000),
        msgpack.packb({"v": 1, "type": "status", "publisher": "run", "streams": [{}] * 100_000}),
    ]
    for number in range(count):
        topic, payload = (bytearray(frame) for frame in source.choice(good))
        kind = number % 6
        if kind < 3:
            for _ in range(source.choice((1, 2, 8, 64))):
                payload[source.randrange(len(payload))] = source.randrange(256)
        elif kind == 3:
            del payload[source.randrange(len(payload)) :]
        elif kind == 4:
            topic[source.randrange(len(topic))] = source.randrange(256)
        else:
            payload = bytearray(
                bombs[number // 6 % len(bombs)] if number % 60 == 5 else source.randbytes(300)
            )
        yield [bytes(topic), bytes(payload)]


def take(address: str, count: int, seed: int, control: Connection) -> None:
    """Child: read mutated frames, once by hand with a clock, once as a subscriber gets them, until the last
    whole message has come or a minute is over; says what came."""
    base, top, slowest, ours, read = resident(), 0.0, 0.0, 0, 0
    for frames in mutated(count, seed):
        begun = time.monotonic()
        try:
            unpack(frames)
            read += 1
        except WireError:
            ours += 1
        slowest, top = max(slowest, time.monotonic() - begun), max(top, resident() - base)
    good = 0
    with Subscriber(address) as subscriber:
        control.send(None)
        deadline = time.monotonic() + 60
        while good < len(range(0, count, WHOLE)) and time.monotonic() < deadline:
            try:
                received = subscriber.receive(0.05)
            except WireVersionError:
                continue
            good += received is not None and received.publisher == "witness"
            top = max(top, resident() - base)
        control.send((slowest, top, ours, read, good, subscriber.malformed))
