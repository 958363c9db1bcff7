"""The model of a single camera's errors is what those errors were made with."""

from pathlib import Path

import numpy as np
import pytest
from tools.monocular.__main__ import main
from tools.monocular.errors import SeenSession, fitted, recording_of, relative, table
from tools.monocular.sessions import session

from hnhar.model.errors import ConfigError
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.stream.mapping.joints import MEDIAPIPE_33
from hnhar.train.synthesis.drawn import film

RATE = 15.0
WRIST, ELBOW = UTD_JOINTS.index("right_wrist"), UTD_JOINTS.index("right_elbow")


@pytest.fixture(scope="module")
def seen() -> SeenSession:
    """A session whose depth is halved, and in which an error of 3 cm is redrawn in every frame."""
    times, truth = film(session("fit-p100a", None).recording, RATE)
    about = relative(truth) * (1.0, 1.0, 0.5)
    about[:, WRIST, 1] += np.random.default_rng(0).normal(0.0, 0.03, len(times))
    everywhere = np.ones(truth.shape[:2], np.bool_)
    return SeenSession("made", times, about, truth, everywhere, 1.0, RATE)


def test_the_model_finds_the_depth_that_is_lost_and_the_noise_that_is_white(seen: SeenSession) -> None:
    wrist = fitted([seen], "a test")["joints"]["right_wrist"]
    assert wrist["matrix"][2][2] == pytest.approx(0.5, abs=0.05)
    assert wrist["matrix"][0][0] == pytest.approx(1.0, abs=0.05)
    assert wrist["white"][1] == pytest.approx(0.03, rel=0.1)
    assert wrist["slow"][1] < 0.01


def test_a_joint_out_of_the_image_counts_neither_as_error_nor_as_seen(seen: SeenSession) -> None:
    lines = {line.split("|")[1].strip(): line for line in table([seen])}
    assert "100 %" not in lines["right_wrist"]
    assert "+0.0 ± 0.0 | " in lines["right_wrist"]
    assert " ± 3.0 | " in lines["right_wrist"]
    assert set(lines) >= set(UTD_JOINTS) - {"hip_center"}


def test_what_was_seen_becomes_the_stream_of_a_camera_without_what_was_not(tmp_path: Path) -> None:
    shape = (40, len(MEDIAPIPE_33.joints))
    visibility = np.full(shape, 0.9, np.float32)
    visibility[:, 20] = 0.01
    world = np.random.default_rng(1).normal(0.0, 0.3, (*shape, 3)).astype(np.float32)
    kept = tmp_path / "kept.npz"
    np.savez(kept, times=np.arange(40) / RATE, world=world, visibility=visibility, presence=visibility)
    (stream,) = recording_of("kept", kept).streams
    rows = stream.samples.reshape(*shape, 4)
    np.testing.assert_array_equal(rows[:, 3, :3], world[:, 3])
    assert np.isnan(rows[:, 20, :3]).all()
    assert stream.description.nominal_rate == pytest.approx(RATE)


def test_another_name_a_missing_file_and_an_unlogged_look_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError, match="no drawn session"):
        session("fit-p100", None)
    assert main(["score", "utd-mhad-wrist", "p200", "--kept", str(tmp_path)]) == 2
    assert "tools.monocular watch p200" in capsys.readouterr().err
    assert main(["score", "utd-mhad-wrist", "s2", "--kept", str(tmp_path)]) == 2
    assert "every look at them is logged" in capsys.readouterr().err
