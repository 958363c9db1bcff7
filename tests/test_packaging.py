"""What is installed: packages, pins, commands, the README of an index.

Slow: a source distribution, the wheel built from it, and what runs from that wheel.
"""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Set
from contextlib import ExitStack
from importlib.metadata import EntryPoint, distribution, requires
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

from hnhar.stream.cli.commands import Command

ROOT = Path(__file__).parent.parent
LAYERS = ("model", "stream", "train")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")
INSTALLED_DOCS = ("*.md", "models/*.md", "*.service")
REPOSITORY = "https://code.example/somebody/hnhar"
RELATIVE = re.compile(r"\]\((?!https?://)[^)]*\)")


def setup_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_of_hnhar", ROOT / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SETUP = setup_script()


def outside_code(markdown: str) -> str:
    return re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)


def test_every_package_folder_is_listed_in_pyproject_and_nothing_else_is() -> None:
    folders = {
        ".".join(("hnhar", *path.parent.relative_to(ROOT).parts))
        for folder in (*LAYERS, "docs")
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert folders == set(PROJECT["tool"]["setuptools"]["packages"])


def test_no_bundle_makes_the_wheel_large() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "model" / "weights").glob("*.safetensors")}
    assert sizes
    assert not {name: size for name, size in sizes.items() if size > 4 << 20}


def test_every_source_file_lies_in_a_listed_package() -> None:
    packages = set(PROJECT["tool"]["setuptools"]["packages"])
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            assert ".".join(("hnhar", *path.parent.relative_to(ROOT).parts)) in packages, path


@pytest.mark.parametrize(("command", "target"), PROJECT["project"]["scripts"].items())
def test_a_console_command_resolves_to_a_function_in_a_layer(command: str, target: str) -> None:
    assert target.startswith(tuple(f"hnhar.{layer}." for layer in LAYERS))
    assert callable(EntryPoint(command, target, "console_scripts").load())


def test_every_command_of_hnhar_is_also_a_console_command_with_a_hyphen() -> None:
    commands = PROJECT["project"]["entry-points"]["hnhar.commands"]
    assert {f"hnhar-{name}" for name in commands} | {"hnhar"} == set(PROJECT["project"]["scripts"])
    for name, target in commands.items():
        assert isinstance(EntryPoint(name, target, "hnhar.commands").load(), Command)


@pytest.mark.parametrize(("command", "target"), PROJECT["project"]["scripts"].items())
def test_every_console_command_is_installed_and_explains_itself(
    command: str, target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = Path(sys.executable).with_name(command).read_text("utf-8")
    module, _, function = target.partition(":")
    assert f"from {module} import {function}" in script
    monkeypatch.setattr(sys, "argv", [command, "--help"])
    try:
        code = EntryPoint(command, target, "console_scripts").load()()
    except SystemExit as ended:
        code = ended.code
    shown = capsys.readouterr()
    assert not code
    assert command in shown.out
    assert not shown.err


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


def test_the_readme_of_an_index_links_into_the_repository_at_the_tag_of_its_version() -> None:
    text = (
        "![A picture](docs/dashboard.svg) of [one `thing`](docs/messages.md#wire), "
        "[the paper](https://arxiv.org/x), [below](#limits).\n\n```toml\n[[wearer]](docs/no.md)\n```\n"
    )
    assert SETUP.for_the_index(text, REPOSITORY, "1.2") == (
        f"![A picture]({REPOSITORY}/raw/v1.2/docs/dashboard.svg) of "
        f"[one `thing`]({REPOSITORY}/blob/v1.2/docs/messages.md#wire), "
        f"[the paper](https://arxiv.org/x), [below]({REPOSITORY}/blob/v1.2/README.md#limits).\n\n"
        "```toml\n[[wearer]](docs/no.md)\n```\n"
    )


def test_the_readme_of_an_index_names_files_where_the_repository_has_no_address() -> None:
    text = "![A picture](docs/a.svg) of [`docs/a.md`](docs/a.md), [how](docs/b.md#c), [below](#limits)."
    assert SETUP.for_the_index(text, "", "1.2") == " of `docs/a.md`, how (`docs/b.md`), below."


@pytest.mark.parametrize("repository", ["", REPOSITORY])
def test_no_relative_link_of_the_readme_reaches_an_index(repository: str) -> None:
    made = SETUP.for_the_index(README, repository, "1.2")
    assert RELATIVE.search(outside_code(README))
    assert not RELATIVE.search(outside_code(made))


def test_an_index_lists_addresses_that_are_known_and_no_others() -> None:
    assert SETUP.project_urls("", "1.2") == {"Paper": "https://arxiv.org/abs/2309.01262"}
    urls = SETUP.project_urls(REPOSITORY, "1.2")
    assert {"Source", "Documentation", "Changelog", "Issues", "Paper"} == urls.keys()
    assert all(url.startswith("https://") for url in urls.values())


def test_the_address_of_the_repository_is_none_or_one_that_everybody_can_open() -> None:
    repository = PROJECT["tool"]["hnhar"]["repository"]
    assert not repository or re.fullmatch(r"https://[\w.-]+\.\w+/[\w./-]*\w", repository)


class Built:
    """A source distribution, unpacked, and the wheel that was built from it alone."""

    def __init__(self, folder: Path) -> None:
        tree = folder / "tree"  # a build leaves files beside its sources
        for path in tracked():
            if path.is_file() and not path.is_symlink():
                copy = tree / path.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)
        code = f"from setuptools import build_meta; build_meta.build_sdist({str(folder)!r})"
        subprocess.run([sys.executable, "-c", code], cwd=tree, check=True, stdout=subprocess.DEVNULL)
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        self.tree = folder / archive.name.removesuffix(".tar.gz")
        self.sources = {str(path.relative_to(self.tree)) for path in self.tree.rglob("*") if path.is_file()}
        build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*build, "--wheel-dir", folder, archive], check=True)
        (self.wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(self.wheel) as opened:
            self.names = set(opened.namelist())
            (metadata,) = (name for name in self.names if name.endswith(".dist-info/METADATA"))
            self.metadata = opened.read(metadata).decode("utf-8")


def tracked() -> list[Path]:
    """What git knows or would take; the test is skipped where this is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode("utf-8")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).exists()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return Built(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def programs(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Console commands of an environment that has the wheel, and all else from this one."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    (library,) = folder.glob("lib/python*/site-packages")
    (library / "shared.pth").write_text("\n".join(map(str, site_packages())) + "\n", "utf-8")
    return installed(built, folder)


@pytest.fixture(scope="module")
def serving(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of one that has the wheel and what hnhar and its extra `serve` require: no torch."""
    pytest.importorskip("onnxruntime", reason="pip install 'hnhar[serve]'")
    folder = tmp_path_factory.mktemp("serving") / "venv"
    venv.create(folder, symlinks=True)
    (library,) = folder.glob("lib/python*/site-packages")
    for name in required("hnhar", {"serve"}):
        for file in {file.parts[0] for file in distribution(name).files or ()} - {"..", "__pycache__"}:
            if not (library / file).exists():
                (library / file).symlink_to(distribution(name).locate_file(file))
    return installed(built, folder)


def required(name: str, extras: Set[str] = frozenset()) -> set[str]:
    """Distributions that one requires with these extras, and what they require."""
    found: set[str] = set()
    for text in requires(name) or ():
        wanted = Requirement(text)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": e}) for e in {"", *extras}):
            found |= {wanted.name} | required(wanted.name)
    return found


def site_packages() -> list[Path]:
    return [Path(path) for path in sys.path if path.endswith("site-packages")]


def installed(built: Built, folder: Path) -> Path:
    """The commands of an environment, with the wheel in it."""
    install = [
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-warn-script-location",
        "--ignore-installed",
    ]
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python"]
    subprocess.run([*pip, *install, built.wheel], check=True)
    return folder / "bin"


@pytest.mark.slow
def test_a_source_distribution_holds_the_tests_the_tools_and_the_texts(built: Built) -> None:
    left = {".gitignore", ".ci/run"}
    expected = {str(path.relative_to(ROOT)) for path in tracked() if path.is_file()} - left
    assert not {name for name in expected - built.sources if not name.startswith("tools/typecheck/")}
    made = {name for name in built.sources if not name.startswith("hnhar.egg-info/")}
    assert made - expected == {"PKG-INFO", "setup.cfg"}


@pytest.mark.slow
def test_a_wheel_built_from_the_source_distribution_holds_every_source_file_and_the_data_files(
    built: Built,
) -> None:
    data = ("*.safetensors", "*.json", "*.toml", "*.html", "*.css", "*.js", "*.svg")
    patterns = ("*.py", "py.typed", *data)
    expected = {
        f"hnhar/{path.relative_to(ROOT).as_posix()}"
        for layer in LAYERS
        for pattern in patterns
        for path in (ROOT / layer).rglob(pattern)
    } | {
        f"hnhar/{path.relative_to(ROOT).as_posix()}"
        for pattern in (*INSTALLED_DOCS, "__init__.py")
        for path in (ROOT / "docs").glob(pattern)
    }
    assert expected == {name for name in built.names if name.startswith("hnhar/")}
    assert all(name.startswith(("hnhar/", "hnhar-")) for name in built.names)


@pytest.mark.slow
def test_the_metadata_say_where_the_project_is_and_hold_the_readme(built: Built) -> None:
    head, _, text = built.metadata.partition("\n\n")
    assert "Project-URL: Paper, https://arxiv.org/abs/2309.01262" in head
    assert "Description-Content-Type: text/markdown" in head
    assert "License-Expression: Apache-2.0" in head
    assert text.startswith("# hnhar")
    assert not RELATIVE.search(outside_code(text))


@pytest.mark.slow
@pytest.mark.parametrize("command", PROJECT["project"]["scripts"])
def test_a_command_of_the_wheel_explains_itself_outside_the_repository(
    programs: Path, command: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [programs / command, "--help"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert command in done.stdout
    assert not done.stderr


@pytest.mark.slow
def test_the_wheel_is_what_its_environment_imports(programs: Path, tmp_path: Path) -> None:
    code = (
        "import hnhar.model.errors as m, hnhar.stream.messages as s, hnhar.train.entry as t\n"
        "print(m.__file__, s.__file__, t.__file__)"
    )
    done = subprocess.run(
        [programs / "python", "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert all(Path(path).is_relative_to(programs.parent) for path in done.stdout.split())


@pytest.mark.slow
def test_the_wheel_recognizes_a_recording_with_the_weights_that_it_ships(
    programs: Path, tmp_path: Path
) -> None:
    command = [programs / "hnhar-stream", "--recording", "synthetic", "--seed", "1", "--out", "made"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.suffix for path in (tmp_path / "made").iterdir()]


def done(program: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *words], capture_output=True, text=True, cwd=folder, check=False)


@pytest.mark.slow
def test_without_torch_recordings_are_recognized_and_activities_are_enrolled(
    serving: Path, tmp_path: Path
) -> None:
    assert done(serving / "python", tmp_path, "-c", "import torch").returncode
    recorded = ("--recording", "synthetic", "--seed", "1")
    ran = done(serving / "hnhar-stream", tmp_path, *recorded, "--out", "made")
    assert ran.returncode == 0, ran.stderr
    teaching = ("--recording", "synthetic", "--segments", "10-12,20-22,30-33", "--out", "stir.safetensors")
    ran = done(serving / "hnhar-enroll", tmp_path, "--label", "stir", *teaching)
    assert ran.returncode == 0, ran.stderr
    assert "enrolled: stir" in ran.stdout
    ran = done(
        serving / "hnhar-stream", tmp_path, *recorded, "--weights", "stir.safetensors", "--out", "more"
    )
    assert ran.returncode == 0, ran.stderr
    assert "torch" not in ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("hnhar-train", ("bundle", "--run", "x")),
        ("hnhar-adapt", ()),
        ("hnhar-stream", ("--runtime", "torch")),
    ],
)
def test_without_torch_what_needs_it_names_the_extra(
    serving: Path, command: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    more = ("--recording", "synthetic") if command == "hnhar-stream" else ()
    ran = done(serving / command, tmp_path, *words, *more)
    assert ran.returncode == 2
    assert "pip install 'hnhar[train]'" in " ".join(ran.stderr.split())


@pytest.mark.slow
@pytest.mark.lsl
def test_without_torch_live_streams_are_found_recognized_and_watched(serving: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:

        def running(command: str, *words: str) -> None:
            started = subprocess.Popen([serving / command, *words], stdout=subprocess.DEVNULL, cwd=tmp_path)
            stack.callback(started.wait, 20)
            stack.callback(started.terminate)

        running("hnhar-replay", "synthetic", "--loop")
        address = f"ipc://{tmp_path}/published"
        running("hnhar-stream", "--imu-source", "type=IMU", "--no-dashboard", "--publish", address)
        watched = done(
            serving / "hnhar-watch", tmp_path, address, "--json", "--count", "3", "--kinds", "prediction"
        )
        assert watched.returncode == 0, watched.stderr
        assert len(watched.stdout.splitlines()) == 3
        told = done(serving / "hnhar-doctor", tmp_path, "--listen", "1", "--json")
        assert told.returncode == 0, told.stderr
        assert [name.split()[0] for name in json.loads(told.stdout)["versions"]["runtimes"]] == ["ONNX"]
