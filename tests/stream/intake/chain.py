"""The whole way from a scripted inlet to windows, driven step by step without threads."""

import numpy as np

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.imu import imu
from hnhar.stream.engine.inbox import Arrival, Inbox, InboxSink
from hnhar.stream.intake.clock import INTERVAL, SOON, ClockOffset
from hnhar.stream.intake.connection import Closed, Connection, Report
from hnhar.stream.intake.reader import QUIET_LIMIT
from hnhar.stream.intake.validation import Validation
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.messages import StreamState, Window
from hnhar.stream.windows.windower import Windower

from .scripted import PolledInlet, ScriptedBackend, ScriptedInlet, Sender, ThriftyInlet, World

STEP = 0.05
WINDOW = 3.0
HOP = 0.25
MOST_ROWS = 400


class Chain:
    """Connection, validation, inbox and windows of one wearer's IMU."""

    def __init__(self, *, polled: bool = False, thrifty: bool = False) -> None:
        """`polled`: its inlets are looked at, and gather what ends no window; `thrifty`: and give nothing
        before."""
        self.polled = polled or thrifty
        self.made = ThriftyInlet if thrifty else PolledInlet if polled else ScriptedInlet
        self.world = World()
        self.windower = Windower("p", [imu()], window=WINDOW, hop=HOP)
        self.inbox = Inbox(most_rows=MOST_ROWS)
        self.sink = InboxSink("p", self.inbox)
        self.sender: Sender | None = None
        self.connection: Connection | None = None
        self.refusal = ""
        self.ended = ""
        self.windows: list[Window] = []
        self.pushed = 0
        self.breaks = 0
        self.faulty = -np.inf
        """When a fault, or a segment's begin, was told last, s."""
        self.checks_time = True
        self.busy = False
        """Whether recognition is, and takes nothing from the inbox."""
        self._reports: list[Report] = []
        self._clock: ClockOffset | None = None
        self._measured = -np.inf
        self._validation: Validation | None = None

    def connect(self, sender: Sender) -> Connection:
        """As the supervisor does with a stream that it found."""
        self.disconnect("stopped")
        self.sender, self.refusal, self.ended = sender, "", ""
        connection = Connection(
            sender.found,
            self.sink,
            self._reports.append,
            QUIET_LIMIT,
            backend=ScriptedBackend(sender, self.made),
            now=lambda: self.world.now,
            grid=imu().rate,
            hop=HOP if self.polled else None,
        )
        connection.monitor.feed = "imu"
        self.connection = connection
        self._validation = Validation([connection], imu(), MappingOptions(), "")
        self._clock = connection.open()
        self._measured = -np.inf
        return connection

    def disconnect(self, reason: str) -> None:
        """The connection is over."""
        if self.connection is not None:
            self.connection.close(reason)
            self.check_counts()
            self.connection = None
        self._reports.clear()
        self._take()

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / STEP)):
            self.world.now += STEP
            if self.sender is not None:
                self.sender.advance()
            if self.connection is not None:
                self._step(self.connection)
            self._take()

    def _step(self, connection: Connection) -> None:
        self._measure()
        try:
            reason = self._look(connection) if self.polled else connection.step()
            if not reason:
                self._validate()
        except (ConnectionError, ChannelError) as error:
            self.refusal = str(error) if isinstance(error, ChannelError) else ""
            reason = str(error)
        if reason:
            self.ended = reason
            self.sink.state("imu", StreamState.LOST, reason, None)
            self.disconnect(reason)
        else:
            self.check_counts()
            if connection.monitor.faults:
                self.faulty = self.world.now

    def _look(self, connection: Connection) -> str:
        """As the poller and the connection's thread do."""
        if connection.visit() is not None:
            return ""
        error, connection._error = connection._error, None
        if error is not None:
            raise error
        return connection._ending

    def _measure(self) -> None:
        """What the clock's thread does, at its pace."""
        assert self._clock is not None
        unknown = self._clock.reading(self.world.now).offset is None
        if self.world.now - self._measured >= (SOON if unknown else INTERVAL):
            self._measured = self.world.now
            self._clock.measure()

    def _validate(self) -> None:
        assert self._validation is not None
        reports, self._reports[:] = list(self._reports), []
        for report in reports:
            if not isinstance(report, Closed) and self._validation.take(report):
                maps = self._validation.judge()
                if maps is not None and self.connection is not None:
                    self.connection.deliver(maps[0])

    def _take(self) -> None:
        if self.busy:
            return
        broke = False
        for item in self.inbox.take(0):
            if isinstance(item, Arrival):
                self.windower.push(item.feed, item.chunk)
                self.pushed += len(item.chunk.timestamps)
                continue
            if item.state is StreamState.WARMUP:
                self.windower.restart(item.feed)
                self.breaks += 1
                self.faulty, broke = self.world.now, True
            self.windower.set_live(item.feed, item.state is StreamState.LIVE)
        self._check_windows(self.windower.due(), broke)

    def check_counts(self) -> None:
        """Every sample that was pulled is handed on, dropped for a reason, or held."""
        connection, sender = self.connection, self.sender
        assert connection is not None
        assert sender is not None
        monitor = connection.monitor
        gathered = connection._gathering.held if connection._gathering is not None else 0
        assert monitor.received + gathered == sender.pulled
        assert sender.pulled == monitor.samples + sum(monitor.dropped.values()) + connection.held
        assert connection.held <= 12 * sender.rate + 1024

    def check_handed_on(self, handed: int) -> None:
        """Every sample that was handed on is in a buffer, was in one, or is counted."""
        waiting = sum(len(i.chunk.timestamps) for i in self.inbox._items if isinstance(i, Arrival))
        assert handed == self.pushed + sum(self.inbox.dropped.values()) + waiting
        assert waiting <= MOST_ROWS + 512
        counters = list(self.windower.counters.values())
        assert sum(c.received for c in counters) == self.pushed
        for buffer in self.windower._buffers.values():
            assert buffer.counters.received >= buffer.ring.appended
            assert len(buffer.ring) <= (WINDOW + 12) * 100

    def _check_windows(self, windows: list[Window], broke: bool) -> None:
        for window in windows:
            values = window.samples["imu"]
            assert np.isfinite(values).all()
            segments = values[:, 3]
            assert np.ptp(segments) < 1e-3, f"segments {segments.min()} to {segments.max()} in one window"
            if self.windows and not broke:
                assert window.end > self.windows[-1].end
            settled = self.checks_time and self.world.now - self.faulty > WINDOW + 1.0
            if settled and window.coverage["imu"] == 1.0:
                grid = window.end + np.arange(1 - len(values), 1) / 50
                off = float(np.median(np.abs(values[:, 4] - grid)))
                assert off < 0.02, f"{off} s from its time, and no fault was told"
            self.windows.append(window)
