"""`hnhar-train table --ray`: the cells of processes here, on a cluster, and gone on with."""

import json
from pathlib import Path
from typing import Any

import pytest

from hnhar.train.cli.main import main
from hnhar.train.corpora import registry

from ...clusters import TwoNodes
from ...installed import install
from ..corpora import toy

pytestmark = [
    pytest.mark.slow,
    # Ray's own processes and sockets, of which it leaves some to the collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
PRESET = """title = "Toys"
corpus = "toys"
amounts = [1]
budget = { epochs = 2, batch = 18 }
[[entry]]
name = "a"
title = "A"
modalities = ["imu"]
method = { pairs = "within", views = 2 }
[[entry]]
name = "b"
title = "B"
modalities = ["imu"]
method = { pairs = "within", views = 2, temperature = 0.2 }
"""


def cells(run: Path) -> dict[str, Any]:
    """Values of each cell, without the time that it took."""
    found = {path.stem: json.loads(path.read_text()) for path in run.glob("[ab]-s*.json")}
    return {name: {k: v for k, v in made.items() if not k.endswith("_s")} for name, made in found.items()}


def test_cells_on_a_cluster_are_those_of_processes_here_and_are_not_computed_again(
    cluster: TwoNodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    install(monkeypatch, site, toy.PACKAGE, {toy.MODULE: toy.source()}, {registry.GROUP: toy.entries()})
    monkeypatch.setenv("PYTHONPATH", str(site))
    toy.write(tmp_path / "data")
    preset = tmp_path / "toys.toml"
    preset.write_text(PRESET, "utf-8")
    cluster.add(PYTHONPATH=str(site))  # the head does not know the corpus, and computes nothing
    words = ["table", str(preset), "--data", str(tmp_path / "data"), "--run"]
    assert main([*words, str(tmp_path / "here")]) == 0
    assert main([*words, str(tmp_path / "ray"), "--ray", cluster.address]) == 0
    made = cells(tmp_path / "ray")
    assert len(made) > 1
    assert made == cells(tmp_path / "here")
    first = next((tmp_path / "ray").glob("a-s*.json"))
    before = first.stat().st_mtime_ns
    next((tmp_path / "ray").glob("b-s*.json")).unlink()
    assert main([*words, str(tmp_path / "ray"), "--ray", cluster.address]) == 0
    assert cells(tmp_path / "ray") == made
    assert first.stat().st_mtime_ns == before
    capfd.readouterr()
