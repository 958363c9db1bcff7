"""Child process that reads .mat files: `python -m hnhar.train.corpora.mat_child`.

scipy's reader of .mat files is not hardened: damaged files crash the interpreter or ask for all memory. So it
runs here, under a memory limit, and hands over plain numbers. Standard input: JSON {"limit": bytes, "files":
[[path, variable], ...]}. Standard output, per file: a line {"start": i}, then either {"error": reason} or
{"shape": [...]} followed by that many float32 numbers (little-endian, C order). The last "start" without an
answer names the culprit.
"""

import json
import signal
import sys
from contextlib import suppress
from typing import Any, BinaryIO

MAX_VALUES = 500_000
"""Most numbers taken from one variable: a trial holds a few thousand, and there may be a thousand trials."""
MAX_REASON = 500
"""Letters of a reason; the parent looks for its end in 4096 bytes, and JSON may take six for a letter."""
MAX_SECONDS = 20.0
"""Time for one file, after which the process ends itself: damaged files can keep scipy busy for minutes."""


class _OddVariable(ValueError):
    """A variable that is not there, or no array of numbers of a trial's size."""


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # not a POSIX system: the time limit of the parent still holds
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    with suppress(OSError, ValueError):  # macOS refuses it: the time limits hold
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time() -> None:
    if hasattr(signal, "setitimer"):  # its default action ends the process, whatever it is at
        signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)


def _line(out: BinaryIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message).encode() + b"\n")
    out.flush()


def _read(path: str, variable: str) -> tuple[list[int], bytes]:
    """Shape and float32 bytes of one variable; _OddVariable where it is not a plain array of numbers."""
    import numpy as np
    from scipy.io import loadmat

    found = loadmat(path, variable_names=[variable])
    if variable not in found:
        raise _OddVariable(f"it has no variable {variable}")
    array = np.asarray(found[variable])
    if array.dtype.kind not in "fiu" or array.size > MAX_VALUES:
        raise _OddVariable(
            f"{variable} is {array.dtype} of shape {array.shape}, not a small array of numbers"
        )
    return list(array.shape), np.ascontiguousarray(array, dtype="<f4").tobytes()


def _reason(error: Exception) -> str:
    """The fault of a file in words: an exception's class says nothing to a user."""
    if isinstance(error, _OddVariable):
        return str(error)
    if isinstance(error, ImportError):
        return f"its reader cannot be loaded ({error})"
    if isinstance(error, MemoryError):
        return "it is damaged: it asks for more memory than a trial's file may"
    return f"it is damaged or empty, or no .mat file{f' ({error})' if str(error) else ''}"


def main() -> int:
    """Read what standard input asks for."""
    request = json.load(sys.stdin)
    _limit_memory(int(request["limit"]))
    out = sys.stdout.buffer
    for index, (path, variable) in enumerate(request["files"]):
        _line(out, {"start": index})
        _limit_time()
        try:
            shape, payload = _read(path, variable)
        except Exception as error:  # whatever the reader raises on a damaged file is its reason
            _line(out, {"error": _reason(error)[:MAX_REASON]})
            continue
        _line(out, {"shape": shape})
        out.write(payload)
    out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
