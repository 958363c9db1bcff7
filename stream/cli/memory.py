"""Memory of a run of days: what is let go of goes back, and is used again.

Measured by `tools.soak`: without these, a run whose streams come and go grew by 3 MiB an hour for hours.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ARENAS: Final = 2
"""Arenas of glibc's allocator. It makes up to eight a core, each for some threads, and of what a thread of
liblsl frees in one nothing serves the next connection's threads in another. Python's threads take turns
anyway, so few wait for each other here."""
_M_ARENA_MAX: Final = -8
"""Of glibc's malloc.h."""


def limit_arenas() -> bool:
    """Let this process have few arenas from now on: before threads are started. True where it was done.

    Whoever sets MALLOC_ARENA_MAX has decided; other C libraries than glibc have no such arenas.
    """
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):  # musl has mallopt's name only
        return False
    return bool(library.mallopt(_M_ARENA_MAX, ARENAS))


@contextmanager
def loaded_set_aside() -> Iterator[None]:
    """Garbage collections pass over all that is loaded by now, and so are brief, and come soon enough.

    A full one goes through some hundred thousand objects of modules and weights, in the midst of which a
    window waits; and Python puts it off until a quarter as many have come anew.
    """
    gc.collect()
    gc.freeze()
    gc.collect()  # counts what is left: nothing, by which the next full one is due
    try:
        yield
    finally:
        gc.unfreeze()
