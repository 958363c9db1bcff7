"""Sinks of a live run: opened as options and file name them, guarded, and reported on at both ends."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ..config.config import StreamConfig
from ..engine.sink import Sink
from ..sinks.context import SinkContext
from ..sinks.detached import DetachedSink, outcome
from ..sinks.guard import GuardedSink
from ..sinks.prometheus import Metrics
from ..sinks.recorder import Recorder
from ..sinks.registry import guarded, open_sink
from .common import warn
from .console import SafeConsole


@dataclass(frozen=True, slots=True)
class LiveSinks:
    """Sinks that `--sink` and its short forms opened."""

    opened: tuple[Sink, ...]
    guarded: tuple[GuardedSink | DetachedSink, ...]
    """The same, for the pipeline."""

    @property
    def recorders(self) -> list[Recorder]:
        """Those that write files."""
        return [sink for sink in self.opened if isinstance(sink, Recorder)]

    def announce(self, console: SafeConsole) -> None:
        """Say where they can be reached, of those that can."""
        for sink in self.opened:
            where = f"metrics on {sink.url}" if isinstance(sink, Metrics) else getattr(sink, "where", "")
            if where:
                console.say(where)

    def warn_of_missed(self) -> None:
        """Say which sinks did not take all messages, when they are closed."""
        for text in map(outcome, self.guarded):
            if text:
                warn(text)


def asked_sinks(arguments: argparse.Namespace, config: StreamConfig) -> list[str]:
    """Sinks of a run, as `--sink` names them: of --sink or the file, of --record, --metrics and --lsl-out."""
    asked = list(config.sinks)
    asked += [f"jsonl:{config.record}"] if config.record else []
    asked += [f"prometheus:{arguments.metrics}"] if arguments.metrics else []
    asked += [f"page:{arguments.page}"] if arguments.page else []
    return [*asked, "lsl:"] if arguments.lsl_out else asked


@contextmanager
def opened_sinks(asked: Sequence[str], context: SinkContext) -> Iterator[LiveSinks]:
    """All sinks, closed when the context ends, what waits for them taken. Raises HnharError."""
    with ExitStack() as stack:
        opened: list[Sink] = []
        watched: list[GuardedSink | DetachedSink] = []
        for name in asked:
            opened.append(open_sink(name, context))
            watched.append(guarded(name, opened[-1]))
            stack.callback(watched[-1].close)
        yield LiveSinks(tuple(opened), tuple(watched))
