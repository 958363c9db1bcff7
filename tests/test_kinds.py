"""No code tells a kind of modality by its name but that kind's own files."""

import ast
from pathlib import Path

import pytest

from hnhar.model.modality import GROUP
from hnhar.model.plugins import packages

ROOT = Path(__file__).parent.parent
OWN = ("model/kinds", "model/encoders", "stream/mapping/kinds")
"""Where a kind's own files lie."""
WORDS = (("accelerometer", "stream/recordings"), ("accelerometer", "stream/phone"))
"""A kind whose name is a word for a sensor of loggers and phones, too, and the rooms that read these."""


@pytest.mark.parametrize("layer", ["model", "stream"])
def test_only_a_kinds_own_files_say_its_name(layer: str) -> None:
    ours = [name for name, package in packages(GROUP).items() if package == "hnhar"]
    assert {"imu", "skeleton"} <= set(ours)
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / layer).rglob("*.py"))
        if path.parent.relative_to(ROOT).as_posix() not in OWN
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and node.value in ours
        and (node.value, path.parent.relative_to(ROOT).as_posix()) not in WORDS
    ]
    assert not found
