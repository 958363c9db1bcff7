"""What another system lacks is done without, or refused in one line: in processes without it."""

import subprocess
import sys
from pathlib import Path

import pytest

MODULES = ("fcntl", "termios", "resource", "pwd", "grp")
"""Of POSIX; Windows has none of them."""
NAMES = (
    "O_NONBLOCK",
    "O_NOFOLLOW",
    "sched_getaffinity",
    "getuid",
    "geteuid",
    "getpgrp",
    "tcgetpgrp",
    "setsid",
)
"""Of `os`."""
WITHOUT = f"""
import os, signal, socket, sys
for name in {MODULES}:
    sys.modules[name] = None
for name in {NAMES}:
    delattr(os, name)
del socket.AF_UNIX, signal.setitimer
"""
ON_DARWIN = "import sys; sys.platform = 'darwin'\n"
PROGRAMS = (
    *(f"stream.cli.{name}" for name in ("stream", "watch", "doctor", "replay", "keys", "enroll", "docs")),
    "train.cli.main",
)
REFUSING = """
import resource
def refuse(which, limits):
    raise ValueError("current limit exceeds maximum limit")
resource.setrlimit = refuse
"""


def run(before: str, code: str, *words: str | Path, folder: Path | None = None) -> tuple[int, str, str]:
    """Exit code, output and errors of a process that runs `before` and then `code`."""
    done = subprocess.run(
        [sys.executable, "-c", before + code, *words], capture_output=True, text=True, cwd=folder, check=False
    )
    return done.returncode, done.stdout, done.stderr


def command(before: str, name: str, *words: str | Path, folder: Path | None = None) -> tuple[int, str, str]:
    """The same of a command of hnhar."""
    code = f"from hnhar.{name} import main; sys.exit(main())"
    return run(before, code, *words, folder=folder)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_command_explains_itself_without_what_posix_has(name: str) -> None:
    code, said, errors = command(WITHOUT, name, "--help")
    assert (code, errors) == (0, "")
    assert said


def test_keys_are_not_made_where_nothing_keeps_others_from_reading_them(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from hnhar.stream.publish import keys\n"
        "folder = Path(sys.argv[1]); os.name = 'nt'; keys.make(folder)"
    )
    ended, _, errors = run(WITHOUT, code, tmp_path / "keys")
    assert ended == 1
    assert "use hnhar-keys on Linux or macOS" in errors.splitlines()[-1]
    assert not list((tmp_path / "keys").iterdir())


def test_keys_are_not_changed_where_no_file_can_be_locked(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert command("import sys\n", "stream.cli.keys", "make", folder)[0] == 0
    code, _, errors = command(WITHOUT, "stream.cli.keys", "add", folder, "anna", folder=tmp_path)
    assert code == 2
    (line,) = errors.splitlines()
    assert "use hnhar-keys on Linux or macOS" in line
    assert not (tmp_path / "anna.subscriber").exists()


def test_an_address_in_the_file_system_is_refused_where_no_file_can_be_locked(tmp_path: Path) -> None:
    code = f"from hnhar.stream.publish.publisher import Publisher; Publisher('ipc://{tmp_path}/hnhar')"
    ended, _, errors = run(WITHOUT, code)
    assert ended == 1
    assert "cannot be used on this system: publish over tcp://127.0.0.1" in errors.splitlines()[-1]


def test_systemd_is_not_told_anything_where_it_cannot_be() -> None:
    code = "from hnhar.stream.cli.systemd import Notifier; Notifier({'NOTIFY_SOCKET': '/run/notify'})"
    ended, _, errors = run(WITHOUT, code)
    assert ended == 1
    assert "ConfigError: NOTIFY_SOCKET is set, and this system has no such sockets" in errors.splitlines()[-1]


def test_a_limit_of_open_files_that_the_system_refuses_is_an_error_that_says_so() -> None:
    before = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))\n" + REFUSING
    ended, _, errors = run(before, "from hnhar.stream.cli.handles import ensure_handles; ensure_handles(50)")
    assert ended == 1
    assert "50 streams need up to 1200 open files, and this system refuses" in errors.splitlines()[-1]


def test_mat_files_are_read_where_their_memory_cannot_be_limited() -> None:
    code = "import resource\nfrom hnhar.train.corpora.mat_child import _limit_memory; _limit_memory(1 << 30)"
    refusing = REFUSING.replace("    raise", "    if which == resource.RLIMIT_AS: raise")
    assert run(refusing, code) == (0, "", "")


def test_the_path_of_a_socket_is_as_long_as_the_system_allows() -> None:
    code = "from hnhar.stream.publish.addresses import parse_address; parse_address('ipc://' + 'x' * 104)"
    assert run("", code)[0] == 0
    assert "longer than the 103 bytes" in run(ON_DARWIN, code)[2].splitlines()[-1]


@pytest.mark.slow
def test_a_recording_is_recognized_without_what_posix_has(tmp_path: Path) -> None:
    words = ("--recording", "synthetic", "--seed", "1", "--out", "made")
    code, _, errors = command(WITHOUT, "stream.cli.stream", *words, folder=tmp_path)
    assert code == 0, errors
    assert list((tmp_path / "made").iterdir())
