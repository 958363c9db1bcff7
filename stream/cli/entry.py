"""The console commands: imported here under a handler, so that Ctrl-C while Python still loads is quiet.

This file imports nothing that takes time.
"""

import os
import signal
from importlib import import_module
from types import FrameType

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""


def run(module: str) -> int:
    """Import a module and return what its `main` returns."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else it is ignored, or somebody's own
        signal.signal(signal.SIGINT, _leave)
    main = import_module(module).main
    signal.signal(signal.SIGINT, before)
    try:
        return int(main())
    except KeyboardInterrupt:
        return INTERRUPTED


def _leave(number: int, frame: FrameType | None) -> None:
    """At once: an exception could be swallowed by what is being imported, and there is nothing to close."""
    os._exit(INTERRUPTED)


def doctor() -> int:
    """`hnhar-doctor`."""
    return run("hnhar.stream.cli.doctor")


def enroll() -> int:
    """`hnhar-enroll`."""
    return run("hnhar.stream.cli.enroll")


def keys() -> int:
    """`hnhar-keys`."""
    return run("hnhar.stream.cli.keys")


def replay() -> int:
    """`hnhar-replay`."""
    return run("hnhar.stream.cli.replay")


def stream() -> int:
    """`hnhar-stream`."""
    return run("hnhar.stream.cli.stream")


def watch() -> int:
    """`hnhar-watch`."""
    return run("hnhar.stream.cli.watch")
