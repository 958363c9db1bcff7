"""The modality kind of docs/extending.md, as another package adds it: from registration to a prediction."""

import json
import logging
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.model.bundle.bundle import BundleInfo, write
from hnhar.model.errors import BundleError, ChannelError, ConfigError
from hnhar.model.kinds.imu import imu
from hnhar.model.loading import load, save
from hnhar.model.modality import Modality, kind_of, kinds
from hnhar.model.recognizer import Recognizer, preset
from hnhar.model.runtime import Runtime
from hnhar.stream.cli.stream import build_parser, configuration
from hnhar.stream.config.config import read_config
from hnhar.stream.engine.offline import recognize
from hnhar.stream.mapping.kind import mapping_of, mappings
from hnhar.stream.recordings import open_recording
from hnhar.train.learn.augment import Augmentation, TimeAugmentation, augment

from ...installed import install
from ..recordings.files import XdfStream, xdf

PAGE = Path(__file__).parents[3] / "docs" / "extending.md"
LABELS = ("rest", "fist", "point")


def blocks(language: str) -> list[str]:
    """The page's code of one language on kinds of modality."""
    section = PAGE.read_text("utf-8").split("\n## Modality kinds and encoders\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def emg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's package is installed."""
    modules = dict(zip(("emg", "emg_encoder", "emg_training"), blocks("python"), strict=True))
    points = tomllib.loads(blocks("toml")[0])["project"]["entry-points"]
    install(monkeypatch, tmp_path / "site", "hnhar-emg", modules, points)


@pytest.fixture
def bundle(emg: None, tmp_path: Path) -> Path:
    """Weights of an EMG and an IMU, drawn at random."""
    modalities = (kind_of("emg").modality(), imu())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        recognizer = Recognizer(preset("compact", modalities, window=1.0, classes=len(LABELS)))
    path = tmp_path / "emg.safetensors"
    save(path, BundleInfo("emg", modalities, 1.0, 0.25, LABELS, "rest", "", {}), recognizer)
    return path


def session(path: Path, unit: str = "uV") -> Path:
    """Four seconds of an armband and of a watch, as LabRecorder writes them."""
    rng = np.random.default_rng(0)
    times = [100 + k / 100 for k in range(400)]
    channels = [f"emg_{k}" for k in (2, 1, 3, 4)]
    rows = rng.normal(0, 200, (400, 4)).tolist()
    watch = rng.normal((0, 0, 1, 0, 0, 0), 0.1, (200, 6))
    axes = [f"{sensor}_{axis}" for sensor in ("acc", "gyro") for axis in "xyz"]
    path.write_bytes(
        xdf(
            XdfStream("Armband", "EMG", channels, times, rows, unit, 100.0),
            XdfStream("Watch", "IMU", axes, times[::2], watch.tolist(), "", 50.0),
        )
    )
    return path


def test_a_recording_is_recognized_by_a_kind_of_another_package(bundle: Path, tmp_path: Path) -> None:
    info, recognizer = load(bundle)
    recording = open_recording(session(tmp_path / "session.xdf"))
    assert [(s.description.name, s.modality) for s in recording.streams] == [
        ("Armband", "emg"),
        ("Watch", "imu"),
    ]
    found = recognize(recording, Runtime(info, recognizer), info)
    assert {p.modalities for p in found.predictions} >= {("emg", "imu")}
    assert all(p.coverage["emg"] > 0.9 for p in found.predictions[1:])
    assert recognizer.kinds == {"emg": "emg", "imu": "imu"}


def test_what_it_measures_is_scaled_named_and_checked_by_its_own_files(bundle: Path, tmp_path: Path) -> None:
    info, _ = load(bundle)
    (armband, _) = open_recording(session(tmp_path / "session.xdf")).streams
    (channel_map,) = mapping_of("emg").map(
        [armband.description],
        info.modality("emg"),
        None,
        placement="",
        samples=None,  # type: ignore[arg-type]
    )
    np.testing.assert_allclose(
        channel_map.apply(armband.samples)[:, 1], armband.samples[:, 0] / 1000, rtol=1e-5
    )
    assert channel_map.checks.limits == (50.0,) * 4
    with pytest.raises(ChannelError, match=r"EMG needs emg_1.*offers 4 channels"):
        recognize(open_recording(session(tmp_path / "b.xdf", "bar")), Runtime(*load(bundle)), info)


def test_training_changes_it_as_its_own_files_say(bundle: Path) -> None:
    windows = {"emg": torch.ones((8, 100, 4))}
    still = Augmentation(TimeAugmentation(stretch=0, desync=0))
    out = augment(windows, {"emg": 100.0}, {"emg": "emg"}, still, torch.Generator().manual_seed(0))["emg"]
    assert torch.allclose(out, out[:, :1].expand_as(out))
    assert out[:, 0].std() > 0.1


def test_a_wearer_s_source_of_it_is_named_in_the_file_and_on_the_command_line(
    bundle: Path, tmp_path: Path
) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(f"weights = '{bundle}'\n[[wearer]]\nid = 'anna'\nemg = 'name=Armband'\nimu = 'Watch'\n")
    (wearer,) = read_config(path).wearer
    assert wearer.sources == {"emg": "name=Armband", "imu": "Watch"}
    arguments = build_parser().parse_args(["--source", "emg=name=Armband"])
    assert configuration(arguments).wearer[0].sources == {"emg": "name=Armband"}


def test_hnhar_stream_recognizes_it_with_the_package_beside_it(bundle: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("hnhar-stream")
    recording = session(tmp_path / "session.xdf")
    done = subprocess.run(
        [
            program,
            "--recording",
            recording,
            "--weights",
            bundle,
            "--out",
            tmp_path,
            "--source",
            "emg=Armband",
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "session.predictions.jsonl").read_text("utf-8").splitlines()
    made = [json.loads(line) for line in lines]
    assert any(set(message.get("modalities", ())) == {"emg", "imu"} for message in made)


def test_weights_of_a_kind_that_is_not_installed_are_refused_in_one_line(bundle: Path) -> None:
    code = (
        "import sys\nfrom hnhar.model.errors import BundleError\nfrom hnhar.model.loading import load\n"
        "try:\n    load(sys.argv[1])\nexcept BundleError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, bundle], capture_output=True, text=True, check=True, cwd=bundle.parent
    )
    assert "its modality 'emg' is of the unknown kind 'emg': there is no kind" in done.stdout
    assert done.stdout.count("\n") == 1


def test_a_broken_kind_is_told_in_one_line_and_the_others_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install(
        monkeypatch,
        tmp_path / "broken",
        "hnhar-pulse",
        {"broken_pulse": "import a_package_that_is_not_there\n"},
        {group: {"pulse": "broken_pulse:PULSE"} for group in ("hnhar.modalities", "hnhar.mappings")},
    )
    assert "pulse" in kinds()
    with pytest.raises(ConfigError, match="'pulse' of the package hnhar-pulse cannot be used: Module"):
        kind_of("pulse")
    with caplog.at_level(logging.WARNING):
        names = {mapping.name for mapping in mappings()}
        mappings()
    assert names >= {"imu", "skeleton"}
    assert "pulse" not in names
    assert len([r for r in caplog.records if "hnhar-pulse" in r.getMessage()]) == 1
    odd = Modality("pulse", "pulse", ("bpm",), ("1/min",), 10.0)
    info = BundleInfo("p", (imu(), odd), 1.0, 0.25, LABELS, "rest", "", {})
    with pytest.raises(BundleError, match=r"unknown kind 'pulse': .* hnhar-pulse cannot be used"):
        write(tmp_path / "pulse.safetensors", info, {})
