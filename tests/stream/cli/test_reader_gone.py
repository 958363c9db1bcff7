"""`hnhar-stream | head -1`: whoever reads the lines may go; a record is made whole."""

import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path

import pytest

from hnhar.stream.lsl.player import Player, PlayOptions
from hnhar.stream.sinks.recorded import read_lines
from hnhar.train.synthesis.performer import perform

from .test_stream import DEADLINE, PROGRAM


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.lsl
@pytest.mark.parametrize("recorded", [True, False])
def test_a_live_run_whose_lines_nobody_reads_goes_on_for_its_record_only(
    tmp_path: Path, recorded: bool
) -> None:
    prefix, record = f"t{uuid.uuid4().hex[:8]}-", tmp_path / "run.jsonl"
    session = perform(seed=5, person=1002, actions=["wave"], duration=20.0)
    player, stop = Player(session, PlayOptions(name_prefix=prefix)), threading.Event()

    def play() -> None:
        player.wait_for_consumers(stop)
        player.play(stop)

    playing = threading.Thread(target=play)
    options = ["--imu-source", f"{prefix}imu", "--no-dashboard", "--publish", "tcp://127.0.0.1:0"]
    command = [str(PROGRAM), *options, *(["--record", str(record)] if recorded else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            assert "publishing on" in process.stdout.readline()
            process.stdout.close()
            playing.start()
            deadline = time.monotonic() + DEADLINE
            while recorded and lines_in(record) < 5:
                assert time.monotonic() < deadline
                assert process.poll() is None
                stop.wait(0.05)
            if recorded:
                process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()
            stop.set()
            playing.join(DEADLINE)
    if recorded:
        assert not [line for line in read_lines(record) if line.fault]
