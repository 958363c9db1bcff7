"""The process that looks at images, seen from outside: started, read without blocking, ended."""

import os
import select
import subprocess
import sys
import time
import weakref
from collections import deque
from typing import IO, Final

import msgspec

from .address import CameraAddress
from .letters import Letter, Letters, Over
from .worker import Job

_CHUNK: Final = 1 << 16
_ENDS: Final = 1.0
"""s that it has for its end."""


class Worker:
    """One running `worker`. It ends with `close`, or when it is let go of."""

    def __init__(self, address: CameraAddress, *, paced: bool = True) -> None:
        job = msgspec.json.encode(Job(address, paced)).decode()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hnhar.stream.camera.worker", job],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C is for whoever started it
            start_new_session=True,
        )
        self._letters = Letters()
        self._over = False
        self._ready: deque[Letter] = deque()
        self._finish = weakref.finalize(self, _end, self._process)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def read(self, timeout: float) -> Letter | None:
        """The next letter, waited for up to `timeout` s; None where none came. After `Over` none will."""
        until = time.monotonic() + timeout
        while not self._ready and not self._over:
            out = self._process.stdout
            if out is None or not select.select([out], [], [], max(0.0, until - time.monotonic()))[0]:
                break
            self._take(out)
        return self._ready.popleft() if self._ready else None

    def _take(self, out: IO[bytes]) -> None:
        raw = os.read(out.fileno(), _CHUNK)
        try:
            self._ready.extend(self._letters.take(raw))
        except ValueError as error:
            raw = b""
            self._ready.append(Over(f"its process sent nonsense ({error})", "lost"))
        if not raw:
            self._over = True
            if not self._ready or not isinstance(self._ready[-1], Over):
                self._ready.append(Over(f"its process ended{self._code()}", "lost"))
        elif self._ready and isinstance(self._ready[-1], Over):
            self._over = True

    def _code(self) -> str:
        try:
            code = self._process.wait(_ENDS)
        except subprocess.TimeoutExpired:
            return ""
        return f" by signal {-code}" if code < 0 else f" with code {code}"

    def close(self) -> None:
        """End it now."""
        self._finish()


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    try:
        process.wait(_ENDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
