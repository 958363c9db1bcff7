"""Variables of many .mat files, read in a limited child process (see `mat_child`)."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import MissingExtraError

MEMORY_LIMIT = 1 << 30
"""Address space of the child, bytes."""
MAX_FILE = 16 << 20
"""Larger files are not opened: a trial's are some ten kilobytes."""
MAX_CRASHES = 5
"""Damaged files that may kill a child before the rest is given up."""


def read_variables(
    files: Sequence[tuple[Path, str]], *, timeout: float = 120.0
) -> list[NDArray[np.float32] | str]:
    """The variable of each (file, variable), in order, or the reason as text where it cannot be had.

    Raises MissingExtraError without scipy.
    """
    if importlib.util.find_spec("scipy") is None:
        raise MissingExtraError("scipy", "mat", "reading .mat files")
    results: list[NDArray[np.float32] | str] = ["not read"] * len(files)
    pending = []
    for index, (path, _) in enumerate(files):
        size = path.stat().st_size if path.is_file() else -1
        if 0 <= size <= MAX_FILE:
            pending.append(index)
        else:
            results[index] = (
                "there is no such file" if size < 0 else f"it is larger than {MAX_FILE >> 20} MiB"
            )
    for _ in range(MAX_CRASHES + 1):
        if not pending:
            break
        output, reason = _run_child([files[i] for i in pending], timeout)
        done = _parse(output, pending, results)
        if done < len(pending) and reason:
            results[pending[done]] = reason
            done += 1
        pending = pending[done:]
    for index in pending:
        results[index] = "not read, because the reader crashed on too many other files"
    return results


def _run_child(files: Sequence[tuple[Path, str]], timeout: float) -> tuple[bytes, str]:
    """Output of one child, and why it ended early ("" where it did not)."""
    request = {"limit": MEMORY_LIMIT, "files": [[str(path.resolve()), name] for path, name in files]}
    # One BLAS thread: each reserves address space, which the limit counts.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "hnhar.train.corpora.mat_child"],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=timeout,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return error.stdout or b"", f"the reader was still at it after {timeout:g} s"
    if done.returncode == 0:
        return done.stdout, ""
    last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
    return done.stdout, f"the reader crashed on it (exit {done.returncode}{': ' + last[0] if last else ''})"


def _parse(output: bytes, pending: Sequence[int], results: list[NDArray[np.float32] | str]) -> int:
    """Put the answers of a child in their places; how many files it answered for."""
    at = 0
    for done, index in enumerate(pending):
        lines = output[at : at + 4096].split(b"\n", 2)
        if len(lines) < 3:
            return done
        answer = json.loads(lines[1])
        at += len(lines[0]) + len(lines[1]) + 2
        if "error" in answer:
            results[index] = str(answer["error"])
            continue
        shape = tuple(answer["shape"])
        size = 4 * int(np.prod(shape, dtype=np.int64))
        if len(output) - at < size:
            return done
        results[index] = np.frombuffer(output, "<f4", size // 4, at).reshape(shape).astype(np.float32)
        at += size
    return len(pending)
