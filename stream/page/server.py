"""The page: its files, its requests, and its websocket, behind one door."""

import io
import secrets
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hnhar.model.errors import HnharError

from ..printable import printable
from ..publish.addresses import Address
from ..sinks.context import SinkContext
from ..sinks.websocket_client import Doorkeeper, serve_client
from ..sinks.websocket_door import Door, Refusal
from ..sinks.websocket_hub import Hub
from ..sinks.websocket_server import BrowserServer
from .desk import KIND, Desk, History, state_text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp
    from starlette.websockets import WebSocket

LARGEST: Final = 64 * 1024
"""bytes of a request."""
LONGEST_CODE: Final = 300
"""Letters of an address that is shown as a QR code."""
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}
"""Of every answer: nothing is loaded from elsewhere, and nobody frames it."""


class Page:
    """Serves the page from now until `close`."""

    def __init__(self, address: Address, door: Door, desk: Desk, context: SinkContext) -> None:
        """Raises PublishError where the address cannot be had."""
        self.hub = Hub(context)
        self.history = History()
        self.history.begin(context.publisher)
        self._door = door
        self._desk = desk
        self._server = BrowserServer(address, _application(self), "the page", begun=self.hub.begin)
        self.url = f"http://{self._server.netloc}/"
        """URL, without a token."""
        self.port = self._server.port

    @property
    def token(self) -> str:
        """The one that its door asks for; "" for none."""
        return self._door.token

    def tell(self) -> None:
        """Send the desk's state to every page."""
        self.hub.post(KIND, state_text(printable(self._desk.state())))

    def close(self, timeout: float = 0.5) -> None:
        """Say that it is over, and end."""
        self.hub.end(timeout)
        self._server.close()

    def answer(self, name: str, fields: bytes) -> tuple[int, dict[str, Any]]:
        """(status, answer) of what a person asked for."""
        try:
            return 200, self._desk.act(name, fields)
        except LookupError:
            return 404, {"error": f"there is no request '{name[:40]}'"}
        except msgspec.ValidationError as error:
            return 400, {"error": f"the request cannot be understood: {error}"}
        except msgspec.DecodeError:
            return 400, {"error": "the request is no JSON"}
        except HnharError as error:
            return 409, {"error": printable(str(error))}

    def state(self) -> dict[str, Any]:
        """All that a page needs when it is opened."""
        return {**printable(self._desk.state()), "history": self.history.events()}


def qr_svg(text: str) -> bytes:
    """A QR code, black on white, for every theme."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", scale=8, border=4, light="white")
    return out.getvalue()


def make_token() -> str:
    """A new one."""
    return secrets.token_urlsafe(18)


def _application(page: Page) -> "ASGIApp":
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
    from starlette.routing import Route, WebSocketRoute

    keepers: list[Doorkeeper] = []

    def keeper_of(port: int) -> Doorkeeper:
        if not keepers:
            keepers.append(Doorkeeper(page._door, page.hub, cookie_of(port)))
        return keepers[0]

    def refused(request: "Request") -> "Response | None":
        refusal = keeper_of(_port(request.scope)).refusal(request)
        return None if refusal is None else _refusal_page(refusal)

    async def start(request: "Request") -> "Response":
        if (answer := refused(request)) is not None:
            return answer
        if page.token and request.query_params.get("token"):
            moved = RedirectResponse("/", 303, HEADERS)
            moved.set_cookie(
                cookie_of(_port(request.scope)), page.token, httponly=True, samesite="lax", path="/"
            )
            return moved
        return file("index.html")

    def file(name: str) -> "Response":
        there = files(__package__) / "static" / name
        kind = TYPES.get(name[name.rfind(".") :])
        if kind is None or "/" in name or "\\" in name or not there.is_file():
            return PlainTextResponse("there is no such page\n", 404, HEADERS)
        return Response(there.read_bytes(), 200, HEADERS, kind)

    async def static(request: "Request") -> "Response":
        return refused(request) or file(request.path_params["name"])

    async def state(request: "Request") -> "Response":
        if (answer := refused(request)) is not None:
            return answer
        return JSONResponse(await run_in_threadpool(page.state), 200, HEADERS)

    async def code(request: "Request") -> "Response":
        """A QR code of an address, for a phone."""
        if (answer := refused(request)) is not None:
            return answer
        text = request.query_params.get("text", "")
        if not text.startswith(("http://", "https://")) or len(text) > LONGEST_CODE:
            return PlainTextResponse("a code is of an address\n", 400, HEADERS)
        return Response(qr_svg(text), 200, HEADERS, TYPES[".svg"])

    async def act(request: "Request") -> "Response":
        if (answer := refused(request)) is not None:
            return answer
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return JSONResponse({"error": "the request is no JSON"}, 415, HEADERS)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                return JSONResponse({"error": f"a request has at most {LARGEST} bytes"}, 413, HEADERS)
        status, found = await run_in_threadpool(page.answer, request.path_params["name"], bytes(body))
        return JSONResponse(found, status, HEADERS)

    async def live(websocket: "WebSocket") -> None:
        await serve_client(websocket, page.hub, keeper_of(_port(websocket.scope)), frozenset({KIND}))

    return Starlette(
        routes=[
            Route("/", start),
            Route("/api/state", state),
            Route("/qr", code),
            Route("/api/{name}", act, methods=["POST"]),
            WebSocketRoute("/ws", live),
            Route("/{name}", static),
        ]
    )


def cookie_of(port: int) -> str:
    """Name of the cookie: browsers keep those of all ports of a host together."""
    return f"hnhar-{port}"


def _port(scope: Any) -> int:
    server = scope.get("server") or ("", 0)
    return int(server[1] or 0)


def _refusal_page(refusal: Refusal) -> "Response":
    from starlette.responses import PlainTextResponse

    advice = (
        ": open the address that was printed where hnhar page was started" if refusal.status == 401 else ""
    )
    return PlainTextResponse(f"{refusal.reason}{advice}\n", refusal.status, HEADERS)
