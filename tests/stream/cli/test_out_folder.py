"""`hnhar-stream --recording` where its files cannot be written: one line, exit code 2."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hnhar.stream.cli.stream import main

NOWHERE = Path("/proc")
"""A folder in which nobody can make a file, root neither."""


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def refusal(captured: pytest.CaptureFixture[str]) -> str:
    out, err = captured.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line


@pytest.mark.skipif(not NOWHERE.is_dir(), reason="needs Linux's /proc")
def test_a_folder_where_no_file_can_be_made_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--recording", "none.xdf", "--out", str(NOWHERE)]) == 2
    assert "nothing can be written to the folder '/proc'" in refusal(capsys)
    monkeypatch.chdir(NOWHERE)
    assert main(["--recording", "none.xdf"]) == 2
    assert refusal(capsys).endswith("Name another with --out.")


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not hold for root")
def test_a_read_only_folder_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o500)
    assert main(["--recording", "none.xdf", "--out", str(tmp_path)]) == 2
    assert "Permission denied" in refusal(capsys)


def test_a_full_folder_is_refused_and_nothing_is_left_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with room(0):
        code = main(["--recording", "none.xdf", "--out", str(tmp_path)])
    assert code == 2
    assert "nothing can be written to the folder" in refusal(capsys)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_result_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "synthetic-synthetic-1004.predictions.jsonl"
    lines.mkdir()
    assert main(["--recording", "synthetic", "--subject", "1004", "--out", str(tmp_path)]) == 2
    assert f"{lines} cannot be written" in capsys.readouterr().err


def test_predictions_that_found_no_room_are_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with room(20_000):
        asked = ["--recording", "synthetic", "--subject", "1004", "--only", "imu", "--out", str(tmp_path)]
        code = main(asked)
    assert code == 2
    assert "lines could not be written to" in capsys.readouterr().err
    assert (tmp_path / "synthetic-synthetic-1004.events.tsv").stat().st_size > 0
