"""A recording for the page: streams and labels into an XDF file, as `hnhar record` makes it."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hnhar.model.errors import ConfigError, SourceError
from hnhar.model.labels import counted

from ..lsl.inlet import now
from ..lsl.label_tape import LabelTape
from ..lsl.recorder import SessionRecorder, WantedStream
from ..recordings.xdf.writing import XdfWriter
from .record import default_name, free_name
from .record_labels import KEYS, LabelKeys, checked
from .record_live import PATIENCE

_TICK: Final = 0.5
"""s between two looks after the file, and two pictures on the page."""


def homely(path: Path) -> str:
    """A path for a person: `~/hnhar/page.toml`."""
    try:
        return f"~/{path.absolute().relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        return str(path)


class PageRecording:
    """One recording, from the file that is made to the one that is closed. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        wanted: Sequence[WantedStream],
        labels: Sequence[str],
        wearer: str,
        changed: Callable[[], None],
    ) -> None:
        """Raises ConfigError where no file can be made, or a label is none."""
        labels = checked(labels)
        begun = datetime.now()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path = free_name(folder / default_name(wearer or None, begun))
            self._file = XdfWriter(self.path, begun.astimezone().isoformat(timespec="seconds"))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ConfigError(f"nothing can be recorded to '{folder}': {reason}.") from error
        self._tape = LabelTape(self._file, wearer)
        self._recorder = SessionRecorder(self._file, wanted, self._tape)
        self._keys = LabelKeys(labels, self._tape.mark)
        self._of = {label: key for key, label in self._keys.keys.items()}
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._stop = threading.Event()
        self._changed = changed
        self.failed = ""
        """Reason for which it cannot go on; "" while it can."""
        self._recorder.start()
        self._thread = threading.Thread(target=self._watch, name="page recording", daemon=True)
        self._thread.start()

    def label(self, label: str) -> None:
        """Begin an activity, or end it. Raises ConfigError for one that has no button."""
        with self._lock:
            if label not in self._of:
                raise ConfigError(f"'{label[:40]}' is no label of this recording.")
            self._keys.press(self._of[label], now())

    def end(self) -> None:
        """End what goes on."""
        with self._lock:
            self._keys.end(now())

    def cancel(self) -> None:
        """The activity that goes on does not count."""
        with self._lock:
            self._keys.press("x", now())

    def state(self) -> dict[str, Any]:
        """As plain values."""
        found = self._recorder.state()
        current = self._keys.current
        return {
            "file": homely(self.path),
            "seconds": time.monotonic() - self._begun,
            "size": found.size,
            "labels": list(self._of),
            "keys": list(KEYS[: len(self._of)]),
            "current": None if current is None else {"label": current[0], "seconds": now() - current[1]},
            "done": dict(self._keys.done),
            "streams": [
                {
                    "name": each.description.name,
                    "live": each.live,
                    "fault": each.fault,
                    "samples": each.samples,
                }
                for each in found.streams
            ],
            "waiting": list(found.waiting),
            "fault": self.failed or found.fault,
        }

    def stop(self) -> dict[str, Any]:
        """End it: what is in the file. Raises SourceError where that is nothing, and no file is left."""
        self._stop.set()
        self.end()
        ended = self._recorder.stop()
        if threading.current_thread() is not self._thread:
            self._thread.join(5.0)
        state = self._recorder.state()
        self._file.close()
        samples = sum(each.samples for each in state.streams)
        if not samples and not state.labels:
            self.path.unlink(missing_ok=True)
            raise SourceError("no sample came of any stream that was asked for, so there is no file.")
        notes = [] if ended else ["a stream did not end in time; what it sent last is not in the file"]
        if state.waiting:
            notes.append(f"of {', '.join(state.waiting)} no sample came")
        if state.fault:
            notes.append(f"the disk failed: {state.fault}. What is in the file is whole, up to then")
        what = f"{counted(samples, 'sample')} of {counted(len(state.streams), 'stream')}"
        return {"file": homely(self.path), "what": what, "notes": notes, "done": dict(self._keys.done)}

    def _watch(self) -> None:
        bad_since: float | None = None
        while not self._stop.wait(_TICK):
            fault = self._recorder.state().fault
            moment = time.monotonic()
            bad_since = (bad_since or moment) if fault else None
            if bad_since is not None and moment - bad_since > PATIENCE:
                self.failed = fault
            if self._file.deleted:
                self._file.restore()
            self._changed()
