"""One connection of a websocket, from the knock at the door to its end."""

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from hnhar.model.errors import HnharError

from ..publish.wire import KINDS, check_wearer
from .websocket_door import Door, Knock, Refusal
from .websocket_hub import OVER, Client, Hub

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.websockets import WebSocket

_log = logging.getLogger(__name__)

STUCK: Final = 20.0
"""s for one message, after which a reader is hung up on."""
MOST_SAID: Final = 20
"""Messages of a client in `WHILE` seconds, which are all passed over; beyond it, it is hung up on."""
WHILE: Final = 10.0
_QUIET: Final = 10.0
"""s between two words in the log on those who were not let in."""


class Doorkeeper:
    """Lets connections of one server in or not, and says so now and then."""

    def __init__(self, door: Door, hub: Hub, cookie: str = "") -> None:
        """`cookie`: name of the one that may hold the token; "" for none."""
        self._door = door
        self._hub = hub
        self._cookie = cookie
        self._told = float("-inf")

    def refusal(self, connection: "HTTPConnection") -> Refusal | None:
        """The reason not to serve a request; None: it may be served."""
        refusal = self._door.refusal(knock_of(connection, self._cookie))
        if refusal is not None:
            self.refused(refusal.reason)
        return refusal

    def refused(self, reason: str) -> None:
        """Count one who was not let in, or thrown out."""
        self._hub.refused += 1
        now = time.monotonic()
        if now - self._told >= _QUIET:
            self._told = now
            _log.warning("a connection of a browser or websocket was refused: %s", reason)


def knock_of(connection: "HTTPConnection", cookie: str = "") -> Knock:
    """The parts of a request that the door looks at."""
    headers = connection.headers
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else ""
    token = token or connection.query_params.get("token", "")
    if cookie and not token:
        token = connection.cookies.get(cookie, "")
    # somebody followed a link to us: what is answered, no other page can read
    followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return Knock(
        tuple(headers.getlist("host")),
        tuple(headers.getlist("origin")),
        token,
        "" if followed else headers.get("sec-fetch-site", ""),
    )


async def serve_client(
    websocket: "WebSocket", hub: Hub, keeper: Doorkeeper, further: frozenset[str] = frozenset()
) -> None:
    """Let it in, and send until one of both ends; `further`: kinds beside those of messages."""
    from starlette.responses import PlainTextResponse

    refusal = keeper.refusal(websocket)
    wish = _wish_of(websocket, further) if refusal is None else None
    client = hub.join(*wish) if isinstance(wish, tuple) else None
    if refusal is None and client is None:
        refusal = Refusal(400, wish) if isinstance(wish, str) else Refusal(503, "too many are connected")
        keeper.refused(refusal.reason)
    if refusal is not None or client is None:
        status, reason = (refusal.status, refusal.reason) if refusal is not None else (503, "")
        await websocket.send_denial_response(PlainTextResponse(f"{reason}\n", status))
        return
    try:
        await websocket.accept()
        await _converse(websocket, client, keeper)
    except OSError:
        return  # it has gone: Starlette's WebSocketDisconnect is raised inside of the tasks
    finally:
        hub.leave(client)


def _wish_of(websocket: "WebSocket", further: frozenset[str]) -> tuple[frozenset[str], str] | str:
    """(kinds, wearer) that a client wants, as `?kinds=event,status&wearer=anna`; or what is wrong with it."""
    asked = websocket.query_params
    kinds = frozenset(kind for kind in asked.get("kinds", "").split(",") if kind) or frozenset(KINDS)
    if not kinds <= set(KINDS) | further:
        return f"kinds: choose from {', '.join((*KINDS, *sorted(further)))}"
    wearer = asked.get("wearer", "")
    try:
        return kinds, check_wearer(wearer) if wearer else ""
    except HnharError as error:
        return str(error)


async def _converse(websocket: "WebSocket", client: Client, keeper: Doorkeeper) -> None:
    """Send to it and hear it, until the first of both ends."""
    tasks = [
        asyncio.create_task(_send(websocket, client, keeper)),
        asyncio.create_task(_hear(websocket, keeper)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                _log.debug("a websocket ended", exc_info=outcome)


async def _send(websocket: "WebSocket", client: Client, keeper: Doorkeeper) -> None:
    while (text := await client.take()) != OVER:
        try:
            async with asyncio.timeout(STUCK):
                await websocket.send_text(text)
        except TimeoutError:
            keeper.refused(f"a websocket has read nothing for {STUCK:g} s")
            return
    await websocket.close(1001, "the run is over")


async def _hear(websocket: "WebSocket", keeper: Doorkeeper) -> None:
    """Nothing that a client says is of use: it is passed over, and a flood ends the connection."""
    count, since = 0, time.monotonic()
    while (await websocket.receive())["type"] != "websocket.disconnect":
        now = time.monotonic()
        if now - since > WHILE:
            count, since = 0, now
        count += 1
        if count > MOST_SAID:
            keeper.refused("a websocket said too much")
            await websocket.close(1008, "too many messages: nothing is to be sent here")
            return
