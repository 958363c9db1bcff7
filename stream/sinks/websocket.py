"""Sink of websockets: every message as JSON by its schema, for browsers, Node, Unity (docs/messages.md)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from hnhar.model.errors import ConfigError, PublishError

from ..engine.sink import Sink
from ..messages import Message
from ..publish.addresses import Address, parse_address
from .context import SinkContext
from .websocket_client import Doorkeeper, serve_client
from .websocket_door import Door, check_origins, token_of
from .websocket_hub import Hub
from .websocket_server import BrowserServer, check_extra

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp
    from starlette.websockets import WebSocket

PATH: Final = "/ws"
LAST: Final = 0.5
"""s at the end of a run for what still waits for clients."""
_EXAMPLE: Final = "websocket:127.0.0.1:8765, or websocket:0.0.0.0:8765?token=FILE"


@dataclass(frozen=True, slots=True)
class Opening:
    """Address and door of a websocket."""

    address: Address
    door: Door


class WebsocketSink(Sink):
    """Sends every message to every client; a slow one loses messages, and is told how many."""

    prompt = True

    def __init__(self, opening: Opening, context: SinkContext) -> None:
        """Serve at once. Raises PublishError where the address cannot be had."""
        self.hub = Hub(context)
        app = _application(self.hub, opening.door)
        self._server = BrowserServer(opening.address, app, "the websocket", begun=self.hub.begin)
        self.url = f"ws://{self._server.netloc}{PATH}"
        """URL that clients connect to."""
        self.where = f"websocket on {self.url}"

    def take(self, message: Message) -> None:
        """Leave it for the clients."""
        self.hub.offer(message)

    def close(self) -> None:
        """Let clients have what waits for them, and hang up."""
        self.hub.end(LAST)
        self._server.close()


def open_websocket(address: str, context: SinkContext) -> WebsocketSink:
    """`websocket:HOST:PORT`, with `?token=FILE&origin=https://…` after it.

    Raises ConfigError, PublishError, MissingExtraError.
    """
    check_extra("--sink websocket:")
    return WebsocketSink(opening_of(address, insecure=context.insecure), context)


def opening_of(text: str, *, insecure: bool = False, neighbors: bool = True) -> Opening:
    """HOST:PORT?token=FILE&origin=ORIGIN taken apart; `insecure`: others may read without a token;
    `neighbors`: pages of other servers on this machine may read.

    Raises ConfigError.
    """
    where = f"--sink websocket:{text}"
    bare, _, options = text.partition("?")
    try:
        address = parse_address(f"tcp://{bare}")
    except PublishError as error:
        raise ConfigError(f"{where} is no HOST:PORT: write {_EXAMPLE}.") from error
    if address.host == "*":
        address = Address("tcp", "0.0.0.0", address.port)
    given = parse_qsl(options, keep_blank_values=True)
    unknown = sorted({key for key, value in given if key not in ("token", "origin") or not value})
    if unknown or (options and not given):
        raise ConfigError(
            f"{where}: '{(unknown or [options])[0]}' is no setting: there are token and origin."
        )
    files = [value for key, value in given if key == "token"]
    origins = check_origins([value for key, value in given if key == "origin"], where)
    token = token_of(files[-1], where) if files else ""
    if not (address.local or token or insecure):
        raise ConfigError(
            f"{where} would let other machines read, unprotected: give 127.0.0.1:{address.port}, or a file "
            f"with a token ({bare}?token=FILE, made where it is not there), or add --insecure if the network "
            "is trusted."
        )
    return Opening(address, Door(token, address.local, neighbors=neighbors, origins=origins))


def _application(hub: Hub, door: Door) -> "ASGIApp":
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route, WebSocketRoute

    keeper = Doorkeeper(door, hub)

    async def live(websocket: "WebSocket") -> None:
        await serve_client(websocket, hub, keeper)

    async def elsewhere(request: "Request") -> "Response":
        refusal = keeper.refusal(request)
        if refusal is not None:
            return PlainTextResponse(f"{refusal.reason}\n", refusal.status)
        return PlainTextResponse(f"hnhar: connect a websocket to {PATH}\n", 426, {"Upgrade": "websocket"})

    routes: list[Any] = [WebSocketRoute(PATH, live), Route("/{path:path}", elsewhere)]
    return Starlette(routes=routes)
