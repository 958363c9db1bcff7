"""The model: fetched once, looked at by its digest, and a clear word where there is none."""

import sys
import zipfile
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError, MissingExtraError
from hnhar.stream.camera.model import DETECTOR, LANDMARKS, model_folder, read_model, require_camera

INSIDE = "mediapipe/modules/pose_{}/pose_{}.tflite"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_without_a_model_a_sentence_says_what_to_do() -> None:
    with pytest.raises(
        ConfigError, match=r"hnhar camera --get-model.*without a network.*--model FILE"
    ) as caught:
        read_model()
    assert "\n" not in str(caught.value)


def test_without_the_packages_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "mediapipe", raising=False)
    with pytest.raises(MissingExtraError, match=r"'mediapipe': pip install 'hnhar\[camera\]'"):
        require_camera()


def test_a_model_of_another_digest_is_not_used(tmp_path: Path) -> None:
    folder = model_folder()
    assert folder.is_relative_to(tmp_path)
    folder.mkdir(parents=True)
    for name in (DETECTOR, LANDMARKS):
        (folder / name).write_bytes(b"TFL3 but another")
    with pytest.raises(ConfigError, match="its digest differs"):
        read_model()


def test_a_wheel_whose_networks_are_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mediapipe.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(INSIDE.format("detection", "detection"), b"a")
        wheel.writestr(INSIDE.format("landmark", "landmark_full"), b"b")
    with pytest.raises(ConfigError, match="its digest differs"):
        read_model(str(path))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.whl", b"not a zip", "is no wheel with the model"),
        ("m.task", b"not a zip", "is no pose_landmarker bundle"),
        ("m.task", b"", "is no pose_landmarker bundle"),
        ("m.whl", None, "is no wheel with the model: No such file"),
        ("m.task", None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        read_model(str(path))
