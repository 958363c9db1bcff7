"""The table of `hnhar-watch` in a terminal, drawn into text."""

import io
from dataclasses import replace

import pytest

from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.watch_output import TableOutput
from hnhar.stream.messages import Message, StreamState
from hnhar.stream.publish.subscriber import Received

from .. import examples


class Screen(SafeConsole):
    """A terminal in memory."""

    draws = True


def screen(*messages: Message, connected: bool = True, lost: int = 0, refusal: str = "") -> str:
    """What a terminal shows last."""
    console = Screen(file=io.StringIO(), width=100)
    with TableOutput("tcp://10.0.0.7:5557", console) as table:
        table.link(connected, lost, refusal)
        for message in messages:
            table.show(Received("topic", "run1", message))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rpartition("tcp://10.0.0.7:5557")[2]


def test_each_wearer_has_its_latest_prediction() -> None:
    shown = screen(
        examples.prediction(1, "ben", "clap"),
        examples.prediction(2, "anna", "wave"),
        examples.prediction(3, "ben", "throw", 0.75, 101.25),
    )
    (ben,) = [line.split() for line in shown.splitlines() if line.startswith("ben")]
    assert ben == ["ben", "throw", "75%", "imu+skeleton", "101.25", "3.8", "ms", "3"]
    assert shown.index("anna") < shown.index("ben")


def test_an_unknown_activity_is_called_so() -> None:
    assert "unknown" in screen(replace(examples.prediction(), unknown=True))


def test_the_last_events_are_listed_newest_first() -> None:
    shown = screen(*(examples.event(seq, label=f"label{seq}") for seq in range(1, 12)))
    listed = [line.split()[-1] for line in shown.splitlines() if "onset of" in line]
    assert listed == [f"label{seq}" for seq in range(11, 3, -1)]


def test_a_stream_that_is_not_live_is_named_with_its_note() -> None:
    waiting = examples.stream_status(state=StreamState.RESOLVING)
    shown = screen(examples.status(streams=(waiting, examples.stream_status("skeleton"))))
    assert "p1 imu: resolving waiting for a stream named hnhar-imu" in shown
    assert "p1 skeleton" not in shown


@pytest.mark.parametrize(("connected", "says"), [(True, "connected"), (False, "waiting for a publisher")])
def test_the_connection_and_the_losses_are_told(connected: bool, says: str) -> None:
    first = screen(connected=connected, lost=3).splitlines()[0]
    assert says in first
    assert "3 lost" in first


def test_who_is_not_let_in_does_not_wait_for_a_publisher() -> None:
    shown = screen(connected=False, refusal="it does not know this key any longer").splitlines()[0]
    assert "not let in" in shown
    assert "waiting" not in shown


def test_names_of_a_stranger_are_neither_markup_nor_commands_to_the_terminal() -> None:
    shown = screen(replace(examples.prediction(), label="[bold]x[/y]\x1b[2J", confidence=0.5))
    assert "[bold]x[/y]" in shown
    assert "\x1b[2J" not in shown
