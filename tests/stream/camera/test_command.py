"""`hnhar camera` as a process: the LSL stream that it sends, and its picture in a terminal."""

import signal
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pytest

from hnhar.stream.camera.layout import CHANNELS

from ..terminal import Terminal

MAIN = "import sys; from hnhar.stream.cli.camera import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.lsl
def test_a_video_is_an_lsl_stream_with_labels_units_and_the_times_of_its_images(
    model: Path,
    clip: Path,
) -> None:
    import pylsl

    name = f"t{uuid.uuid4().hex[:8]}"
    command = [sys.executable, "-c", MAIN, str(clip), "--name", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        (found,) = pylsl.resolve_byprop("name", name, timeout=60.0)
        inlet = pylsl.StreamInlet(found)
        inlet.open_stream(30.0)
        info = inlet.info(30.0)
        sample, first = inlet.pull_sample(60.0)
        rows = [sample]
        while process.poll() is None:
            more, _ = inlet.pull_chunk(0.2)
            rows += more
        out, err = process.communicate(timeout=60.0)
    assert process.returncode == 0, err
    assert info.get_channel_labels() == list(CHANNELS)
    assert set(info.get_channel_units()) == {"meters", "normalized"}
    assert info.type() == "MoCap"
    assert abs(pylsl.local_clock() - first) < 120.0
    assert np.isfinite(np.array(rows)).mean() > 0.9
    assert f"{name}: " in out
    assert "somebody in 100% of them" in out


@pytest.mark.lsl
@pytest.mark.slow
def test_in_a_terminal_the_picture_is_drawn_and_ctrl_c_ends_it(
    model: Path,
    clip: Path,
) -> None:
    with Terminal([sys.executable, "-c", MAIN, str(clip)]) as terminal:
        terminal.until(r"in view +1 person")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(30.0) == 130
        assert "Traceback" not in terminal.text
        terminal.until(r"hnhar-camera: \d+ images")
