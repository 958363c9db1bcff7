"""Streams of the network into one XDF file: those that are asked for, as they come, go and come back."""

import itertools
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pylsl

from ..mapping.devices import affinity
from ..mapping.selection import Selection, parse_selection
from ..messages import StreamDescription
from ..recordings.xdf import writing
from .describe import describe, unusable
from .inlet import now
from .label_tape import LabelTape
from .source import order, parse_source, resolve
from .tape import StreamTape, TapeState

_log = logging.getLogger(__name__)

_LOOKS: Final = (0.3, 0.9)
"""s for one look around, in turn: what is near answers at once, hosts are asked directly after 0.5 s."""
_PAUSE: Final = 0.4
"""s until the next."""
_AGAIN: Final = 2.0
"""s until a stream that ended is recorded again, if it is still there."""
_FLUSH: Final = 5.0
"""s after which everything outlasts a loss of power."""
_BOUNDARY: Final = 10.0
"""s between two marks by which a reader finds its way again after damage."""
_ENDING: Final = 10.0
"""s for the streams to end."""
MOST: Final = 512
"""Streams that are recorded at once."""


@dataclass(frozen=True, slots=True)
class WantedStream:
    """Streams that are asked for."""

    option: str
    """As the user named them, with the option: `--imu-source MyWatch`."""
    address: str
    """A name, key=value pairs, or an XPath predicate; "" for all streams."""
    device: bool = False
    """The other sensors of its device are meant as well, as a reader of the stream takes them."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """A recording at one moment."""

    streams: tuple[TapeState, ...]
    """Each once, however often it was lost and came back."""
    waiting: tuple[str, ...]
    """Options of which no stream has come so far."""
    labels: int
    """Markers of the labels that are in the file."""
    size: int
    """bytes of the file."""
    fault: str
    """Reason for which nothing can be written; "" where it can."""


@dataclass(slots=True)
class _Origin:
    """A stream and all its pieces."""

    tapes: list[StreamTape] = field(default_factory=list)
    state: TapeState | None = None
    """Of the last piece that ended, with the samples of all before."""
    retry: float = 0.0


class SessionRecorder:
    """Records streams until it is stopped."""

    def __init__(
        self, file: writing.XdfWriter, wanted: Sequence[WantedStream], labels: LabelTape | None = None
    ) -> None:
        self._file = file
        self._wanted = [(each, _selection(each.address)) for each in wanted]
        self._labels = labels
        self._found: set[str] = set()
        self._origins: dict[tuple[str, ...], _Origin] = {}
        self._stop = threading.Event()
        self._flushed = self._bounded = now()
        self._thread = threading.Thread(target=self._run, name="record-look", daemon=True)

    def start(self) -> None:
        """Begin to look for streams, and to record them."""
        self._thread.start()

    def stop(self) -> bool:
        """End all streams, and the file with them; False where one did not end in time."""
        self._stop.set()
        for tape in [tape for origin in list(self._origins.values()) for tape in list(origin.tapes)]:
            tape.stop()
        self._thread.join(_ENDING)
        tapes = [tape for origin in self._origins.values() for tape in origin.tapes]
        for tape in tapes:
            tape.stop()
        ended = [tape.join(_ENDING) for tape in tapes]
        if self._labels is not None:
            self._labels.close()
        self._file.flush()
        return all(ended) and not self._thread.is_alive()

    def state(self) -> SessionState:
        """The recording at this moment."""
        moment = now()
        states = [_states(origin, moment) for origin in list(self._origins.values())]
        return SessionState(
            tuple(state for of_origin in states for state in of_origin),
            tuple(each.option for each, _ in self._wanted if each.option not in self._found),
            0 if self._labels is None else self._labels.samples,
            self._file.size,
            self._file.fault,
        )

    def _run(self) -> None:
        for seconds in itertools.cycle(_LOOKS):
            try:
                found = self._look(seconds)
            except (RuntimeError, OSError):  # liblsl cannot look now, as without a network: later then
                _log.debug("looking for streams failed", exc_info=True)
                found = []
            for info in found:
                if not self._stop.is_set():
                    self._record(info)
            if not self._stop.is_set():
                self._keep()
            if self._stop.wait(_PAUSE):
                return

    def _keep(self) -> None:
        """Let go of what ended, and look after the file."""
        moment = now()
        for origin in self._origins.values():
            for tape in [tape for tape in origin.tapes if tape.ended]:
                origin.state = _joined(origin.state, tape.state(moment))
                origin.tapes.remove(tape)
                origin.retry = moment + _AGAIN
        if self._labels is not None:
            self._labels.tick()
        if moment - self._bounded >= _BOUNDARY:
            self._bounded = moment
            self._file.write(writing.boundary())
        if moment - self._flushed >= _FLUSH:
            self._file.flush()
            self._flushed = now()

    def _look(self, seconds: float) -> list[pylsl.StreamInfo]:
        """The streams that are asked for and there now."""
        infos = {info.uid(): info for info in pylsl.resolve_streams(seconds)}
        if self._labels is not None:
            infos.pop(self._labels.uid, None)
        numbered = {
            info.uid(): (n, describe(info)) for n, info in enumerate(sorted(infos.values(), key=order), 1)
        }
        asked: dict[str, pylsl.StreamInfo] = {}
        for each, selection in self._wanted:
            if selection is not None and selection.is_predicate:
                found = {info.uid(): info for info in resolve(parse_source(each.address), seconds)}
                found = {uid: infos.get(uid, info) for uid, info in found.items()}
            else:
                found = {
                    uid: infos[uid]
                    for uid, (number, about) in numbered.items()
                    if selection is None or selection.matches(about, number)
                }
            if found:
                self._found.add(each.option)
            asked |= found
            if each.device:
                asked |= _beside(found, infos)
        return [info for info in asked.values() if not _refusal(info)]

    def _record(self, info: pylsl.StreamInfo) -> None:
        """Begin to record a stream that is not recorded yet."""
        origin = self._origins.setdefault(_origin(describe(info)), _Origin())
        live = sum(len(each.tapes) for each in self._origins.values())
        known = any(tape.uid == info.uid() for tape in origin.tapes)
        if known or now() < origin.retry or live >= MOST:
            return
        tape = StreamTape(info, self._file)
        origin.tapes.append(tape)
        tape.start()


def _selection(address: str) -> Selection | None:
    return parse_selection(address) if address else None


def _origin(about: StreamDescription) -> tuple[str, ...]:
    return about.name, about.type, about.source_id, about.hostname


def _refusal(info: pylsl.StreamInfo) -> str:
    """Reason why a stream cannot be recorded: a damaged declaration."""
    return "" if info.channel_format() == pylsl.cf_string else unusable(info)


def _beside(
    found: Mapping[str, pylsl.StreamInfo], infos: Mapping[str, pylsl.StreamInfo]
) -> dict[str, pylsl.StreamInfo]:
    """Streams of numbers that the devices of those found send as well."""
    abouts = [describe(info) for info in found.values()]
    return {
        uid: info
        for uid, info in infos.items()
        if not unusable(info) and any(affinity(about, describe(info)) for about in abouts)
    }


def _states(origin: _Origin, moment: float) -> list[TapeState]:
    """A state with the pieces before; several where streams of one name and no id are there at once."""
    live = [tape.state(moment) for tape in list(origin.tapes)]
    if origin.state is None:
        return live
    return [_joined(origin.state, live[0]), *live[1:]] if live else [origin.state]


def _joined(before: TapeState | None, after: TapeState) -> TapeState:
    """A stream's state with what was recorded of it before; coming back is an interruption."""
    if before is None:
        return after
    return replace(
        after,
        samples=before.samples + after.samples,
        gaps=before.gaps + after.gaps + bool(before.samples and after.samples and not after.events),
        age=after.age if after.age is not None else before.age,
    )
