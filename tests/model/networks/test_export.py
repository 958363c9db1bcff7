"""A network that was just trained is written as a graph that computes what it computes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hnhar.model.bundle.bundle import read
from hnhar.model.bundle.graph import pack
from hnhar.model.kinds.imu import imu
from hnhar.model.kinds.skeleton import skeleton
from hnhar.model.loading import save
from hnhar.model.networks.by_onnx import OnnxNetwork
from hnhar.model.networks.by_torch import TorchNetwork
from hnhar.model.networks.export import export
from hnhar.model.recognizer import Recognizer, preset

from ..conftest import LABELS, describe


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compact", "paper"])
def test_a_fresh_network_of_either_preset_is_computed_by_onnx_runtime_as_by_torch(
    name: str, tmp_path: Path
) -> None:
    pytest.importorskip("onnxscript", reason="pip install 'hnhar[export]'")
    pytest.importorskip("onnxruntime", reason="pip install 'hnhar[serve]'")
    rate = 50 / 3
    modalities = (imu(), skeleton()) if name == "compact" else (imu(rate), skeleton(rate))
    torch.manual_seed(1)
    recognizer = Recognizer(preset(name, modalities, window=3.0, classes=len(LABELS)))
    for tensor_name, buffer in recognizer.named_buffers():
        if tensor_name.endswith("running_var"):
            buffer.uniform_(0.5, 2.0)
    info = replace(describe(), modalities=modalities, temperatures={})
    recognizer.eval()
    graph = pack(export(recognizer, modalities, 3.0))
    path = tmp_path / "made.safetensors"
    save(path, info, recognizer, graph)
    rng = np.random.default_rng(0)
    samples = {
        m.name: rng.normal(size=(4, m.steps(3.0), len(m.channels))).astype(np.float32) for m in modalities
    }
    presence = np.array([[True, True], [True, False], [False, True], [True, True]])
    ones = np.ones((4, 1), np.float32)
    found = OnnxNetwork(read(path)).infer(samples, presence, ones)
    known = TorchNetwork(recognizer).infer(samples, presence, ones)
    assert found.logits == pytest.approx(known.logits, abs=1e-4)
    assert found.probabilities == pytest.approx(known.probabilities, abs=1e-5)
    assert found.embeddings == pytest.approx(known.embeddings, abs=1e-4)
