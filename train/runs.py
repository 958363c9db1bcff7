"""The run folder: everything that made a result, in files that a person can read."""

import json
import platform
import subprocess
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hnhar.model.errors import ConfigError

from .recipe import Recipe

PACKAGES = ("hnhar", "torch", "numpy", "scipy", "safetensors")


class Run:
    """A folder that a training writes to: config.json, log.jsonl, metrics.json, and weights."""

    def __init__(self, folder: str | Path) -> None:
        """Make the folder; ConfigError where that cannot be done."""
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the run folder '{folder}' cannot be made: {error.strerror or error}"
            ) from error

    def describe(self, recipe: Recipe, corpus: dict[str, Any]) -> dict[str, Any]:
        """Write config.json, and return it: the recipe, the corpus, versions and commit."""
        said = {"recipe": asdict(recipe), "corpus": corpus, **environment()}
        self.write("config.json", said)
        return said

    def write(self, name: str, content: Any) -> None:
        """Write one JSON file."""
        (self.folder / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    def log(self, stage: str, step: int, measured: dict[str, float]) -> None:
        """Append a line to log.jsonl."""
        line = {"stage": stage, "step": step, **{k: round(v, 5) for k, v in measured.items()}}
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def environment() -> dict[str, Any]:
    """Commit, versions of packages, and date (UTC)."""
    return {
        "commit": commit(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "machine": platform.machine(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def commit() -> str:
    """Of the checkout that holds this code, with "+" where tracked files were changed; "" outside of one."""
    here = Path(__file__).resolve().parent
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no", "--", ".", "../model", "../stream"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head + ("+" if changed else "")
