"""Display of a live run: the dashboard in a terminal, a line a message elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from ..dashboard.live import LiveDashboard
from ..dashboard.state import DashboardState
from ..engine.sink import Sink
from ..messages import Message
from ..sinks.lines import LogLines
from .common import Stop


class DashboardSink(Sink):
    """The dashboard as a sink of the pipeline."""

    prompt = True

    def __init__(self, dashboard: LiveDashboard) -> None:
        self._dashboard = dashboard

    def take(self, message: Message) -> None:
        """Show it."""
        self._dashboard.feed(message)

    def tell(self, text: str) -> None:
        """Show how the marker stream stands."""
        self._dashboard.set_markers(text)


@contextmanager
def shown(draws: bool, console: Console, address: str, stop: Stop) -> Iterator[DashboardSink | LogLines]:
    """The dashboard while the context lasts where it `draws`, or lines; its key q sets `stop`."""
    if not draws:
        yield LogLines()
        return
    with LiveDashboard(DashboardState(address), console=console, on_quit=stop.set) as dashboard:
        yield DashboardSink(dashboard)
