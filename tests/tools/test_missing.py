"""tools/missing.py: which pinned packages a machine without a network lacks."""

import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = f"pytest=={version('pytest')}"


def wheel(folder: Path, name: str) -> None:
    """A wheel of an empty package, version 1.0."""
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Said":
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    wheel(tmp_path, "hnhar_there")
    return Said(tmp_path / "constraints.txt")


class Said:
    """What the tool prints of some pins."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def of(self, *pins: str) -> str:
        self.file.write_text("\n".join(("# a comment", *pins)) + "\n", "utf-8")
        command = [sys.executable, str(ROOT / "tools" / "missing.py"), str(self.file)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert not done.stderr
        (line,) = done.stdout.splitlines()
        return line


def test_every_wheel_that_no_folder_holds_is_named_in_one_line(said: Said) -> None:
    line = said.of(HERE, "hnhar-gone==2.0", "hnhar-there==1.0", "hnhar-there-not==3.1")
    assert "of 4 packages, 2 are not on this machine: hnhar-gone==2.0 hnhar-there-not==3.1. " in line
    assert "PIP_FIND_LINKS=FOLDER make" in line


def test_where_nothing_is_missing_the_tool_says_that(said: Said) -> None:
    assert "every pinned package is on this machine" in said.of(HERE, "hnhar-there==1.0")
