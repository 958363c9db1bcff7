"""clients/js: its own tests, its types, and messages of a live publisher, over websocket and ZeroMQ."""

import functools
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from hnhar.model.errors import PublishError
from hnhar.stream.messages import SCHEMA_VERSION
from hnhar.stream.publish import keys
from hnhar.stream.publish.publisher import Publisher
from hnhar.stream.sinks.context import SinkContext
from hnhar.stream.sinks.websocket import WebsocketSink, open_websocket

from ..stream.examples import event, prediction, status
from .node import JS, NodeClient, node, packages

CONTEXT = SinkContext("abc", "weights@1", ("wave", "idle"), ("p1", "p2"))


@pytest.fixture
def sink() -> Iterator[WebsocketSink]:
    opened = open_websocket("127.0.0.1:0", CONTEXT)
    yield opened
    opened.close()


def test_its_own_tests_pass() -> None:
    done = subprocess.run(
        [node(), "--test", "test/"], cwd=JS, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "# pass 8" in done.stdout


def test_misspelt_fields_and_kinds_that_there_are_not_do_not_compile(tmp_path: Path) -> None:
    packages()
    compiler = [node(), str(JS / "node_modules" / "typescript" / "bin" / "tsc"), "--project"]
    done = subprocess.run(
        [*compiler, "test/tsconfig.json"], cwd=JS, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout
    # the same without its marks: each is an error, so the compiler does look
    folder = tmp_path / "js"
    shutil.copytree(JS, folder, ignore=shutil.ignore_patterns("node_modules"))
    types = folder / "test" / "types.ts"
    text = types.read_text("utf-8")
    marks = text.count("// @ts-expect-error")
    types.write_text(text.replace("// @ts-expect-error", "//"), "utf-8")
    done = subprocess.run(
        [*compiler, str(folder / "test" / "tsconfig.json")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.count("error TS") == marks == 10


def test_it_reads_every_kind_over_a_websocket_without_rounding(sink: WebsocketSink) -> None:
    with NodeClient(sink.url) as client:
        sink.take(status(1))
        client.wait_for(lambda got: got["type"] == "status", lambda: sink.take(status(1)))
        sink.take(prediction(4))
        got = client.wait_for(lambda got: got["type"] == "prediction")
        assert got["message"]["end_unix_ns"] == f"{prediction(4).end_unix_ns}n"
        assert got["message"]["probabilities"] == prediction(4).probabilities
        sink.take(event(9))
        got = client.wait_for(lambda got: got["type"] == "event")
        assert (got["message"]["kind"], got["lost"], got["malformed"]) == ("onset", 0, 0)


def test_it_counts_losses_and_connects_again(sink: WebsocketSink) -> None:
    with NodeClient(sink.url, kinds=["event"], wearer="p1") as client:
        client.wait_for(lambda got: got == {"type": "state", "state": "open", "reason": ""})
        client.wait_for(lambda got: got["type"] == "event", lambda: sink.take(event(3)))
        sink.take(event(6))
        assert client.wait_for(lambda got: got["type"] == "event" and got["seq"] == 6)["lost"] == 2
        sink.close()
        reason = client.wait_for(lambda got: got["type"] == "state" and got["state"] == "waiting")["reason"]
        assert reason == "the run is over"
        again = reopened(sink.url)
        client.wait_for(lambda got: got["type"] == "state" and got["state"] == "open")
        got = client.wait_for(lambda got: got["type"] == "event", lambda: again.take(event(10)))
        assert (got["lost"], got["total"]) == (3, 5)
        again.close()


def reopened(url: str) -> WebsocketSink:
    """Another sink at the same address, as soon as it is free."""
    address = url.removeprefix("ws://").removesuffix("/ws")
    for _ in range(1000):
        with suppress(PublishError):
            return open_websocket(address, CONTEXT)
    raise AssertionError("the address stays taken")


def test_silence_is_noticed_and_the_connection_made_anew(sink: WebsocketSink) -> None:
    with NodeClient(sink.url, patience=100) as client:
        client.wait_for(lambda got: got["type"] == "state" and got["reason"] == "silence")
        client.wait_for(lambda got: got["type"] == "state" and got["state"] == "open")


def test_in_a_browser_the_module_runs_as_it_is(sink: WebsocketSink) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not here")
    playwright = pytest.importorskip("playwright.sync_api")
    with served(JS) as origin, playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{origin}/package.json")
        page.evaluate(
            """async (url) => {
                const { Subscriber } = await import("/index.js");
                window.got = [];
                const message = (one) => got.push(one);
                window.subscriber = new Subscriber(url, { kinds: ["event"], message });
            }""",
            sink.url,
        )
        page.wait_for_function("subscriber.hello !== null")
        sink.take(event(1))
        page.wait_for_function("got.length === 1")
        assert page.evaluate("String(got[0].message.onset_unix_ns)") == str(event(1).onset_unix_ns)
        assert page.evaluate("subscriber.hello.wearers") == ["p1", "p2"]
        browser.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP on loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            return

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=folder)
    ) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_over_zeromq_it_reads_the_same(tmp_path: Path) -> None:
    packages()
    with (
        Publisher(f"ipc://{tmp_path}/p") as publisher,
        NodeClient(f"ipc://{tmp_path}/p", wearer="p1") as client,
    ):
        client.wait_for(lambda got: got["type"] == "status", lambda: publisher.publish(status(1)))
        publisher.publish(prediction(4))
        got = client.wait_for(lambda got: got["type"] == "prediction")
        assert got["message"]["end_unix_ns"] == f"{prediction(4).end_unix_ns}n"
        assert got["message"]["seq"] == 4
        publisher.publish(event(1, wearer="p2"))
        publisher.publish(event(3))
        publisher.publish(event(7))
        got = client.wait_for(lambda got: got["type"] == "event" and got["seq"] == 7)
        assert (got["lost"], got["total"], got["malformed"]) == (3, 3, 0)


def test_over_zeromq_it_reads_what_is_encrypted(tmp_path: Path) -> None:
    packages()
    folder = tmp_path / "keys"
    keys.make(folder)
    pair = keys.add(folder, "node", tmp_path / "node.toml", "2026-11-30")
    with Publisher("tcp://127.0.0.1:0", curve_keys=folder) as publisher:
        curve = {
            "curveServerKey": pair.publisher,
            "curvePublicKey": pair.public,
            "curveSecretKey": pair.secret,
        }
        with NodeClient(publisher.address, curve=curve) as client:
            client.wait_for(lambda got: got["type"] == "status", lambda: publisher.publish(status(1)))


def test_what_is_no_message_is_counted_and_passed_over(tmp_path: Path) -> None:
    import msgpack
    import zmq

    packages()
    address = f"ipc://{tmp_path}/p"
    good = json.loads(json.dumps({"v": SCHEMA_VERSION, "type": "event", "publisher": "abc"}))
    fields = {
        "seq": 1,
        "wearer": "p1",
        "id": 1,
        "kind": "onset",
        "label": "wave",
        "onset": 1.0,
        "onset_unix_ns": 2**60,
    }
    whole = {**good, **fields, "duration": None, "confidence": 0.5, "decided": 2}
    bad = [
        b"",
        b"\xc1",
        b"\xdf\xff\xff\xff\xff",
        msgpack.packb([1]),
        msgpack.packb(good),
        msgpack.packb({**whole, "kind": "begin"}),
        msgpack.packb({**whole, "v": 2}),
        msgpack.packb({**whole, "onset_unix_ns": 1.5}),
    ]
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        socket.bind(address)
        with NodeClient(address, kinds=["event"]) as client:
            assert {socket.recv(), socket.recv()} == {b"\x01hnhar/v1/event/", b"\x01hnhar/v1/status/"}
            for payload in [*bad, msgpack.packb(whole)]:
                socket.send_multipart([b"hnhar/v1/event/p1/", payload])
            got = client.wait_for(lambda got: got["type"] == "event")
            assert got["malformed"] == len(bad)
            assert got["message"]["onset_unix_ns"] == f"{2**60}n"
