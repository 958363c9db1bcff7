"""What was sent live and what was recorded of it go through one chain: the same samples, masks and counters.

A sender's samples, with faults of its stamps and of its values, are driven through `Flow` as a connection
hands them, and put into a recording as a recorder would. What may differ, since a file has no arrival times:

- the time of a segment whose stamps cannot be true, which live is told by true arrivals and in a file by
  modeled ones: within 0.1 s; where a clock was set anew, the recording counts by the clock of most samples;
- what is held at the end: live gives it up when the connection closes, a file knows that nothing comes.
"""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.imu import imu
from hnhar.stream.flow.flow import Flow
from hnhar.stream.flow.monitor import FeedMonitor
from hnhar.stream.flow.sender_clock import ClockReading
from hnhar.stream.mapping.mapping import MappingOptions, map_streams
from hnhar.stream.messages import Chunk, Feed, StreamDescription, StreamState, StreamStatus
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.recording import RecordedStream, Recording

RATE = 50.0
LABELS = {
    "canonical": tuple(f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"),
    "short": ("ax", "ay", "az", "gx", "gy", "gz"),
    "mixed": ("gyro_z", "acc_y", "acc_x", "gyro_x", "acc_z", "gyro_y"),
    "none": ("",) * 6,
    "no gyroscope": ("acc_x", "acc_y", "acc_z", "temp", "light", "press"),
}


@dataclass(frozen=True)
class Sent:
    """What a sender sent, and when it came."""

    plan: tuple[int, float, tuple[tuple[object, ...], ...]]
    """Samples of one stamp, the tick of the clock, s, and the faults with the samples at which they begin."""
    description: StreamDescription
    values: NDArray[np.float32] = field(repr=False)
    stamps: NDArray[np.float64] = field(repr=False)
    arrivals: NDArray[np.float64] = field(repr=False)


@dataclass
class Taken:
    """What the windows would get, or the refusal."""

    times: list[float] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    outcome: tuple[str, ...] = ()
    status: StreamStatus | None = None

    def samples(self, feed: Feed, chunk: Chunk, arrived: float) -> None:
        """See `FeedSink`."""
        self.times += chunk.timestamps.tolist()
        self.values += chunk.samples.tolist()

    def state(self, feed: str, state: StreamState, note: str, description: StreamDescription | None) -> None:
        """See `FeedSink`."""
        if state is StreamState.WARMUP and self.times and note:
            self.breaks.append(len(self.times))


class OwnClock:
    """The clock of a sender on our own host."""

    measured = 0.0

    def reading(self, now: float) -> ClockReading:
        """Known at once."""
        return ClockReading(0.0)

    def suspect(self, now: float) -> None:
        """It is ours."""


def live(sent: Sent, sizes: list[int]) -> Taken:
    taken = Taken()
    try:
        (channel_map,) = map_streams(
            [sent.description], imu(), MappingOptions(), samples=[sent.values[:500].astype(np.float64)]
        )
    except ChannelError as error:
        taken.outcome = (str(error),)
        return taken
    taken.outcome = channel_map.notes
    monitor = FeedMonitor(taken, sent.description)
    flow = Flow(taken, monitor, OwnClock(), sent.description.nominal_rate, grid=imu().rate)
    at = number = 0
    while at < len(sent.stamps):
        end = min(at + sizes[number % len(sizes)], len(sent.stamps))
        # a pull takes what is there: of one burst, or what has come within 0.1 s
        end = max(at + 1, min(end, int(np.searchsorted(sent.arrivals, sent.arrivals[at] + 0.1))))
        flow.take(sent.values[at:end].copy(), sent.stamps[at:end].copy(), sent.arrivals[end - 1], channel_map)
        at, number = end, number + 1
    flow.take(sent.values[:0], sent.stamps[:0], sent.arrivals[-1] + 5.0, channel_map)
    flow.close()
    taken.status = monitor.status("p", "imu", "", 0.0)
    return taken


def recorded(sent: Sent) -> Taken:
    taken = Taken()
    recording = Recording("p", (RecordedStream(sent.description, sent.values, sent.stamps, "imu"),))
    try:
        (fed,), taken.outcome = recorded_feeds(recording, [imu()])
    except ChannelError as error:
        taken.outcome = (str(error),)
        return taken
    taken.times, taken.values = fed.times.tolist(), fed.samples.tolist()
    taken.breaks, taken.status = list(fed.breaks), fed.status
    return taken


@st.composite
def senders(draw: st.DrawFn) -> Sent:
    """Eight seconds and more of a sensor with some faults."""
    n = 450
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    labels = LABELS[draw(st.sampled_from([*LABELS, "canonical", "short", "mixed"]))]
    units = draw(st.sampled_from([("g", "deg/s"), ("m/s²", "rad/s"), ("mg", "dps"), ("furlong", "")]))
    by_label = [0 if label[:1] == "a" or not label else 1 for label in labels]
    if not any(labels):
        by_label = [0, 0, 0, 1, 1, 1]
    rate = draw(st.sampled_from([0.0, RATE]))
    description = StreamDescription(
        "Watch", "IMU", "w1", labels, tuple(units[k] for k in by_label), rate, placement="right wrist"
    )
    factor = {"g": 1.0, "m/s²": 9.80665, "mg": 1000.0}.get(units[0], 1.0)
    true = 1000 + np.arange(n) / RATE
    values = rng.normal(0, 0.05, (n, 6))
    up = labels.index("acc_z") if "acc_z" in labels else 2
    values[:, up] += 1.0
    values *= [factor if k == 0 else 20.0 * (0.02 if units[1] == "rad/s" else 1.0) for k in by_label]
    lost = np.ones(n, np.bool_)
    stamps, arrivals = true.copy(), true.copy()
    size = draw(st.sampled_from([1, 1, 1, 2, 3, 6, 12, 25]))
    if size > 1:
        ends = np.minimum((np.arange(n) // size) * size + size - 1, n - 1)
        stamps, arrivals = true[ends].copy(), true[ends].copy()
    tick = 0.0 if size > 1 else draw(st.sampled_from([0.0, 0.0, 0.0156, 0.1, 0.5]))
    if tick:
        stamps = np.floor(stamps / tick) * tick
    faults = ["wrong", "nan", "back", draw(st.sampled_from(["gap", "reset"]))]
    plan: list[tuple[object, ...]] = []
    for kind in draw(st.lists(st.sampled_from(faults), max_size=3)):
        at = draw(st.integers(30, n - 60)) // size * size
        plan.append((kind, at))
        if kind == "wrong":
            stamps[at : at + draw(st.integers(1, 2))] = draw(st.sampled_from([0.0, 9000.0, 1.7e9, -5.0]))
        elif kind == "nan":
            stamps[at] = np.nan
        elif kind == "back" and size == 1:
            stamps[at] -= 0.03
        elif kind == "gap":
            lost[at : at + draw(st.integers(1, 4)) * max(size, 10)] = False
        elif kind == "reset":
            stamps[at:] -= 500.0
    for kind in draw(st.lists(st.sampled_from(["stuck", "missing", "absurd"]), max_size=2)):
        at, rows = draw(st.integers(0, n - 150)), draw(st.integers(1, 130))
        rows = min(rows, 20) if kind == "absurd" else rows
        plan.append((kind, at, rows))
        values[at : at + rows] = {"stuck": values[at], "missing": np.nan, "absurd": 1e9}[kind]
    return Sent(
        (size, tick, tuple(plan)),
        description,
        values[lost].astype(np.float32),
        stamps[lost],
        arrivals[lost] + 0.004,
    )


@settings(deadline=None, max_examples=60)
@given(senders(), st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_a_recording_gives_what_live_gave(sent: Sent, sizes: list[int]) -> None:
    one, other = live(sent, sizes), recorded(sent)
    assert one.outcome == other.outcome
    if one.status is None or other.status is None:
        assert one.status is other.status
        return
    known = min(len(one.times), len(other.times))
    held = one.status.dropped.get("held", 0)
    assert max(len(one.times), len(other.times)) - known <= held
    off = np.array(one.times[:known]) - other.times[:known]
    set_anew = "reset" in str(sent.plan)
    slack = 0.1 + sent.plan[1] + sent.plan[0] / RATE
    assert np.abs(off - np.median(off)).max(initial=0.0) < (slack if set_anew else 1e-9)
    assert one.breaks == other.breaks
    masked = (one.status.masked, other.status.masked)
    mine, theirs = np.array(one.values[:known]), np.array(other.values[:known])
    if set_anew:
        assert set(masked[0]) == set(masked[1])
        both = np.isfinite(mine) & np.isfinite(theirs)
        np.testing.assert_array_equal(mine[both], theirs[both])
        assert (np.isfinite(mine) != np.isfinite(theirs)).sum() <= 6 * RATE * slack
    else:
        assert masked[0] == masked[1]
        assert np.abs(off).max(initial=0.0) < 1e-9
        np.testing.assert_array_equal(mine, theirs)
    for name in ("received", "not_finite", "jumps", "duplicates", "steps_back", "gaps"):
        assert getattr(one.status, name) == getattr(other.status, name), name
    assert one.status.drops == other.status.drops
