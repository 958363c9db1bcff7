"""Memory of a run of days: what is let go of goes back, and is used again.

Measured by `tools.soak`: without these, a run whose streams come and go grew by 3 MiB an hour for hours.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ARENAS: Final = 2
"""Arenas of glibc's allocator. It makes up to eight a core, each for some threads, and of what a thread of
liblsl frees in one nothing serves the next connection's threads in another. Python's threads take turns
anyway, so few wait for each other here."""
_M_ARENA_MAX: Final = -8
"""Of glibc's malloc.h."""
LARGE: Final = 2 * 1024**2
"""Bytes of a large page."""
_MADV_COLLAPSE: Final = 25
"""Of Linux' mman.h, from 6.1 on."""
_ANONYMOUS: Final = ("[heap]", "[anon")
"""How the names of a process's own memory begin, where it has one."""


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


def gather_pages() -> int:
    """Put this process's memory as it is now into large pages; bytes that are, 0 where the kernel has none.

    A window of one wearer finds nothing in the processor's caches, not even where its memory is: with large
    pages there are 500 times fewer places to look up. Few pages that hold nothing yet are filled by it.
    """
    try:
        allowed = Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text()
        ranges = Path("/proc/self/maps").read_text().splitlines()
    except OSError:  # no Linux, or one without such pages
        return 0
    if "[never]" in allowed:
        return 0
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    gathered = 0
    for line in ranges:
        places, rights, *_ = fields = line.split(maxsplit=5)
        path = fields[5] if len(fields) > 5 else ""
        if rights != "rw-p" or (path and not path.startswith(_ANONYMOUS)):
            continue
        begin, end = (int(place, 16) for place in places.split("-"))
        for start in range(-(-begin // LARGE) * LARGE, end - LARGE + 1, LARGE):
            gathered += LARGE * (madvise(start, LARGE, _MADV_COLLAPSE) == 0)
    return gathered


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
