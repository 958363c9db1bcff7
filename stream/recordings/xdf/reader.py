"""XDF files (LabRecorder): the IMU, the skeleton and the markers of one wearer.

pyxdf puts the streams on one clock. Its de-jittering is not used: it fits a line through sample counts, and a
stream that lost samples (a camera drops frames) gets wrong times from that. Time stamps that step back by
less than a few samples are held; behind a larger jump a new segment begins, and the longest is kept.
"""

import io
import logging
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyxdf

from hnhar.model.errors import RecordingError
from hnhar.model.files import open_regular
from hnhar.model.labels import counted, shortened

from ...mapping.description import described, parsed
from ...mapping.kind import titles
from ...mapping.selection import numbers_in, split_sensor
from ...mapping.sensors import kind_in
from ...messages import StreamDescription
from ..clock_choice import ClockChoice
from ..marker_map import parse_map
from ..order import in_order
from ..recording import RecordedStream, Recording
from .alignment import on_one_clock
from .marks import MarkerStream, marks
from .pieces import united
from .scan import MAX_FILE, Scan, walk
from .select import MARKER_MAP, MARKERS, StreamEntry, chosen, listed


class _Log(logging.Handler):
    """Keeps what pyxdf logs at warning level and above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage().strip()
        if record.exc_info and record.exc_info[1] is not None:
            line += f" ({record.exc_info[1]})"
        # pyxdf says this of any file whose de-jittering is off.
        if line not in self.lines and "Segments and clock-segments differ" not in line:
            self.lines.append(line)


@contextmanager
def _captured() -> Iterator[list[str]]:
    log, handler = logging.getLogger("pyxdf"), _Log()
    before = log.propagate
    log.propagate = False
    log.addHandler(handler)
    try:
        yield handler.lines
    finally:
        log.removeHandler(handler)
        log.propagate = before


def read_xdf(
    path: str | Path, *, select: Mapping[str, str] | None = None, clock: ClockChoice | None = None
) -> Recording:
    """A file's streams of each kind of modality, markers as annotations; the rest is left out with a note.

    `select` names streams by kind of modality, or "markers", as live ones are (`mapping.selection`);
    "marker_map" says what markers mean (`marker_map`). `clock` puts streams of other clocks on one. Raises
    RecordingError with the file's name and the reason.
    """
    path = Path(path)
    select = dict(select or {})
    meanings = parse_map(select.pop(MARKER_MAP, ""))
    loaded, looked, notes = _load(path)
    entries = [_entry(i, stream, looked.xml_of) for i, stream in enumerate(loaded)]
    if not entries:
        raise RecordingError(f"{path} cannot be used: it holds no stream{_because(notes)}")
    sensors = {kind: split_sensor(asked)[1] or "" for kind, asked in select.items()}
    named = [number for asked in select.values() for number in numbers_in(asked)]
    entries, loaded, united_notes = united(entries, loaded, apart=named)
    notes += united_notes
    try:
        modalities = chosen(entries, select)
        left_out, clock_notes = on_one_clock(entries, modalities, loaded, looked, clock or ClockChoice())
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    notes += clock_notes
    streams, marked, unasked = [], list[MarkerStream](), list[str]()
    for entry in entries:
        if entry.index in left_out:
            continue
        modality = modalities.get(entry.index, "")
        if modality == MARKERS:
            marked.append(MarkerStream(entry.description, entry.text, loaded[entry.index]))
        elif not entry.samples:
            notes.append(f"{entry} was left out")
        elif modality:
            try:
                stream, stream_notes = _stream(entry, loaded[entry.index], modality)
            except RecordingError as error:
                raise RecordingError(f"{path}, stream '{entry.description.name}': {error}") from error
            streams.append(replace(stream, sensor=sensors.get(modality, "")))
            notes += stream_notes
        elif entry.guessed:
            notes.append(
                f"{entry} is what hnhar recognized, not what was done; it was left out (to have its markers "
                f"as annotations, select source_id={entry.description.source_id})"
            )
        elif kind_in(entry.description):
            unasked.append(f"'{entry.description.name}'")
        else:
            notes.append(f"the stream {entry} is neither {titles(' nor ', '')}; it was left out")
    if unasked:
        left = counted(len(unasked), "further stream")
        notes.append(
            f"{left} of {titles(' or ', '')} left out, since others were selected: {shortened(unasked, 5)}"
        )
    if not streams:
        raise _nothing(path, entries, modalities, notes)
    recording = Recording(path.stem, tuple(streams), (), path.stem, {"file": path.name})
    first = _first(recording, entries, loaded)
    found = marks(marked, meanings, first)
    return replace(
        recording,
        annotations=tuple(found.annotations),
        unfinished=tuple(found.unfinished),
        notes=(*notes, *found.notes),
        first=first,
    )


def _first(
    recording: Recording, entries: Sequence[StreamEntry], loaded: Sequence[Mapping[str, Any]]
) -> float:
    """Time of the file's first sample of any signal, s.

    Streams that share no time with those that are read are of another clock, and count nothing.
    """
    first = recording.start
    for entry in entries:
        times = np.asarray(loaded[entry.index]["time_stamps"], np.float64)
        times = times[np.isfinite(times)]
        if entry.text or entry.description.nominal_rate <= 0 or not len(times):
            continue
        if times.min() <= recording.end and times.max() >= recording.start:
            first = min(first, float(times.min()))
    return first


class _Head(io.RawIOBase):
    """The first `end` bytes of a file as a file, with other bytes at some places."""

    def __init__(self, file: BinaryIO, end: int, others: Mapping[int, bytes]) -> None:
        super().__init__()
        self._file, self._end, self._others = file, end, others
        self._places = sorted(others)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(
            *((self._end + offset, io.SEEK_SET) if whence == io.SEEK_END else (offset, whence))
        )

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        place = self._file.tell()
        raw = self._file.read(min(len(view), max(0, self._end - place)))
        view[: len(raw)] = raw
        for begin in self._places[max(0, bisect_right(self._places, place) - 1) :]:
            if begin >= place + len(raw):
                break
            other = self._others[begin]
            first, last = max(begin, place), min(begin + len(other), place + len(raw))
            if first < last:
                view[first - place : last - place] = other[first - begin : last - begin]
        return len(raw)


def _load(path: Path) -> tuple[list[dict[str, Any]], Scan, list[str]]:
    """Every stream of the file up to its first damage, how its chunks lie, and notes."""
    try:
        with open_regular(path, MAX_FILE) as file:
            looked = walk(file)
            if looked.fault and not looked.samples:
                reason = f"{looked.fault}{'; no sample comes before that' if looked.headers else ''}"
                raise RecordingError(f"{path} cannot be used: {reason}")
            file.seek(0)
            loaded, log = _read(path, file, looked)
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}") from error
    notes = [f"pyxdf: {line}" for line in log[:10]]
    if looked.fault:
        state = "has more than is read" if looked.limited else "is damaged"
        notes.insert(0, f"the file {state}, what came before was read: {looked.fault}")
    elif looked.footers < looked.headers:
        notes.insert(
            0, f"{looked.headers - looked.footers} streams have no footer: the recorder did not finish"
        )
    return loaded, looked, notes


def _read(path: Path, file: BinaryIO, looked: Scan) -> tuple[list[dict[str, Any]], list[str]]:
    with _captured() as log, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of numpy, on times that are not finite: they are left out later
        try:
            head = io.BufferedReader(_Head(file, looked.end, looked.mended), 1 << 16)
            loaded, _ = pyxdf.load_xdf(head, dejitter_timestamps=False)
        except Exception as error:  # pyxdf raises whatever its parsing runs into
            reason = looked.fault or f"pyxdf stopped with {type(error).__name__}: {error}{_because(log)}"
            raise RecordingError(f"{path} cannot be used: {reason}") from error
    return list(loaded), log


def _because(reasons: Sequence[str]) -> str:
    return f" ({'; '.join(reasons[:3])})" if reasons else ""


def _nothing(
    path: Path, entries: Sequence[StreamEntry], modalities: Mapping[int, str], notes: Sequence[str]
) -> RecordingError:
    empty = [e for e in entries if not e.samples and modalities.get(e.index, MARKERS) != MARKERS]
    if empty:
        names = " and ".join(e.description.type or e.description.name for e in empty)
        verb = "is" if len(empty) == 1 else "are"
        return RecordingError(f"{path} cannot be used: {names} {verb} empty; it holds {listed(entries)}")
    damage = [n for n in notes if n.startswith(("the file", "pyxdf"))]
    return RecordingError(
        f"{path} holds {titles()}: it holds {listed(entries)}{_because(damage)}; "
        "if one of them is, select it by name, type, source_id, hostname or index"
    )


def _text(info: Mapping[str, Any], key: str) -> str:
    """Text of an element as pyxdf gives it: a list of one string, or nothing."""
    value = info.get(key)
    first = value[0] if isinstance(value, list) and value else value
    return first.strip() if isinstance(first, str) else ""


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if np.isfinite(value) and value > 0 else 0.0


def _entry(index: int, stream: Mapping[str, Any], headers: Mapping[int, bytes]) -> StreamEntry:
    info = stream["info"]
    series = stream["time_series"]
    width = series.shape[1] if isinstance(series, np.ndarray) and series.ndim == 2 else 0
    count = max(width, int(_number(_text(info, "channel_count"))))
    plain = StreamDescription(
        name=_text(info, "name"),
        type=_text(info, "type"),
        source_id=_text(info, "source_id"),
        channels=("",) * count,
        units=("",) * count,
        nominal_rate=_number(_text(info, "nominal_srate")),
        hostname=_text(info, "hostname"),
    )
    description = described(plain, parsed(headers[info["stream_id"]].decode("utf-8", "replace")))
    return StreamEntry(
        index,
        description,
        len(stream["time_stamps"]),
        _text(info, "channel_format") == "string",
        int(info["stream_id"]),
    )


def _stream(entry: StreamEntry, stream: Mapping[str, Any], modality: str) -> tuple[RecordedStream, list[str]]:
    times = np.asarray(stream["time_stamps"], dtype=np.float64)
    samples = np.asarray(stream["time_series"], dtype=np.float32).reshape(len(times), -1)
    keep, times, notes = in_order(times)
    notes = [f"'{entry.description.name}' ({entry.description.type}): {n}" for n in notes]
    return RecordedStream(entry.description, samples[keep], times, modality), notes
