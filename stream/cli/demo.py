"""The demonstration: a synthetic performer in a process of its own, in an LSL session that nobody else
sees."""

import argparse
import os
import subprocess
import sys
import tempfile
from typing import IO, Final, Self

from hnhar.model.errors import SourceError
from hnhar.model.kinds.imu import IMU
from hnhar.model.kinds.skeleton import SKELETON

SOURCES: Final = {name: f"hnhar-{name}" for name in (IMU.name, SKELETON.name)}
"""Modality of the performer -> the stream that plays it."""
MARKERS: Final = "hnhar-markers"
PERSONS: Final = range(1000, 1100)
"""Performers of demonstrations: no training uses them."""
LENGTH: Final = 60.0
"""s."""


def isolate(arguments: argparse.Namespace) -> None:
    """Keep the demonstration's streams to this machine and to itself, unless the options say otherwise."""
    arguments.lsl_session = arguments.lsl_session or f"hnhar-demo-{os.getpid()}"
    arguments.lsl_scope = arguments.lsl_scope or "machine"


class Performer:
    """`hnhar-replay synthetic` as a child, from `__enter__` to `__exit__`."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """`arguments`: of hnhar-stream, after `isolate`."""
        person = PERSONS[arguments.seed % len(PERSONS)]
        length = LENGTH if arguments.duration is None else max(arguments.duration, 2.0)
        self._command = [
            *(sys.executable, "-c", "from hnhar.stream.cli.replay import main; raise SystemExit(main())"),
            *("synthetic", "--subject", str(person), "--seed", str(arguments.seed), "--end", f"{length:g}"),
            *("--quiet", "--wait-for-consumers"),
            *("--lsl-session", arguments.lsl_session, "--lsl-scope", arguments.lsl_scope),
        ]
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the child
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def over(self) -> bool:
        """True once it has performed everything. Raises SourceError where it broke off."""
        code = None if self._process is None else self._process.poll()
        if code:
            self._stderr.seek(0)
            complaint = self._stderr.read()[-2000:].decode(errors="replace").strip()
            raise SourceError(
                f"the performer of the demonstration ended with {code}: {complaint or 'it said nothing'}"
            )
        return code == 0

    def __enter__(self) -> Self:
        # in a session of its own (a group, on Windows): Ctrl-C is for us, and we end it
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._stderr,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        return self

    def __exit__(self, *error: object) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._stderr.close()
