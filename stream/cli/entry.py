"""The console commands: imported here under a handler, so that Ctrl-C while Python still loads is quiet.

This file imports nothing that takes time.
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import FrameType
from typing import Any

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""


def hnhar() -> int:
    """`hnhar COMMAND …`; `hnhar` itself answers where there is no such command."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    program = loading(lambda: _program(name))
    if program is None:
        return run("hnhar.stream.cli.overview")
    sys.argv[:2] = [f"hnhar {name}"]
    return _ended(lambda: program.main(None, f"hnhar {name}"))


def run(module: str) -> int:
    """Import a module and return what its `main` returns."""
    return _ended(loading(lambda: import_module(module).main))


def loading(load: Callable[[], Any]) -> Any:
    """Result of an import, during which Ctrl-C ends the process. For the main thread."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else it is ignored, or somebody's own
        signal.signal(signal.SIGINT, _leave)
    loaded = load()
    signal.signal(signal.SIGINT, before)
    return loaded


def _ended(main: Callable[[], Any]) -> int:
    try:
        return int(main())
    except KeyboardInterrupt:
        return INTERRUPTED


def _program(name: str) -> Any:
    """The command of that name; None where there is none, or it cannot be loaded: the overview says so."""
    from hnhar.model.errors import ConfigError

    from .commands import command_of, names

    try:
        return command_of(name).load() if name in names() else None
    except ConfigError:
        return None


def _leave(number: int, frame: FrameType | None) -> None:
    """End at once: a module that is being imported could swallow an exception, and nothing is open yet."""
    os._exit(INTERRUPTED)


camera = partial(run, "hnhar.stream.cli.camera")
docs = partial(run, "hnhar.stream.cli.docs")
doctor = partial(run, "hnhar.stream.cli.doctor")
enroll = partial(run, "hnhar.stream.cli.enroll")
fleet = partial(run, "hnhar.stream.cli.fleet")
keys = partial(run, "hnhar.stream.cli.keys")
phone = partial(run, "hnhar.stream.cli.phone")
record = partial(run, "hnhar.stream.cli.record")
page = partial(run, "hnhar.stream.cli.page")
label = partial(run, "hnhar.stream.cli.label")
replay = partial(run, "hnhar.stream.cli.replay")
report = partial(run, "hnhar.stream.cli.report")
stream = partial(run, "hnhar.stream.cli.stream")
watch = partial(run, "hnhar.stream.cli.watch")
