"""`hnhar-stream` before a keyboard: its dashboard's keys, and the terminal given back."""

import signal
import uuid

import pytest

from ..terminal import Terminal
from .test_stream import PROGRAM

OPTIONS = ["--publish", "tcp://127.0.0.1:0"]


@pytest.mark.lsl
@pytest.mark.parametrize("ending", ["q", signal.SIGTERM])
def test_the_dashboard_of_a_live_run_has_a_help_and_ends_with_a_summary(
    ending: str | signal.Signals,
) -> None:
    source = f"no-{uuid.uuid4().hex[:8]}"
    with Terminal([str(PROGRAM), "--imu-source", source, *OPTIONS], columns=60, rows=20) as terminal:
        at = terminal.until(f"waiting for '{source}'")
        terminal.press("?")
        at = terminal.until("this help, on and off", at)
        terminal.press("?")
        at = terminal.until("imu resolving|no stream", at)
        if isinstance(ending, str):
            terminal.press(ending)
        assert terminal.end(None if isinstance(ending, str) else ending) == 0
        terminal.until("gave no sample", at)
        assert terminal.settings == terminal.before
        assert terminal.written.count("\x1b[?1049h") == terminal.written.count("\x1b[?1049l") == 1


@pytest.mark.lsl
@pytest.mark.slow
def test_the_demonstration_is_ended_by_its_key_too() -> None:
    with Terminal([str(PROGRAM), "--demo", *OPTIONS]) as terminal:
        at = terminal.until("2 of 2 live")
        terminal.press("q")
        assert terminal.end() == 0
        terminal.until("A demonstration: performer and weights share a generator", at)
        assert terminal.settings == terminal.before
