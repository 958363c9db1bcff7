"""Registry of sinks: `scheme:address` to the sink that an installed package opens for it."""

from typing import Final, cast

from hnhar.model import plugins
from hnhar.model.errors import ConfigError

from ..engine.sink import Sink
from .context import SinkContext
from .detached import DetachedSink
from .guard import GuardedSink

GROUP: Final = "hnhar.sinks"
"""Entry points: scheme -> a callable (address, `SinkContext`) that gives a `Sink`."""


def split_sink(text: str) -> tuple[str, str]:
    """(scheme, address) of a sink as the user wrote it.

    Raises ConfigError where no such scheme is installed.
    """
    scheme, colon, address = text.strip().partition(":")
    schemes = plugins.names(GROUP)
    if scheme.lower() in schemes:
        return scheme.lower(), address.strip()
    known = ", ".join(f"{name}:" for name in schemes)
    if not colon:
        raise ConfigError(f"the sink '{text}' names no scheme: write SCHEME:ADDRESS; there are {known}.")
    raise ConfigError(f"no sink '{scheme}:' is installed for '{text}'; there are {known}.")


def open_sink(text: str, context: SinkContext) -> Sink:
    """The sink of `scheme:address`, not guarded yet.

    Raises ConfigError for what is malformed, not installed or broken, and what the sink's own package raises
    for the user (HnharError).
    """
    scheme, address = split_sink(text)
    return cast("Sink", plugins.part(GROUP, scheme, "sink", address, context, needs=("take", "close")))


def guarded(name: str, sink: Sink) -> GuardedSink | DetachedSink:
    """A sink that cannot hold up recognition or end it: in a thread of its own unless it is prompt."""
    return GuardedSink(name, sink) if getattr(sink, "prompt", False) else DetachedSink(name, sink)
