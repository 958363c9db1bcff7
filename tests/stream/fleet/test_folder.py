"""Folders of shards go with them, and those of killed ones with the next shard; nobody else's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hnhar.stream.fleet.folder import OLD, PREFIX, OwnFolder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders are locked on POSIX systems")
HOLD = (
    "import sys\nfrom pathlib import Path\nfrom hnhar.stream.fleet.folder import OwnFolder\n"
    "own = OwnFolder(Path(sys.argv[1]))\nprint(own.path, flush=True)\nsys.stdin.read()\n"
)


def age(folder: Path) -> None:
    """As if it had not changed for long."""
    long_ago = time.time() - 2 * OLD
    os.utime(folder, (long_ago, long_ago))


def test_it_is_private_and_removed_with_its_files(tmp_path: Path) -> None:
    own = OwnFolder(tmp_path)
    (own.path / "bundle-1.safetensors").write_bytes(b"x")
    assert own.path.stat().st_mode & 0o777 == 0o700
    own.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_its_folder_to_the_next_one_and_a_running_one_keeps_its(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        theirs = Path(process.stdout.readline().strip())
        (theirs / "bundle-1.safetensors").write_bytes(b"x")
        age(theirs)
        first = OwnFolder(tmp_path)
        assert theirs.exists()  # however old: somebody holds it
        process.send_signal(signal.SIGKILL)
        process.wait()
    second = OwnFolder(tmp_path)
    assert not theirs.exists()
    assert first.path.exists()
    assert second.path.exists()


def test_what_is_new_or_no_folder_of_a_shard_stays(tmp_path: Path) -> None:
    new, other, target = tmp_path / f"{PREFIX}new", tmp_path / "hnhar-fleet-x", tmp_path / "kept"
    for folder in (new, other, target):
        folder.mkdir()
        (folder / "file").write_text("x")
    link = tmp_path / f"{PREFIX}link"
    link.symlink_to(target)
    os.utime(link, (0, 0), follow_symlinks=False)
    age(other)
    OwnFolder(tmp_path)
    assert link.is_symlink()
    assert all((folder / "file").exists() for folder in (new, other, target))
