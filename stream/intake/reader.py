"""One source of one wearer, supervised: found, validated, read, lost, found again.

    RESOLVING → OPENING → VALIDATING → WARMUP → LIVE ⇄ STALLED
        ↑                      │                  │
        └────── LOST ←─────────┴── (REFUSED) ←────┘

While a grace of 5 s runs after a loss only the very stream (name, type, source_id) is taken back; after it
any unique match of what the user asked for, with a note: a wearer is never exchanged silently. What
comes back is validated again. A refused stream is not opened again until it was away, or is another one.

A reader of which something breaks (not the stream: our own code, or a call that never returns) begins again,
up to `restarts.MOST` times a minute. Then it ends, and `failure` says why: the run ends with that error.
"""

import logging
import queue
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hnhar.model.errors import ChannelError, SourceError
from hnhar.model.modality import Modality

from ..flow.feed_sink import FeedSink
from ..flow.shifts import Shifts
from ..flow.timeline import LIFESPAN
from ..mapping.channel_map import ChannelMap
from ..mapping.mapping import MappingOptions
from ..mapping.selection import split_sensor
from ..mapping.sensors import line
from ..messages import StreamDescription, StreamState, StreamStatus
from .backend import Clock, Found, SourceBackend, identity
from .choice import choose
from .connection import OPEN_TIMEOUT, Closed, Connection, Opened, Report
from .due import ExpectedSample
from .hangs import HANGS, LOOK, Hangs
from .registry import hint, source_backend
from .restarts import MOST, WITHIN, Restarts
from .validation import Validation

_log = logging.getLogger(__name__)

GRACE = 5.0
"""s after a loss in which only the same stream is taken back."""
GRACE_TIMEOUTS = (0.2, 0.2, 0.7)
"""s for the looks around in that time, in turn: each begins with a question at once (within one, liblsl asks
again only after 0.5 s), and only the long one asks known peers."""
RESOLVE_TIMEOUT = 0.9
"""s for one look around: beyond 0.5 s, when known peers are asked; and short, as it cannot be interrupted."""
BACKOFF = (0.5, 5.0)
"""s between attempts to open: the first wait, doubled up to the last."""
QUIET_LIMIT = 5.0
"""s of silence after which a stream that had given samples is opened anew: a dead connection shows in
no other way."""
MUTE_LIMIT = 60.0
"""s of silence after which one that never gave a sample is opened anew."""
PROBE_WAIT = 5.0
"""s to wait for samples where a unit has to be inferred."""


class SourceReader:
    """Reads one modality of one wearer into a sink, from `start` to `stop`."""

    def __init__(
        self,
        wearer: str,
        modality: Modality,
        source: str,
        sink: FeedSink,
        *,
        now: Clock,
        options: MappingOptions | None = None,
        placement: str = "",
        among: Sequence[Modality] = (),
        pick: str | None = None,
        lifespan: float = LIFESPAN,
        deadline: float | None = None,
        hop: float | None = None,
        phase: float = 0.0,
        beside: list[ExpectedSample] | None = None,
        backend: SourceBackend | None = None,
    ) -> None:
        """`source` as the user wrote it; `now`: our clock; `placement`: where the weights' sensor was worn;
        `among`: modalities whose streams the source may name, where places tell which is which; `pick`: None
        or "newest"; `lifespan`: samples that come later than this after an interruption are dropped, s;
        `deadline`: silence that is a stall, s (None: five periods, 0.5 s at least); `hop`, `phase`: windows
        end at multiples of the one and the other, s: what ends none may be taken later (None: nothing is);
        `beside`: the wearer's streams, which are looked at together; `backend`: takes the source as it is.
        Raises ConfigError where the source is malformed, or its backend cannot be loaded.
        """
        self.wearer = wearer
        self.modality = modality
        self.source = source.strip()
        source, sensor = split_sensor(self.source)
        self._backend, self._address = (backend, source) if backend else source_backend(source)
        self._backend.check(self._address)
        self._now = now
        self._sink = sink
        self._options = (options or MappingOptions()).of(modality)
        if sensor is not None:
            self._options = replace(self._options, sensor=sensor)
        self._placement = modality.placement or placement
        alone = (replace(modality, placement=self._placement),)
        self._among = tuple(among) if len(among) > 1 else alone
        self._pick = pick
        self._lifespan, self._deadline, self._beside = lifespan, deadline, beside
        self._hop, self._phase = hop, phase
        self._state = StreamState.RESOLVING
        self._note = f"waiting for '{self.source}'"
        self._connections: tuple[Connection, ...] = ()
        self._reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._origin: tuple[Found, ...] = ()
        self._lost_at: float | None = None
        self._refused: frozenset[str] = frozenset()
        self._known_to_be_mute, self._looks = False, 0
        self._absence = ""
        """Reason why the last look found nothing."""
        self._restarts = Restarts()
        self._broke = False
        """The last connection ended through our own fault."""
        self._failure = ""
        self._past: dict[str, StreamStatus] = {}
        """Feed -> sums of the counters of its earlier connections."""
        self.shifts: dict[str, Shifts] = {}
        """Feed -> by how much its stamps were moved, in all of its connections that are over."""
        self._thread = threading.Thread(
            target=self._run, name=f"source {wearer} {modality.name}", daemon=True
        )

    def start(self) -> None:
        """Begin to look for the source; at once."""
        self._sink.state(self.modality.name, self._state, self._note, None)
        self._thread.start()

    def stop(self, timeout: float = 3.0) -> bool:
        """End all threads and inlets; True if they ended within `timeout` s (they do within 2)."""
        self._stop.set()
        self._reports.put(None)
        if self._thread.ident is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def failure(self) -> str:
        """Reason why it reads no more though nobody stopped it; "" while it works."""
        if self._failure or self._thread.ident is None or self._thread.is_alive() or self._stop.is_set():
            return self._failure
        return f"the reader of '{self.source}' has died"

    def statuses(self, now: float) -> tuple[StreamStatus, ...]:
        """A status for each feed (one, or two for a sensor pair); `now`: our clock, s."""
        connections = self._connections
        if connections:
            return tuple(self._with_past(self._status_of(c, now)) for c in connections)
        if self._past:
            return tuple(
                replace(past, state=self._state, note=self._note, faults=(), age=None, effective_rate=None)
                for past in self._past.values()
            )
        return (
            StreamStatus(
                wearer=self.wearer,
                modality=self.modality.name,
                feed=self.modality.name,
                state=self._state,
                source=self.source,
                note=self._note,
            ),
        )

    def _status_of(self, connection: Connection, now: float) -> StreamStatus:
        return connection.monitor.status(self.wearer, self.modality.name, self.source, now)

    def _with_past(self, status: StreamStatus) -> StreamStatus:
        """Counted since the start, not since the last reconnection."""
        past = self._past.get(status.feed)
        if past is None:
            return status
        return replace(
            status,
            samples=status.samples + past.samples,
            gaps=status.gaps + past.gaps + 1,
            drops=status.drops + past.drops,
            received=status.received + past.received,
            duplicates=status.duplicates + past.duplicates,
            steps_back=status.steps_back + past.steps_back,
            jumps=status.jumps + past.jumps,
            not_finite=status.not_finite + past.not_finite,
            dropped=dict(Counter(status.dropped) + Counter(past.dropped)),
            masked=dict(Counter(status.masked) + Counter(past.masked)),
        )

    def _change(self, state: StreamState, note: str, description: StreamDescription | None = None) -> None:
        if (state, note) == (self._state, self._note):
            return
        self._state, self._note = state, note
        self._sink.state(self.modality.name, state, note, description)

    def _run(self) -> None:
        delay = BACKOFF[0]
        while not self._stop.is_set():
            self._broke = False
            try:
                found = self._find()
                if not found:
                    continue
                served = self._serve(found)
            except Exception as error:
                # a wearer whose reader died would stay silent for good: it begins again, and says so
                _log.exception("the reader of '%s' failed", self.source)
                self._change(StreamState.LOST, f"reading failed ({error!r}); it is tried again")
                served, self._broke = False, True
            if self._stop.is_set():
                break
            if self._broke and not self._restarts.allowed(self._now()):
                self._failure = f"reading '{self.source}' failed {MOST + 1} times within {WITHIN:g} s"
                self._change(StreamState.LOST, f"{self._failure}: {self._note}")
                return
            delay = BACKOFF[0] if served else min(2 * delay, BACKOFF[1])
            if not served:
                self._stop.wait(delay)
        self._change(StreamState.ENDED, "stopped")

    def _find(self) -> tuple[Found, ...]:
        """One look around: the stream or the pair to read, or () where there is none to take now."""
        timeout = GRACE_TIMEOUTS[self._looks % len(GRACE_TIMEOUTS)]
        self._looks += 1
        in_grace = self._lost_at is not None and self._now() - self._lost_at < GRACE
        try:
            if in_grace and self._origin:
                within = self._address if len(self._origin) == 1 else None
                returned = [self._look(timeout, lost=lost, within=within) for lost in self._origin]
                if not all(len(streams) == 1 for streams in returned):
                    if all(returned):  # there at once, and twice: `_look` has not waited
                        self._stop.wait(timeout)
                    return ()
                found = tuple(streams[0] for streams in returned)
            else:
                streams = self._look(RESOLVE_TIMEOUT)
                if not streams:
                    self._refused = frozenset()  # what comes back may fit, under the same key (a phone)
                    if self._state is not StreamState.LOST or not in_grace:
                        self._change(StreamState.RESOLVING, f"waiting for '{self.source}': {self._absence}")
                    return ()
                known = self._backend.detailed(streams)
                found = choose(
                    *(self.source, known, self.modality),
                    pick=self._pick,
                    among=self._among,
                    beside=self._partners,
                )
                if not found:
                    note = f"waiting for '{self.source}': no stream at {self.modality.place} matches yet"
                    self._change(StreamState.RESOLVING, note)
                    self._stop.wait(RESOLVE_TIMEOUT)
                    return ()
        except SourceError as error:
            self._change(StreamState.REFUSED, str(error))
            self._stop.wait(1.0)
            return ()
        if self._refused and frozenset(stream.key for stream in found) == self._refused:
            self._stop.wait(1.0)
            return ()
        return found

    def _partners(self, found: Found) -> Sequence[Found]:
        """Streams among which the other sensors of a device are."""
        return self._backend.detailed(self._backend.find_partners(found, RESOLVE_TIMEOUT))

    def _look(
        self, timeout: float, *, lost: Found | None = None, within: str | None = None
    ) -> Sequence[Found]:
        """Streams that match the source now, or are the lost one; waits `timeout` s where none does."""
        begun = self._now()
        self._absence = f"no stream matches yet{hint(self.source)}"
        try:
            if lost is None:
                found = self._backend.find(self._address, timeout)
            else:
                found = self._backend.find_again(lost, timeout, within=within)
        except OSError as error:
            found, self._absence = (), str(error) or type(error).__name__
        if not found:
            self._stop.wait(timeout - (self._now() - begun))
        return found

    def _serve(self, found: tuple[Found, ...]) -> bool:
        """Read `found` until it is lost, refused or stopped; True if it gave samples or was refused."""
        listed = "; ".join(line(stream.description) for stream in found)
        other = ""
        if self._origin and _identities(self._origin) != _identities(found):
            other = f"another stream has taken its place: {listed}"
        self._change(StreamState.OPENING, other or f"opening {listed}")
        limit = MUTE_LIMIT if self._known_to_be_mute else QUIET_LIMIT
        connections = tuple(
            Connection(
                stream,
                self._sink,
                self._reports.put,
                limit,
                backend=self._backend,
                now=self._now,
                grid=self.modality.rate,
                lifespan=self._lifespan,
                deadline=self._deadline,
                hop=self._hop,
                phase=self._phase,
                beside=self._beside,
            )
            for stream in found
        )
        for connection in connections:
            connection.monitor.feed = self.modality.name
            connection.start()
        reason, refused = "", False
        try:
            reason = self._supervise(connections, other)
        except ChannelError as error:
            reason, refused = str(error), True
            # at once: closing may wait for the clock's measurement
            self._change(StreamState.REFUSED, reason)
        finally:
            self._close(connections)
        delivered = any(connection.delivered for connection in connections)
        self._known_to_be_mute = not delivered and reason.startswith("no sample")
        if refused:
            self._refused = frozenset(stream.key for stream in found)
            self._change(StreamState.REFUSED, reason)
        elif not self._stop.is_set():
            self._refused = frozenset()
            if delivered:
                self._origin, self._lost_at = found, self._now()
            self._change(StreamState.LOST, f"'{found[0].description.name}' was lost: {reason}")
        return delivered or refused

    def _supervise(self, connections: tuple[Connection, ...], note: str) -> str:
        """Validate, let the connections deliver, and wait for the first of them to end: its reason.

        Raises ChannelError where the streams do not fit.
        """
        validation = Validation(connections, self.modality, self._options, self._placement)
        deadline, hangs = self._now() + PROBE_WAIT, Hangs(connections)
        while not self._stop.is_set():
            try:
                report = self._reports.get(timeout=LOOK)
            except queue.Empty:
                if hangs.seen():
                    self._broke = True
                    return f"its reader has hung for over {HANGS * LOOK:g} s"
                sent = any(connection.monitor.received for connection in connections)
                if sent and not validation.passed and self._now() > deadline:
                    return "no sample came from which what it does not say could be inferred"
                continue
            if isinstance(report, Closed) and report.connection in connections:
                self._broke = report.failed
                return report.reason
            if isinstance(report, Opened):  # its turn may come late
                deadline = self._now() + PROBE_WAIT
            if not (report and validation.take(report)):
                continue
            if not validation.passed:
                self._change(StreamState.VALIDATING, note or self._note, validation.description)
            maps = validation.judge()
            if maps is not None:
                self._deliver(connections, maps, note)
            elif validation.blank:
                deadline = self._now() + PROBE_WAIT
                self._change(StreamState.VALIDATING, validation.waiting, validation.description)
        return "stopped"

    def _deliver(self, connections: tuple[Connection, ...], maps: Sequence[ChannelMap], note: str) -> None:
        self._connections = connections
        self._state = StreamState.WARMUP
        for connection, channel_map in zip(connections, maps, strict=True):
            connection.deliver(channel_map)
            if note:
                connection.monitor.note = f"{note}; {connection.monitor.note}".rstrip("; ")

    def _close(self, connections: Sequence[Connection]) -> None:
        for connection in connections:
            connection.stop()
        for connection in connections:
            connection.join(2 * OPEN_TIMEOUT + 1.0)
            self.shifts.setdefault(connection.monitor.feed, Shifts()).follow(connection.monitor.shifts)
        feeds = [c.monitor.feed for c in connections]
        if self._connections or len(connections) == 1:
            now = self._now()
            last = [self._with_past(self._status_of(c, now)) for c in connections]
            # what comes back may be one stream where it was two
            self._past = {status.feed: status for status in last if status.received} or self._past
        self._connections = ()
        for feed in feeds:
            if feed != self.modality.name:
                self._sink.state(feed, StreamState.LOST, "", None)


def _identities(streams: Sequence[Found]) -> list[tuple[str, ...]]:
    return [identity(stream.description) for stream in streams]
