"""Completion, as bash really does it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hnhar.stream.cli.completion import script
from hnhar.stream.cli.overview import SHELLS, family

COMPLETED = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
function=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""Completes the last of its words."""


@pytest.fixture(scope="module")
def completion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script for bash; skips where there is no bash."""
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    path = tmp_path_factory.mktemp("completion") / "hnhar"
    path.write_text(script(family(), "bash"), "utf-8")
    return path


def completed(completion: Path, *words: str, cwd: Path | None = None) -> set[str]:
    command = ["bash", "--norc", "-c", COMPLETED, "bash", str(completion), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd)
    assert done.stderr == ""
    return {word.strip() for word in done.stdout.split()}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("hnhar", "st"), {"stream"}),
        (("hnhar", "tr"), {"train"}),
        (("hnhar", "--ver"), {"--version"}),
        (("hnhar", "stream", "--imu-so"), {"--imu-source"}),
        (("hnhar", "stream", "--log-format", "j"), {"json"}),
        (("hnhar", "stream", "--demo", "--lsl-scope", "ma"), {"machine"}),
        (("hnhar", "keys", "rev"), {"revoke"}),
        (("hnhar", "train", "cor"), {"corpus"}),
        (("hnhar", "train", "corpus", "--sub"), {"--subject-from"}),
        (("hnhar", "train", "bundle", "--placement", "th"), {"thigh"}),
        (("hnhar", "train", "data", "ch"), {"check"}),
        (("hnhar", "--print-completion", "ba"), {"bash"}),
        (("hnhar-stream", "--imu-so"), {"--imu-source"}),
        (("hnhar-stream", "--log-format", "j"), {"json"}),
        (("hnhar-train", "eva"), {"evaluate"}),
        (("hnhar-train", "corpus", "--preset", "q"), {"quick"}),
    ],
)
def test_bash_completes_commands_options_and_choices(
    completion: Path, words: tuple[str, ...], found: set[str]
) -> None:
    assert completed(completion, *words) == found


def test_bash_completes_files_and_folders(completion: Path, tmp_path: Path) -> None:
    (tmp_path / "kitchen.xdf").touch()
    (tmp_path / "kin").mkdir()
    options = ("stream", "--recording", "ki")
    assert completed(completion, "hnhar", *options, cwd=tmp_path) == {"kitchen.xdf", "kin"}
    assert completed(completion, "hnhar", "train", "corpus", "ki", cwd=tmp_path) == {"kitchen.xdf", "kin"}
    assert completed(completion, "hnhar-stream", "--out", "ki", cwd=tmp_path) == {"kin"}


@pytest.mark.parametrize("shell", SHELLS)
def test_there_is_a_script_for_each_shell(shell: str) -> None:
    made = script(family(), shell)
    assert "imu-source" in made
    assert "subject-from" in made
