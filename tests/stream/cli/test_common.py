"""What all commands share: what they print reaches any terminal."""

import io
import json
import signal
import sys
import threading
from contextlib import suppress

import pytest

from hnhar.stream.cli.common import Stop, complain, say
from hnhar.stream.cli.parsing import parser
from hnhar.stream.cli.stream import build_parser
from hnhar.stream.cli.watch_output import JsonLines
from hnhar.stream.publish.subscriber import Received
from hnhar.stream.sinks.lines import LogLines

from .. import examples


def ascii_terminal(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """What is written from now on to a standard output whose locale knows ASCII only."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    return written


def test_help_is_printed_where_the_locale_lacks_a_letter_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    written = ascii_terminal(monkeypatch)
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args(["--help"])
    assert ended.value.code == 0
    assert rb"m/s\xb2" in written.getvalue()


def interrupted(number: int | None, error: Exception) -> None:
    """Work during which a signal comes that compiled code makes an error of."""
    stop = Stop()
    with stop.interrupting():
        if number is not None:
            with suppress(KeyboardInterrupt, SystemExit):
                stop.signaled(number, None)
        raise error


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_an_error_that_an_interruption_became_is_the_interruption(number: int, code: int) -> None:
    with pytest.raises(SystemExit) as ended:
        interrupted(number, SystemError("returned a result with an exception set"))
    assert ended.value.code == code
    with pytest.raises(SystemError, match="of its own"):
        interrupted(None, SystemError("of its own"))


def test_a_signal_in_the_midst_of_a_wait_for_it_does_not_wait_for_that_wait() -> None:
    stop = Stop()

    def interrupted_wait() -> None:
        with stop._cond:  # where `wait` looks whether it is set
            stop.signaled(signal.SIGTERM, None)

    thread = threading.Thread(target=interrupted_wait, daemon=True)
    thread.start()
    thread.join(10.0)
    assert not thread.is_alive()
    assert stop.is_set()


def test_what_stands_in_brackets_stays_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    made = parser("hnhar-any", "In [m/s²].", "such as acc_x [m/s²]")
    made.add_argument("--unit", help="[g] or [m/s²]")
    with pytest.raises(SystemExit):
        made.parse_args(["--help"])
    text = capsys.readouterr().out
    assert "In [m/s²]." in text
    assert "such as acc_x [m/s²]" in text
    assert "[g] or [m/s²]" in text


def test_a_name_that_the_locale_lacks_does_not_end_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    written = ascii_terminal(monkeypatch)
    parser("hnhar-any", "Any command.", "")
    lines = LogLines()
    lines.take(examples.prediction(wearer="Zoë"))
    assert not lines.broken
    assert written.getvalue().startswith(rb"Zo\xeb ")


def test_json_lines_are_utf_8_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    written = ascii_terminal(monkeypatch)
    parser("hnhar-any", "Any command.", "")
    JsonLines().show(Received("topic", "run", examples.prediction(wearer="Zoë")))
    assert json.loads(written.getvalue())["wearer"] == "Zoë"


def test_what_is_said_is_printed_word_for_word_and_commands_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say("  [red]wave[/] \x1b[2J:smile:\n" + "word " * 60)
    printed = capsys.readouterr().out
    assert printed == "  [red]wave[/]  [2J:smile:\n" + "word " * 60 + "\n"


def test_a_list_in_an_error_is_one_entry_a_line_and_forges_no_other_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    complain("2 streams:\n  name=a\nerror: forged\nSay more.")
    assert capsys.readouterr().err.splitlines() == [
        "error: 2 streams:",
        "    name=a",
        "  error: forged",
        "  Say more.",
    ]
    complain("no list\nof streams")
    assert capsys.readouterr().err == "error: no list of streams\n"
