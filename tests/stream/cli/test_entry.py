"""Ctrl-C while a command is still loading."""

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SCRIPTS = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"][
    "scripts"
]

INTERRUPTED_AT = """
import os, signal, sys
module, function, moment = sys.argv[1:]
sys.argv = ["command", "--help"]

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            print("reached", flush=True)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
sys.exit(getattr(__import__(module, fromlist=["_"]), function)())
"""
"""Runs a command that gets SIGINT when it begins to import a module."""


NOT_IGNORED = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""As at a terminal: what a shell starts in the background ignores it, and so does all that that starts."""


def interrupted(command: str, moment: str, setup: str = NOT_IGNORED) -> "subprocess.CompletedProcess[str]":
    module, _, function = SCRIPTS[command].partition(":")
    return subprocess.run(
        [sys.executable, "-c", setup + INTERRUPTED_AT, module, function, moment],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", SCRIPTS)
def test_ctrl_c_while_a_command_loads_ends_it_without_a_word(command: str) -> None:
    done = interrupted(command, "hnhar.stream.cli.common")
    assert (done.returncode, done.stdout, done.stderr) == (130, "reached\n", "")


@pytest.mark.parametrize(
    "moment",
    [
        "argparse",
        "hnhar.model.errors",
        "numpy",
        "msgspec",
        "rich.console",
        "rich_argparse",
        "hnhar.stream.publish.wire",
    ],
)
def test_so_it_does_at_any_moment_of_loading(moment: str) -> None:
    done = interrupted("hnhar-stream", moment)
    assert (done.returncode, done.stdout, done.stderr) == (130, "reached\n", "")


def test_a_command_that_was_started_to_ignore_it_goes_on() -> None:
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    done = interrupted("hnhar-watch", "rich.console", ignoring)
    assert done.returncode == 0
    assert "hnhar-watch" in done.stdout
    assert done.stderr == ""


def test_after_loading_the_command_sees_it_again() -> None:
    code = (
        NOT_IGNORED + "import signal, sys, types\n"
        "from hnhar.stream.cli.entry import run\n"
        "module = types.ModuleType('late')\n"
        "module.main = lambda: signal.raise_signal(signal.SIGINT)\n"
        "sys.modules['late'] = module\n"
        "sys.exit(run('late'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "")
