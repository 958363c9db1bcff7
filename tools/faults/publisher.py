"""Faults of the publisher and its subscribers, injected for real, and the figures that docs/reliability.md
shows: rows 14 (slow and dead subscribers), 15 (publisher restarted), 16 (nobody let in), 17 (hostile frames).

Publisher and subscribers are processes of their own, stopped and killed by signals.

    python -m tools.faults.publisher --json rows-publisher.json
"""

import argparse
import json
import os
import random
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
import zmq
from tools.faults.publisher_peers import KINDS, WHOLE, ask, child, listen, mutated, prediction, publish, take
from tools.processes import free_address, machine

from hnhar.stream import Subscriber
from hnhar.stream.publish import keys as curve
from hnhar.stream.publish.addresses import parse_address
from hnhar.stream.publish.wire import pack

TOPIC = "hnhar/v1/prediction/wearer/"
DAY = "2026-01-01"
TESTS = "tests/stream/publish/test_publisher_faults.py"
Row = dict[str, Any]


def row(number: int, fault: str, figure: str, bar: str, met: bool, test: str = TESTS) -> Row:
    """A line of docs/reliability.md."""
    return {"row": number, "fault": fault, "figure": figure, "bar": bar, "met": met, "test": test}


def bad_subscribers(seconds: float) -> Iterator[Row]:
    """Row 14: frozen, killed, slow and mute subscribers at once, beside one that behaves."""
    with ExitStack() as stack:
        _, control, (address, *_) = stack.enter_context(child(publish, "tcp://127.0.0.1:0", None))
        _, good, _ = stack.enter_context(child(listen, address, None, 0.0))
        ask(control, "rate", 200)
        ask(control, "reset")
        time.sleep(seconds)
        alone = ask(control)[0]
        bad = [
            stack.enter_context(child(listen, address, None, pause))[0] for pause in (0, 0, 0.1, 0.1, 0, 0)
        ]
        where = parse_address(address)
        for _ in range(20):
            stack.enter_context(socket.create_connection((where.host, where.port)))
        ask(control, "reset")
        for process in bad[:2]:
            os.kill(process.pid or 0, signal.SIGSTOP)
        time.sleep(seconds / 2)
        for process in bad[4:]:
            process.kill()
        time.sleep(seconds / 2)
        beside, memory, _, working = ask(control)
        good.send(None)
        seqs, lost = good.recv()
    quiet, worst, work = (float(np.quantile(times, 0.999)) * 1e3 for times in (alone, beside, working))
    yield row(
        14,
        "2 frozen, 2 slow, 2 killed subscribers and 20 mute connections",
        f"send p99.9 {worst:.1f} ms, {work:.1f} ms of it work (without them {quiet:.1f} ms), "
        f"memory +{memory:.1f} MB, another subscriber lost {lost} of {len(seqs) + lost}",
        "send p99.9 ≤ 10 ms, memory ≤ +20 MB, others lose none",
        worst <= 10 and memory <= 20 and lost == 0,
    )


def backlog(trials: int) -> Iterator[Row]:
    """Row 14: how many old messages a subscriber reads that was frozen for 2 s at 500 messages a second."""
    old = []
    for _ in range(trials):
        with (
            child(publish, "tcp://127.0.0.1:0", None) as (_, control, (address, *_)),
            child(listen, address, None, 0.0) as (process, frozen, _),
        ):
            ask(control, "rate", 500)
            time.sleep(1)
            os.kill(process.pid or 0, signal.SIGSTOP)
            before = ask(control)[2]
            time.sleep(2)
            after = ask(control)[2]
            os.kill(process.pid or 0, signal.SIGCONT)
            time.sleep(1)
            frozen.send(None)
            seqs, lost = frozen.recv()
            if not seqs or not lost:
                raise SystemExit(f"the frozen subscriber had {len(seqs)} messages and lost {lost}")
            old.append(sum(before < seq <= after for seq in seqs))
    yield row(
        14,
        "a subscriber frozen for 2 s while 1,000 messages are published",
        f"wakes to at most {max(old)} old messages in {trials} trials; counts the rest as lost",
        "≤ 100 messages",
        max(old) <= 100,
    )


def restarts(trials: int, keys: Path, mine: Path) -> Iterator[Row]:
    """Row 15: kill -9 the publisher, start another: from its bind to the first message of the new one."""
    for secret in (False, True):
        address, took, same = free_address(), [], 0
        with Subscriber(address, kinds=KINDS, curve_keys=mine if secret else None) as subscriber:
            before = ""
            for trial in range(trials + 1):
                with child(publish, address, keys if secret else None) as (_, _, (_, run, bound)):
                    deadline = time.monotonic() + 30
                    while time.monotonic() < deadline:
                        received = subscriber.receive(0.1)
                        if received is not None and received.publisher == run:
                            break
                    else:
                        raise SystemExit("no message of the new publisher within 30 s")
                    # the first is no restart
                    took += [time.monotonic() - bound] if trial else []
                    same += run == before
                    before = run
            lost = sum(subscriber.lost.values())
        yield row(
            15,
            f"kill -9 and restart of the publisher{', encrypted' if secret else ''}",
            f"median {np.median(took):.2f} s, worst {max(took):.2f} s from its bind to the first message, "
            f"{trials} trials; {same} with the same id, {lost} counted as lost",
            "≤ 0.5 s, another id, nothing counted as lost",
            max(took) <= 0.5 and not same and not lost,
        )


def strangers(folder: Path, keys: Path, mine: Path, seconds: float) -> Iterator[Row]:
    """Row 16: what those get who should get nothing, on an address that all interfaces serve."""
    curve.make(folder / "other")
    curve.add(folder / "other", "eve", folder / "eve.subscriber", DAY)
    curve.add(keys, "revoked", folder / "revoked.subscriber", DAY)
    curve.revoke(keys, "revoked")
    eve = curve.subscriber_keys(folder / "eve.subscriber")
    text = (folder / "eve.subscriber").read_text("ascii")
    forged = folder / "forged.subscriber"
    forged.write_text(text.replace(eve.publisher, curve.publisher_keys(keys).public), "ascii")
    forged.chmod(0o600)
    with child(publish, "tcp://0.0.0.0:0", keys) as (_, control, (address, *_)):
        local = address.replace("0.0.0.0", "127.0.0.1")
        with child(listen, local, mine, 0.0) as (_, good, _):
            for dead in (False, True):
                who: list[Path | None] = [
                    None,
                    folder / "eve.subscriber",
                    forged,
                    folder / "revoked.subscriber",
                ]
                if dead:
                    curve.add(keys, "new", folder / "new.subscriber", DAY)
                    ask(control, "stop authenticator")
                    who.append(folder / "new.subscriber")
                leaked = attempts(local, who, seconds)
                yield row(
                    16,
                    "strangers on a public bind" + (", the authenticator stopped" if dead else ""),
                    f"{leaked} messages leaked in {seconds:g} s to {len(who)} subscribers: no key, another "
                    f"publisher's, an unknown one, a revoked one{', one just added' if dead else ''}",
                    "0 messages leaked",
                    leaked == 0,
                    "tests/stream/publish/test_authenticator.py",
                )
            good.send(None)
            if not good.recv()[0]:
                raise SystemExit("the subscriber that has a key got nothing either: nothing is shown")


def attempts(address: str, who: Sequence[Path | None], seconds: float) -> int:
    """Messages that came to subscribers with these keys, who all try for so long."""
    with ExitStack() as stack:
        tried = [stack.enter_context(Subscriber(address, curve_keys=keys)) for keys in who]
        deadline = time.monotonic() + seconds
        leaked = 0
        while time.monotonic() < deadline:
            leaked += sum(one.receive(0.02) is not None for one in tried)
        if not all(one.refusal for one in tried):
            raise SystemExit("a stranger was not even refused: the publisher was not reached")
        return leaked


def hostile_frames(count: int, seed: int) -> Iterator[Row]:
    """Row 17: mutated messages into a subscriber."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        sender = context.socket(zmq.XPUB)
        # every frame arrives: nothing is dropped where the reader is slower
        sender.setsockopt(zmq.XPUB_NODROP, 1)
        port = sender.bind_to_random_port("tcp://127.0.0.1")
        with child(take, f"tcp://127.0.0.1:{port}", count, seed) as (process, control, _):
            for _ in range(3):
                sender.recv()
            for number, frames in enumerate(mutated(count, seed)):
                # only what fits a topic reaches a subscriber; the topic is whole here, the rest is not
                sender.send_multipart([TOPIC.encode(), frames[1]])
                if number % WHOLE == 0:
                    sender.send_multipart(pack(prediction(number + 1), "witness"))
            if not control.poll(90):
                raise SystemExit("the subscriber hangs")
            slowest, top, ours, read, good, malformed = control.recv()
            alive = process.is_alive() or process.exitcode == 0
    finally:
        context.destroy(linger=0)
    expected = len(range(0, count, WHOLE))
    yield row(
        17,
        f"{count:,} damaged and hostile messages into a subscriber",
        f"{ours:,} refused as WireError, {read:,} still messages, no other error; slowest "
        f"{slowest * 1e3:.0f} ms, memory +{top:.0f} MB; over the socket {malformed:,} passed over, "
        f"{good} of {expected} whole ones read",
        "0 crashes, < 1 s, < 500 MB",
        alive and slowest < 1 and top < 500 and good == expected,
        "tests/stream/publish/test_wire.py, tests/stream/publish/test_subscriber.py",
    )


def hostile_peers(count: int, seed: int) -> Iterator[Row]:
    """Row 17: noise, frames and a flood of subscriptions into the publisher."""
    source = random.Random(seed)
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    greeting = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x01NULL".ljust(64, b"\x00")
    with (
        child(publish, "tcp://127.0.0.1:0", None) as (process, control, (address, *_)),
        child(listen, address, None, 0.0) as (_, good, _),
    ):
        ask(control, "reset")
        stranger = context.socket(zmq.XSUB)
        stranger.setsockopt(zmq.SNDTIMEO, 30_000)
        stranger.connect(address)
        for number in range(count):
            stranger.send(source.randbytes(source.randrange(1, 900)))
            if number % 20 == 0:
                where = parse_address(address)
                with socket.create_connection((where.host, where.port)) as raw, suppress(OSError):
                    raw.sendall(
                        source.choice((b"", greeting)) + source.randbytes(source.choice((1, 64, 5000)))
                    )
        stranger.close(0)
        noise, quiet, *_ = ask(control)
        ask(control, "reset")
        flood = context.socket(zmq.SUB)
        flood.setsockopt(zmq.SNDHWM, 0)
        flood.connect(address)
        for _ in range(20_000):
            flood.subscribe(source.randbytes(1000))
        time.sleep(8)
        flooded, top, *_ = ask(control)
        flood.close(0)
        good.send(None)
        seqs, lost = good.recv()
        alive = process.is_alive()
    context.destroy(linger=0)
    for what, times, memory in (
        (
            f"{count:,} garbage frames and {count // 20:,} connections of noise into the publisher",
            noise,
            quiet,
        ),
        ("20,000 subscriptions of 1,000 bytes by one client", flooded, top),
    ):
        yield row(
            17,
            what,
            f"slowest send {max(times) * 1e3:.0f} ms, memory +{memory:.0f} MB, another subscriber lost "
            f"{lost} of {len(seqs) + lost}",
            "0 crashes, < 1 s, < 500 MB",
            alive and max(times) < 1 and memory < 500 and lost == 0,
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Inject, measure, print; 1 where a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows there")
    parser.add_argument("--trials", type=int, default=20, help="restarts (default: 20)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each phase of row 14 (default: 10)")
    parser.add_argument("--cases", type=int, default=10_000, help="hostile frames (default: 10000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys, mine = folder / "keys", folder / "mine.subscriber"
        curve.make(keys)
        curve.add(keys, "mine", mine, DAY)
        for made in (
            bad_subscribers(options.seconds),
            backlog(max(1, options.trials // 4)),
            restarts(options.trials, keys, mine),
            strangers(folder, keys, mine, options.seconds),
            hostile_frames(options.cases, options.seed),
            hostile_peers(options.cases, options.seed),
        ):
            for one in made:
                print(json.dumps(one, ensure_ascii=False), flush=True)
                rows.append(one)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps({"machine": machine()}))
    return 0 if all(one["met"] for one in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
