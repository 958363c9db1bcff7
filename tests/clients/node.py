"""Node, its packages for the clients, and a client that runs in it."""

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

JS = Path(__file__).parents[2] / "clients" / "js"
PATIENCE = 60.0
"""s, many times what anything here takes."""
_LISTEN = Path(__file__).parent / "listen.mjs"


def node() -> str:
    """The command, or the test is skipped."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not here")
    major = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(major.removeprefix("v").partition(".")[0]) < 20:
        pytest.skip(f"node {major.strip()} is older than 20")
    return found


def packages() -> None:
    """Install those that package-lock.json names, once; the test is skipped where that cannot be done."""
    if (JS / "node_modules" / "typescript").is_dir():
        return
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not here")
    command = [npm, "ci", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=20000"]
    done = subprocess.run(command, cwd=JS, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.skip(f"npm could not install the packages: {done.stderr.strip().splitlines()[:1]}")


class NodeClient:
    """A subscriber in Node; what it gets is read line by line."""

    def __init__(self, url: str, **options: Any) -> None:
        command = [node(), "--experimental-websocket", str(_LISTEN), str(JS), url, json.dumps(options)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(
        self, wanted: Callable[[dict[str, Any]], bool], meanwhile: Callable[[], None] | None = None
    ) -> Any:
        """The next line of which `wanted` is true; `meanwhile` is called every 20 ms until it comes."""
        seen = []
        for _ in range(int(PATIENCE / 0.02)):
            try:
                line = self._lines.get(timeout=0.02)
            except queue.Empty:
                if meanwhile is not None:
                    meanwhile()
                continue
            if not line:
                break
            seen.append(json.loads(line))
            if wanted(seen[-1]):
                return seen[-1]
        raise AssertionError(f"it did not come; {seen}")

    def close(self) -> str:
        """End it; what it wrote to stderr."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.stdin = None
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self._reader.join()
            assert self.process.stderr is not None
            errors = self.process.stderr.read()
            self.process.stderr.close()
        return errors

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        errors = self.close()
        assert error is not None or (errors == "" and self.process.returncode == 0), errors

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put("")
