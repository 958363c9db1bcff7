"""A reader of which something breaks: begun again, a few times a minute, then the run ends."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hnhar.model.kinds.imu import imu
from hnhar.stream.intake import reader as module
from hnhar.stream.intake.backend import Found
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.intake.restarts import MOST, WITHIN, Restarts
from hnhar.stream.messages import StreamState

from .collector import Collector
from .scripted import PolledInlet, ScriptedBackend, ScriptedInlet, Sender, World

DEADLINE = 60.0


def test_three_restarts_a_minute_are_allowed_and_a_fourth_is_not() -> None:
    restarts = Restarts()
    assert [restarts.allowed(float(t)) for t in range(MOST + 1)] == [True] * MOST + [False]


def test_failures_that_are_a_minute_old_are_forgotten() -> None:
    restarts = Restarts()
    assert all(restarts.allowed(k * (WITHIN / MOST + 0.1)) for k in range(100))


class Breaking(ScriptedInlet):
    """Gives samples, and breaks (or hangs, until it is let go) at one pull."""

    def __init__(
        self, sender: Sender, error: Exception | None, go: threading.Event, samples: int = 200
    ) -> None:
        super().__init__(sender)
        self._error, self._go, self._left = error, go, samples

    def pull(self, timeout: float, most: int) -> Any:
        self._left -= 1
        if self._left < 0:
            if self._error is not None:
                raise self._error
            self._go.wait(DEADLINE)
        self._sender.world.now += 0.02
        self._sender.advance()
        return super().pull(timeout, most)


class BreakingLook(Breaking, PolledInlet):
    """The same, by the thread that looks at many."""


@pytest.fixture(params=[Breaking, BreakingLook])
def served(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[SourceReader, Collector, threading.Event]]:
    """A reader of a scripted stream that is there at every look, and whose pull breaks each time."""
    monkeypatch.setattr(module, "BACKOFF", (0.0, 0.0))
    monkeypatch.setattr(module, "LOOK", 0.01)

    def serve(error: Exception | None) -> tuple[SourceReader, Collector, threading.Event]:
        world, go = World(), threading.Event()
        sender = Sender(world)
        sink = Collector()
        backend = ScriptedBackend(sender, lambda sender: request.param(sender, error, go))
        return SourceReader("p", imu(), "imu", sink, now=lambda: world.now, backend=backend), sink, go

    return serve


def ended(reader: SourceReader) -> str:
    """What it says when its thread has ended by itself."""
    reader._thread.join(DEADLINE)
    assert not reader._thread.is_alive()
    return reader.failure()


def test_a_reader_that_breaks_again_and_again_ends_and_says_why(
    served: Callable[..., tuple[SourceReader, Collector, threading.Event]],
) -> None:
    reader, sink, _ = served(ZeroDivisionError("a bug of ours"))
    assert reader.failure() == ""
    reader.start()
    assert ended(reader) == "reading 'imu' failed 4 times within 60 s"
    states = [state for _, state, _ in sink.states]
    assert states.count(StreamState.OPENING) == MOST + 1
    assert "a bug of ours" in sink.states[-1][2]
    assert sink.states[-1][1] is StreamState.LOST
    assert reader.stop()
    assert reader.failure() != ""


def test_a_pull_that_never_returns_is_given_up_and_counts_as_a_failure(
    served: Callable[..., tuple[SourceReader, Collector, threading.Event]],
) -> None:
    reader, sink, go = served(None)
    reader.start()
    try:
        sink.until(lambda: any("has hung" in note for _, _, note in sink.states))
    finally:
        go.set()
    assert reader.stop(DEADLINE)


def test_a_look_that_never_returns_leaves_the_other_streams_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK", 0.05)
    go = threading.Event()
    sinks = Collector(), Collector()
    readers = []
    for sink, samples in zip(sinks, (200, 10**9), strict=True):
        world = World()
        sender = Sender(world)

        def broken(sender: Sender, samples: int = samples) -> BreakingLook:
            return BreakingLook(sender, None, go, samples)

        clock = lambda world=world: world.now  # noqa: E731
        readers.append(
            SourceReader("p", imu(), "imu", sink, now=clock, backend=ScriptedBackend(sender, broken))
        )
    hanging, other = sinks
    for reader in readers:
        reader.start()
    try:
        hanging.until(lambda: any("has hung" in note for _, _, note in hanging.states))
        before = other.count()
        other.until(lambda: other.count() > before + 100)
        assert not other.seen(StreamState.LOST)
    finally:
        go.set()
    stopped = [reader.stop(DEADLINE) for reader in readers]
    assert all(stopped)


def test_a_stream_that_is_lost_however_often_is_no_failure_of_ours(
    served: Callable[..., tuple[SourceReader, Collector, threading.Event]],
) -> None:
    reader, sink, _ = served(ConnectionError("lost"))
    reader.start()
    sink.until(lambda: [s for _, s, _ in sink.states].count(StreamState.LOST) > 2 * MOST)
    assert reader.failure() == ""
    assert reader.stop()
    assert reader.failure() == ""


class Empty(ScriptedBackend):
    """Nothing is there, which it says at once; or it cannot look."""

    def __init__(self, sender: Sender, error: OSError | None) -> None:
        super().__init__(sender)
        self.error, self.looks, self.often = error, 0, threading.Event()

    def find(self, address: str, timeout: float) -> Sequence[Found]:
        self.looks += 1
        if self.looks > 20:
            self.often.set()
        if self.error is not None:
            raise self.error
        return ()


@pytest.mark.parametrize(
    ("error", "note"), [(None, "no stream matches yet"), (OSError("the port is busy"), "the port is busy")]
)
def test_a_backend_that_finds_nothing_at_once_is_asked_again_in_time_and_it_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, error: OSError | None, note: str
) -> None:
    waits: list[float] = []
    sink, world = Collector(), World()
    backend = Empty(Sender(world), error)
    reader = SourceReader("p", imu(), "imu", sink, now=lambda: world.now, backend=backend)
    wait = reader._stop.wait

    def waited(timeout: float) -> bool:
        waits.append(timeout)
        return wait(0.001)

    monkeypatch.setattr(reader._stop, "wait", waited)
    reader.start()
    sink.until(lambda: any(note in told for _, _, told in sink.states))
    assert backend.often.wait(DEADLINE)
    assert reader.stop()
    assert set(waits) == {module.RESOLVE_TIMEOUT}
    assert reader.failure() == ""


# pytest tells of threads that end with SystemExit, as this one is made to
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_noticed(
    served: Callable[..., tuple[SourceReader, Collector, threading.Event]],
) -> None:
    reader, sink, _ = served(ConnectionError("lost"))

    def broken(*_: object) -> None:
        raise SystemExit

    sink.state = broken  # type: ignore[method-assign]
    reader._thread.start()
    assert "has died" in ended(reader)
