"""What a receiver of OSC gets: python-osc's own server, over UDP on loopback."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer

from hnhar.model.errors import ConfigError, MissingExtraError
from hnhar.stream.messages import StreamState
from hnhar.stream.sinks.context import SinkContext
from hnhar.stream.sinks.guard import GuardedSink
from hnhar.stream.sinks.osc import OscSink, open_osc, part
from hnhar.stream.sinks.registry import guarded

from ..examples import LABELS, event, prediction, status, stream_status

CONTEXT = SinkContext("abc", "weights@1", LABELS, ("p1",))


class Receiver:
    """Messages by address, as they come."""

    def __init__(self) -> None:
        self._got: queue.SimpleQueue[tuple[str, tuple[Any, ...]]] = queue.SimpleQueue()
        dispatcher = Dispatcher()
        dispatcher.set_default_handler(lambda address, *values: self._got.put((address, values)))
        self.server = ThreadingOSCUDPServer(("127.0.0.1", 0), dispatcher)
        self.server.daemon_threads = True
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def take(self, count: int) -> dict[str, tuple[Any, ...]]:
        return dict(self._got.get(timeout=30.0) for _ in range(count))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_a_prediction_is_the_activity_the_window_and_each_probability(receiver: Receiver) -> None:
    sink = open_osc(receiver.address, CONTEXT)
    sink.take(prediction(label="wave", confidence=0.7))
    found = receiver.take(6)
    assert found["/hnhar/p1/activity"] == ("idle", pytest.approx(0.1))
    assert found["/hnhar/p1/window"] == ("wave", pytest.approx(0.7))
    probabilities = {f"/hnhar/p1/probability/{label}": 0.7 if label == "wave" else 0.1 for label in LABELS}
    assert {a: v[0] for a, v in found.items() if "/probability/" in a} == pytest.approx(probabilities)
    sink.close()


def test_events_come_at_an_address_each_and_the_activity_follows(receiver: Receiver) -> None:
    sink = open_osc(receiver.address, CONTEXT)
    sink.take(event(1))
    found = receiver.take(2)
    assert found["/hnhar/p1/onset"] == ("wave", pytest.approx(0.93), 1)
    assert found["/hnhar/p1/activity"] == ("wave", -1.0)
    sink.take(prediction(2, label="wave", confidence=0.8))
    assert receiver.take(6)["/hnhar/p1/activity"] == ("wave", pytest.approx(0.8))
    sink.take(replace(event(2, kind="offset"), unknown=True))
    found = receiver.take(2)
    assert found["/hnhar/p1/offset"] == ("unknown", pytest.approx(0.93), 1, 1.5)
    assert found["/hnhar/p1/activity"][0] == "idle"
    sink.close()


def test_a_status_says_how_many_streams_are_live(receiver: Receiver) -> None:
    sink = open_osc(receiver.address, CONTEXT)
    streams = (stream_status(), stream_status("skeleton", StreamState.LOST), stream_status(wearer="b b"))
    sink.take(replace(status(1, streams), repetitions={"p1": 4}))
    assert receiver.take(3) == {
        "/hnhar/p1/streams": (1, 2),
        "/hnhar/b%20b/streams": (1, 1),
        "/hnhar/p1/repetitions": (4,),
    }
    sink.close()


def test_names_become_parts_of_an_address() -> None:
    assert part("sit to stand/1*?[a]{b},#") == "sit%20to%20stand%2F1%2A%3F%5Ba%5D%7Bb%7D%2C%23"
    assert part("draw-circle_cw.1") == "draw-circle_cw.1"
    assert part("Zoë") == "Zo%C3%AB"


def test_a_network_that_is_down_is_told_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    # the kernel refuses to send to a broadcast address: as much an OSError as a network that is down
    sink = open_osc("255.255.255.255:9", replace(CONTEXT, insecure=True))
    for seq in range(3):
        sink.take(event(seq))
    sink.close()
    assert sink.lost == 3
    assert [record.message.partition(": ")[2] for record in caplog.records] == [
        "Permission denied; further losses are counted",
        "3 datagrams could not be sent",
    ]


def test_it_never_waits_and_needs_no_thread(receiver: Receiver) -> None:
    sink = open_osc(receiver.address, CONTEXT)
    assert isinstance(sink, OscSink)
    assert isinstance(guarded("osc:", sink), GuardedSink)
    sink.close()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no osc:HOST:PORT"),
        ("9000", "is no osc:HOST:PORT"),
        ("127.0.0.1", "is no osc:HOST:PORT"),
        ("127.0.0.1:99999", "is no osc:HOST:PORT"),
        ("127.0.0.1:0", "names no host and port"),
        ("*:9000", "names no host and port"),
        ("192.0.2.1:9000", "--insecure"),
        ("localhost.invalid:9000", "--insecure"),
    ],
)
def test_an_address_that_is_none_is_one_line(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as raised:
        open_osc(text, CONTEXT)
    assert "\n" not in str(raised.value)


def test_a_host_that_cannot_be_found_is_one_line() -> None:
    with pytest.raises(ConfigError, match=r"the host of the sink 'osc:nowhere\.invalid:9' cannot be found"):
        open_osc("nowhere.invalid:9", replace(CONTEXT, insecure=True))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"--sink osc: needs .*hnhar\[sinks\]"):
        open_osc("127.0.0.1:9000", CONTEXT)
