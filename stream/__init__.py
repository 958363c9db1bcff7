"""Live and recorded streams: samples in, predictions out.

`hnhar.stream.Subscriber` reads a running recognizer's messages. It is loaded when first asked for, so that
the other parts of this package do not load ZeroMQ.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .publish.subscriber import Received, Subscriber

__all__ = ["Received", "Subscriber"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from .publish import subscriber

        return getattr(subscriber, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
