"""What computes a bundle's network is chosen by what is installed and what the file holds, and told."""

import subprocess
import sys
from pathlib import Path

import pytest

from hnhar.model import serving
from hnhar.model.bundle.bundle import bundled
from hnhar.model.bundle.graph import split
from hnhar.model.errors import BundleError, ConfigError
from hnhar.model.serving import serve

TUG = bundled()["tug"]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A bundle without a graph."""
    path = tmp_path / "bare.safetensors"
    path.write_bytes(split(TUG.read_bytes())[0])
    return path


def without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """As if these were not installed."""
    monkeypatch.setattr(serving, "installed", lambda package: package not in packages)


def test_onnx_runtime_computes_where_it_is_installed_and_nothing_is_said() -> None:
    pytest.importorskip("onnxruntime")
    found = serve(TUG)
    assert found.runtime.network.startswith("ONNX Runtime")
    assert not found.note


def test_torch_computes_where_onnx_runtime_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "onnxruntime")
    found = serve(TUG)
    assert found.runtime.network.startswith("torch")
    assert not found.note


def test_a_bundle_without_a_graph_is_computed_by_torch_and_told_how_to_get_one(bare: Path) -> None:
    pytest.importorskip("onnxruntime")
    found = serve(bare)
    assert found.runtime.network.startswith("torch")
    assert f"hnhar-train export {bare}" in found.note
    assert not serve(bare, runtime="torch").note


def test_a_bundle_without_a_graph_is_refused_where_torch_is_not_installed(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnxruntime")
    without(monkeypatch, "torch")
    with pytest.raises(BundleError, match=r"no graph .*hnhar\[train\]"):
        serve(bare)


@pytest.mark.parametrize(
    ("lacking", "asked", "found"),
    [
        (("torch",), "torch", r"torch is not installed: pip install 'hnhar\[train\]'"),
        (("onnxruntime",), "onnx", r"ONNX Runtime is not installed: pip install 'hnhar\[serve\]'"),
        (("torch", "onnxruntime"), "auto", r"hnhar\[serve\]' to recognize, or 'hnhar\[train\]'"),
    ],
)
def test_what_is_not_installed_is_named_with_its_extra(
    lacking: tuple[str, ...], asked: serving.RuntimeName, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, *lacking)
    with pytest.raises(ConfigError, match=found):
        serve(TUG, runtime=asked)


def test_serving_by_onnx_runtime_never_loads_torch() -> None:
    pytest.importorskip("onnxruntime")
    code = (
        "import sys\nfrom hnhar.model.bundle.bundle import find\nfrom hnhar.model.serving import serve\n"
        "serve(find('tug'), runtime='onnx').runtime.warm_up(2)\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
