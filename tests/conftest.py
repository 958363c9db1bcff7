"""Shared fixtures: real LSL kept apart from every other program, and the real recordings where they are."""

import gc
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from .clusters import TwoNodes

REPOSITORY = Path(__file__).resolve().parent.parent

if "PYTEST_XDIST_WORKER" in os.environ:
    # workers with a thread a core each would wait for one another's cores: up to ten times as long
    os.environ.setdefault("OMP_NUM_THREADS", "1")


settings.register_profile("hnhar", deadline=None)  # a busy machine decides no test
settings.load_profile("hnhar")


def pytest_configure(config: pytest.Config) -> None:
    """Point liblsl, of this process and of those it starts, to a session that no other program is in.

    Before any LSL call and without importing pylsl: what is not marked `lsl` stays without it.
    """
    session = f"hnhar-test-{uuid.uuid4()}"
    path = Path(tempfile.gettempdir()) / f"{session}.cfg"
    path.write_text(
        f"[ports]\nIPv6 = disable\nPortRange = 512\n[multicast]\nResolveScope = machine\n"
        f"[lab]\nSessionID = {session}\n[log]\nlevel = -3\n",
        encoding="utf-8",
    )
    os.environ["LSLAPICFG"] = str(path)
    config.add_cleanup(lambda: path.unlink(missing_ok=True))


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and is not looked at again for garbage: hundreds of modules, each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _isolated_lsl(request: pytest.FixtureRequest) -> None:
    """LSL tests run inside that session (`configure` reads the file that LSLAPICFG names)."""
    if request.node.get_closest_marker("lsl"):
        from hnhar.stream.lsl.config import configure

        configure()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real recordings: HNHAR_DATA, or ../shared/data beside the repository; skips where absent."""
    folder = Path(os.environ.get("HNHAR_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "utd_mhad").is_dir():
        pytest.skip(f"no real recordings in {folder} (HNHAR_DATA names another place)")
    return folder


@pytest.fixture(scope="session")
def _cluster() -> Iterator[TwoNodes]:
    pytest.importorskip("ray", reason="the extra `cluster` (Ray) is not installed")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster = TwoNodes()
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(_cluster: TwoNodes) -> Iterator[TwoNodes]:
    """The head; what a test adds is gone after it."""
    yield _cluster
    _cluster.clear()
