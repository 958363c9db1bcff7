"""`hnhar-watch --dashboard`: the dashboard, fed by a subscription."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from hnhar.model.errors import HnharError

from ..dashboard.live import LiveDashboard
from ..dashboard.state import DashboardState
from ..publish.subscriber import Received
from .console import SafeConsole


class RemoteDashboard:
    """An output of `hnhar-watch` that draws the dashboard. Raises ConfigError where there is no terminal."""

    def __init__(self, address: str, on_quit: Callable[[], None]) -> None:
        """`on_quit` is called when the key of that name is pressed."""
        state = DashboardState(address, remote=True)
        self._dashboard = LiveDashboard(state, console=SafeConsole(), on_quit=on_quit)

    def __enter__(self) -> Self:
        self._dashboard.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dashboard.__exit__(kind, error, trace)

    def show(self, received: Received) -> None:
        """Draw one message."""
        self._dashboard.feed(received.message)

    def link(self, connected: bool, lost: int, refusal: str) -> None:
        """Draw how the connection stands. Raises HnharError where drawing has broken off."""
        if self._dashboard.failed:
            raise HnharError(
                "the dashboard broke off, see above: watch without --dashboard, and please report it"
            )
        self._dashboard.set_link(connected, lost, refusal)
