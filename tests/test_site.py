"""The documentation as a site: every text and every command has its place; `make docs` finds broken links."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hnhar.stream.cli.commands import names

ROOT = Path(__file__).parents[1]


def test_the_reference_shows_the_help_of_every_command() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    assert sorted(re.findall(r"```\{command-help\} (\S+)", page)) == sorted(names())


def test_every_text_has_its_place_on_the_site() -> None:
    trees = [
        (page.parent / name).resolve()
        for page in (ROOT / "docs").rglob("*.md")
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        for name in tree.split("\n")
        if name and not name.startswith(":")
    ]
    texts = [page.with_suffix("") for page in (ROOT / "docs").rglob("*.md")]
    assert sorted(trees) == sorted(set(texts) - {ROOT / "docs" / "index"})


def test_the_citation_names_the_version_and_the_paper() -> None:
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"\nversion: {project['version']}\n" in text
    assert "arxiv.org/abs/2309.01262" in text


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="the extra `docs` is not installed")
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs/site", "-b", "html"]
    made = subprocess.run([*build, "docs", str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    assert (tmp_path / "index.html").is_file()
