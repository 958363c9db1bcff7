"""Targets of the fuzzer that a browser reaches: requests of the page, and connections to its server."""

import socket
import struct
import tomllib
from pathlib import Path
from typing import Final

import msgspec
from tools.fuzz.targets import RefusedError, Target

_NAMES: Final = ("start", "save", "record", "label", "teach", "reply", "look", "nothing")
_HELLO: Final = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_PATIENCE: Final = 5.0
"""s for an answer of a server that lives."""


def page(path: Path) -> Target:
    """Requests of the page: the number of a name, and JSON. What settings are kept is read again as TOML."""
    from hnhar.stream.cli.page_desk import read_request
    from hnhar.stream.cli.page_settings import PageSettings, SettingsFile
    from hnhar.stream.cli.page_wizard import TeachRequest, check_request
    from hnhar.stream.page.server import LARGEST

    settings = {
        "weights": "utd-mhad-wrist",
        "wearers": [
            {"id": "anna", "sources": {"imu": {"source": "Watch", "placement": "left wrist"}}},
            {"id": "ben", "weights": "utd-mhad-thigh", "sources": {"skeleton": {"source": "name=Kinect"}}},
        ],
    }
    said = {
        "start": settings,
        "save": settings,
        "record": {"labels": ["wave", "stir"]},
        "label": {"action": "press", "label": "wave"},
        "teach": {"kind": "adapt", "wearer": "anna", "activities": ["wave"], "performances": 2},
        "reply": {"reply": "r"},
        "look": {},
    }
    corpus = [bytes([_NAMES.index(name)]) + msgspec.json.encode(fields) for name, fields in said.items()]
    words = [
        b'"',
        b"\\u0000",
        b"\\n",
        b"]]",
        b"'''",
        b'"""',
        b"imu.wrist.left",
        b"lsl:",
        b"\\ud800",
        b"null",
        b"1e999",
    ]

    def read(data: bytes) -> None:
        name, fields = _NAMES[data[0] % len(_NAMES) if data else 0], data[1:]
        if len(fields) > LARGEST:
            raise RefusedError("too large")
        try:
            asked = read_request(name, fields)
        except (LookupError, msgspec.DecodeError) as error:
            raise RefusedError(str(error)) from error
        if isinstance(asked, TeachRequest):
            check_request(asked)
        if isinstance(asked, PageSettings):
            file = SettingsFile(path)
            file.write(asked)
            tomllib.loads(path.read_text("utf-8"))
            if file.read() != asked:
                raise ValueError(f"{asked} was read again as {file.read()}")

    return Target(corpus, words, read)


def websocket() -> Target:
    """Bytes of a connection to the websocket's server, which has to answer the next honest one."""
    from hnhar.stream.sinks.context import SinkContext
    from hnhar.stream.sinks.websocket import WebsocketSink, opening_of

    sink = WebsocketSink(opening_of("127.0.0.1:0"), SinkContext("fuzz", "weights", ("wave",), ("anna",)))
    port = int(sink.url.rpartition(":")[2].partition("/")[0])
    corpus = [
        _HELLO,
        _HELLO + _frame(1, b"hello") + _frame(8, struct.pack("!H", 1000)),
        _HELLO + b"".join(_frame(9, b"x" * 20) for _ in range(30)),
        _HELLO + _frame(1, b"{", fin=False) + _frame(0, b"}" * 300),
        _HELLO.replace(b"/ws", b"/ws?kinds=event&wearer=anna"),
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nabc",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n\r\n",
    ]
    words = [
        b"\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Host: x\r\n",
        b"\xff\x00",
        b"Upgrade: h2c\r\n",
        b"%00",
    ]

    def read(data: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port), _PATIENCE) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has hung up already
            first = _answer(connection)
        with socket.create_connection(("127.0.0.1", port), _PATIENCE) as honest:
            honest.sendall(_HELLO)
            honest.settimeout(_PATIENCE)
            if not honest.recv(64).startswith(b"HTTP/1.1 101"):
                raise ValueError("the server does not answer any more")
        if not first.startswith(b"HTTP/1.1 101"):
            raise RefusedError(first[:40].decode("latin-1"))

    return Target(corpus, words, read)


def _answer(connection: socket.socket) -> bytes:
    connection.settimeout(0.05)
    try:
        return connection.recv(1024)
    except (TimeoutError, ConnectionError):
        return b""


def _frame(code: int, content: bytes, *, fin: bool = True) -> bytes:
    """A frame of a client, masked."""
    mask = b"\x01\x02\x03\x04"
    length = len(content)
    head = bytes([(128 if fin else 0) | code])
    head += bytes([128 | length]) if length < 126 else bytes([254]) + struct.pack("!H", length)
    return head + mask + bytes(byte ^ mask[n % 4] for n, byte in enumerate(content))
