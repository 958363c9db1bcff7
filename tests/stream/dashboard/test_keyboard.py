"""Single keys from a terminal, which is given back whatever ends the program."""

import io
import signal
import sys
import termios

import pytest

from hnhar.stream.dashboard.keyboard import Keyboard

from ..terminal import Terminal

READS = """
import sys
from hnhar.stream.dashboard.keyboard import Keyboard
with Keyboard() as keyboard:
    print("ready", keyboard.active, flush=True)
    while True:
        for key in keyboard.keys(0.1):
            print("key", repr(key), flush=True)
            if key == "e":
                raise ValueError("an error of ours")
            if key == "x":
                sys.exit(3)
"""
PROGRAM = [sys.executable, "-c", READS]


def is_raw(settings: list[int]) -> bool:
    return not settings[3] & (termios.ICANON | termios.ECHO)


def test_keys_come_without_enter_and_are_not_echoed() -> None:
    with Terminal(PROGRAM) as terminal:
        terminal.until("ready True")
        assert is_raw(terminal.settings)
        terminal.press("?")
        terminal.until(r"key '\?'")
        terminal.press("\x1b[A")
        terminal.press("z")
        terminal.until("key 'z'")
        assert terminal.text.split() == ["ready", "True", "key", "'?'", "key", "'z'"]


@pytest.mark.parametrize(("ending", "code"), [("e", 1), ("x", 3), (signal.SIGINT, 1)])
def test_the_terminal_is_given_back_at_every_exit(ending: str | signal.Signals, code: int) -> None:
    with Terminal(PROGRAM) as terminal:
        terminal.until("ready True")
        if isinstance(ending, str):
            terminal.press(ending)
            assert terminal.end() == code
        else:
            assert terminal.end(ending) != 0
        assert terminal.settings == terminal.before


def test_settings_that_a_shell_changed_meanwhile_are_taken_again() -> None:
    with Terminal(PROGRAM) as terminal:
        terminal.until("ready True")
        termios.tcsetattr(terminal._theirs, termios.TCSANOW, terminal.before)
        terminal.press("a\n")  # whole lines until it looks
        terminal.until("key 'a'")
        terminal.press("b")
        terminal.until("key 'b'")
        assert is_raw(terminal.settings)


def test_a_program_in_the_background_changes_no_terminal_and_is_not_stopped() -> None:
    asks = (
        "from hnhar.stream.dashboard.keyboard import Keyboard\n"
        "with Keyboard() as k: print([k.active, k.keys(0.1)])"
    )
    with Terminal(["bash", "-mc", f'{sys.executable} -c "$PROGRAM" & wait'], PROGRAM=asks) as terminal:
        terminal.until(r"\[False, ''\]")
        assert terminal.end() == 0
        assert terminal.settings == terminal.before


def test_a_program_in_the_background_waits_while_the_keys_are_others() -> None:
    waits = """
import os, select, signal, sys, time
from hnhar.stream.dashboard.keyboard import Keyboard
if child := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
with Keyboard() as keyboard:
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    os.setpgid(0, 0)
    print("ready", keyboard.active, flush=True)
    select.select([sys.stdin], [], [])
    begun = time.monotonic()
    keys = [keyboard.keys(0.2) for _ in range(3)]
    print("waited", keys, time.monotonic() - begun > 0.5, flush=True)
"""
    with Terminal([sys.executable, "-c", waits]) as terminal:
        terminal.until("ready True")
        terminal.press("x")
        terminal.until(r"waited \['', '', ''\] True")
        assert terminal.end() == 0


def test_what_is_no_terminal_has_no_keys() -> None:
    with Keyboard(io.StringIO("q")) as keyboard:
        assert not keyboard.active
        assert keyboard.keys(0.0) == ""
