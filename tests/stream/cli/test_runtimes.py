"""--runtime says what computes the network; what does is told, and so is a bundle without a graph."""

import json
from argparse import Namespace
from pathlib import Path
from typing import get_args

import pytest

from hnhar.model.bundle.bundle import bundled, read
from hnhar.model.bundle.graph import split
from hnhar.model.serving import RUNTIMES, RuntimeName, serve
from hnhar.stream.cli.enroll import main as enroll
from hnhar.stream.cli.options.compute import load_weights
from hnhar.stream.cli.stream import main as stream
from hnhar.stream.engine.engine import Engine

TUG = bundled()["tug"]


@pytest.fixture(autouse=True)
def _onnx() -> None:
    pytest.importorskip("onnxruntime", reason="pip install 'hnhar[serve]'")


def test_what_may_be_asked_for_is_what_there_is() -> None:
    assert get_args(RuntimeName) == RUNTIMES


def test_an_engine_says_what_computes_its_network() -> None:
    for runtime, name in (("onnx", "ONNX Runtime"), ("torch", "torch")):
        found = serve(TUG, runtime=runtime)  # type: ignore[arg-type]
        assert Engine(found.runtime, found.info, ["anna"]).network.startswith(name)


def bare(folder: Path) -> Path:
    """The bundle of the wrist without its graph."""
    path = folder / "bare.safetensors"
    path.write_bytes(split(bundled()["utd-mhad-wrist"].read_bytes())[0])
    return path


@pytest.mark.parametrize(("asked", "note"), [("auto", "hnhar-train export"), ("torch", "")])
def test_a_bundle_without_a_graph_is_told_unless_torch_was_asked_for(
    asked: str, note: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = load_weights(Namespace(runtime=asked), bare(tmp_path), 1)
    assert loaded.runtime.network.startswith("torch")
    said = capsys.readouterr().err
    assert note in said if note else not said


def test_a_bundle_without_a_graph_is_refused_where_onnx_runtime_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--recording", "synthetic", "--out", str(tmp_path), "--runtime", "onnx"]
    assert stream([*words, "--weights", str(bare(tmp_path))]) == 2
    assert "has no graph for ONNX Runtime" in " ".join(capsys.readouterr().err.split())


def test_what_was_removed_leaves_a_bundle_with_its_graph(tmp_path: Path) -> None:
    from hnhar.model.enroll.enroll import Examples
    from hnhar.model.enroll.enroll import enroll as enrolled
    from hnhar.model.enroll.stored import save_memory, stored_memory

    file = read(bundled()["utd-mhad-wrist"])
    memory = stored_memory(file, tmp_path)
    assert memory is not None
    vectors = memory.learned.vectors
    examples = Examples(vectors[:4], memory.learned.labels[:4] * 0 + [0, 0, 1, 1], vectors[4:9])
    info, more, _ = enrolled(file.info, memory, "stir", examples)
    path = tmp_path / "stir.safetensors"
    save_memory(path, file, info, more)
    assert serve(path, runtime="onnx").info.labels[-1] == "stir"
    back = tmp_path / "back.safetensors"
    assert enroll(["--weights", str(path), "--remove", "stir", "--out", str(back)]) == 0
    assert read(back).graph == file.graph
    assert read(back).info.labels == file.info.labels


@pytest.mark.lsl
def test_the_doctor_names_what_computes_networks(capsys: pytest.CaptureFixture[str]) -> None:
    from hnhar.stream.cli.doctor import main as doctor

    doctor(["--json", "--listen", "0.2"])
    runtimes = json.loads(capsys.readouterr().out)["versions"]["runtimes"]
    assert [name.rpartition(" ")[0] for name in runtimes][:2] == ["ONNX Runtime", "torch"]
