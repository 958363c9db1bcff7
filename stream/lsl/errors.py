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
    except pylsl.util.TimeoutError as error:
        raise TimeoutError(str(error)) from error
    except pylsl.util.LostError as error:
        raise ConnectionError("its sender has gone") from error
    except RuntimeError as error:
        raise ConnectionError(str(error)) from error
