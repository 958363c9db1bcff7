"""`hnhar fleet` on real nodes, with real LSL streams: places, dies and goes on, at one address."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.fleet.cluster import join
from hnhar.stream.fleet.relay import SILENCE
from hnhar.stream.messages import Event, Status, StreamState
from hnhar.stream.publish.subscriber import Received, Subscriber

from ...clusters import TwoNodes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.lsl,
    # Ray's own processes and sockets, of which it leaves some to the collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
HOP = 0.25
"""s."""
LIMIT = 90.0
"""s after which a test gives up waiting: a busy machine decides none."""


@contextmanager
def performers(count: int, prefix: str, duration: float = 60.0) -> Iterator[None]:
    """IMU and skeleton streams of so many people, over and over."""
    from hnhar.stream.lsl.player import Player, PlayOptions
    from hnhar.train.synthesis.performer import perform

    ended = threading.Event()
    people = [perform(seed=1, person=p, duration=duration) for p in range(count)]
    players = [Player(p, PlayOptions(loop=True, name_prefix=f"{prefix}-{n}-")) for n, p in enumerate(people)]
    threads = [threading.Thread(target=player.play, args=(ended,), daemon=True) for player in players]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(10)


def lab(folder: Path, count: int, prefix: str) -> Path:
    path = folder / "lab.toml"
    path.write_text(
        "".join(
            f'[[wearer]]\nid = "w{n}"\nimu = "{prefix}-{n}-imu"\nskeleton = "{prefix}-{n}-skeleton"\n'
            for n in range(count)
        ),
        "utf-8",
    )
    return path


class Fleet:
    """A fleet that runs, and a subscriber to it."""

    def __init__(self, process: "subprocess.Popen[str]", subscriber: Subscriber, log: Path) -> None:
        self.process, self.subscriber, self.log = process, subscriber, log
        self.events: list[Event] = []
        self.seen: dict[str, list[tuple[float, int]]] = {}
        """Wearer -> (time here, sequence number) of each prediction."""
        self.lost: dict[str, int] = {}
        self.status: Status | None = None

    def until(self, done: Callable[[], object], what: str) -> None:
        """Take messages until `done`."""
        deadline = time.monotonic() + LIMIT
        while not done():
            assert time.monotonic() < deadline, f"{what}\n{self.log.read_text()}\n{self.status}"
            assert self.process.poll() is None, f"{what}: it ended\n{self.log.read_text()}"
            received = self.subscriber.receive(0.2)
            if received is not None:
                self._take(received)

    def since(self, wearer: str, when: float) -> list[int]:
        return [seq for at, seq in self.seen.get(wearer, []) if at > when]

    def _take(self, received: Received) -> None:
        message = received.message
        if isinstance(message, Status):
            self.status = message
        elif isinstance(message, Event):
            self.events.append(message)
        else:
            self.lost[message.wearer] = self.lost.get(message.wearer, 0) + received.lost
            self.seen.setdefault(message.wearer, []).append((time.monotonic(), message.seq))


@contextmanager
def fleet(config: Path, address: str, *options: str, curve_keys: Path | None = None) -> Iterator[Fleet]:
    log = config.with_name("fleet.log")
    at = f"ipc://{config.with_name('fleet.ipc')}" if curve_keys is None else free()
    call = "from hnhar.stream.cli.fleet import main; main()"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", call, str(config), "--ray", address, "--publish", at, *options],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        try:
            with Subscriber(at, curve_keys=curve_keys) as subscriber:
                yield Fleet(process, subscriber, log)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free() -> str:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


def nodes_of(status: Status) -> dict[str, str]:
    """Wearer -> shard, by the notes of their streams."""
    return {s.wearer: s.note.partition(";")[0] for s in status.streams if s.note.startswith("on ")}


def test_wearers_are_spread_over_two_nodes_and_back_soon_after_one_is_killed(
    cluster: TwoNodes, tmp_path: Path
) -> None:
    prefix = f"fleet{uuid.uuid4().hex[:6]}"
    second = cluster.add()
    with performers(4, prefix), fleet(lab(tmp_path, 4, prefix), cluster.address) as run:
        everyone = [f"w{n}" for n in range(4)]
        run.until(lambda: all(len(run.seen.get(w, [])) > 12 for w in everyone), "no predictions of all four")
        run.until(
            lambda: (
                run.status
                and len(nodes_of(run.status)) == 4
                and all(s.state is StreamState.LIVE for s in run.status.streams)
            ),
            "not all streams are live",
        )
        assert run.status is not None
        before = nodes_of(run.status)
        shards = sorted(set(before.values()))
        assert [list(before.values()).count(shard) for shard in shards] == [2, 2], run.log.read_text()
        lost_before = dict(run.lost)
        killed = time.monotonic()
        cluster.kill(second)
        run.until(lambda: run.status and any("moved" in s.note for s in run.status.streams), "nobody moved")
        run.until(lambda: all(len(run.since(w, killed)) > 12 for w in everyone), "not all are back")
        assert run.status is not None
        moved = {s.wearer for s in run.status.streams if "moved once" in s.note}
        assert len(moved) == 2
        stayed = set(everyone) - moved
        assert all(run.lost[w] > lost_before[w] for w in moved)  # counted, by their numbers
        assert all(run.lost[w] == lost_before[w] for w in stayed)
        for wearer in everyone:
            numbers = [seq for _, seq in run.seen[wearer]]
            assert numbers == sorted(set(numbers)), wearer
    text = run.log.read_text()
    assert "is gone" in text
    assert "windows left out" in text


def test_a_fleet_gives_the_events_of_one_process(cluster: TwoNodes, tmp_path: Path) -> None:
    cluster.add()
    prefix = f"fleet{uuid.uuid4().hex[:6]}"
    config = lab(tmp_path, 2, prefix)
    alone: list[Event] = []
    address = f"ipc://{tmp_path / 'alone.ipc'}"
    call = "from hnhar.stream.cli.stream import main; main()"
    with performers(2, prefix):
        process = subprocess.Popen(
            [sys.executable, "-c", call, "--config", str(config), "--publish", address, "--no-dashboard"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with Subscriber(address, kinds=("event",)) as one, fleet(config, cluster.address) as run:
                reading = threading.Event()

                def read() -> None:
                    while not reading.is_set():
                        received = one.receive(0.2)
                        if received is not None and isinstance(received.message, Event):
                            alone.append(received.message)

                reader = threading.Thread(target=read)
                reader.start()
                try:
                    offsets = lambda of: [e for e in of if e.kind == "offset"]  # noqa: E731
                    run.until(lambda: len(offsets(run.events)) >= 8, "no eight activities")
                finally:
                    reading.set()
                    reader.join()
        finally:
            process.terminate()
            process.wait(30)

    compared = 0
    for wearer in ("w0", "w1"):
        # from where both have begun with this wearer to where both were read
        runs = [[e for e in events if e.wearer == wearer] for events in (alone, run.events)]
        begun = max(min(e.onset for e in events) for events in runs) + 1.0
        cut = min(max(e.decided for e in events) for events in runs)
        theirs, mine = ([e for e in events if e.onset >= begun and e.decided <= cut - HOP] for events in runs)
        assert [(e.kind, e.label) for e in mine] == [(e.kind, e.label) for e in theirs]
        assert all(abs(a.onset - b.onset) <= HOP for a, b in zip(mine, theirs, strict=True))
        compared += len(mine)
    assert compared > 4


@contextmanager
def held_up(pids: list[int], stopped: float, runs: float) -> Iterator[None]:
    """Processes that run and are stopped by turns, so many s each: as on a machine that is busy otherwise."""
    over = threading.Event()
    assert pids

    def send(number: signal.Signals) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def hold() -> None:
        while not over.is_set():
            send(signal.SIGSTOP)
            over.wait(stopped)
            send(signal.SIGCONT)
            over.wait(runs)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def shards_of(node: Any) -> list[int]:
    """Processes of the shards of a node that was added."""
    (raylet,) = node.all_processes["raylet"]
    shards = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == raylet.process.pid and (folder / "cmdline").read_bytes().startswith(b"ray::Shard"):
                shards.append(int(folder.name))
    return shards


@pytest.mark.parametrize(
    ("stopped", "runs"),
    [
        pytest.param(0.06, 0.003, id="too little time, and it leaves windows out"),
        pytest.param(1.0, 1.0, id="half of the time, of which its own clock sees nothing"),
    ],
)
def test_a_shard_that_is_late_gives_wearers_to_one_that_keeps_up(
    cluster: TwoNodes, tmp_path: Path, stopped: float, runs: float
) -> None:
    prefix = f"fleet{uuid.uuid4().hex[:6]}"
    second = cluster.add()
    everyone = [f"w{n}" for n in range(4)]
    with performers(4, prefix), fleet(lab(tmp_path, 4, prefix), cluster.address) as run:
        run.until(lambda: all(len(run.seen.get(w, [])) > 4 for w in everyone), "no predictions of all four")
        with held_up(shards_of(second), stopped, runs):
            run.until(lambda: "is late: " in run.log.read_text(), "nobody moves")
            run.until(lambda: run.status and any("moved" in s.note for s in run.status.streams), "no note")
        moved = time.monotonic()
        run.until(lambda: all(len(run.since(w, moved)) > 8 for w in everyone), "not all go on")
        for wearer in everyone:
            numbers = [seq for _, seq in run.seen[wearer]]
            assert numbers == sorted(set(numbers)), wearer
    assert (
        "; to others: " not in run.log.read_text()
    )  # a node of an earlier test may be seen to go, with nobody


def test_a_fleet_that_was_stopped_itself_takes_no_shard_for_dead(cluster: TwoNodes, tmp_path: Path) -> None:
    prefix = f"fleet{uuid.uuid4().hex[:6]}"
    cluster.add()
    with performers(2, prefix), fleet(lab(tmp_path, 2, prefix), cluster.address) as run:
        run.until(lambda: all(len(run.seen.get(w, [])) > 4 for w in ("w0", "w1")), "no predictions of both")
        run.process.send_signal(signal.SIGSTOP)
        time.sleep(SILENCE + 2.0)  # a laptop that sleeps, a debugger
        run.process.send_signal(signal.SIGCONT)
        begun = time.monotonic()
        run.until(lambda: time.monotonic() > begun + SILENCE + 1.0, "it ended")
        run.until(lambda: all(len(run.since(w, begun)) > 4 for w in ("w0", "w1")), "not both go on")
        for wearer in ("w0", "w1"):
            numbers = [seq for _, seq in run.seen[wearer]]
            assert numbers == sorted(set(numbers)), wearer
    assert "; to others: " not in run.log.read_text()


def test_a_node_that_does_not_see_the_streams_gets_no_wearer(cluster: TwoNodes, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.cfg"
    elsewhere.write_text("[ports]\nBasePort = 26572\nMulticastPort = 26571\nPortRange = 64\n", "utf-8")
    cluster.add(LSLAPICFG=str(elsewhere))
    prefix = f"fleet{uuid.uuid4().hex[:6]}"
    config = lab(tmp_path, 2, prefix)
    with config.open("a") as out:
        out.write('[[wearer]]\nid = "nobody"\nimu = "there-is-no-such-watch"\n')
    with performers(2, prefix), fleet(config, cluster.address) as run:
        run.until(lambda: all(len(run.seen.get(w, [])) > 4 for w in ("w0", "w1")), "no predictions")
        run.until(lambda: run.status and len(nodes_of(run.status)) == 2, "no status of both")
        assert run.status is not None
        assert len(set(nodes_of(run.status).values())) == 1
        (absent,) = {s.note for s in run.status.streams if s.wearer == "nobody"}
        assert absent.startswith("no node sees 'there-is-no-such-watch': asked ")
    assert "sees streams of 0 of 3 wearers" in run.log.read_text()


def test_a_node_with_another_hnhar_takes_no_part(cluster: TwoNodes, tmp_path: Path) -> None:
    other = tmp_path / "other" / "hnhar-9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: hnhar\nVersion: 9.9\n", "utf-8")
    cluster.add(PYTHONPATH=str(other.parent))
    prefix = f"fleet{uuid.uuid4().hex[:6]}"
    with performers(1, prefix), fleet(lab(tmp_path, 2, prefix), cluster.address) as run:
        run.until(lambda: run.seen.get("w0"), "no predictions")
        run.until(lambda: "takes no part: it has hnhar 9.9" in run.log.read_text(), "not told")


def test_another_port_of_rays_is_refused_and_not_tried_for_long(cluster: TwoNodes) -> None:
    port = cluster.add().node_manager_port
    address = f"{cluster.address.rpartition(':')[0]}:{port}"
    with pytest.raises(ConfigError, match=f"no Ray cluster is at {address}: what listens there speaks gRPC"):
        join(address)


def test_subscribers_read_through_it_by_their_keys_and_nobody_else(cluster: TwoNodes, tmp_path: Path) -> None:
    from hnhar.stream.publish import keys

    folder, mine = tmp_path / "keys", tmp_path / "mine.subscriber"
    keys.make(folder)
    keys.add(folder, "mine", mine, "2026-11-30")
    prefix = f"fleet{uuid.uuid4().hex[:6]}"
    with (
        performers(1, prefix),
        fleet(lab(tmp_path, 1, prefix), cluster.address, "--curve-keys", str(folder), curve_keys=mine) as run,
        Subscriber(run.subscriber.address) as stranger,
    ):
        run.until(lambda: len(run.seen.get("w0", [])) > 4, "no predictions")
        assert stranger.receive(1.0) is None
        assert not stranger.connected
