"""OpenVINO computes what ONNX Runtime does, from the same graph, and bfloat16 only where it is asked for."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="pip install 'hnhar[serve]'")
if not pytest.importorskip("hnhar.model.serving").installed("openvino"):
    pytest.skip("pip install 'hnhar[openvino]'", allow_module_level=True)

from hnhar.model import serving
from hnhar.model.bundle.bundle import bundled, read
from hnhar.model.bundle.graph import pack, unpack
from hnhar.model.errors import BundleError, ConfigError
from hnhar.model.networks.by_openvino import OpenvinoNetwork
from hnhar.model.serving import RuntimeName, serve

from .test_by_onnx import SHIPPED, WRIST, windows

BY_OPENVINO: tuple[RuntimeName, ...] = ("openvino", "openvino-bf16")


@pytest.mark.parametrize("name", SHIPPED)
def test_openvino_says_what_onnx_runtime_says_of_every_subset_of_the_modalities(name: str) -> None:
    by_openvino, by_onnx = (serve(SHIPPED[name], runtime=runtime) for runtime in ("openvino", "onnx"))
    assert by_openvino.runtime.network.startswith("OpenVINO")
    assert not by_openvino.note
    given = windows(by_onnx.file, 9)
    found, known = by_openvino.runtime.classify(given), by_onnx.runtime.classify(given)
    assert found.modalities == known.modalities
    assert found.probabilities == pytest.approx(known.probabilities, abs=1e-5)
    assert found.embeddings == pytest.approx(known.embeddings, abs=1e-5)
    assert found.novelty == pytest.approx(known.novelty, abs=1e-3)


@pytest.mark.parametrize("runtime", BY_OPENVINO)
def test_the_bits_of_a_window_do_not_depend_on_its_batch(runtime: RuntimeName) -> None:
    found = serve(SHIPPED[WRIST], runtime=runtime)
    given = windows(found.file, 16)
    alone = [found.runtime.classify([window]) for window in given]
    for count in (2, 3, 5, 16):
        together = found.runtime.classify(given[:count])
        for row in range(count):
            assert np.array_equal(together.probabilities[row], alone[row].probabilities[0])
            assert np.array_equal(together.embeddings[row], alone[row].embeddings[0])


def test_bfloat16_answers_nearly_as_float32_does() -> None:
    narrow, wide = (serve(SHIPPED[WRIST], runtime=runtime) for runtime in ("openvino-bf16", "openvino"))
    if narrow.note:
        assert "no instructions for bfloat16" in narrow.note
        pytest.skip(narrow.note)
    assert narrow.runtime.network.endswith("bfloat16")
    given = windows(narrow.file, 9)
    found, known = narrow.runtime.classify(given), wide.runtime.classify(given)
    assert found.probabilities == pytest.approx(known.probabilities, abs=0.1)
    assert not np.array_equal(found.probabilities, known.probabilities)


def test_a_graph_that_openvino_cannot_load_is_refused_in_a_line() -> None:
    file = read(SHIPPED[WRIST])
    graphs = unpack(file.graph or "")
    parts = {**graphs.parts, "imu": graphs.parts["imu"].replace(b"Gemm", b"Nemm")}
    with pytest.raises(BundleError, match="OpenVINO refuses it") as raised:
        OpenvinoNetwork(replace(file, graph=pack(replace(graphs, parts=parts))))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("runtime", BY_OPENVINO)
def test_openvino_is_named_with_its_extra_where_it_is_not_installed(
    runtime: RuntimeName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "installed", lambda package: package != "openvino")
    with pytest.raises(ConfigError, match=r"OpenVINO is not installed: pip install 'hnhar\[openvino\]'"):
        serve(bundled()["tug"], runtime=runtime)


def test_openvino_neither_loads_another_runtime_nor_reports_its_use() -> None:
    code = (
        "import sys, threading\nfrom hnhar.model.bundle.bundle import find\n"
        "from hnhar.model.serving import serve\n"
        "serve(find('tug'), runtime='openvino').runtime.warm_up(2)\n"
        "assert not {'torch', 'onnxruntime'} & sys.modules.keys()\n"
        "assert sys.modules['openvino_telemetry'] is None\nassert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
