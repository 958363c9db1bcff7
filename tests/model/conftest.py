"""A small bundle with random weights."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.loading import save
from hnhar.model.recognizer import Recognizer, preset

LABELS = ("wave", "clap", "throw", "idle")


def describe(**changes: object) -> BundleInfo:
    """Two modalities, four labels, 3 s windows."""
    modalities = (imu(), skeleton())
    info = BundleInfo(
        name="example",
        modalities=modalities,
        window=3.0,
        hop=0.25,
        labels=LABELS,
        idle="idle",
        placement="right wrist",
        architecture=preset("compact", modalities, window=3.0, classes=len(LABELS)).architecture(),
        decision=Decision(enter=0.6),
        temperatures={"imu+skeleton": 2.0, "imu": 1.5},
        provenance={"seed": 1, "subjects": [1, 3, 5]},
        metrics={"f1": 0.5},
    )
    return replace(info, **changes)  # type: ignore[arg-type]


def random_recognizer(seed: int = 0) -> Recognizer:
    """The compact preset with random weights, its interaction and statistics too."""
    torch.manual_seed(seed)
    recognizer = Recognizer(preset("compact", (imu(), skeleton()), window=3.0, classes=len(LABELS)))
    for parameter in recognizer.head.parameters():
        nn.init.normal_(parameter, 0, 0.1)
    for name, buffer in recognizer.named_buffers():
        if name.endswith("running_var"):
            buffer.uniform_(0.5, 2.0)
    return recognizer.eval()


@pytest.fixture(scope="session")
def example_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle on disk; not to be written to."""
    path = tmp_path_factory.mktemp("bundle") / "example.safetensors"
    save(path, describe(), random_recognizer())
    return path
