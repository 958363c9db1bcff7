"""A recording of which nothing could be recognized is an error, with the reason."""

import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hnhar.stream.cli.stream import main
from hnhar.stream.cli.unrecognized import dropped, mounted, nearly_all_missing, partly_there, refused
from hnhar.stream.messages import Feed, StreamDescription, StreamState, StreamStatus
from hnhar.stream.recordings.feeds import RecordedFeed

from ..examples import stream_status

HEADER = "time,acc_x [g],acc_y [g],acc_z [g],gyro_x [deg/s],gyro_y [deg/s],gyro_z [deg/s]"


@pytest.mark.parametrize(
    ("step", "count", "cells", "says"),
    [
        (0.02, 60, "0,0,1,0,0,0", "its streams have 1.2 s, and .* looks at 3 s at a time; record longer"),
        (0.02, 600, ",,,,,", "48 windows had too few samples or values"),
        (
            1.0,
            60,
            "0,0,1,0,0,0",
            "119 windows had too few samples or values .1 Hz of imu, and .* takes 50 Hz of imu",
        ),
    ],
    ids=["short", "empty", "slow"],
)
def test_nothing_recognized_since_nothing_could_be_ends_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: float, count: int, cells: str, says: str
) -> None:
    rows = [f"{k * step:.2f},{cells}" for k in range(count)]
    (tmp_path / "a.csv").write_text("\n".join([HEADER, *rows]))
    assert main(["--recording", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out")]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert re.search(f"nothing could be recognized: {says}", err), err


def test_a_live_run_of_which_every_stream_was_refused_says_so() -> None:
    def status(state: StreamState, note: str) -> StreamStatus:
        return StreamStatus("p", "imu", "imu", state, "Band", note=note)

    no = status(StreamState.REFUSED, "'Band' matches 2 streams")
    assert refused([no, no]) == "nothing could be recognized: 'Band' matches 2 streams"
    assert refused([no, status(StreamState.LIVE, "")]) == ""
    assert refused([]) == ""


@pytest.mark.lsl
@pytest.mark.slow
def test_a_live_run_whose_source_was_refused_until_its_end_exits_with_code_2() -> None:
    from hnhar.stream.lsl.outlets import DataOutlet

    cap = StreamDescription("refused-cap", "EEG", "c", ("Fz", "Cz"), ("uV", "uV"), 50.0)
    outlet, over = DataOutlet(cap), threading.Event()

    def send() -> None:
        while not over.wait(0.05):
            outlet.push(np.zeros((2, 2), np.float32), 0.0)  # type: ignore[arg-type]

    thread = threading.Thread(target=send)
    thread.start()
    command = "import sys; from hnhar.stream.cli.stream import main; sys.exit(main())"
    options = [
        "--imu-source",
        "refused-cap",
        "--duration",
        "6",
        "--no-dashboard",
        "--publish",
        "tcp://127.0.0.1:*",
    ]
    try:
        run = subprocess.run(
            [sys.executable, "-c", command, *options], capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        over.set()
        thread.join()
    assert run.returncode == 2
    assert "error: nothing could be recognized: an IMU needs" in run.stderr


def test_a_stream_that_ends_long_before_the_others_is_told() -> None:
    def fed(name: str, begin: float, end: float) -> RecordedFeed:
        times = np.arange(begin, end, 0.02)
        return RecordedFeed(Feed(name, name, (0,)), times, np.zeros((len(times), 1), np.float32))

    whole, short = fed("acc", 100, 120), fed("gyro", 105, 108)
    assert partly_there([whole, fed("skeleton", 101, 119)]) == []
    (note,) = partly_there([whole, short])
    assert note.startswith("'gyro' begins 5.0 s after the first stream and ends 12.0 s before the last one")


def missing(samples: int, counts: dict[str, int], *faults: str) -> StreamStatus:
    return StreamStatus(
        "p", "imu", "imu", StreamState.LIVE, "Band", samples=samples, masked=counts, faults=faults
    )


def test_faults_that_differ_in_a_number_only_are_said_once() -> None:
    size = "its acceleration is {} g, which it cannot be: are its unit and channels right?"
    sent = missing(1000, {"size": 100}, size.format("0.00981"), size.format("0.0098"), size.format("1.2e-05"))
    assert dropped([sent]) == [f"100 of 1000 samples of 'Band' count as missing (100 size): {sent.faults[0]}"]
    (note,) = dropped([missing(1000, {"size": 600})])
    assert note.startswith("most of 'Band' counts as missing, 600 of 1000 samples")


def test_only_where_nearly_all_of_every_stream_is_missing_the_recording_was_no_input() -> None:
    lost, good = missing(1000, {"size": 970}), missing(1000, {})
    assert "next to nothing could be recognized: most of 'Band'" in nearly_all_missing([lost, lost])
    assert nearly_all_missing([lost, missing(0, {})])
    for there in ([lost, good], [missing(1000, {"size": 800})], [missing(0, {})], []):
        assert nearly_all_missing(there) == ""


def test_a_recording_nearly_all_of_which_counts_as_missing_ends_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = np.random.default_rng(0).normal((0, 0, 1, 0, 0, 0), (0.02,) * 3 + (3.0,) * 3, (4000, 6))
    cells[200:] = cells[200]
    rows = [f"{k * 0.02:.2f},{','.join(f'{cell:.4f}' for cell in row)}" for k, row in enumerate(cells)]
    (tmp_path / "a.csv").write_text("\n".join([HEADER, *rows]))
    assert main(["--recording", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out")]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert "error: next to nothing could be recognized: most of 'a' counts as missing" in err, err


def test_how_a_sensor_is_mounted_is_told_once_also_where_it_is_two_streams() -> None:
    turned = replace(stream_status(), mount="turned about 88° about the forearm; corrected")
    streams = (replace(turned, feed="imu.acc"), replace(turned, feed="imu.gyro"), stream_status("skeleton"))
    assert mounted(streams) == ["imu: turned about 88° about the forearm; corrected"]
    assert mounted(streams, wearers=True) == ["p1 imu: turned about 88° about the forearm; corrected"]
