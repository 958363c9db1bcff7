"""A long run's memory: arenas of the C library, and garbage beside what is loaded."""

import gc
import os
import platform
import subprocess
import sys
import weakref

import pytest

from hnhar.stream.cli.memory import ARENAS, LARGE, loaded_set_aside

THREADS = 12
PROGRAM = f"""
import ctypes, re, sys, threading
from hnhar.stream.cli.memory import limit_arenas

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.open_memstream.restype = ctypes.c_void_p
print(limit_arenas() if sys.argv[1] == "limited" else False)
meet = threading.Barrier({THREADS} + 1)

def hold():
    library.malloc(ctypes.c_size_t(4096))
    meet.wait()

for _ in range({THREADS}):
    threading.Thread(target=hold).start()
meet.wait()
text, size = ctypes.c_char_p(), ctypes.c_size_t()
stream = ctypes.c_void_p(library.open_memstream(ctypes.byref(text), ctypes.byref(size)))
library.malloc_info(0, stream)
library.fclose(stream)
print(text.value.decode().count("<heap "))
"""
on_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")


def arenas(how: str, **environment: str) -> tuple[str, int]:
    """(What the limit answered, arenas that many threads of a new process have made)."""
    clean = {key: value for key, value in os.environ.items() if key != "MALLOC_ARENA_MAX"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answer, count = done.stdout.split()
    return answer, int(count)


@on_glibc
def test_threads_share_few_arenas_once_they_are_limited() -> None:
    assert arenas("free")[1] > ARENAS
    answer, count = arenas("limited")
    assert answer == "True"
    assert count <= ARENAS


@on_glibc
def test_who_sets_the_number_of_arenas_keeps_it() -> None:
    answer, count = arenas("limited", MALLOC_ARENA_MAX="4")
    assert answer == "False"
    assert ARENAS < count <= 4


GATHERING = """
import re
from pathlib import Path
from hnhar.stream.cli.memory import gather_pages

kept = [bytearray(2**20) for _ in range(16)]
for number, each in enumerate(kept):
    each[:] = bytes([number]) * len(each)
gathered = gather_pages()
assert all(each == bytes([number]) * len(each) for number, each in enumerate(kept))
print(gathered, re.search(r"AnonHugePages: +(\\d+)", Path("/proc/self/smaps_rollup").read_text())[1])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone has such pages")
def test_memory_lies_in_large_pages_as_far_as_the_kernel_has_them_and_holds_what_it_held() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GATHERING], capture_output=True, text=True, check=True, timeout=60
    )
    gathered, large = map(int, done.stdout.split())
    assert gathered % LARGE == 0
    assert large * 1024 >= gathered


def test_what_is_loaded_is_passed_over_while_it_runs_and_new_garbage_is_not() -> None:
    class Knot:
        def __init__(self) -> None:
            self.itself = self

    gc.unfreeze()  # of what the tests loaded
    before = gc.get_freeze_count()
    with loaded_set_aside():
        assert gc.get_freeze_count() > before + 10_000
        knot = weakref.ref(Knot())
        gc.collect()
        assert knot() is None
    assert gc.get_freeze_count() == 0
