"""A sink that raises, blocks, or is slow: told, counted, left out; recognition goes on."""

import logging
import threading

import pytest

from hnhar.stream.engine.sink import Sink
from hnhar.stream.messages import Message
from hnhar.stream.sinks.detached import DetachedSink, outcome
from hnhar.stream.sinks.guard import GuardedSink

from ..examples import prediction

DEADLINE = 60.0


class Odd(Sink):
    """Takes, waits for a gate, or raises, and says when it has begun and ended."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.gate = threading.Event()
        self.gate.set()
        self.began = threading.Event()
        self.closed = threading.Event()
        self.taken: list[Message] = []

    def take(self, message: Message) -> None:
        self.began.set()
        assert self.gate.wait(DEADLINE)
        if self.error is not None:
            raise self.error
        self.taken.append(message)

    def close(self) -> None:
        self.closed.set()
        if self.error is not None:
            raise self.error


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_sink_that_raises_is_told_once_counted_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    odd = Odd(ValueError("two\nlines"))
    sink = GuardedSink("odd:x", odd)
    for seq in range(3):
        sink.take(prediction(seq))
    sink.close()
    assert odd.closed.is_set()
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == [
        "the sink 'odd:x' is left out from now on: ValueError: two; recognition goes on"
    ]
    assert outcome(sink) == "the sink 'odd:x' did not take 3 messages (ValueError: two)"


@pytest.mark.parametrize("kind", [GuardedSink, DetachedSink])
def test_a_sink_that_would_end_the_process_is_left_out(kind: type[GuardedSink | DetachedSink]) -> None:
    odd = Odd(SystemExit(3))
    sink = kind("odd:x", odd)
    sink.take(prediction(1))
    sink.close()
    assert odd.closed.wait(DEADLINE)
    assert outcome(sink) == "the sink 'odd:x' did not take 1 message (SystemExit: 3)"


def test_a_detached_sink_takes_all_in_order_and_is_closed_after_the_last() -> None:
    odd = Odd()
    sink = DetachedSink("odd:x", odd)
    messages = [prediction(seq) for seq in range(100)]
    for message in messages:
        sink.take(message)
    sink.close(DEADLINE)
    assert odd.taken == messages
    assert odd.closed.is_set()
    assert (sink.taken, sink.missed, outcome(sink)) == (100, 0, "")


def test_a_detached_sink_that_raises_is_left_out_and_closed(caplog: pytest.LogCaptureFixture) -> None:
    odd = Odd(OSError("gone"))
    sink = DetachedSink("odd:x", odd)
    sink.take(prediction(1))
    sink.close(DEADLINE)
    sink.take(prediction(2))
    assert odd.closed.is_set()
    assert outcome(sink) == "the sink 'odd:x' did not take 2 messages (OSError: gone)"
    assert "is left out from now on: OSError: gone" in caplog.text


def test_a_slow_sink_gets_no_more_than_its_queue_holds_and_the_rest_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = Odd()
    odd.gate.clear()
    sink = DetachedSink("odd:x", odd, most=3)
    sink.take(prediction(0))
    assert odd.began.wait(DEADLINE)
    for seq in range(1, 10):
        sink.take(prediction(seq))
    odd.gate.set()
    sink.close(DEADLINE)
    assert len(odd.taken) == 4
    assert outcome(sink) == "the sink 'odd:x' did not take 6 messages"
    assert caplog.text.count("does not keep up") == 1


def test_a_sink_that_never_returns_is_left_out_and_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    odd, clock = Odd(), Clock()
    odd.gate.clear()
    sink = DetachedSink("odd:x", odd, stuck=5.0, clock=clock)
    sink.take(prediction(0))
    assert odd.began.wait(DEADLINE)
    sink.take(prediction(1))
    clock.now = 5.1
    sink.take(prediction(2))
    sink.close(0.0)
    assert sink.fault == "it has not returned for 5 s"
    assert outcome(sink) == "the sink 'odd:x' did not take 2 messages (it has not returned for 5 s)"
    odd.gate.set()
    assert odd.closed.wait(DEADLINE)


def test_a_sink_that_does_not_end_in_time_is_said_to_have_failed() -> None:
    odd = Odd()
    odd.gate.clear()
    sink = DetachedSink("odd:x", odd)
    sink.take(prediction(0))
    assert odd.began.wait(DEADLINE)
    sink.close(0.01)
    assert outcome(sink) == "the sink 'odd:x' failed (it did not end within 0.01 s)"
    odd.gate.set()
    assert odd.closed.wait(DEADLINE)
