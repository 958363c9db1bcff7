"""One input, recognized as `hnhar-stream --recording` does it, and the class of its outcome."""

import io
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from tools.faults.field.session import session

from hnhar.model.bundle.bundle import DEFAULT, BundleInfo, find
from hnhar.model.errors import HnharError
from hnhar.model.runtime import Runtime
from hnhar.model.serving import serve
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.stream import build_parser
from hnhar.stream.cli.stream_recording import read_recording
from hnhar.stream.cli.unrecognized import dropped, partly_there, reason
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.recording_run import RecordingRun
from hnhar.stream.recordings.recording import Annotation, Recording
from hnhar.stream.recordings.score import match, recognized
from hnhar.stream.sinks.collector import Collector

LABELED: Final = 0.3
"""s by which the labels of a file may be off, without a word."""
TOLD: Final = 1.0
"""s by which they may, with one."""
ELSEWHERE: Final = "elsewhere"
LONG: Final = 20.0
"""s that an input may take, of a session of about that."""


class Outcome(StrEnum):
    """Classes of what came of an input."""

    RIGHT = "right"
    NOTED = "right, with a note"
    REFUSED = "refused in words"
    DEGRADED = "worse, and said"
    STRICT = "refused, and readable"
    WRONG = "SILENT WRONG"
    BROKE = "BROKE"


BAD: Final = (Outcome.STRICT, Outcome.WRONG, Outcome.BROKE)


@dataclass(frozen=True, slots=True, eq=False)
class FieldInput:
    """An input, and what is true of it."""

    kind: str
    name: str
    make: Callable[[Path], Path]
    """Writes it into a folder; the path to give to --recording."""
    options: tuple[str, ...] = ()
    readable: bool = True
    """False where refusing it is right; what could be read must be read."""
    performed: bool = True
    """False where nobody does anything: whatever is recognized is wrong."""
    begins: float = 0.0
    """Time of the session at which the streams that are read begin, s."""
    labeled: bool = False
    """True where its labels must be found too."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an input."""

    outcome: Outcome
    hits: int
    false: int
    words: str
    code: int
    """Exit code of the command."""
    seconds: float
    file: str = ""
    """Name of the file."""


@cache
def weights() -> tuple[BundleInfo, Runtime]:
    """The shipped weights as a run serves them, loaded once."""
    serving = serve(find(DEFAULT))
    return serving.info, serving.runtime


def attempt(given: FieldInput, folder: Path) -> Result:
    """Write the input, run it and class what came of it."""
    path = given.make(folder)
    begun, told = time.monotonic(), io.StringIO()
    hits = false = code = 0
    labels = ""
    try:
        with redirect_stderr(told), redirect_stdout(io.StringIO()):
            hits, false, labels, failed = _run(given, path)
        words = told.getvalue().replace("note: ", "").strip()
        if failed:
            words, code = failed, 2
    except HnharError as error:
        words, code = str(error), 2
    except Exception as error:  # a finding
        return Result(Outcome.BROKE, 0, 0, repr(error), 1, time.monotonic() - begun)
    seconds = time.monotonic() - begun
    words = words.replace(f"{folder}/", "")
    outcome = _classed(given, hits, false, labels, words, code, seconds)
    said = "; ".join(filter(None, (labels, words)))
    return Result(outcome, hits, false, said, code, seconds, path.name)


def _classed(
    given: FieldInput, hits: int, false: int, labels: str, words: str, code: int, seconds: float
) -> Outcome:
    right = hits == (len(session().actions) if given.performed else 0) and not false and not labels
    if seconds > LONG:
        return Outcome.BROKE
    if code:
        return Outcome.STRICT if given.readable else Outcome.REFUSED if words else Outcome.WRONG
    if right:
        return Outcome.NOTED if words else Outcome.RIGHT
    return Outcome.DEGRADED if words and not labels.endswith(ELSEWHERE) else Outcome.WRONG


def _run(given: FieldInput, path: Path) -> tuple[int, int, str, str]:
    """Actions recognized, false events, what is wrong with the labels, why nothing was recognized."""
    arguments = build_parser().parse_args(["--recording", str(path), *given.options])
    info, runtime = weights()
    recording, feeds = read_recording(SafeConsole(), arguments, info)
    kept = Collector()
    run = RecordingRun(Engine(runtime, info, [recording.wearer]), recording, feeds, sinks=[kept])
    run.run(threading.Event())
    streams = () if run.status is None else run.status.streams
    if not kept.predictions:
        return 0, 0, "", reason(info, feeds, streams, run.counts()[1])
    origin = min(float(f.times[0]) for f in feeds if len(f.times)) - given.begins
    for note in (*partly_there(feeds), *dropped(streams)):
        SafeConsole(stderr=True).say(note)
    found = [replace(e, onset=e.onset - origin) for e in recognized(kept.events, end=recording.end)]
    actions = session().actions if given.performed else ()
    score = match(actions, found)
    return len(score.hits), len(score.false_events), _mislabeled(given, recording, origin), ""


def _mislabeled(given: FieldInput, recording: Recording, origin: float) -> str:
    """What differs between the labels of the file and the truth; "" where nothing does."""
    if not given.labeled:
        return ""
    there = [a for a in recording.annotations if a.duration > 0]
    want = session().actions
    found = [sum(any(_same(a, b, origin, by) for b in there) for a in want) for by in (LABELED, TOLD)]
    if found[0] == len(want) == len(there):
        return ""
    words = f"labels: {found[0]} of {len(want)} found, {len(there)} there"
    return words if found[1] >= len(there) else f"{words}, {ELSEWHERE}"


def _same(truth: Annotation, read: Annotation, origin: float, within: float) -> bool:
    onset, offset = read.onset - origin, read.offset - origin
    near = abs(onset - truth.onset) < within and abs(offset - truth.offset) < within
    return near and read.label.casefold().replace(" ", "_") == truth.label
