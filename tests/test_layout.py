"""The shape of the house: packages, layers, what an import costs, what the repository may hold."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("model", "stream", "train")


def sources(layer: str) -> list[Path]:
    """Python files of a layer."""
    return sorted((ROOT / layer).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Absolute names of all that a file imports, wherever in the file."""
    package = ["hnhar", *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            yield from (".".join(filter(None, [*base, node.module, alias.name])) for alias in node.names)


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def tracked() -> list[Path]:
    """Files that git knows or would take; the test is skipped where this is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode("utf-8")
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).exists()]


def test_hnhar_is_a_namespace_package_without_an_init() -> None:
    assert not (ROOT / "__init__.py").exists()
    assert not (ROOT / "hnhar").exists()
    assert not (ROOT / "tools" / "typecheck" / "hnhar" / "__init__.py").exists()


@pytest.mark.parametrize("layer", LAYERS)
def test_the_checkers_links_point_at_the_layers(layer: str) -> None:
    link = ROOT / "tools" / "typecheck" / "hnhar" / layer
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    assert link.resolve() == (ROOT / layer).resolve()


@pytest.mark.parametrize(
    ("layer", "forbidden"),
    [
        ("model", ("hnhar.stream", "hnhar.train", "pylsl", "zmq", "rich")),
        ("stream", ("hnhar.train",)),
        ("train", ("pylsl", "zmq")),
    ],
)
def test_imports_point_from_train_to_stream_to_model(layer: str, forbidden: tuple[str, ...]) -> None:
    files = sources(layer)
    assert files
    outside = ("tools", "tests", *LAYERS)
    for path in files:
        wrong = [name for name in imported(path) if within(name, (*forbidden, *outside))]
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(wrong)}"


@pytest.mark.parametrize("layer", LAYERS)
def test_no_source_file_is_longer_than_400_lines(layer: str) -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in sources(layer)
        if (n := len(p.read_text("utf-8").splitlines())) > 400
    }
    assert not long


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("from hnhar.stream import Subscriber", ("torch", "pylsl", "scipy", "matplotlib", "pandas")),
        ("import hnhar.stream.dashboard.render", ("torch", "pylsl", "zmq", "scipy", "matplotlib")),
        ("import hnhar.stream.lsl.player", ("torch", "scipy", "matplotlib", "pyxdf")),
        ("import hnhar.stream.cli.watch", ("torch", "pylsl", "scipy", "matplotlib")),
        ("import hnhar.stream.cli.replay", ("torch", "scipy", "matplotlib")),
        ("import hnhar.stream.cli.doctor", ("torch", "scipy", "matplotlib")),
        ("import hnhar.stream.cli.stream", ("torch", "scipy", "matplotlib")),
        ("import hnhar.stream.cli.enroll", ("torch", "scipy", "matplotlib", "pylsl")),
        ("import hnhar.stream.cli.entry", ("argparse", "numpy", "rich", "logging")),
        ("import hnhar.stream.cli.commands", ("argparse", "numpy", "rich", "hnhar.train")),
        ("import hnhar.stream.cli.overview", ("torch", "pylsl", "numpy", "shtab")),
        ("import hnhar.train.cli.main", ("torch", "pylsl", "numpy", "scipy", "matplotlib")),
        (
            "from hnhar.train.cli import bundle, corpus, data, enrollment, evaluate\n"
            "from hnhar.train.cli import falls, people, protocol, spsw",
            ("torch", "pylsl", "zmq", "scipy", "matplotlib", "optuna"),
        ),
        ("import hnhar.stream.recordings", ("torch", "matplotlib")),
        ("import hnhar.stream.engine.engine", ("zmq", "pylsl")),
        ("import hnhar.model.bundle.bundle", ("torch",)),
    ],
)
def test_an_import_loads_no_more_than_it_needs(statement: str, forbidden: tuple[str, ...]) -> None:
    code = f"{statement}\nimport sys\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT.parent, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not {name for name in done.stdout.split() if name in forbidden}


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    # Written so that this file does not match itself.
    places = re.compile(rb"(?<![\w.}~-])/(?:work|home|root|Users|opt)/[\w.-]+|[A-Z]:\\Users\\")
    found = {
        str(path.relative_to(ROOT)): match[0].decode()
        for path in tracked()
        if path.is_file() and not path.is_symlink() and (match := places.search(path.read_bytes()))
    }
    assert not found


def test_no_real_recording_is_in_the_repository() -> None:
    recordings = {".mat", ".xdf", ".xdfz", ".npz", ".npy", ".pt", ".pth", ".pkl"}
    assert not [path for path in tracked() if path.suffix in recordings]
