"""One connection with a scripted inlet: what each fault does to windows and to what the status says."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.stream.flow.monitor import FeedMonitor
from hnhar.stream.intake.connection import Closed, Connection, Probed, Report
from hnhar.stream.intake.reader import QUIET_LIMIT
from hnhar.stream.messages import StreamDescription, StreamState, StreamStatus

from .chain import WINDOW, Chain
from .scripted import ScriptedBackend, ScriptedInlet, Sender

Values = NDArray[np.float64]


def running(seconds: float = 10.0, **sender: object) -> Chain:
    chain = Chain()
    chain.connect(Sender(chain.world, **sender))  # type: ignore[arg-type]
    chain.run(seconds)
    return chain


def status(chain: Chain) -> StreamStatus:
    assert chain.connection is not None
    return chain.connection.monitor.status("p", "imu", "imu", chain.world.now)


def after(chain: Chain, seconds: float) -> int:
    """Windows in the next seconds."""
    before = len(chain.windows)
    chain.run(seconds)
    return len(chain.windows) - before


@pytest.mark.parametrize(("rate", "nominal"), [(50.0, None), (45.0, 50.0), (55.0, 50.0), (40.0, 0.0)])
def test_a_good_stream_is_read_without_a_fault_also_where_its_declared_rate_is_wrong(
    rate: float, nominal: float | None
) -> None:
    chain = running(rate=rate, nominal=nominal)
    said = status(chain)
    assert after(chain, 5.0) == 20
    assert said.effective_rate == pytest.approx(rate, rel=0.05)
    assert (said.faults, said.dropped, said.gaps, said.jumps) == ((), {}, 0, 0)
    assert said.clock_offset == 1000.0


def test_samples_wait_for_an_unknown_clock_and_none_is_lost() -> None:
    chain = Chain()
    chain.world.link = False
    sender = Sender(chain.world)
    connection = chain.connect(sender)
    sender.answers = False
    chain.world.link = True
    chain.run(0.2)
    assert connection.monitor.samples == 0
    assert connection.held == sender.pulled > 5
    sender.answers = True
    chain.run(1.0)
    assert connection.monitor.samples == sender.pulled
    assert status(chain).drops == 0


def test_without_a_time_service_arrival_stands_in_and_it_is_said() -> None:
    chain = running(answers=False)
    assert any("arrival times" in fault for fault in status(chain).faults)
    assert status(chain).clock_offset is None
    assert after(chain, 5.0) == 20
    newest = chain.windows[-1]
    grid = newest.end + np.arange(1 - 150, 1) / 50
    # chunks come every 50 ms here, so arrival is known no better
    assert np.abs(newest.samples["imu"][:, 4] - grid).max() < 0.06


@pytest.mark.parametrize("epoch", [1.79e9, -5000.0])
def test_stamps_of_no_lsl_clock_are_placed_by_arrival_and_it_is_said(epoch: float) -> None:
    chain = running(stamp=lambda true: true + epoch, offset=0.0)
    assert any("LSL's clock" in fault for fault in status(chain).faults)
    assert after(chain, 5.0) == 20
    assert chain.windows[-1].end == pytest.approx(chain.world.now, abs=0.3)


@pytest.mark.parametrize(
    ("unit", "name", "epoch"), [(1e-3, "ms", 0.0), (1e-6, "µs", 1.79e9), (1e-9, "ns", 0.0)]
)
def test_stamps_in_another_unit_are_seconds_and_it_is_said(unit: float, name: str, epoch: float) -> None:
    chain = running(stamp=lambda true: (true + epoch) / unit, offset=0.0)
    assert any(f"count {name}" in fault for fault in status(chain).faults)
    assert after(chain, 5.0) == 20
    assert chain.windows[-1].end == pytest.approx(chain.world.now, abs=0.3)


@pytest.mark.parametrize("pace", [1.1, 0.9])
def test_time_that_runs_ten_percent_wrong_is_reported_and_nothing_is_recognized_from_it(pace: float) -> None:
    chain = Chain()
    # it takes some seconds to be told from a delay that varies
    chain.checks_time = False
    chain.connect(Sender(chain.world, stamp=lambda true: 100 + (true - 100) * pace, offset=0.0))
    chain.run(7.0 + WINDOW)
    assert any("gain" in fault for fault in status(chain).faults)
    assert after(chain, 10.0) == 0


def test_an_offset_that_jumps_is_waited_for_and_begins_a_segment() -> None:
    chain = running()
    sender = chain.sender
    assert sender is not None
    sender.told, sender.segment = sender.offset, chain.world.segment()
    sender.offset += 4000.0
    chain.run(1.0)
    assert any("waited for" in fault for fault in status(chain).faults)
    sender.told = None
    chain.run(WINDOW + 2.0)
    said = status(chain)
    assert (said.jumps, said.faults, said.drops) == (1, (), 0)
    assert chain.windows[-1].samples["imu"][0, 3] == sender.segment


@pytest.mark.parametrize("outage", [3.0, 4.5])
def test_a_burst_after_an_outage_is_dropped_but_for_two_seconds_and_caught_up_at_once(outage: float) -> None:
    chain = running()
    chain.world.link = False
    chain.run(outage)
    chain.world.link = True
    chain.run(0.5)
    said = status(chain)
    assert said.dropped["expired"] == pytest.approx((outage - 2.0) * 50, abs=4)
    assert said.age is not None
    assert said.age < 0.1
    assert said.gaps >= 1


def test_a_silent_connection_is_given_up_to_be_opened_anew() -> None:
    chain = running()
    chain.world.link = False
    chain.run(QUIET_LIMIT + 0.2)
    assert chain.ended.startswith("no sample for 5 s")


def test_bad_samples_are_counted_by_kind() -> None:
    chain = running()
    sender = chain.sender
    assert sender is not None

    def spoil(value: float) -> Callable[[Values, float], tuple[Values, float]]:
        return lambda values, stamp: (np.where(np.arange(6) == 2, value, values), stamp)

    sender.change += [spoil(np.nan), spoil(np.inf), lambda v, _: (v, np.nan), lambda v, s: (v, s + 1e6)]
    first: list[float] = []
    sender.change += [lambda v, s: (v, first.append(s) or first[0])] * 2  # type: ignore[func-returns-value]
    chain.run(1.0)
    said = status(chain)
    assert (said.not_finite, said.duplicates, said.dropped) == (2, 1, {"stamp": 2})
    assert said.received == said.samples + said.drops
    assert said.jumps == 0


def test_a_channel_that_disappears_ends_recognition_by_this_sensor_and_it_is_said() -> None:
    chain = running()
    sender = chain.sender
    assert sender is not None
    sender.always = lambda values: np.where(np.arange(6) == 1, np.nan, values)
    chain.run(WINDOW)
    assert any("of its channels has no values" in fault for fault in status(chain).faults)
    assert after(chain, 5.0) == 0
    sender.always = None
    chain.run(WINDOW)
    assert after(chain, 5.0) == 20
    assert status(chain).faults == ()


@pytest.mark.parametrize("nothing", [0.0, np.nan])
@pytest.mark.parametrize("seconds", [1.5, 9.0, 30.0])
def test_acceleration_without_a_unit_is_judged_when_it_is_there_and_not_refused_before(
    seconds: float, nothing: float
) -> None:
    chain = Chain()
    sender = Sender(chain.world, schema="no unit")
    sender.always = lambda values: np.where(np.arange(6) < 3, nothing, values)
    connection = chain.connect(sender)
    chain.run(seconds)
    assert (chain.refusal, chain.ended, connection.monitor.samples) == ("", "", 0)
    sender.always = None
    chain.run(2.0 + WINDOW)
    assert after(chain, 5.0) >= 20
    assert "g is assumed" in status(chain).note


@pytest.mark.parametrize(("deadline", "silence"), [(None, 0.5), (0.2, 0.2), (2.0, 2.0)])
def test_a_stream_is_stalled_after_its_deadline_or_else_after_half_a_second(
    deadline: float | None, silence: float
) -> None:
    chain = Chain()
    monitor = FeedMonitor(chain.sink, StreamDescription("imu", "IMU", "id", (), (), 50.0), deadline=deadline)
    monitor.change(StreamState.LIVE)
    monitor.quiet(silence)
    assert monitor.state is StreamState.LIVE
    monitor.quiet(silence + 0.01)
    assert monitor.state is StreamState.STALLED


class Hostile(ScriptedInlet):
    """Does not open, and cannot be closed either."""

    error: Exception

    def open(self, timeout: float) -> StreamDescription:
        raise self.error

    def close(self) -> None:
        super().close()
        raise ValueError("closed too late")


@pytest.mark.parametrize(
    ("error", "said", "failed"),
    [
        (TimeoutError("late"), "did not answer", False),
        (ConnectionError("its sender has gone"), "has gone", False),
        (OSError("no such port"), "no such port", False),
        (ZeroDivisionError("a bug"), "a bug", False),
    ],
)
def test_a_connection_that_does_not_come_about_ends_with_its_reason_and_closes_its_inlet(
    error: Exception, said: str, failed: bool
) -> None:
    chain = Chain()
    sender = Sender(chain.world)
    reports: list[Report] = []
    inlet = Hostile(sender)
    inlet.error = error
    backend = ScriptedBackend(sender, lambda _: inlet)
    connection = Connection(
        sender.found,
        chain.sink,
        reports.append,
        QUIET_LIMIT,
        backend=backend,
        now=lambda: chain.world.now,
        grid=50.0,
    )
    connection.start()
    assert connection.join(30.0)
    assert isinstance(reports[-1], Closed)
    assert said in reports[-1].reason
    assert reports[-1].failed is failed
    assert inlet.closed


def test_a_further_second_that_is_asked_for_at_once_is_collected() -> None:
    chain, probes = Chain(), list[Report]()
    sender = Sender(chain.world)

    def judged_at_once(report: Report) -> None:
        if isinstance(report, Probed):
            probes.append(report)
            report.connection.probe()

    connection = Connection(
        sender.found,
        chain.sink,
        judged_at_once,
        QUIET_LIMIT,
        backend=ScriptedBackend(sender),
        now=lambda: chain.world.now,
        grid=50.0,
    )
    connection.open()
    for _ in range(100):
        chain.world.now += 0.05
        sender.advance()
        connection.step()
    assert len(probes) > 2


@pytest.mark.parametrize("batch", [None, 1.0])
def test_a_sender_that_says_that_it_gathers_samples_is_not_stalled_in_between(
    batch: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if batch is not None:
        monkeypatch.setattr(ScriptedInlet, "batch", batch, raising=False)
    chain = running(1.0)
    states = set()
    for _ in range(5):
        chain.world.link = False
        chain.run(0.95)
        states.add(status(chain).state)
        chain.world.link = True
        chain.run(0.05)
    assert states == {StreamState.LIVE if batch else StreamState.STALLED}
    chain.world.link = False
    chain.run(2.0)
    assert status(chain).state is StreamState.STALLED
