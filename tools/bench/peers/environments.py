"""Environments of the peers: each its own, with the peer, torch, and this checkout to read a bundle by."""

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from pylsl.lib import lib

ROOT: Final = Path(__file__).parents[3]
PEERS: Final = {
    "mne-lsl": ("tools.bench.peers.by_mne_lsl", ("mne-lsl==1.14.0", "pylsl")),
    "timeflux": ("tools.bench.peers.by_timeflux", ("timeflux==0.17.2", "pylsl==1.16.2")),
}
"""Peer -> the module that runs it, and its packages. Timeflux calls what later versions of pylsl dropped."""
SHARED: Final = ("torch", "safetensors", "msgspec", "threadpoolctl")
"""Of the versions that this environment has."""


def surroundings() -> dict[str, str]:
    """Environment variables of all of them: one liblsl, that of our pylsl, also for one that brings none."""
    return {"PYLSL_LIB": str(lib._name)}


def python_of(peer: str, folder: Path) -> Path:
    """Python of the peer's environment in a folder, which is made where it is not there (minutes)."""
    home = folder / peer
    python = home / "bin" / "python"
    done = home / "complete"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        versions = [f"{name}=={importlib.metadata.version(name).partition('+')[0]}" for name in SHARED]
        install = [str(python), "-m", "pip", "install", "--quiet", *PEERS[peer][1], *versions]
        subprocess.run(install, check=True)
        # without what serves: kinds of modalities are found by its entry points
        subprocess.run([*install[:5], "--no-deps", "--editable", str(ROOT)], check=True)
        # which Python would believe before what is installed, whenever it is begun in this folder
        shutil.rmtree(ROOT / "hnhar.egg-info", ignore_errors=True)
        done.touch()
    return python
