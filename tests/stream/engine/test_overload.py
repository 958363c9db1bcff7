"""Recognition that cannot keep up: fair to all wearers, never late for long, said, over when load falls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import DEFAULT, BundleInfo, find, read_info
from hnhar.model.classifier import Classified
from hnhar.stream.engine.dispatch import Times
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.inbox import Arrival
from hnhar.stream.engine.pipeline import Pipeline
from hnhar.stream.messages import Chunk, Feed, Message, Prediction, Status

IMU = Feed("imu", "imu", tuple(range(6)))
PEOPLE = ("ann", "ben", "cem", "dua")
STEP = 0.05


@dataclass
class Slow:
    """A runtime that takes `cost` s a window on a clock that is told, not waited for."""

    info: BundleInfo
    cost: float = 0.0
    now: float = 100.0
    batches: list[int] = field(default_factory=list)

    def classify(self, batch: Sequence[Mapping[str, NDArray[Any]]]) -> Classified:
        self.now += self.cost * len(batch)
        self.batches.append(len(batch))
        labels = len(self.info.labels)
        probabilities = np.full((len(batch), labels), 1 / labels, np.float32)
        return Classified(probabilities, np.zeros((len(batch), 0), np.float32), np.zeros(len(batch)), ())


@dataclass
class Run:
    """A pipeline in one thread: samples arrive by the clock, whenever it stands."""

    slow: Slow
    pipeline: Pipeline
    messages: list[Message]
    fed: float = 100.0

    def until(self, end: float) -> None:
        """Work until the clock says `end`; where nothing takes time, it goes on by itself."""
        while self.slow.now < end:
            self._arrive()
            self.pipeline._step(0.0)
            if self.slow.now - self.fed < STEP:
                self.slow.now = self.fed + STEP
        self.pipeline._report()

    def _arrive(self) -> None:
        while self.fed + STEP <= self.slow.now + 1e-9:
            times = self.fed + np.arange(1, 4) * STEP / 3
            self.fed += STEP
            values = np.random.default_rng(round(self.fed * 20)).normal(size=(3, 6)).astype(np.float32)
            for wearer in PEOPLE:
                self.pipeline.inbox.put(Arrival(wearer, IMU, Chunk(values, times), self.fed))

    def predictions(self, begin: float, end: float) -> list[Prediction]:
        made = [m for m in self.messages if isinstance(m, Prediction)]
        return [p for p in made if begin <= p.end < end]

    @property
    def status(self) -> Status:
        return [m for m in self.messages if isinstance(m, Status)][-1]


class Keep:
    def __init__(self, messages: list[Message]) -> None:
        self._messages = messages

    def take(self, message: Message) -> None:
        self._messages.append(message)


@pytest.fixture
def run() -> Run:
    info = read_info(find(DEFAULT))
    slow = Slow(info)
    messages: list[Message] = []
    engine = Engine(slow, info, PEOPLE)  # type: ignore[arg-type]
    pipeline = Pipeline(engine, Times(lambda: slow.now), sinks=[Keep(messages)])
    return Run(slow, pipeline, messages)


def counted(predictions: Sequence[Prediction]) -> dict[str, int]:
    return {wearer: sum(p.wearer == wearer for p in predictions) for wearer in PEOPLE}


def test_without_load_every_hop_of_every_wearer_is_recognized(run: Run) -> None:
    run.until(120.0)
    assert set(counted(run.predictions(105, 119)).values()) == {14 * 4}
    assert (run.status.skipped, run.status.overloaded) == (0, False)


@pytest.mark.parametrize("cost", [0.1, 0.3, 1.0])
def test_hops_are_skipped_alike_for_all_wearers_and_latency_stays_bounded(run: Run, cost: float) -> None:
    run.until(110.0)
    run.slow.cost = cost
    run.until(150.0)
    numbers = counted(run.predictions(115, 145))
    assert max(numbers.values()) - min(numbers.values()) <= 1
    assert min(numbers.values()) > 0
    # one round of all wearers is worked on while the samples of the next one come
    bound = 2 * cost * len(PEOPLE) + run.pipeline._engine.hop + 2 * STEP
    assert max(p.latency.total for p in run.predictions(115, 145)) <= bound
    assert max(run.slow.batches) <= len(PEOPLE)


@pytest.mark.parametrize("cost", [0.08, 0.1, 0.2])
def test_what_is_not_skipped_is_on_time_where_any_can_be(run: Run, cost: float) -> None:
    run.until(110.0)
    run.slow.cost = cost
    run.until(150.0)
    made = run.predictions(115, 145)
    assert len(made) > 0.6 * 30 / cost
    late = [p for p in made if p.latency.total > run.pipeline._engine.hop + STEP]
    assert len(late) <= 0.05 * len(made)


def test_what_is_skipped_is_published_for_each_wearer_and_adds_up(run: Run) -> None:
    run.until(110.0)
    run.slow.cost = 0.3
    run.until(140.0)
    status = run.status
    # statuses come by the machine's time: between the last two nothing may have been skipped
    assert any(m.overloaded for m in run.messages if isinstance(m, Status))
    assert set(status.skipped_by) == set(PEOPLE)
    assert min(status.skipped_by.values()) > 50
    assert status.skipped == sum(status.skipped_by.values())
    for wearer in PEOPLE:
        ends = [p.end for p in run.messages if isinstance(p, Prediction) and p.wearer == wearer]
        closed = run.pipeline._engine.windower(wearer)._next
        assert closed is not None
        assert len(ends) + status.skipped_by[wearer] == closed - round(ends[0] / status.hop)
        assert ends == sorted(ends)


def test_it_recovers_by_itself_when_load_falls(run: Run) -> None:
    run.slow.cost = 0.5
    run.until(130.0)
    run.slow.cost = 0.0
    run.until(134.0)
    skipped = run.status.skipped
    run.until(150.0)
    assert set(counted(run.predictions(134, 149)).values()) == {15 * 4}
    assert run.status.skipped == skipped
    assert not run.status.overloaded


def test_nothing_piles_up_however_long_the_load_lasts(run: Run) -> None:
    run.until(105.0)
    run.slow.cost = 0.5
    held = []
    for end in (150.0, 250.0, 350.0):
        run.until(end)
        waiting = [i for i in run.pipeline.inbox._items if isinstance(i, Arrival)]
        rings = [b.ring for w in PEOPLE for b in run.pipeline._engine.windower(w)._buffers.values()]
        held.append(sum(len(i.chunk.timestamps) for i in waiting) + sum(map(len, rings)))
    assert max(held) < 2 * len(PEOPLE) * 60 * (run.pipeline._engine.info.window + 2 * 0.5 * len(PEOPLE))
    assert run.pipeline.inbox.dropped == {}
