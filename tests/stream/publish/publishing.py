"""What the tests of the publisher share: waiting while it goes on, and other processes at its other end."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from hnhar.stream.publish.publisher import Publisher

DEADLINE = 30.0
"""s after which something that must happen has not."""


def until(publisher: Publisher, condition: Callable[[], bool]) -> None:
    """Keep the publisher going until a condition holds."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {DEADLINE:g} s"
        publisher.poll()
        time.sleep(0.002)  # to the processes that are waited for


@contextmanager
def python(script: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that runs `script`, killed at the end; its input and output are pipes of lines."""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def line(pipe: IO[str] | None) -> str:
    """The next line of a process; it must not have ended."""
    assert pipe is not None
    text = pipe.readline()
    assert text, "the process ended"
    return text.strip()
