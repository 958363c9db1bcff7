"""Weights of a run that names none: a camera alone has its own, and what others lose by one is said."""

from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import find, read_info
from hnhar.stream.cli.default_weights import weights_of_recording
from hnhar.stream.cli.enroll import main as enroll
from hnhar.stream.cli.live_inputs import camera_notes
from hnhar.stream.cli.stream import build_parser, configuration
from hnhar.stream.config.config import StreamConfig

CAMERA = ["--skeleton-source", "camera:0"]


def made(*words: str) -> StreamConfig:
    return configuration(build_parser().parse_args(words))


def notes(config: StreamConfig) -> list[str]:
    info = read_info(find(config.weights))
    (wearer,) = config.wearer
    return camera_notes(wearer.sources, wearer.options, info)


def test_a_camera_alone_is_recognized_by_weights_of_a_camera_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = made(*CAMERA)
    assert config.weights == "utd-mhad-camera"
    assert "the weights are utd-mhad-camera; --weights takes others" in capsys.readouterr().err
    assert notes(config) == []
    assert made("--source", "skeleton=camera:http://phone:8080/video").weights == "utd-mhad-camera"


@pytest.mark.parametrize(
    "words",
    [
        [*CAMERA, "--imu-source", "MyWatch"],
        ["--skeleton-source", "type=MoCap"],
        ["--skeleton-source", "camera"],
        ["--demo"],
    ],
)
def test_anything_else_is_recognized_as_ever(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert made(*words).weights == "utd-mhad-wrist"
    assert capsys.readouterr().err == ""


def test_weights_that_know_no_camera_say_what_is_lost(tmp_path: Path) -> None:
    (told,) = notes(made(*CAMERA, "--weights", "utd-mhad-wrist"))
    assert "a third or less; --weights utd-mhad-camera learned from one" in told
    assert len(notes(made(*CAMERA, "--imu-source", "MyWatch"))) == 1
    assert len(notes(made("--skeleton-source", "MyApp", "--joints", "mediapipe-33"))) == 1
    assert notes(made("--skeleton-source", "type=MoCap")) == []
    lab = tmp_path / "lab.toml"
    lab.write_text('[[wearer]]\nskeleton = "camera:0"\n', "utf-8")
    assert len(notes(made("--config", str(lab)))) == 1


def test_a_video_is_a_camera_alone_and_other_recordings_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert weights_of_recording("clip.MP4") == "utd-mhad-camera"
    assert "utd-mhad-camera" in capsys.readouterr().err
    assert weights_of_recording("session.xdf") == weights_of_recording("synthetic") == "utd-mhad-wrist"
    assert capsys.readouterr().err == ""


def test_who_enrolls_by_a_camera_is_told_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = tmp_path / "mine.safetensors"
    there.touch()
    assert enroll(["--label", "stir", *CAMERA, "--out", str(there)]) == 2
    assert "--weights utd-mhad-camera learned from one" in (told := capsys.readouterr().err)
    assert "--overwrite" in told
