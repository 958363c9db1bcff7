"""The shape of the house: packages, layers, what an import costs, what the repository may hold."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hnhar.stream.cli.commands import Command

ROOT = Path(__file__).parent.parent
LAYERS = ("model", "stream", "train")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


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


def test_every_package_folder_is_listed_in_pyproject_and_nothing_else_is() -> None:
    folders = {
        ".".join(("hnhar", *path.parent.relative_to(ROOT).parts))
        for layer in LAYERS
        for path in (ROOT / layer).rglob("__init__.py")
    }
    assert folders == set(PROJECT["tool"]["setuptools"]["packages"])


def test_every_source_file_lies_in_a_listed_package() -> None:
    packages = set(PROJECT["tool"]["setuptools"]["packages"])
    for layer in LAYERS:
        for path in sources(layer):
            assert ".".join(("hnhar", *path.parent.relative_to(ROOT).parts)) in packages, path


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
        *(
            (f"import hnhar.train.cli.{command}", ("torch", "pylsl", "zmq", "scipy", "matplotlib", "optuna"))
            for command in ("bundle", "corpus", "data", "enrollment", "evaluate", "protocol", "spsw")
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


@pytest.mark.parametrize(("command", "target"), PROJECT["project"]["scripts"].items())
def test_a_console_command_resolves_to_a_function_in_a_layer(command: str, target: str) -> None:
    assert within(target, tuple(f"hnhar.{layer}" for layer in LAYERS))
    assert callable(EntryPoint(command, target, "console_scripts").load())


def test_every_command_of_hnhar_is_also_a_console_command_with_a_hyphen() -> None:
    commands = PROJECT["project"]["entry-points"]["hnhar.commands"]
    assert {f"hnhar-{name}" for name in commands} | {"hnhar"} == set(PROJECT["project"]["scripts"])
    for name, target in commands.items():
        assert isinstance(EntryPoint(name, target, "hnhar.commands").load(), Command)


@pytest.mark.parametrize("command", PROJECT["project"]["scripts"])
def test_every_console_command_explains_itself(command: str) -> None:
    program = Path(sys.executable).with_name(command)
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert command in done.stdout
    assert not done.stderr


def test_every_dependency_is_pinned_exactly_once() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    for line in pins:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line), line
    names = [re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in pins]
    assert len(names) == len(set(names))
    project = PROJECT["project"]
    asked = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    for requirement in asked:
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        assert name
        assert re.sub(r"[-_.]+", "-", name[0]).lower() in names, requirement


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


@pytest.mark.slow
def test_a_built_wheel_holds_every_source_file_and_the_data_files(tmp_path: Path) -> None:
    tree = tmp_path / "tree"  # a build leaves files beside its sources
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree / name)
    for layer in LAYERS:
        shutil.copytree(ROOT / layer, tree / layer, ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", tmp_path, tree], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    patterns = ("*.py", "py.typed", "*.safetensors", "*.json")
    expected = {
        f"hnhar/{path.relative_to(ROOT).as_posix()}"
        for layer in LAYERS
        for pattern in patterns
        for path in (ROOT / layer).rglob(pattern)
    }
    assert expected
    assert not expected - names
    assert not [name for name in names if name.startswith(("tests/", "tools/"))]
