"""How many files may be open, asked of processes with real limits."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("hnhar-stream")


def limits(streams: int, soft: int, hard: int) -> tuple[int, str]:
    """The soft limit after `ensure_handles`, or -1, and the error."""
    code = (
        "import resource, sys; from hnhar.model.errors import ConfigError;"
        "from hnhar.stream.cli.handles import ensure_handles\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        f"try: ensure_handles({streams})\n"
        "except ConfigError as error: sys.exit(str(error))\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    return (int(done.stdout) if done.returncode == 0 else -1), done.stderr


def test_enough_is_left_as_it_is() -> None:
    assert limits(2, 1024, 2048) == (1024, "")


def test_a_soft_limit_is_raised_as_far_as_the_streams_need() -> None:
    assert limits(50, 256, 4096) == (1200, "")


def test_a_hard_limit_that_is_too_low_is_an_error_with_both_numbers() -> None:
    soft, said = limits(100, 512, 1024)
    assert soft == -1
    assert "100 streams need up to 2200 open files" in said
    assert "may have 1024" in said
    assert "LimitNOFILE=2200" in said


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 300, reason="the limit here is lower still"
)
def test_the_program_refuses_before_it_loads_anything(tmp_path: Path) -> None:
    config = tmp_path / "many.toml"
    config.write_text("".join(f'[[wearer]]\nid = "w{k}"\nimu = "x{k}"\n' for k in range(20)), "utf-8")
    limited = ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"]
    done = subprocess.run(
        [*limited, PROGRAM, "--config", config, "--no-dashboard", "--publish", "tcp://127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "20 streams need up to 600 open files" in done.stderr
