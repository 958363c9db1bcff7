"""A coordinator with a real shard in this process, whose pipelines can be made to fail; Ray is left out."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hnhar.stream.cli.fleet import sources_of
from hnhar.stream.cli.fleet_shard import Shard
from hnhar.stream.cli.live_weights import chosen_weights
from hnhar.stream.config.config import read_config
from hnhar.stream.engine.dispatch import Times
from hnhar.stream.fleet import calls, coordinator
from hnhar.stream.fleet.cluster import Actor, Call, CallAnswer, Cluster, Node
from hnhar.stream.fleet.coordinator import Coordinator
from hnhar.stream.fleet.merge import EMPTY
from hnhar.stream.fleet.orders import Group
from hnhar.stream.fleet.relay import Relay
from hnhar.stream.fleet.states import Asked
from hnhar.stream.publish.publisher import Publisher

from .test_fleet import LIMIT, lab, performers

pytestmark = [pytest.mark.slow, pytest.mark.lsl]


class Here(Actor):
    """A shard in this process, called from threads as Ray calls it."""

    def __init__(self) -> None:
        super().__init__(None)
        self.shard = Shard()
        self._pool = ThreadPoolExecutor(8)
        self._over = threading.Event()

    def call(self, method: str, *arguments: Any) -> Call:
        made = self._over.wait if method == "live" else getattr(self.shard, method)
        return Call(self._pool.submit(made, *arguments))

    def kill(self) -> None:
        self._over.set()
        self.shard.end()
        self.shard._context.term()  # which goes with a shard's process
        self._pool.shutdown()


class OneMachine(Cluster):
    """A cluster of this process."""

    def __init__(self) -> None:
        super().__init__(threading.Event())
        self.shards: list[Shard] = []

    def nodes(self) -> list[Node]:
        return [Node("here", "here", 1)]

    def actor(self, kind: type, node: Node) -> Actor:
        made = Here()
        self.shards.append(made.shard)
        return made

    def share(self, content: object) -> Any:
        return content


def answers(under_way: "dict[Call, Any]") -> list[tuple[Any, CallAnswer]]:
    """As those of `cluster`, of threads."""
    done = []
    for call in list(under_way):
        future: Future[Any] = call.ref
        if future.done():
            problem = future.exception()
            answer = CallAnswer(None, repr(problem)) if problem else CallAnswer(future.result())
            done.append((under_way.pop(call), answer))
    return done


class Run:
    """A fleet in this process."""

    def __init__(self, fleet: Coordinator, cluster: OneMachine, told: list[str]) -> None:
        self.fleet, self.cluster, self.told = fleet, cluster, told

    def until(self, done: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + LIMIT
        while not done():
            assert time.monotonic() < deadline, f"{what}: {self.told} {self.fleet.status}"
            self.fleet.step()
            time.sleep(0.02)

    @property
    def predictions(self) -> int:
        return self.fleet.status.predictions if self.fleet.status is not None else 0


@contextmanager
def running(count: int, prefix: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    from hnhar.stream.lsl.config import user_settings
    from hnhar.stream.lsl.inlet import now

    monkeypatch.setattr(calls, "answers", answers)
    config = read_config(str(lab(folder, count, prefix)), None)
    told: list[str] = []
    relay = Relay(Publisher("tcp://127.0.0.1:0"), "127.0.0.1", folder / "keys")
    asked = Asked(
        config=config,
        sources=sources_of(config, chosen_weights(config)),
        bundles={},
        version=version("hnhar"),
        lsl=(None, None, (), user_settings()),
        frame=replace(EMPTY, hop=0.25),
    )
    times = Times(now, lambda: time.time_ns() - round(now() * 1e9))
    cluster = OneMachine()
    fleet = Coordinator(asked, cluster, relay, times, Shard, told.append)
    try:
        with performers(count, prefix):
            yield Run(fleet, cluster, told)
            fleet.end()
    finally:
        relay.stop()


def test_a_pipeline_that_breaks_off_is_told_and_its_wearers_are_recognized_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coordinator, "BROKEN", 0.5)
    with running(2, f"shard{uuid.uuid4().hex[:6]}", tmp_path, monkeypatch) as run:
        run.until(lambda: run.predictions > 4, "no predictions")
        (shard,) = run.cluster.shards
        (group,) = shard._groups

        def fail(*arguments: object, **options: object) -> None:
            raise RuntimeError("a bolt is loose")

        monkeypatch.setattr(shard._groups[group].pipeline._engine, "due", fail)
        run.until(lambda: any("broke off" in line for line in run.told), "not told")
        (line,) = [line for line in run.told if "broke off" in line]
        assert line == "shard 0 on here: the pipeline of w0, w1 broke off: RuntimeError('a bolt is loose')"
        before = run.predictions
        run.until(lambda: run.predictions > before + 4, "they are not recognized again")
        assert len(run.cluster.shards) == 1  # the shard itself stays
        assert len(shard._groups) == 1


def test_who_is_dropped_while_their_pipeline_begins_is_recognized_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(1, f"shard{uuid.uuid4().hex[:6]}", tmp_path, monkeypatch) as run:
        run.until(lambda: run.predictions > 1, "no predictions")
        (shard,) = run.cluster.shards
        group = Group(number=7, config=run.fleet._asked.config, fleet="f", continued={})
        beginning = threading.Event()
        begin = shard._running

        def slow(*arguments: Any) -> Any:
            beginning.set()
            time.sleep(0.2)  # the order to drop comes now
            return begin(*arguments)

        monkeypatch.setattr(shard, "_running", slow)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(shard.begin, msgspec.json.encode(group), {})
            assert beginning.wait(LIMIT)
            shard.drop(["w0"])
            assert answer.result(LIMIT) == ""
        assert not shard._groups
