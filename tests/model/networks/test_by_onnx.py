"""ONNX Runtime computes what torch does, the same bits in every batch; one that does not fit is refused."""

import base64
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("onnxruntime", reason="pip install 'hnhar[serve]'")

from hnhar.model.bundle.bundle import BundleFile, add_graph, bundled, read
from hnhar.model.bundle.graph import NetworkGraphs, pack, unpack
from hnhar.model.errors import BundleError
from hnhar.model.networks.by_onnx import OnnxNetwork
from hnhar.model.networks.graphs import GraphNetwork
from hnhar.model.serving import serve

SHIPPED = bundled()
WRIST = "utd-mhad-wrist"
Window = dict[str, NDArray[np.float32]]


def windows(file: BundleFile, count: int) -> list[Window]:
    """Noise in which every subset of the modalities occurs."""
    rng = np.random.default_rng(3)
    shapes = {m.name: (m.steps(file.info.window), len(m.channels)) for m in file.info.modalities}
    made = []
    for number in range(count):
        window = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
        if number % 3 and len(window) > 1:
            del window[list(window)[number % len(window)]]
        made.append(window)
    return made


def graphs_of(name: str) -> NetworkGraphs:
    return unpack(read(SHIPPED[name]).graph or "")


@pytest.mark.parametrize("name", SHIPPED)
def test_onnx_runtime_says_what_torch_says_of_every_subset_of_the_modalities(name: str) -> None:
    by_onnx, by_torch = (serve(SHIPPED[name], runtime=runtime) for runtime in ("onnx", "torch"))
    assert by_onnx.runtime.network.startswith("ONNX Runtime")
    given = windows(by_onnx.file, 9)
    found, known = by_onnx.runtime.classify(given), by_torch.runtime.classify(given)
    assert found.modalities == known.modalities
    assert found.probabilities == pytest.approx(known.probabilities, abs=1e-5)
    assert found.embeddings == pytest.approx(known.embeddings, abs=1e-5)
    assert found.novelty == pytest.approx(known.novelty, abs=1e-3)
    assert found.strangeness == pytest.approx(known.strangeness, abs=1e-5)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_bits_of_a_window_do_not_depend_on_its_batch(name: str) -> None:
    serving = serve(SHIPPED[name], runtime="onnx")
    given = windows(serving.file, 16)
    alone = [serving.runtime.classify([window]) for window in given]
    for count in (2, 3, 5, 8, 16):
        together = serving.runtime.classify(given[:count])
        for row in range(count):
            assert np.array_equal(together.probabilities[row], alone[row].probabilities[0])
            assert np.array_equal(together.embeddings[row], alone[row].embeddings[0])


@pytest.mark.parametrize("name", SHIPPED)
def test_one_session_for_the_whole_network_gives_the_bits_of_its_parts(name: str) -> None:
    file = read(SHIPPED[name])
    network, rng = OnnxNetwork(file), np.random.default_rng(5)
    shapes = {m.name: (m.steps(file.info.window), len(m.channels)) for m in file.info.modalities}
    for count in (1, 2, 5):
        given = {n: rng.normal(size=(count, *shape)).astype(np.float32) for n, shape in shapes.items()}
        rest = np.ones((count, len(shapes)), np.bool_), np.full((count, 1), 1.5, np.float32)
        whole, parts = network.infer(given, *rest), GraphNetwork.infer(network, given, *rest)
        again = network.infer({n: array + 1.0 for n, array in given.items()}, *rest)
        for field in ("logits", "probabilities", "embeddings"):
            found = getattr(whole, field)
            assert np.array_equal(found, getattr(parts, field))
            assert not np.array_equal(found, getattr(again, field))  # an answer stays as it was given


def test_another_session_gives_the_same_bits() -> None:
    first, second = (serve(SHIPPED[WRIST], runtime="onnx") for _ in range(2))
    given = windows(first.file, 5)
    one, other = first.runtime.classify(given), second.runtime.classify(given)
    assert np.array_equal(one.probabilities, other.probabilities)
    assert np.array_equal(one.novelty, other.novelty)


def test_the_graph_of_another_bundle_is_refused() -> None:
    file = replace(read(SHIPPED[WRIST]), graph=read(SHIPPED["utd-mhad-thigh"]).graph)
    with pytest.raises(BundleError, match="another architecture"):
        OnnxNetwork(file)


def changed(file: BundleFile, **changes: Any) -> BundleFile:
    """The bundle with a graph whose parts were changed, and whose digests fit."""
    return replace(file, graph=pack(replace(unpack(file.graph or ""), **changes)))


def test_a_graph_of_other_parts_shapes_or_opset_is_refused() -> None:
    file, graphs = read(SHIPPED[WRIST]), graphs_of(WRIST)
    swapped = {**graphs.parts, "imu": graphs.parts["skeleton"]}
    lacking = {name: part for name, part in graphs.parts.items() if name != "imu"}
    for changes, found in (
        ({"parts": swapped}, "shapes of its part 'imu'"),
        ({"parts": lacking}, "parts are not"),
        ({"parts": {**graphs.parts, "imu": b"\x08\x0a"}}, "part 'imu' is not one that is run"),
        ({"opset": 19}, "of opset 20, not 19"),
    ):
        with pytest.raises(BundleError, match=found):
            OnnxNetwork(changed(file, **changes))


def test_a_graph_that_wants_tensors_of_other_shapes_is_refused() -> None:
    file = read(SHIPPED[WRIST])
    name = next(name for name in file.entries if name.endswith("stem.0.weight"))
    entry = file.entries[name]
    with pytest.raises(BundleError, match="that the bundle does not have"):
        OnnxNetwork(replace(file, entries={**file.entries, name: replace(entry, shape=entry.shape[::-1])}))


def test_a_graph_that_onnx_runtime_cannot_load_is_refused_in_a_line() -> None:
    file, graphs = read(SHIPPED[WRIST]), graphs_of(WRIST)
    broken = graphs.parts["imu"].replace(b"MatMul", b"NatMul")
    with pytest.raises(BundleError, match="refuses it") as raised:
        OnnxNetwork(changed(file, parts={**graphs.parts, "imu": broken}))
    assert "\n" not in str(raised.value)


def tampered(path: Path, to: Path) -> Path:
    """A copy whose graph has one bit of one part flipped, the digests left as they were."""
    file = read(path)
    fields = msgspec.json.decode(zlib.decompress(base64.b64decode(file.graph or "")))
    part = bytearray(base64.b64decode(fields["parts"]["imu"]["onnx"]))
    part[100] ^= 1
    fields["parts"]["imu"]["onnx"] = base64.b64encode(part).decode()
    text = base64.b64encode(zlib.compress(msgspec.json.encode(fields))).decode()
    to.write_bytes(path.read_bytes())
    add_graph(to, text)
    return to


def test_a_tampered_graph_is_told_and_torch_computes(tmp_path: Path) -> None:
    path = tampered(SHIPPED[WRIST], tmp_path / "tampered.safetensors")
    serving = serve(path)
    assert serving.runtime.network.startswith("torch")
    assert "the size or the digest of its part 'imu'" in serving.note
    with pytest.raises(BundleError, match="digest"):
        serve(path, runtime="onnx")
