"""The doors of our own server: Sensor Logger's push, our page, and who is connected. Starlette's application.

Every path begins with a token, which the QR code carries. A wrong one, a page of another site, a message
that is too large or malformed, or one phone too many is refused, counted and told; the others go on.
"""

import asyncio
import contextlib
import logging
import secrets
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..printable import printable
from . import motion, sensor_logger
from .loggers import TWICE, Loggers, clean_name
from .phones import Identity, Phone, Phones
from .qr import as_svg
from .readings import MessageError

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
LARGEST: Final = 2 << 20
"""bytes of a pushed message: 10 s of ten sensors at 100 Hz."""
FRAME: Final = 64 << 10
"""bytes of a message of the page."""
FULL: Final = "one phone too many"
IOS: Final = "the signs of iOS are converted"
ASK: Final = 1.0
"""s between two questions for the page's time."""
BODY: Final = 20.0
"""s in which a body has to come."""
_NAME: Final = 64
_FILES: Final = {"": ("page.html", "text/html"), "page.js": ("page.js", "text/javascript"),
                 "page.css": ("page.css", "text/css"), "status.html": ("status.html", "text/html"),
                 "status.js": ("status.js", "text/javascript")}  # fmt: skip
_SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "accelerometer=(self), gyroscope=(self), screen-wake-lock=(self)",
}


class Doors:
    """The paths below `/TOKEN/`."""

    def __init__(self, phones: Phones, token: str, address: "Callable[[], str]") -> None:
        """`address`: of the page, for its QR code."""
        self.phones = phones
        self._token = token
        self._address = address
        self._loggers = Loggers(phones)

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/{token}/push", self._push, methods=["POST"]),
                Route("/{token}/motion", self._motion, methods=["POST"]),
                WebSocketRoute("/{token}/socket", self._socket),
                Route("/{token}/status", self._status),
                Route("/{token}/qr.svg", self._qr),
                Route("/{token}/{file:path}", self._file),
                Route("/{path:path}", self._nothing),
            ],
            exception_handlers={Exception: self._broke},
        )

    def _refusal(self, connection: HTTPConnection) -> str:
        """Reason why a request is not let in; "" where it is."""
        if not secrets.compare_digest(connection.path_params["token"].encode(), self._token.encode()):
            return "wrong token"
        origin = connection.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != connection.headers.get("host", ""):
            return "a page of another site"
        return ""

    def _refuse(self, reason: str, status: int) -> Response:
        self.phones.refuse(reason)
        return PlainTextResponse(f"{reason}\n", status, headers=_SAFE)

    async def _broke(self, request: Request, error: Exception) -> Response:
        """Our own fault: counted, in the log at level debug, and no other request's."""
        _log.debug("a request failed", exc_info=error)
        return self._refuse(f"a request that failed here ({type(error).__name__})", 500)

    async def _nothing(self, request: Request) -> Response:
        return self._refuse("no token", 404)

    async def _file(self, request: Request) -> Response:
        if reason := self._refusal(request):
            return self._refuse(reason, 403)
        name = _FILES.get(request.path_params["file"])
        if name is None:
            return PlainTextResponse("there is no such page\n", 404, headers=_SAFE)
        text = (resources.files(__package__) / "page" / name[0]).read_text("utf-8")
        return Response(text, media_type=name[1], headers=_SAFE)

    async def _qr(self, request: Request) -> Response:
        if reason := self._refusal(request):
            return self._refuse(reason, 403)
        return Response(as_svg(self._address()), media_type="image/svg+xml", headers=_SAFE)

    async def _status(self, request: Request) -> Response:
        if reason := self._refusal(request):
            return self._refuse(reason, 403)
        return JSONResponse({"phones": connected(self.phones), "refused": self.phones.refused}, headers=_SAFE)

    async def _push(self, request: Request) -> Response:
        if reason := self._refusal(request):
            return self._refuse(reason, 403)
        try:
            async with asyncio.timeout(BODY):
                body = await _body(request)
        except (ClientDisconnect, TimeoutError):
            return self._refuse("a message that did not come to its end", 408)
        if body is None:
            return self._refuse(f"a message of more than {LARGEST >> 20} MiB", 413)
        arrived = self.phones.now()
        try:
            message = sensor_logger.decode(body)
        except MessageError as error:
            return self._refuse(printable(str(error)), 400)
        apple = "darwin" in request.headers.get("user-agent", "").lower()
        name = request.query_params.get("name", "")
        reason = self._loggers.take(message, name, _host(request), arrived, apple=apple)
        if reason == TWICE:
            return PlainTextResponse(f"{reason}\n", headers=_SAFE)
        return self._refuse(reason, 429) if reason else PlainTextResponse("ok\n", headers=_SAFE)

    async def _motion(self, request: Request) -> Response:
        """The page's messages one by one, where a browser grants it no websocket."""
        phone = self._page_of(request)
        if isinstance(phone, str):
            return self._refuse(phone, 429 if phone == FULL else 403)
        try:
            async with asyncio.timeout(BODY):
                body = await _body(request, FRAME)
        except (ClientDisconnect, TimeoutError):
            return self._refuse("a message that did not come to its end", 408)
        arrived = self.phones.now()
        if body is None:
            return self._refuse(f"a message of the page of more than {FRAME >> 10} KiB", 413)
        ios = request.query_params.get("ios") == "true"
        try:
            message = motion.decode(body, ios=ios)
        except MessageError as error:
            return self._refuse(printable(str(error)), 400)
        phone.note = IOS if ios else ""
        phone.touch()
        phone.take(message.readings, arrived)
        return PlainTextResponse("ok\n", headers=_SAFE)

    def _page_of(self, connection: HTTPConnection) -> Phone | str:
        """The phone whose page it is, or the reason why it is not let in."""
        if reason := self._refusal(connection):
            return reason
        who = connection.query_params.get("id", "")
        if not 8 <= len(who) <= _NAME or not who.isalnum():
            return "a page without an id"
        name = clean_name(connection.query_params.get("name", "")) or f"phone-{who[:4]}"
        return self.phones.phone(Identity(who, name, "browser", _host(connection))) or FULL

    async def _socket(self, socket: WebSocket) -> None:
        phone = self._page_of(socket)
        if isinstance(phone, str):
            self.phones.refuse(phone)
            await socket.close(1008)
            return
        await socket.accept()
        asked: dict[int, float] = {}
        asking = asyncio.create_task(self._ask(socket, asked))
        try:
            await self._listen(socket, phone, asked)
        except Exception as error:  # our own fault: the page connects anew
            _log.debug("a page's connection failed", exc_info=error)
            self.phones.refuse(f"a page's connection that failed here ({type(error).__name__})")
        finally:
            asking.cancel()
            phone.leave()
            with contextlib.suppress(asyncio.CancelledError, RuntimeError, WebSocketDisconnect, OSError):
                await asking

    async def _listen(self, socket: WebSocket, phone: Phone, asked: dict[int, float]) -> None:
        ios = False
        phone.connected = True
        while True:
            try:
                text = await socket.receive_text()
                arrived = self.phones.now()
                message = motion.decode(text, ios=ios)
            except (WebSocketDisconnect, RuntimeError):
                return
            except KeyError:  # binary
                self.phones.refuse("a binary message of a page")
                continue
            except MessageError as error:
                self.phones.refuse(printable(str(error)))
                continue
            if message.hello is not None:
                ios = message.hello.ios
                phone.note = IOS if ios else ""
            if message.pong is not None and message.pong in asked:
                phone.clock.answered(asked.pop(message.pong), message.time, arrived)
            phone.touch()
            phone.take(message.readings, arrived)

    async def _ask(self, socket: WebSocket, asked: dict[int, float]) -> None:
        """Ask the page for its time again and again, soon at first."""
        number = 0
        while True:
            asked.clear()
            asked[number] = self.phones.now()
            await socket.send_json({"ping": number})
            number += 1
            await asyncio.sleep(ASK if number > 5 else 0.1)


def connected(phones: Phones) -> list[dict[str, Any]]:
    """Phones that send now, as JSON has them."""
    shown = []
    for phone in phones.there():
        status = phone.status()
        shown.append(
            {
                "name": status.name,
                "app": status.app,
                "sensors": list(status.sensors),
                "rate": round(status.rate, 1),
                "latency": round(status.latency, 4),
                "batch": round(status.batch, 3),
                "received": status.received,
                "dropped": status.dropped,
                "note": status.note,
            }
        )
    return shown


async def _body(request: Request, largest: int = LARGEST) -> bytes | None:
    """The body of a request; None where it is too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > largest:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            return None
    return bytes(body)


def _host(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client is not None else ""
