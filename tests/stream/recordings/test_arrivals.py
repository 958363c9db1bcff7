"""Stamps that cannot be true, by when the recorder wrote their samples: moved where a file's order tells."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS
from hnhar.stream.recordings import Recording, open_recording
from hnhar.stream.recordings.clock_choice import parse_clock

from .files import XdfStream, imu, markers, xdf
from .labrecorder import Sent, recorded

SECONDS = 30.0
WATCH = replace(imu(seconds=SECONDS), times=[1000.0 + k / 50 for k in range(1500)])
MARKED = markers(*((1002.0 + 2.7 * k, f"wave/{'stop' if k % 2 else 'start'}") for k in range(10)))
BODY = XdfStream(
    "Kinect",
    "MoCap",
    SKELETON_CHANNELS,
    [1000.1 + k / 30 for k in range(880)],
    [(0.5,) * 60] * 880,
    "m",
    30.0,
)


def sent(stream: XdfStream, stamp: Callable[[float], float] = lambda time: time, delay: float = 0.01) -> Sent:
    """A stream whose samples arrive soon after they were taken, with the stamps of another clock."""
    return Sent(replace(stream, times=[stamp(t) for t in stream.times]), [t + delay for t in stream.times])


def read(folder: Path, *streams: Sent, clock: tuple[str, ...] = ()) -> Recording:
    (folder / "session.xdf").write_bytes(recorded(*streams))
    return open_recording(folder / "session.xdf", clock=parse_clock(clock))


def moved(recording: Recording) -> list[str]:
    return [note for note in recording.notes if "recorder's clock" in note]


@pytest.mark.parametrize(
    "stamp",
    [
        lambda time: time + 1.7e9,
        lambda time: time - 1000.0,
        lambda time: time + 3600.0,
        lambda time: time - 12.0,
        lambda time: (time + 1.7e9) * 1e3,
    ],
    ids=["Unix", "zero", "zone", "late", "Unix ms"],
)
def test_a_stream_of_another_clock_is_put_where_it_was_written(
    tmp_path: Path, stamp: Callable[[float], float]
) -> None:
    found = read(tmp_path, sent(WATCH, stamp), sent(BODY), sent(MARKED))
    np.testing.assert_allclose(found.streams[0].timestamps, WATCH.times, atol=0.3)
    np.testing.assert_array_equal(found.streams[1].timestamps, BODY.times)
    (note,) = moved(found)
    assert "'Watch': its time stamps are" in note
    assert found.annotations[0].onset == 1002.0


def test_markers_of_another_clock_are_put_where_they_were_written(tmp_path: Path) -> None:
    found = read(tmp_path, sent(WATCH), sent(MARKED, lambda time: time + 1.7e9))
    assert [a.onset for a in found.annotations] == pytest.approx(
        [1002.0 + 5.4 * k for k in range(5)], abs=0.5
    )
    assert len(moved(found)) == 1


def test_a_clock_that_was_set_anew_amid_a_recording_goes_on(tmp_path: Path) -> None:
    found = read(tmp_path, sent(WATCH, lambda time: time + (7200.0 if time > 1014.03 else 0.0)), sent(BODY))
    assert len(found.streams[0].timestamps) == 1500
    np.testing.assert_allclose(found.streams[0].timestamps, WATCH.times, atol=0.3)


def test_a_clock_that_runs_wrong_is_followed(tmp_path: Path) -> None:
    long = replace(imu(seconds=120.0), times=[1000.0 + k / 50 for k in range(6000)])
    found = read(tmp_path, sent(long, lambda time: 5000.0 + (time - 1000.0) * 1.03), sent(MARKED))
    np.testing.assert_allclose(found.streams[0].timestamps, long.times, atol=0.3)
    assert "gain +" in moved(found)[0]


def test_stamps_that_can_be_true_stay_as_they_are(tmp_path: Path) -> None:
    late = replace(BODY, times=[time + 20.0 for time in BODY.times])
    found = read(tmp_path, sent(WATCH, delay=1.0), Sent(late, late.times), sent(MARKED))
    assert moved(found) == []
    np.testing.assert_array_equal(found.streams[0].timestamps, WATCH.times)


def test_a_sender_on_another_computer_is_on_the_recorders_clock_by_its_offset(tmp_path: Path) -> None:
    other = Sent(replace(WATCH, times=[t - 4000.0 for t in WATCH.times]), WATCH.times, 4000.0)
    found = read(tmp_path, other, sent(BODY))
    assert moved(found) == []
    np.testing.assert_allclose(found.streams[0].timestamps, WATCH.times, atol=1e-3)


def test_what_the_user_says_of_a_clock_goes_before_the_order(tmp_path: Path) -> None:
    unix = sent(WATCH, lambda time: time + 1.7e9)
    found = read(tmp_path, unix, sent(BODY), clock=("Watch=-1700000000",))
    assert moved(found) == []
    np.testing.assert_allclose(found.streams[0].timestamps, WATCH.times, atol=1e-6)
    assert read(tmp_path, unix, sent(BODY), clock=("stamps",)).end > 1e9


def test_a_file_whose_order_does_not_tell_moves_nothing(tmp_path: Path) -> None:
    unix = replace(WATCH, times=[time + 1.7e9 for time in WATCH.times])
    (tmp_path / "session.xdf").write_bytes(xdf(unix, BODY))
    with pytest.raises(RecordingError, match="no time in common"):
        open_recording(tmp_path / "session.xdf")


def test_a_lone_wrong_stamp_does_not_keep_a_stream_from_being_moved(tmp_path: Path) -> None:
    wrong = sent(WATCH, lambda time: time + (0.0 if abs(time - 1014.5) < 0.011 else 1.7e9))
    found = read(tmp_path, wrong, sent(BODY))
    times = found.streams[0].timestamps
    assert len(times) > 1450
    assert (times[0], times[-1]) == pytest.approx((1000.0, 1029.98), abs=0.3)


def test_a_file_without_a_sample_is_refused_as_before(tmp_path: Path) -> None:
    (tmp_path / "session.xdf").write_bytes(xdf(replace(WATCH, times=[], rows=[])))
    with pytest.raises(RecordingError, match="is empty"):
        open_recording(tmp_path / "session.xdf")


def test_streams_of_one_foreign_clock_are_moved_alike(tmp_path: Path) -> None:
    unix: Callable[[float], float] = lambda time: time + 1.7e9  # noqa: E731
    found = read(tmp_path, sent(WATCH, unix), sent(BODY, unix, 0.3), sent(MARKED, unix))
    by = found.streams[0].timestamps[0] - WATCH.times[0]
    assert abs(by) < 0.5
    np.testing.assert_allclose(found.streams[1].timestamps - BODY.times, by, atol=1e-5)
    assert [a.onset - by for a in found.annotations] == pytest.approx([1002.0 + 5.4 * k for k in range(5)])
    assert len(moved(found)) == 3


@pytest.mark.parametrize("scale", [1e3, 1e6, 1e9])
def test_stamps_of_another_unit_are_seen_without_a_nominal_rate(tmp_path: Path, scale: float) -> None:
    watch = sent(replace(WATCH, rate=0.0), lambda time: (time + 1.7e9) * scale)
    found = read(tmp_path, watch, sent(BODY), sent(MARKED))
    np.testing.assert_allclose(found.streams[0].timestamps, WATCH.times, atol=0.5)


def test_many_streams_of_one_foreign_clock_have_one_note(tmp_path: Path) -> None:
    many = [
        sent(replace(BODY, name=f"EEG {k}", type="EEG", labels=("e",) * 60), lambda t: t + 1.7e9)
        for k in range(6)
    ]
    (note,) = moved(read(tmp_path, sent(WATCH), *many))
    assert note.startswith("'EEG 0', 'EEG 1', 'EEG 2' and 3 more, each: its time stamps are ")


def test_wrong_stamps_that_are_all_the_same_are_no_beginning(tmp_path: Path) -> None:
    faulty = imu(seconds=20.0)
    faulty = replace(faulty, times=[0.0 if k % 150 == 20 else t for k, t in enumerate(faulty.times)])
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(faulty, markers((105.0, "walk/start"), (107.0, "walk/stop"))))
    assert open_recording(path).zero == 100.0


def test_samples_of_a_clock_that_was_not_set_yet_leave_the_beginning_to_the_rest(tmp_path: Path) -> None:
    faulty = imu(seconds=20.0)
    faulty = replace(faulty, times=[0.0 if k in range(6) else t for k, t in enumerate(faulty.times)])
    path = tmp_path / "a.xdf"
    path.write_bytes(xdf(faulty))
    assert open_recording(path).zero == pytest.approx(100.12)
