"""`hnhar-stream`, into which lines on standard input bring faults from within, for `faults/inside.py`.

    slow S       from now on each window takes the recognizer S s more (0: no longer)
    crash NAME   a ZeroDivisionError, now, in the thread whose name begins so

    python -m tools.faults.inject CLASSIFIED.jsonl OPTION …

Each call of the recognizer becomes a line of the file: when it began, how many windows it was given, how many
of one wearer at most, and the age of the oldest (s from its end).
"""

import ctypes
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pylsl

from hnhar.stream.cli.stream import main
from hnhar.stream.engine.engine import Engine


def crash(name: str) -> None:
    """Raise in a thread, wherever it is; at once where it runs Python, else when its call returns."""
    for thread in threading.enumerate():
        if thread.name.startswith(name) and thread.ident is not None:
            identity, error = ctypes.c_ulong(thread.ident), ctypes.py_object(ZeroDivisionError)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, error)
            return


def obey(slowness: list[float]) -> None:
    """Take commands until standard input closes."""
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "slow":
            slowness[0] = float(rest)
        elif word == "crash":
            crash(rest)


def run(path: str, options: Sequence[str]) -> int:
    """The program with these options, obeying."""
    slowness = [0.0]
    begin = Engine.begin_batch

    with open(path, "w", encoding="utf-8", buffering=1) as told:

        def slowly(engine: Engine, windows: Sequence[Any], done: Any = None) -> Any:
            now = pylsl.local_clock()
            most = max(Counter(window.wearer for window in windows).values())
            ages = [now - window.end for window in windows]
            told.write(json.dumps([now, len(windows), most, max(ages)]) + "\n")
            time.sleep(slowness[0] * len(windows))
            return begin(engine, windows, done)

        Engine.begin_batch = slowly  # type: ignore[method-assign,assignment]
        threading.Thread(target=obey, args=(slowness,), daemon=True).start()
        return main(options)


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1], sys.argv[2:]))
