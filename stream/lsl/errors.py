"""pylsl's exceptions as Python's own: its TimeoutError and LostError derive from RuntimeError only."""

from collections.abc import Iterator
from contextlib import contextmanager

import pylsl


@contextmanager
def lsl_errors() -> Iterator[None]:
    """Raise TimeoutError where liblsl timed out, and ConnectionError where the stream is lost or cannot be
    opened."""
    try:
        yield
    except RuntimeError as error:
        raise translated(error) from error


def translated(error: RuntimeError) -> OSError:
    """The exception of Python's own that says what one of pylsl's does."""
    if isinstance(error, pylsl.util.TimeoutError):
        return TimeoutError(str(error))
    if isinstance(error, pylsl.util.LostError):
        return ConnectionError("its sender has gone")
    return ConnectionError(str(error))
