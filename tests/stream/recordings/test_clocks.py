"""Clocks of a recording's streams: those that share no time are refused, or lined up as the user says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.model.kinds.skeleton import SKELETON_CHANNELS
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import Recording, open_recording
from hnhar.stream.recordings.clock_choice import ClockChoice, parse_clock
from hnhar.stream.recordings.clocked import Clocked
from hnhar.stream.recordings.clocks import align
from hnhar.stream.recordings.spans import spans

from .files import XdfStream, imu, markers, xdf

UNIX = 1.7e9
MARKED = markers((100.5, "wave/start"), (101.0, "wave/stop"), (101.2, "wave/start"), (101.6, "wave/stop"))


def skeleton(begin: float, count: int = 60) -> XdfStream:
    rows = [tuple(float(k) for k in range(60))] * count
    return XdfStream(
        "Kinect", "MoCap", SKELETON_CHANNELS, [begin + k / 30 for k in range(count)], rows, "m", 30.0
    )


def moved(stream: XdfStream, by: float) -> XdfStream:
    return replace(stream, times=[time + by for time in stream.times])


def read(folder: Path, *streams: XdfStream, clock: tuple[str, ...] = (), table: str = "") -> Recording:
    (folder / "session.xdf").write_bytes(xdf(*streams))
    if table:
        (folder / "session_events.tsv").write_text("onset\tduration\tlabel\n" + table)
    return open_recording(folder / "session.xdf", clock=parse_clock(clock))


def refusal(folder: Path, *streams: XdfStream, clock: tuple[str, ...] = (), table: str = "") -> str:
    with pytest.raises(RecordingError) as error:
        read(folder, *streams, clock=clock, table=table)
    return str(error.value)


def test_streams_that_share_no_time_are_refused_with_their_ranges_and_the_ways_out(tmp_path: Path) -> None:
    says = refusal(tmp_path, imu(), skeleton(0.5), MARKED)
    assert (
        "no time in common: 'Watch' and 'Markers' from 100.0 to 102.0 s; 'Kinect' from 0.5 to 2.5 s" in says
    )
    assert "--clock start" in says
    assert "--clock 'Kinect=SECONDS'" in says
    assert "--clock 'Kinect=out'" in says


@pytest.mark.parametrize("clock", ["start", "Kinect=start", "skeleton=+99.5", "mocap=99.5"])
def test_a_stream_of_another_clock_is_lined_up_as_the_user_says(tmp_path: Path, clock: str) -> None:
    found = read(tmp_path, imu(), skeleton(0.5), MARKED, clock=(clock,))
    assert [s.timestamps[0] for s in found.streams] == [100.0, 100.0]
    assert any("'Kinect' was moved by +99.5 s" in note for note in found.notes)
    assert [a.onset for a in found.annotations] == [100.5, 101.2]


def test_streams_of_one_clock_stay_together_where_another_moves(tmp_path: Path) -> None:
    found = read(tmp_path, moved(imu(), UNIX), skeleton(100.25), MARKED, clock=("start",))
    assert [s.timestamps[0] for s in found.streams] == pytest.approx([100.25, 100.25])
    assert [a.onset for a in found.annotations] == [100.5, 101.2]


def test_a_stream_of_another_clock_can_be_left_out_or_taken_as_it_is(tmp_path: Path) -> None:
    left = read(tmp_path, imu(), skeleton(0.5), clock=("kinect=out",))
    assert [s.modality for s in left.streams] == ["imu"]
    assert "'Kinect' was left out (--clock)" in left.notes
    assert len(read(tmp_path, imu(), skeleton(0.5), clock=("stamps",)).streams) == 2


def test_markers_of_another_clock_are_refused_and_moved_on_request(tmp_path: Path) -> None:
    streams = moved(imu(), UNIX), MARKED
    says = refusal(tmp_path, *streams)
    assert "the markers of 'Markers' lie from 100.5 to 101.6 s" in says
    assert "+1699999999 would put the first marker on the first sample" not in says  # it is 0.5 s after it
    assert "have markers" not in says
    assert "has markers alone on its clock" in refusal(tmp_path, *streams, clock=("start",))
    found = read(tmp_path, *streams, clock=(f"markers={UNIX}",))
    assert [a.onset - UNIX for a in found.annotations] == pytest.approx([100.5, 101.2])


def test_of_several_streams_of_markers_those_of_another_clock_are_left_out_with_a_note(
    tmp_path: Path,
) -> None:
    other = replace(moved(MARKED, UNIX), name="Frames")
    found = read(tmp_path, imu(), MARKED, other)
    assert len(found.annotations) == 2
    assert any(note.startswith("'Frames' was left out: its markers lie from") for note in found.notes)


def test_a_marker_before_the_first_sample_is_of_the_same_clock(tmp_path: Path) -> None:
    found = read(tmp_path, imu(), markers((70.0, "calibration")))
    assert [a.label for a in found.annotations] == ["calibration"]


def test_pieces_of_one_outlet_share_a_clock() -> None:
    watch = StreamDescription("Watch", "IMU", "w1", ("acc_x",), ("g",), 50.0)
    pieces = [Clocked(watch, begin + np.arange(100) / 50, "imu") for begin in (100.0, 300.0)]
    assert align(pieces, ClockChoice()).notes == ()
    with pytest.raises(RecordingError, match="no time in common"):
        align([pieces[0], replace(pieces[1], description=replace(watch, source_id="w2"))], ClockChoice())


def test_one_wrong_stamp_is_no_other_clock() -> None:
    times = np.append(100.0 + np.arange(100) / 50, [0.0, 9e9])
    np.testing.assert_allclose(spans(times), [[100.0, 101.98]])


def test_streams_of_one_length_hours_apart_are_told(tmp_path: Path) -> None:
    long = XdfStream(
        "Watch", "IMU", imu().labels, [k / 2 for k in range(14400)], [(0, 0, 1, 0, 0, 0)] * 14400, "g", 2.0
    )
    body = skeleton(0.0, 7200)
    body = replace(body, times=[3601.0 + k for k in range(7200)], rate=1.0)
    (note,) = (n for n in read(tmp_path, long, body).notes if "time zones" in n)
    assert "'Kinect' begins and ends 3601.0 s after 'Watch'" in note
    assert "--clock 'Kinect=-3600'" in note


def test_a_table_whose_labels_are_nowhere_is_refused(tmp_path: Path) -> None:
    says = refusal(tmp_path, imu(), table="3600.5\t1\twave\n")
    assert "1 label lies from 3600.5 to 3601.5 s (session_events.tsv)" in says
    assert "its samples from 0.0 to 2.0 s" in says
    found = read(tmp_path, imu(), table="3600.5\t1\twave\n", clock=("table=-3600",))
    assert [a.onset for a in found.annotations] == [100.5]


def test_a_table_of_time_stamps_is_read_as_such_where_it_can_be_nothing_else(tmp_path: Path) -> None:
    found = read(tmp_path, moved(imu(), UNIX), table=f"{UNIX + 100.5}\t1\twave\n")
    assert [a.onset - UNIX for a in found.annotations] == pytest.approx([100.5])
    assert any("are taken as time stamps of the recording" in note for note in found.notes)


def test_csv_files_of_several_clocks_are_refused_and_lined_up(tmp_path: Path) -> None:
    header = "time,acc_x [g],acc_y [g],acc_z [g],gyro_x [deg/s],gyro_y [deg/s],gyro_z [deg/s]\n"
    rows = "".join(f"{UNIX + k / 50:.3f},0,0,1,0,0,0\n" for k in range(100))
    (tmp_path / "walk_imu.csv").write_text(header + rows)
    joints = ",".join(SKELETON_CHANNELS)
    body = "".join(f"{k / 30:.4f}," + ",".join("0.5" for _ in SKELETON_CHANNELS) + "\n" for k in range(60))
    (tmp_path / "walk_skeleton.csv").write_text(f"time,{joints}\n{body}")
    with pytest.raises(RecordingError, match=r"walk: its streams have no time in common: .*--clock start"):
        open_recording(tmp_path / "walk_imu.csv")
    found = open_recording(tmp_path / "walk_imu.csv", clock=parse_clock(["start"]))
    assert len({float(s.timestamps[0]) for s in found.streams}) == 1


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["begin"], "--clock takes start, stamps, or a stream"),
        (["Kinect=soon"], "not 'Kinect=soon'"),
        (["Kinect=nan"], "not 'Kinect=nan'"),
        (["start", "stamps"], "contradict each other"),
        (["Kinect=3", "kinect=start"], "do not go together|does not go together"),
    ],
)
def test_what_is_no_clock_is_refused(texts: list[str], says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        parse_clock(texts)


def test_a_clock_of_a_stream_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "--clock names 'body', which no stream is; there are 'Watch'" in refusal(
        tmp_path, imu(), clock=("Body=start",)
    )


@pytest.mark.parametrize(("name", "unit"), [("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)])
def test_stamps_in_another_unit_are_taken_in_seconds_with_a_note(
    tmp_path: Path, name: str, unit: float
) -> None:
    watch = replace(imu(), times=[time / unit for time in imu().times])
    found = read(tmp_path, watch, MARKED)
    np.testing.assert_allclose(found.streams[0].timestamps, imu().times, atol=1e-6)
    assert any(f"with each sample: they are taken as {name}" in note for note in found.notes)
    rateless = read(tmp_path, replace(watch, rate=0.0), MARKED)
    np.testing.assert_allclose(rateless.streams[0].timestamps, imu().times, atol=1e-6)


def test_markers_in_ms_are_taken_so_where_they_then_lie_amid_the_samples(tmp_path: Path) -> None:
    found = read(tmp_path, imu(), replace(MARKED, times=[time * 1e3 for time in MARKED.times]))
    assert [a.onset for a in found.annotations] == pytest.approx([100.5, 101.2])
    assert any("'Markers' are taken as ms" in note for note in found.notes)


def test_a_unit_that_the_user_says_is_taken_and_stamps_that_are_trusted_are_not_scaled(
    tmp_path: Path,
) -> None:
    watch = replace(imu(), times=[time * 1e3 for time in imu().times])
    assert read(tmp_path, watch, clock=("watch=us",)).start == pytest.approx(0.1)
    assert read(tmp_path, watch, clock=("stamps",)).start == 1e5


def test_a_stream_that_begins_minutes_after_another_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, imu(seconds=200.0), skeleton(250.0), table="150.5\t1\twave\n")
    assert "'Kinect' begins 150.0 s after 'Watch'" in found.notes
    assert any(
        "counts from the file's first sample; another stream begins 150.0 s later" in n for n in found.notes
    )


def test_clocks_whose_numbers_agree_by_chance_are_told_apart_by_when_they_were_measured() -> None:
    watch = StreamDescription("Watch", "IMU", "w1", ("acc_x",), ("g",), 50.0)
    camera = StreamDescription("Kinect", "MoCap", "k1", ("head_x",), ("m",), 30.0)
    mine = Clocked(watch, 1000.0 + np.arange(100) / 50, "imu", 0.0, (1000.0, 1002.0))
    alike = Clocked(camera, 1000.5 + np.arange(60) / 30, "skeleton", 0.0, (1000.0, 1002.0))
    assert align([mine, alike], ClockChoice()).notes == ()
    chance = replace(alike, measured=(9000.0, 9002.0))
    with pytest.raises(RecordingError, match="no time in common"):
        align([mine, chance], ClockChoice())
    assert align([mine, chance], ClockChoice(start=True)).times[1][0] == 1000.0


def test_that_streams_share_a_clock_which_is_not_the_recorders_is_told() -> None:
    about = StreamDescription("Watch", "IMU", "w1", ("acc_x",), ("g",), 50.0)
    pair = [
        Clocked(replace(about, source_id=name), 10.0 + np.arange(100) / 50, "imu", 0.0, (1000.0, 1002.0))
        for name in ("w1", "w2")
    ]
    assert "none is stamped by that: they are taken to share another" in align(pair, ClockChoice()).notes[0]
    assert align(pair[:1], ClockChoice()).notes == ()
