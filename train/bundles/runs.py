"""The run folder: everything that made a result, in files that a person can read."""

import hashlib
import json
import platform
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality

from ..learn.checkpoint import fingerprint
from ..learn.data import WindowSet
from ..output.storage import write_json
from .recipe import Recipe

PACKAGES = (
    "hnhar",
    "torch",
    "numpy",
    "scipy",
    "safetensors",
    "msgspec",
    "matplotlib",
    "tensorboard",
    "optuna",
)
"""Packages whose versions are recorded, where they are installed."""


class Run:
    """A folder that a training writes to: config.json, log.jsonl, metrics.json, and weights."""

    def __init__(self, folder: str | Path, command: dict[str, Any] | None = None) -> None:
        """Make the folder; ConfigError where that cannot be done. `command` is what was asked for."""
        self.folder = Path(folder)
        self._command = command or {}
        self._began = time.perf_counter()
        self._last: dict[str, dict[str, float]] = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the run folder '{folder}' cannot be made: {error.strerror or error}"
            ) from error

    def describe(
        self, recipe: Recipe, corpus: dict[str, Any], people: Mapping[str, WindowSet] | None = None
    ) -> dict[str, Any]:
        """Write config.json, and return it without the command: the recipe, the corpus, versions, commit.

        What is returned goes into bundles, and a command may name folders of its user.
        """
        seen = {} if people is None else {"seen": _people_seen(people)}
        described = asdict(recipe)
        described["task"]["modalities"] = list(map(_in_short, recipe.task.modalities))
        provenance = {"recipe": described, "corpus": corpus, **seen, **environment()}
        self.write("config.json", {"command": self._command, **provenance})
        return provenance

    def write(self, name: str, content: Any) -> None:
        """Write one JSON file in one step; ConfigError where that cannot be done."""
        write_json(self.folder / name, content)

    def log(self, stage: str, step: int, measured: dict[str, float]) -> None:
        """Append a line to log.jsonl; ConfigError where that cannot be done."""
        self._last[stage] = {"step": step, **{name: float(f"{v:.6g}") for name, v in measured.items()}}
        line = {"stage": stage, **self._last[stage]}
        path = self.folder / "log.jsonl"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise ConfigError(f"'{path}' cannot be written: {error.strerror or error}") from error

    def trained(self) -> dict[str, Any]:
        """Wall time so far, s, and what each training measured last; from the log for those done before."""
        return {"seconds": round(time.perf_counter() - self._began, 1), "last": self._before() | self._last}

    def _before(self) -> dict[str, dict[str, float]]:
        """Stage -> its last line in log.jsonl."""
        path, found = self.folder / "log.jsonl", {}
        for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                line = json.loads(text)
                found[str(line.pop("stage"))] = line
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # a line that was cut off when the process was killed
        return found


def _in_short(modality: Modality) -> dict[str, Any]:
    """Without its channels, which are its kind's."""
    named = {"name": modality.name, "kind": modality.kind, "rate": modality.rate}
    return named | ({"placement": modality.placement} if modality.placement else {})


def _people_seen(people: Mapping[str, WindowSet]) -> dict[str, Any]:
    """People whose windows a training sees, real and synthetic; number and SHA-256 of the windows."""
    made = hashlib.sha256()
    for person, windows in people.items():
        seen = {**windows.samples, "presence": windows.presence, "targets": windows.targets}
        made.update(f"{person} {fingerprint(seen)}".encode())
    return {
        "people": list(people),
        "windows": sum(map(len, people.values())),
        "windows_sha256": made.hexdigest(),
    }


def environment() -> dict[str, Any]:
    """Commit, versions of packages, what decides how sums are rounded, and date (UTC)."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return {
        "commit": commit(),
        "versions": versions,
        "machine": platform.machine(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def commit() -> str:
    """Commit of the checkout that holds this code, with "+" where files were changed; "" outside of one."""
    here = Path(__file__).resolve().parents[2]
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no", "--", "model", "stream", "train"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+" if changed else "")
