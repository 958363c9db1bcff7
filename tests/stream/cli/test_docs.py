"""`hnhar docs`: the texts that help and errors refer to, wherever hnhar is installed."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from hnhar.stream.cli.docs import main

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
REFERENCE = re.compile(r"hnhar[- ]docs ([\w/.-]*\w)")
FILE = re.compile(r"(?<!--doc )(?<!--looks )docs/(?!results\.md)[\w/-]+\.md")
"""A text that an installed user has not got under this name; `results.md` is what a training writes."""


@cache
def shown() -> list[tuple[Path, str]]:
    """Every text in the code that is no docstring."""
    found: list[tuple[Path, str]] = []
    for layer in ("model", "stream", "train"):
        for path in sorted((ROOT / layer).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            docstrings = {
                id(node.value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            }
            found += [
                (path, node.value)
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docstrings
            ]
    return found


def test_every_text_of_the_documentation_is_listed_with_its_title(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    texts = {str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.rglob("*.md")}
    assert lines.keys() == texts | {"hnhar-stream.service"}
    assert f"# {lines['messages']}\n" in (DOCS / "messages.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["messages", "messages.md", "docs/messages.md", "docs/messages.md#wire"])
def test_a_text_is_printed_word_for_word_also_by_the_name_of_its_file(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name]) == 0
    assert capsys.readouterr().out == (DOCS / "messages.md").read_text("utf-8")


def test_the_systemd_unit_is_printed_and_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hnhar-stream.service"]) == 0
    unit = capsys.readouterr().out
    assert "[Service]\nType=notify\n" in unit
    assert main(["hnhar-stream.service", "--path"]) == 0
    assert Path(capsys.readouterr().out.strip()).read_text("utf-8") == unit


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["mesages"], "there is no text 'mesages': did you mean messages?"),
        (["../README"], "there is no text '../README'"),
        (["--path"], "--path needs the name of a text"),
    ],
)
def test_what_is_no_text_is_refused_in_one_line(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert answer in line


def test_help_and_errors_name_texts_that_are_installed() -> None:
    named = {
        (path, name) for path, text in shown() if path.name != "docs.py" for name in REFERENCE.findall(text)
    }
    assert len(named) >= 5
    for path, name in named:
        assert (DOCS / f"{name}.md").is_file() or (DOCS / name).is_file(), f"{path}: hnhar docs {name}"


def test_neither_help_nor_errors_point_at_files_of_the_repository() -> None:
    assert not [(path, found[0]) for path, text in shown() if (found := FILE.search(text))]
