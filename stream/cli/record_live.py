"""The recording of `hnhar record` from its beginning to its end: keys, picture, and what is said of it."""

import argparse
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.live import Live

from hnhar.model.errors import ConfigError
from hnhar.model.labels import counted
from hnhar.model.modality import kind_called

from ..dashboard.keyboard import Keyboard
from ..dashboard.words import duration
from ..intake.registry import DEFAULT, split_source
from ..lsl.inlet import now
from ..lsl.label_tape import NAME, LabelTape
from ..lsl.recorder import SessionRecorder, SessionState, WantedStream
from ..lsl.source import parse_source
from ..mapping.kind import mapping_of
from ..mapping.selection import split_sensor
from ..recordings.xdf.writing import XdfWriter
from .common import EXIT_BROKE_OFF, EXIT_ERROR, Stop, complain, warn
from .console import SafeConsole
from .options.sources import sources_of
from .parsing import as_typed
from .record_labels import LabelKeys
from .record_screen import picture, size

_FRAME: Final = 0.25
"""s between two pictures."""
PATIENCE: Final = 300.0
"""s for which nothing can be written, after which it is over: then liblsl holds no more."""
_LINE: Final = 60.0
"""s between two lines where there is no picture."""


def wanted(arguments: argparse.Namespace) -> list[WantedStream]:
    """Streams that the options name. Raises ConfigError for none, and for malformed ones."""
    sources = sources_of(arguments)
    asked = [("--source", f"{name}={address}", name, address) for name, address in sources.items()]
    asked += [("--markers", address, "", address) for address in arguments.markers]
    asked += [("--stream", address, "", address) for address in arguments.stream]
    if arguments.all and asked:
        raise ConfigError(f"--all takes every stream: leave {asked[0][0]} {asked[0][1]} out, or --all.")
    if arguments.all:
        return [WantedStream("any stream", "")]
    if not asked:
        raise ConfigError(
            "nothing is named to be recorded: name streams (--imu-source, --skeleton-source, --markers, "
            "--stream), or take --all; hnhar-doctor lists what is there."
        )
    found = []
    for option, shown, name, address in asked:
        scheme, place = split_source(split_sensor(address)[0])
        if scheme != DEFAULT:
            raise ConfigError(f"'{address}' is no stream of LSL, and only those are recorded.")
        parse_source(place)
        kind = kind_called(name)
        device = kind is not None and bool(mapping_of(kind).sensors)
        found.append(WantedStream(f"{option} {shown}", place, device))
    return found


class LiveRecording:
    """One recording, from the file that is made to the one that is closed."""

    def __init__(
        self, path: Path, streams: Sequence[WantedStream], labels: Sequence[str], *, wearer: str
    ) -> None:
        """Raises ConfigError where no file can be made."""
        try:
            self._file = XdfWriter(path, datetime.now().astimezone().isoformat(timespec="seconds"))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise ConfigError(f"nothing can be recorded to '{path}': {reason}.") from error
        self._path = path
        self._everything = all(not each.address for each in streams)
        self._tape = LabelTape(self._file, wearer) if labels else None
        self._recorder = SessionRecorder(self._file, streams, self._tape)
        self._keys = LabelKeys(labels, self._tape.mark) if self._tape is not None else None
        self._console = SafeConsole()
        self._shown: dict[str, str] = {}

    def run(self, stop: Stop, *, seconds: float | None, quiet: bool) -> int:
        """Record until it is stopped, or for so many seconds; the exit code."""
        begun = time.monotonic()
        failed = False
        with ExitStack() as stack:
            keyboard = stack.enter_context(Keyboard())
            draws = self._console.draws and not quiet
            if not draws:
                self._announce(quiet, keyboard.active)
            live = Live(console=self._console, auto_refresh=False, transient=True) if draws else None
            if live is not None:
                stack.enter_context(live)
            self._recorder.start()
            bad_since: float | None = None
            while not stop.is_set() and (seconds is None or time.monotonic() - begun < seconds):
                if self._pressed(keyboard, stop):
                    break
                state = self._recorder.state()
                moment = time.monotonic()
                bad_since = (bad_since or moment) if state.fault else None
                if failed := bad_since is not None and moment - bad_since > PATIENCE:
                    break
                self._look_after_file()
                if live is not None:
                    self._draw(live, state, moment - begun)
                elif not quiet:
                    self._lines(state, moment - begun)
            if self._keys is not None:
                self._keys.end(now())
        fault = self._recorder.state().fault
        ended = self._recorder.stop()
        return self._report(
            time.monotonic() - begun, fault if failed or self._file.fault else "", ended, quiet
        )

    def _pressed(self, keyboard: Keyboard, stop: Stop) -> bool:
        """Wait a moment for keys, and do what they mean; True where one ends the recording."""
        if not keyboard.active:
            stop.wait(_FRAME)
            return False
        for key in keyboard.keys(_FRAME):
            if key in "qQ":
                return True
            if self._keys is not None:
                self._keys.press(key, now())
        return False

    def _look_after_file(self) -> None:
        if self._file.deleted and self._file.restore():
            warn(f"'{self._path}' was deleted while it was recorded; it is there again, and whole")

    def _draw(self, live: Live, state: SessionState, elapsed: float) -> None:
        room = self._console.size
        drawn = picture(
            self._path.name,
            state,
            elapsed,
            _free(self._path),
            self._keys,
            now(),
            (room.width, room.height - 1),
        )
        live.update(drawn, refresh=True)

    def _announce(self, quiet: bool, keys: bool) -> None:
        if not quiet:
            self._console.say(f"recording to {self._path}")
            if self._keys is not None and keys:
                legend = "  ".join(f"[{key}] {label}" for key, label in self._keys.keys.items())
                self._console.say(f"{legend}  Space ends, x takes back, q ends the recording")
        if self._keys is not None and not keys:
            warn("labels are given by keys, and there is no terminal here: none are")

    def _lines(self, state: SessionState, elapsed: float) -> None:
        """A line for each stream that changes, and one a minute for all."""
        shown = {f"waiting for {option}": "" for option in state.waiting}
        for each in state.streams:
            about = each.description
            shown[f"{about.name} ({about.type or 'no type'})"] = (
                "is recorded" if each.live else each.fault or ("is gone" if each.samples else "begins")
            )
        shown |= {"the file": f"takes nothing: {state.fault}"} if state.fault else {}
        for name, what in shown.items():
            if self._shown.get(name) != what and what != "begins":
                self._console.say(f"{duration(elapsed)}  {name} {what}".rstrip())
        minute = f"{int(elapsed // _LINE)}"
        if minute != self._shown.get("minute", "0"):
            samples = sum(each.samples for each in state.streams)
            self._console.say(
                f"{duration(elapsed)}  {samples} samples of {counted(len(state.streams), 'stream')}, "
                f"{size(state.size)}, {size(_free(self._path))} free"
            )
        self._shown = shown | {"minute": minute}

    def _report(self, elapsed: float, fault: str, ended: bool, quiet: bool) -> int:
        """Say what is in the file; the exit code."""
        state = self._recorder.state()
        self._file.close()
        samples = sum(each.samples for each in state.streams)
        if not samples and not state.labels:
            self._path.unlink(missing_ok=True)
            waited = f" ({', '.join(state.waiting)})" if state.waiting else ""
            faults = "; ".join(f"'{s.description.name}': {s.fault}" for s in state.streams if s.fault)
            complain(
                f"no sample came of any stream that was asked for{waited}, so there is no file. "
                f"{faults or 'hnhar-doctor lists what is there'}."
            )
            return EXIT_ERROR
        if not quiet:
            self._say(state, elapsed)
        if not ended:
            warn("a stream did not end in time; what it sent last is not in the file")
        if fault:
            complain(f"the disk failed: {fault}. What is in '{self._path}' is whole, up to then.")
            return EXIT_BROKE_OFF
        silent = [
            *state.waiting,
            *(f"'{s.description.name}'" for s in state.streams if not (s.samples or s.events)),
        ]
        if silent and self._everything:
            warn(f"of {', '.join(silent)} no sample came")
        elif silent:
            complain(f"of {', '.join(silent)} no sample came; all else is in '{self._path}'.")
            return EXIT_ERROR
        return 0

    def _say(self, state: SessionState, elapsed: float) -> None:
        say = self._console.say
        say(f"recorded {duration(elapsed)} to {self._path}, {size(state.size)}")
        for each in state.streams:
            about = each.description
            gaps = f", {counted(each.gaps, 'gap')}" if each.gaps else ""
            say(f"  {about.name} ({about.type or 'no type'}): {counted(each.samples, 'sample')}{gaps}")
        if self._keys is not None:
            done = ", ".join(f"{label} {count}" for label, count in self._keys.done.items())
            say(f"  {NAME}: {done or 'no label was given'}")
            if done:
                say(as_typed(f"to correct labels: hnhar-label {self._path}"), "dim")


def _free(path: Path) -> int:
    """bytes left on the disk of a file."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return 0
