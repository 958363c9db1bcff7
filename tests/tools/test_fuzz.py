"""The fuzzer: what it found once is not found again, and a short campaign of each kind finds nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
DEADLINE = 300.0


def fuzz(*options: str | Path) -> str:
    """Its lines; it must not have found anything."""
    command = [sys.executable, "-m", "tools.fuzz.run", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_cases_that_were_found_are_read_or_refused_by_now() -> None:
    kept = sorted(CORPUS.iterdir())
    lines = fuzz("--replay", *kept).splitlines()
    assert [line.partition(":")[0] for line in lines] == [path.name for path in kept]


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    ["wire", "bundle", "checkpoint", "toml", "csv", "xdf", "mat", "page", "websocket", "phone", "video"],
)
def test_a_short_campaign_finds_nothing(kind: str) -> None:
    said = fuzz("--target", kind, "--cases", "200", "--seed", "7")
    assert "200 cases" in said
    assert " 0 found" in said


def test_a_finding_is_told_and_the_exit_code_says_so(tmp_path: Path) -> None:
    """A reader of our own for the purpose, whose error does not name its file."""
    path = tmp_path / "wire-what"
    path.write_bytes(b"\0")
    program = (
        "import pathlib, sys; from tools.fuzz import run, targets;"
        "targets.TARGETS['wire'] = lambda: targets.Target([b'x'], [], lambda data: 1 // 0);"
        "sys.exit(run.replay([pathlib.Path(sys.argv[1])]))"
    )
    command = [sys.executable, "-c", program, path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 1, done.stderr
    assert "wire-what: crash" in done.stdout
