"""The picture of a recording: nothing that it shows is wider or higher than the terminal."""

import re
from io import StringIO

import pytest
from rich.console import Console

from hnhar.stream.cli.record_labels import LabelKeys
from hnhar.stream.cli.record_screen import lasts, picture, size
from hnhar.stream.lsl.recorder import SessionState
from hnhar.stream.lsl.tape import TapeState
from hnhar.stream.messages import StreamDescription


def stream(name: str = "MyWatch", **changes: object) -> TapeState:
    about = StreamDescription(name, "IMU", "w", ("",) * 6, ("",) * 6, 50.0)
    values = {
        "events": False,
        "live": True,
        "fault": "",
        "samples": 1234,
        "gaps": 1,
        "rate": 49.9,
        "age": 0.1,
    }
    return TapeState(about, **{**values, **changes})  # type: ignore[arg-type]


def drawn(state: SessionState, keys: LabelKeys | None = None, width: int = 80, height: int = 24) -> list[str]:
    out = StringIO()
    console = Console(file=out, width=width, height=height, color_system=None)
    console.print(picture("sub-anna_ses-1.xdf", state, 65.0, 4_000_000_000, keys, 10.0, (width, height)))
    return out.getvalue().splitlines()


def state(*streams: TapeState, waiting: tuple[str, ...] = (), fault: str = "") -> SessionState:
    return SessionState(streams, waiting, 0, 12_300_000, fault)


def test_streams_are_lines_with_samples_rate_gaps_and_trouble() -> None:
    lines = drawn(
        state(
            stream(),
            stream("Still", age=7.0),
            stream("Gone", live=False),
            stream("Trigger", events=True, rate=None, age=None),
            waiting=("--markers other",),
        )
    )
    assert lines[0] == "● sub-anna_ses-1.xdf  1:05  12.3 MB  4.0 GB free"
    text = "\n".join(lines)
    assert re.search(r"● MyWatch · IMU, 6 ch +1 234 49.9/50 +1", text)
    assert "▲ Still" in text
    assert "silent 7 s" in text
    assert "✖ Gone" in text
    assert "● Trigger" in text
    assert "○ waiting for --markers other" in text


def test_a_full_disk_is_said() -> None:
    assert any("NOTHING IS WRITTEN: No space" in line for line in drawn(state(stream(), fault="No space")))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 16), (120, 40)])
def test_many_streams_and_labels_fit_in_the_terminal(width: int, height: int) -> None:
    keys = LabelKeys([f"label number {k}" for k in range(20)], lambda text, at: None)
    keys.press("1", 5.0)
    lines = drawn(state(*(stream(f"s{k}" * 20) for k in range(60)), waiting=("x",)), keys, width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    assert any(line.startswith("▶ label number 0  5.0 s") for line in lines)
    assert "more" in "\n".join(lines)


def test_sizes_and_what_the_disk_has_room_for_are_in_plain_figures() -> None:
    assert [size(n) for n in (0, 12_345, 1_230_000, 4.56e9, 4e13)] == [
        *("0 kB", "12 kB", "1.2 MB", "4.6 GB", "40000.0 GB")
    ]
    assert lasts(1000, 100, 10.0) == 100.0
    assert lasts(1000, 0, 10.0) == float("inf")
