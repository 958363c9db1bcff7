"""Cells on a Ray cluster: as by processes here, and gone on with when a worker ends."""

import os
from pathlib import Path

import pytest

from hnhar.model.errors import ConfigError
from hnhar.stream.fleet.cluster import Cluster, join
from hnhar.train.studies.protocol import ray_workers
from hnhar.train.studies.protocol.ray_workers import OnRay, RayWorkers

from ...clusters import TwoNodes

pytestmark = [
    pytest.mark.slow,
    # Ray's own processes and sockets, of which it leaves some to the collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def begin(folder: Path) -> None:
    (folder / f"begun-{os.getpid()}").touch()


def squared(number: int) -> int:
    return number * number


def dies_once(folder: Path) -> int:
    if not (folder / "died").exists():
        (folder / "died").touch()
        os._exit(1)
    return 7


def refuses(number: int) -> int:
    raise ConfigError(f"{number} is no cell")


@pytest.fixture
def joined(cluster: TwoNodes) -> "Cluster":
    cluster.add()
    return join(cluster.address)


def test_calls_are_answered_by_both_nodes_retried_and_refused_in_words(
    joined: Cluster, tmp_path: Path
) -> None:
    try:
        with RayWorkers(OnRay(joined, 8), 4, tmp_path, begin, tmp_path) as workers:
            assert len(list(tmp_path.glob("begun-*"))) == 2
            assert workers.map(squared, [3, 1, 2]) == [9, 1, 4]
            assert workers.map(dies_once, [tmp_path]) == [7]
            with pytest.raises(ConfigError, match="5 is no cell"):
                workers.map(refuses, [5])
        assert not list(tmp_path.glob(".seen-*"))
    finally:
        joined.leave()


def test_a_cluster_whose_processors_are_all_taken_is_said_to_be_and_not_waited_for(
    joined: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        with RayWorkers(OnRay(joined, 8), 4, tmp_path, begin, tmp_path):
            monkeypatch.setattr(ray_workers, "FREE", 2.0)
            with pytest.raises(ConfigError, match="no processor of the Ray cluster became free"):
                RayWorkers(OnRay(joined, 8), 4, tmp_path, begin, tmp_path)
        assert not list(tmp_path.glob(".seen-*"))
    finally:
        joined.leave()
