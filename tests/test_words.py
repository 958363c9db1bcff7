"""The words of the house: American spelling, one class a name, docstrings that name the thing."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("model", "stream", "train")
BRITISH = re.compile(
    r"recognis|enrolment|normalis|optimis|neighbour|colour|behaviour|favour|centre\b|metres?\b|labelled|"
    r"labelling|licence|standardis|minimis|maximis|vectoris|\bgrey\b|modelled|signalled|\btowards\b",
    re.IGNORECASE,
)
READS_IT = {  # units and joint names as other programs spell them; keys of files of earlier versions
    "stream/mapping/units.py",
    "stream/mapping/joint_names.py",
    "stream/mapping/joints.py",
    "model/spelling.py",
}
ALIASES = {
    "enrolment",  # `hnhar train enrolment` is still understood
    "Standardis",  # with a capital: a switch of the app Sensor Logger
}
VAGUE = {"said", "told", "one", "own"}


def sources() -> Iterator[tuple[str, str]]:
    """(Path from the root, text) of every file of the three layers."""
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def test_spelling_is_american() -> None:
    pages = [*sources(), *((p.relative_to(ROOT).as_posix(), p.read_text("utf-8")) for p in pages_of_docs())]
    found = {
        f"{name}:{number}: {match[0]}"
        for name, text in pages
        if name not in READS_IT
        for number, line in enumerate(text.splitlines(), 1)
        if (match := BRITISH.search(line)) and match[0] not in ALIASES
    }
    assert not found


def pages_of_docs() -> Iterator[Path]:
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md"))
    yield from sorted((ROOT / "docs").glob("*.md"))


def test_no_two_classes_share_a_name() -> None:
    classes = defaultdict(list)
    for name, text in sources():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes[node.name].append(name)
    assert not {name: where for name, where in classes.items() if len(where) > 1}


def test_docstrings_name_the_thing() -> None:
    vague = []
    for name, text in sources():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                words = (ast.get_docstring(node) or "").split(maxsplit=1)
                if words and words[0].strip(",:").lower() in {"what", "who", "whom", "whose", "whether"}:
                    vague.append(f"{name}:{getattr(node, 'lineno', 1)}")
    assert not vague


@pytest.mark.parametrize("layer", LAYERS)
def test_variables_have_names_of_their_own(layer: str) -> None:
    vague = []
    for name, text in sources():
        if not name.startswith(f"{layer}/"):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in VAGUE:
                vague.append(f"{name}:{node.lineno} {node.id}")
            if isinstance(node, ast.arg) and node.arg in VAGUE:
                vague.append(f"{name}:{node.lineno} {node.arg}")
    assert not vague
