"""Names of modalities: several of one kind, and what a user may call them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import BundleError
from hnhar.model.kinds.accelerometer import ACCELEROMETER, accelerometer
from hnhar.model.kinds.imu import IMU, imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.loading import load, save
from hnhar.model.modality import Modality, key_of, kind_called, named_modalities
from hnhar.model.recognizer import Recognizer, preset
from hnhar.model.runtime import Runtime

WRIST, HIP = IMU.at("wrist", 20.0), IMU.at("hip", 20.0, "right hip")
LABELS = ("wave", "idle")


def bundle_of(path: Path, *modalities: Modality) -> BundleInfo:
    config = preset("compact", modalities, window=1.0, classes=2)
    torch.manual_seed(0)
    recognizer = Recognizer(config)
    return save(path, BundleInfo("many", modalities, 1.0, 0.25, LABELS, "idle", "", {}), recognizer)


def test_a_modality_at_a_place_is_called_by_its_kind_and_its_place() -> None:
    assert (WRIST.name, WRIST.kind, WRIST.place, WRIST.placement) == ("imu.wrist", "imu", "wrist", "wrist")
    assert (HIP.place, HIP.placement, IMU.at("left_ankle").placement) == ("hip", "right hip", "left ankle")
    assert (imu().place, imu(20.0, "watch").place) == ("", "watch")
    assert kind_called("imu.wrist") == kind_called("imu") == "imu"
    assert kind_called("watch") is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("imu.wrist", ["imu.wrist"]),
        ("IMU.Wrist", ["imu.wrist"]),
        ("wrist", ["imu.wrist"]),
        ("watch", ["watch"]),
        ("imu.watch", ["watch"]),
        ("imu", ["imu.wrist", "imu.hip", "watch"]),
        ("skeleton", ["skeleton"]),
        ("skeleton.wrist", []),
        ("ankle", []),
        ("", []),
    ],
)
def test_a_user_names_a_modality_by_name_by_place_or_by_kind(asked: str, found: list[str]) -> None:
    taken = (WRIST, HIP, imu(20.0, "watch"), skeleton())
    assert [modality.name for modality in named_modalities(asked, taken)] == found


def test_a_bundle_of_many_sensors_is_written_read_and_served_by_any_of_them(tmp_path: Path) -> None:
    taken = (WRIST, HIP, accelerometer(20.0, "accelerometer.chest"), skeleton(10.0))
    path = tmp_path / "many.safetensors"
    bundle_of(path, *taken)
    info, recognizer = load(path)
    assert info.modalities == taken
    assert (info.placement_of("imu.hip"), info.placement_of("skeleton")) == ("right hip", "")
    runtime = Runtime(info, recognizer)
    window = {m.name: np.ones((m.steps(1.0), len(m.channels)), np.float32) for m in taken}
    for name in window:
        alone = runtime.classify([{name: window[name]}])
        assert alone.modalities == ((name,),)
        assert alone.probabilities.sum() == pytest.approx(1.0)
    without = runtime.classify([{name: window[name] for name in window if name != "imu.wrist"}])
    assert without.modalities == (("imu.hip", "accelerometer.chest", "skeleton"),)


def test_a_name_that_begins_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is the begin of another's"):
        bundle_of(tmp_path / "x.safetensors", imu(20.0), WRIST)


def test_names_with_dots_become_parts_of_a_network() -> None:
    recognizer = Recognizer(preset("compact", (WRIST, HIP), window=1.0, classes=2))
    assert set(recognizer.encoders) == {"imu:wrist", "imu:hip"} == {key_of(m.name) for m in (WRIST, HIP)}


def test_an_accelerometer_alone_has_no_encoder_of_the_paper() -> None:
    assert ACCELEROMETER.channels == IMU.channels[:3]
    with pytest.raises(ValueError, match="no encoder of the preset 'paper'"):
        preset("paper", (accelerometer(),), window=1.0, classes=2)
