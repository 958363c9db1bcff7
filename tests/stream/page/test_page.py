"""The page in a real browser, and its door by plain requests."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from hnhar.model.errors import ConfigError
from hnhar.stream.messages import StreamState
from hnhar.stream.page.server import LARGEST
from hnhar.stream.page.sink import PageSink
from hnhar.stream.sinks.context import SinkContext

from ..examples import event, prediction, status
from .browser import launched, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CONTEXT = SinkContext("abc", "weights@1", ("wave", "clap", "idle"), ("p1",))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with launched() as made:
        yield made


@pytest.fixture
def page() -> Iterator[PageSink]:
    sink = PageSink("127.0.0.1:0", CONTEXT)
    yield sink
    sink.close()


def fetch(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, str]:
    """(status, text) of a request."""
    request = urllib.request.Request(url, body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_an_activity_is_shown_large_with_its_confidence_and_told_to_a_screen_reader(
    browser: "Browser", page: PageSink
) -> None:
    with opened(browser, page.url) as browsed:
        browsed.sees(".now", "Waiting for the first movement")
        page.take(status())
        page.take(prediction(label="clap"))
        page.take(event(label="clap"))
        browsed.sees(".wearer[data-state=going] .now", "Clap")
        browsed.sees(".detail", "90 % sure")
        browsed.sees("#polite", "Clap began")
        browsed.sees(".segment", "Clap")
        page.take(event(seq=2, kind="offset", label="clap"))
        browsed.sees(".events li", "1.5 s")
        assert not browsed.complaints


def test_a_stream_that_drops_is_said_and_its_return_too(browser: "Browser", page: PageSink) -> None:
    with opened(browser, page.url) as browsed:
        whole = status()
        page.take(whole)
        browsed.sees(".stream[data-state=live]", "Live")
        lost = replace(whole.streams[0], state=StreamState.LOST)
        page.take(replace(whole, streams=(lost, *whole.streams[1:])))
        browsed.sees("#alarm[role=alert]", "has stopped sending")
        browsed.sees(".stream[data-bad=true]", "Disconnected")
        looked_for = replace(lost, state=StreamState.RESOLVING, samples=100)
        page.take(replace(whole, streams=(looked_for,)))
        browsed.sees(".stream[data-bad=true]", "Looking for it")
        browsed.sees(".now", "No signal")
        page.take(whole)
        browsed.sees("#polite", "is back")
        browsed.page.wait_for_selector("#alarm", state="hidden")


def test_a_page_that_is_opened_late_has_the_events_before_it(browser: "Browser", page: PageSink) -> None:
    page.take(status())
    page.take(event(label="wave"))
    page.take(event(seq=2, kind="offset", label="wave"))
    with opened(browser, page.url) as browsed:
        browsed.sees(".events li", "Wave")


def test_the_end_of_the_program_is_said_and_its_return_is_found(browser: "Browser", page: PageSink) -> None:
    with opened(browser, page.url) as browsed:
        port = page.url.rpartition(":")[2].strip("/")
        page.close()
        browsed.sees("#alarm", "The connection to this page's program is lost")
        again = PageSink(f"127.0.0.1:{port}", CONTEXT)
        try:
            again.take(status())
            browsed.page.wait_for_selector("#alarm", state="hidden")
        finally:
            again.close()


def test_nothing_is_loaded_from_elsewhere_and_no_site_may_frame_or_read_it(page: PageSink) -> None:
    with urllib.request.urlopen(page.url, timeout=20) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Access-Control-Allow-Origin"] is None
    for headers, expected in (
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost:9"}, 403),
        ({"Host": "rebound.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Origin": page.url.rstrip("/")}, 200),
    ):
        assert fetch(page.url + "api/state", headers)[0] == expected, headers
    with pytest.raises(InvalidStatus, match="403"):
        connect(page.url.replace("http", "ws") + "ws", additional_headers={"Origin": "https://evil.example"})


def test_no_other_file_is_served_and_a_request_is_bounded(page: PageSink) -> None:
    for path in (
        "..%2fserver.py",
        "%2e%2e/desk.py",
        "server.py",
        "nothing.js",
        "..%5cserver.py",
        "static/app.js",
    ):
        assert fetch(page.url + path)[0] == 404, path
    as_json = {"Content-Type": "application/json"}
    assert fetch(page.url + "api/start", as_json, b"{}")[0] == 404
    assert fetch(page.url + "api/start", {"Content-Type": "text/plain"}, b"{}")[0] == 415
    assert fetch(page.url + "api/start", as_json, b" " * (LARGEST + 1))[0] == 413
    assert json.loads(fetch(page.url + "api/state")[1])["mode"] == "view"


def test_an_open_page_asks_for_its_token_and_keeps_it_in_a_cookie_of_its_own(
    browser: "Browser", tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"^--page 0\.0\.0\.0:0 would let other machines read"):
        PageSink("0.0.0.0:0", CONTEXT)
    token = tmp_path / "token"
    sink = PageSink(f"0.0.0.0:0?token={token}", CONTEXT)
    try:
        url = sink.url.replace("0.0.0.0", "127.0.0.1")
        assert fetch(url)[0] == 401
        assert fetch(url + "app.js")[0] == 401
        assert fetch(url + "?token=wrong-wrong-wrong")[0] == 401
        with opened(browser, f"{url}?token={token.read_text().strip()}") as browsed:
            assert "token" not in browsed.page.url
            sink.take(prediction())
            browsed.sees(".now", "At rest")
            (cookie,) = browsed.page.context.cookies()
            assert cookie["httpOnly"]
            assert cookie["sameSite"] == "Lax"
    finally:
        sink.close()


def test_connections_that_ask_for_nothing_and_bytes_that_are_no_request_do_not_stop_it(
    page: PageSink,
) -> None:
    address = ("127.0.0.1", int(page.url.rpartition(":")[2].strip("/")))
    held = [socket.create_connection(address, 20) for _ in range(20)]
    for connection in held[:10]:
        connection.sendall(b"\x16\x03\x01\x00\xff\r\n\r\n")
    assert fetch(page.url)[0] == 200
    for connection in held:
        connection.close()


def test_a_code_is_of_an_address_and_of_nothing_else(page: PageSink) -> None:
    status_, text = fetch(page.url + "qr?text=https://192.0.2.2:8443/token/")
    assert status_ == 200
    assert "<svg" in text
    for wrong in ("", "?text=javascript:alert(1)", f"?text=https://{'x' * 300}"):
        assert fetch(page.url + "qr" + wrong)[0] == 400
