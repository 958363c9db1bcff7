"""The websocket sink, by clients that speak the protocol for real on loopback."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from hnhar.model.errors import ConfigError, PublishError
from hnhar.stream.publish.schema.generate import schema
from hnhar.stream.sinks.context import SinkContext
from hnhar.stream.sinks.registry import open_sink
from hnhar.stream.sinks.websocket import WebsocketSink, opening_of
from hnhar.stream.sinks.websocket_hub import MOST_WAITING
from hnhar.stream.sinks.websocket_server import LARGEST

from ..examples import event, prediction, status

CONTEXT = SinkContext("abc", "weights@1", ("wave", "idle"), ("p1", "p2"))
PATIENCE = 20.0


@pytest.fixture
def sink() -> Iterator[WebsocketSink]:
    opened = open_sink("websocket:127.0.0.1:0", CONTEXT)
    assert isinstance(opened, WebsocketSink)
    yield opened
    opened.close()


def until(true: Callable[[], object]) -> None:
    """Wait for an event, under a generous deadline."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def joined(sink: WebsocketSink, query: str = "", **options: Any) -> ClientConnection:
    """A client that has been greeted."""
    client = connect(sink.url + query, **options)
    hello = read(client)
    assert hello["type"] == "hello"
    assert hello["wearers"] == ["p1", "p2"]
    return client


def read(client: ClientConnection) -> dict[str, Any]:
    found = json.loads(client.recv(PATIENCE))
    assert isinstance(found, dict)
    return found


def test_each_message_is_one_json_object_of_the_published_schema(sink: WebsocketSink) -> None:
    with joined(sink) as client:
        for message, kind in ((prediction(), "prediction"), (event(), "event"), (status(), "status")):
            sink.take(message)
            got = read(client)
            jsonschema.validate(got, schema(kind))
            assert (got["type"], got["publisher"]) == (kind, "abc")


def test_who_joins_late_is_told_the_last_status_as_a_repeat(sink: WebsocketSink) -> None:
    sink.take(status())
    with joined(sink) as client:
        got = read(client)
    assert (got["type"], got["repeat"]) == ("status", True)


def test_a_client_gets_the_kinds_and_the_wearer_that_it_asks_for(sink: WebsocketSink) -> None:
    with joined(sink, "?kinds=event,status&wearer=p2") as client:
        for message in (prediction(wearer="p2"), event(wearer="p1"), event(wearer="p2"), status()):
            sink.take(message)
        assert [read(client)["type"] for _ in range(2)] == ["event", "status"]
    with pytest.raises(InvalidStatus, match="400"):
        connect(sink.url + "?kinds=gossip")


def test_a_slow_client_loses_the_oldest_predictions_is_told_how_many_and_no_event(
    sink: WebsocketSink,
) -> None:
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", int(sink.url.rpartition(":")[2].partition("/")[0])))
    with joined(sink, sock=slow, max_queue=1) as client:
        sink.take(event())
        (server_side,) = sink.hub.clients
        sent = 0
        while not server_side.lost:
            assert sent < 100_000, "nothing was ever lost"
            sink.take(prediction(seq=sent))
            sent += 1
        sink.take(event(seq=2, kind="offset"))
        found = []
        while not found or found[-1].get("kind") != "offset":
            found.append(read(client))
    lost = [message for message in found if message["type"] == "lost"]
    predictions = [message["seq"] for message in found if message["type"] == "prediction"]
    assert lost[-1]["total"] == sum(message["lost"] for message in lost) == sent - len(predictions)
    assert predictions == sorted(predictions)
    assert len(found) > MOST_WAITING
    assert [message["kind"] for message in found if message["type"] == "event"] == ["onset", "offset"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "http://[::1"},
        {"Host": "rebound.example"},
    ],
)
def test_pages_of_other_sites_and_names_led_here_are_refused_and_counted(
    sink: WebsocketSink, headers: dict[str, str]
) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        handshake(sink, headers)
    until(lambda: sink.hub.refused == 1)
    with joined(sink, additional_headers={"Origin": "http://localhost:5173"}):
        pass


def handshake(sink: WebsocketSink, headers: dict[str, str]) -> None:
    """Connect with these headers, Host among them. Raises InvalidStatus."""
    host = headers.pop("Host", None)
    if host is None:
        connect(sink.url, additional_headers=headers).close()
        return
    port = int(sink.url.rpartition(":")[2].partition("/")[0])
    made = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connect(f"ws://{host}/ws", sock=made).close()


def test_an_open_address_needs_a_token_which_is_made_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(ConfigError, match="would let other machines read"):
        opening_of("0.0.0.0:0")
    opening = opening_of(f"0.0.0.0:0?token={file}")
    assert file.stat().st_mode & 0o077 == 0
    opened = WebsocketSink(opening, CONTEXT)
    try:
        url = opened.url.replace("0.0.0.0", "127.0.0.1")
        token = file.read_text().strip()
        for wrong in ("", "?token=", f"?token={token[:-1]}", "?token=%FF%FE"):
            with pytest.raises(InvalidStatus, match="401"):
                connect(url + wrong)
        connect(f"{url}?token={token}").close()
        connect(url, additional_headers={"Authorization": f"Bearer {token}"}).close()
        assert opened.hub.refused == 4
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "no HOST:PORT"),
        ("here", "no HOST:PORT"),
        ("127.0.0.1:99999", "no HOST:PORT"),
        ("127.0.0.1:0?tokn=x", "'tokn' is no setting"),
        ("127.0.0.1:0?origin=evil", "the origin 'evil' is none"),
    ],
)
def test_an_address_that_is_none_is_one_line(address: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        opening_of(address)


def test_a_file_that_holds_no_token_and_a_port_that_is_taken_are_one_line(
    tmp_path: Path, sink: WebsocketSink
) -> None:
    (tmp_path / "short").write_text("secret")
    with pytest.raises(ConfigError, match="holds no token: write 16"):
        opening_of(f"0.0.0.0:0?token={tmp_path / 'short'}")
    port = sink.url.rpartition(":")[2].partition("/")[0]
    with pytest.raises(PublishError, match="websocket cannot be served"):
        open_sink(f"websocket:127.0.0.1:{port}", CONTEXT)


def test_floods_and_oversized_or_malformed_frames_end_their_connection_and_no_other(
    sink: WebsocketSink,
) -> None:
    with joined(sink) as good:
        with joined(sink) as large:
            assert hung_up(large, ["x" * (LARGEST + 1)]) == 1009
        with joined(sink) as flood:
            assert hung_up(flood, ["{}"] * 1000) == 1008
        with joined(sink) as broken:
            broken.socket.sendall(b"\xff\xff\x00\x01 no frame at all")
            with pytest.raises(ConnectionClosed):
                broken.recv(PATIENCE)
        until(lambda: len(sink.hub.clients) == 1)
        sink.take(prediction())
        assert read(good)["type"] == "prediction"


def hung_up(client: ClientConnection, texts: list[str]) -> int:
    """The code with which the server ends the connection of who says that."""
    with suppress(ConnectionClosed):
        for text in texts:
            client.send(text)
    with suppress(ConnectionClosed):
        while True:
            client.recv(PATIENCE)
    assert client.close_code is not None, "it ended without a word"
    return client.close_code


def test_the_end_of_a_run_reaches_clients_after_what_was_said_last() -> None:
    sink = WebsocketSink(opening_of("127.0.0.1:0"), CONTEXT)
    client = joined(sink)
    sink.take(event())
    sink.close()
    assert read(client)["type"] == "event"
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(PATIENCE)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "the run is over")
