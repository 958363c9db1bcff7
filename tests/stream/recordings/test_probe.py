"""A recording's units are judged by samples all over it: what it begins with may be a sensor at rest."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError
from hnhar.model.kinds.imu import imu
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.recording import RecordedStream, Recording


def session(gyro_unit: str, turns: float, *, swing: float = 1.5) -> Recording:
    """An IMU at rest for a minute, then shaken for 20 s by `swing` g, turning by at most `turns`."""
    times = np.arange(80 * 50) / 50
    samples = np.zeros((len(times), 6), np.float32)
    samples[:, 2] = 1
    samples[:, :3] += 0.01 * np.random.default_rng(0).standard_normal((len(times), 3)).astype(np.float32)
    moving = times > 60
    samples[moving, 0] += swing * np.sin(2 * np.pi * 2 * times[moving])
    samples[moving, 3] = turns * np.cos(2 * np.pi * 2 * times[moving])
    labels = tuple(f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz")
    description = StreamDescription("watch", "IMU", "w1", labels, ("g",) * 3 + (gyro_unit,) * 3, 50.0)
    return Recording("anna", (RecordedStream(description, samples, times, "imu"),))


def fed(recording: Recording) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """The samples that are fed, (n, 6), and the notes."""
    (made,), notes = recorded_feeds(recording, [imu()])
    return made.samples, notes


@pytest.mark.parametrize(
    ("turns", "factor", "says"), [(4.0, np.degrees(1), "rad/s is assumed"), (300.0, 1.0, "deg/s is assumed")]
)
def test_a_missing_unit_is_told_by_the_minute_in_which_the_sensor_moves(
    turns: float, factor: float, says: str
) -> None:
    samples, notes = fed(session("", turns))
    assert any(f"{says}, by its magnitude" in note for note in notes)
    assert np.abs(samples[:, 3]).max() == pytest.approx(turns * factor, rel=1e-2)


def test_a_gyroscope_57_times_too_small_is_refused_though_the_recording_begins_at_rest() -> None:
    with pytest.raises(ChannelError, match=r"57 times more.*--imu-unit g,rad/s"):
        recorded_feeds(session("deg/s", 4.0), [imu()])


def test_a_sensor_that_only_rests_keeps_the_unit_that_it_gives() -> None:
    samples, notes = fed(session("deg/s", 0.5, swing=0.0))
    assert not notes
    assert np.abs(samples[:, 3]).max() == pytest.approx(0.5, rel=1e-2)
