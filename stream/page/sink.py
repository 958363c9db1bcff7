"""Sink of the page: `hnhar-stream --page HOST:PORT` shows a run in a browser."""

from hnhar.model.errors import ConfigError

from ..engine.sink import Sink
from ..messages import Message
from ..sinks.context import SinkContext
from ..sinks.websocket import opening_of
from ..sinks.websocket_server import check_extra
from .address import ADDRESS
from .desk import ViewDesk
from .server import Page


class PageSink(Sink):
    """Shows every message to every page that is open."""

    prompt = True

    def __init__(self, address: str, context: SinkContext) -> None:
        """`address`: HOST:PORT?token=FILE, as the websocket's. Raises ConfigError, PublishError,
        MissingExtraError."""
        check_extra("--page")
        try:
            opening = opening_of(address or ADDRESS, insecure=context.insecure, neighbors=False)
        except ConfigError as error:
            raise ConfigError(
                str(error).replace("--sink websocket:", "--page ").replace("websocket:", "")
            ) from error
        self._page = Page(opening.address, opening.door, ViewDesk(), context)
        self.url = self._page.url
        """URL at which it is opened."""
        self.where = f"page on {self.url}{'?token=…' if self._page.token else ''}"

    def take(self, message: Message) -> None:
        """Show it."""
        self._page.history.note(message)
        self._page.hub.offer(message)

    def close(self) -> None:
        """End it."""
        self._page.close()
