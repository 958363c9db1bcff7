"""`hnhar-train table` and `sweep` end at once, leave no process or half file, and say where they write."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hnhar.train.cli.main import main
from hnhar.train.cli.remaining import lasting
from hnhar.train.corpora import registry
from hnhar.train.studies.protocol.preset import described

from ...installed import install
from ..corpora import toy

PRESET = """title = "Toys"
corpus = "toys"
amounts = [1]
minutes = 130
budget = {{ epochs = {epochs}, batch = 18 }}
[[entry]]
name = "a"
title = "A"
modalities = ["imu"]
method = {{ pairs = "within", views = 2 }}
[[entry]]
name = "b"
title = "B"
modalities = ["imu"]
method = {{ pairs = "within", views = 2, temperature = 0.2 }}
"""
GRID = """title = "Toys"
corpus = "toys"
modalities = ["acc", "gyro"]
temperatures = [0.2, 0.5]
kappas = [0.0]
tau_plus = [0.0]
subjects = [1, 2, 3]
left_out = [3]
method = {{ pairs = "within", views = 2 }}
budget = {{ epochs = {epochs}, batch = 18 }}
"""
GENEROUS = 60.0
"""s that a machine with much else to do may need."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: toys in `data`, whose corpus is installed for this process and those it starts."""
    site = tmp_path / "site"
    install(monkeypatch, site, toy.PACKAGE, {toy.MODULE: toy.source()}, {registry.GROUP: toy.entries()})
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.chdir(tmp_path)
    toy.write(tmp_path / "data")
    return tmp_path


def until(holds: Callable[[], object], what: str) -> None:
    """Wait for it, a minute at most."""
    deadline = time.monotonic() + GENEROUS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def gone(group: int) -> bool:
    """No process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "number", "whole_group", "code"),
    [
        ("table", signal.SIGINT, True, 130),  # as a terminal sends it
        ("table", signal.SIGTERM, False, 143),
        ("table", signal.SIGKILL, False, -signal.SIGKILL),
        ("sweep", signal.SIGINT, True, 130),
        ("sweep", signal.SIGTERM, True, 143),
    ],
)
def test_a_signal_ends_it_at_once_with_its_workers_and_leaves_whole_files(
    kind: str, number: signal.Signals, whole_group: bool, code: int, folder: Path
) -> None:
    text = (PRESET if kind == "table" else GRID).format(epochs=100_000)
    (folder / "toys.toml").write_text(text)
    program = Path(sys.executable).with_name("hnhar-train")
    command = [program, kind, "toys.toml", "--data", "data", "--run", "run", "--workers", "2"]
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        until(lambda: len(list(folder.glob("run/**/tensorboard/*"))) == 2, "both workers train")
        began = time.monotonic()
        (os.killpg if whole_group else os.kill)(started.pid, number)
        _, said = started.communicate(timeout=GENEROUS)
        assert started.returncode == code
        assert time.monotonic() - began < GENEROUS / 2, "it ends at once; by itself it would take hours"
        until(lambda: gone(started.pid), "no process is left")
    finally:
        if not gone(started.pid):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
    for path in folder.glob("run/**/*.json"):
        json.loads(path.read_text())
    if number != signal.SIGKILL:
        assert "Traceback" not in said
        assert "leaked" not in said
        assert "the same command goes on from there" in said


@pytest.mark.slow
def test_a_table_shows_its_total_and_the_time_left_first_and_writes_nowhere_unasked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "docs").mkdir()
    (folder / "toys.toml").write_text(PRESET.format(epochs=1))
    command = ["table", "toys.toml", "--data", "data", "--run", "run"]
    assert main([*command, "--workers", "2"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("2 cells, 0 of them are there; time left: about 1 h 5 min\n")
    assert "2/2 cells: " in said.err
    assert "results in run/results.md" in said.out
    assert (folder / "run/results/toys.json").exists()
    assert not list((folder / "docs").iterdir())
    assert not list(folder.glob("run/**/*.partial"))
    assert main([*command, "--docs", "docs"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("2 cells, 2 of them are there; time left: about 1 min\n")
    assert "of subjects 4" not in said.out
    assert "read on subjects 4" in said.out
    assert "## Toys" in (folder / "docs/results.md").read_text()


def test_each_shipped_preset_is_listed_with_its_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [name for name, _, _ in described()]
    assert any("about 4 h 50 min" in line and line.startswith("utd-mhad ") for line in lines)


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "not known"), (5.0, "about 1 min"), (8700.0, "about 2 h 25 min")]
)
def test_a_time_left_is_in_words(seconds: float | None, words: str) -> None:
    assert lasting(seconds) == words


@pytest.mark.parametrize("command", ["table", "sweep"])
def test_the_help_names_every_default(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "one thread each (default: 1; with --ray one a processor of the cluster)" in said
    assert "(default: HNHAR_DATA of the environment)" in said
    assert "(default: into RUN)" in said
    assert "--no-docs" not in said
    defaults = ["(default: 2,4,6 of UTD-MHAD"] if command == "table" else ["else 20)", "(default: none)"]
    assert all(default in said for default in defaults)
