"""`hnhar camera`: its picture, and its answers to what cannot be."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from hnhar.stream.camera.feed import FeedState
from hnhar.stream.camera.letters import CameraOpened
from hnhar.stream.cli import camera
from hnhar.stream.cli.camera_live import summary
from hnhar.stream.cli.camera_screen import picture

OPENED = CameraOpened(1280, 720, 30.0, 300)


def state(**changes: Any) -> FeedState:
    values: dict[str, Any] = {
        "opened": OPENED,
        "trouble": "",
        "images": 140,
        "dropped": 0,
        "occupied": 133,
        "lost": 0,
        "rate": 29.7,
        "latency": (0.021, 0.145),
        "people": 1,
        "joints": 33,
        "position": 4.7,
        "ended": False,
    }
    return FeedState(**{**values, **changes})


def drawn(of: FeedState, width: int = 80, *, name: str = "clip.mp4", read: bool = True) -> str:
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(picture(name, "hnhar-camera", of, read, width))
    return out.getvalue()


def test_the_picture_shows_rate_latency_presence_and_how_far_a_file_is() -> None:
    shown = drawn(state())
    assert "● clip.mp4  1280 × 720, 30 Hz" in shown
    assert re.search(r"images +29\.7 a second, 140 so far", shown)
    assert re.search(r"latency +21\.0 ms \(p50\), 145 ms \(p99\)", shown)
    assert re.search(r"in view +1 person, 33 of 33 joints", shown)
    assert "hnhar-camera (LSL), read" in shown
    assert "0:04/0:10" in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"people": 0, "joints": 0}, "nobody"),
        ({"people": 3, "joints": 20}, "3 people, 20 of 33 joints: step back"),
        ({"dropped": 12}, "12 passed over"),
        ({"opened": None, "trouble": "it gives no images any more"}, "it gives no images any more"),
    ],
)
def test_the_picture_says_what_is_wrong(changes: dict[str, Any], words: str) -> None:
    assert words in drawn(state(**changes))


@pytest.mark.parametrize("width", [30, 40, 80, 200])
def test_nothing_of_the_picture_is_wider_or_higher_than_the_terminal(width: int) -> None:
    busy = state(people=3, joints=3, dropped=10**7, images=10**8, trouble="")
    shown = [drawn(busy, width, name="x" * 300), drawn(state(opened=None, trouble="y" * 300), width)]
    for picture_ in shown:
        assert all(len(line) <= width for line in picture_.splitlines())
        assert len(picture_.splitlines()) < 10


def test_the_summary_says_what_was_sent_and_what_was_not() -> None:
    assert summary(state(dropped=7, lost=1), "hnhar-camera") == (
        "hnhar-camera: 140 images, somebody in 95% of them, 7 passed over, lost 1 times, latency p50 21 ms, "
        "p99 145 ms"
    )


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["nowhere.mp4"], "there is no camera and no video 'nowhere.mp4'"),
        (["--person", "9"], "--person 9 is not between 1 and 4"),
        (["--rotate", "45"], "--rotate 45 is none of 0, 90, 180, 270"),
        (["--name", ""], "--name must be printable"),
        (["--model", "nowhere.task"], "the model 'nowhere.task' cannot be read: No such file"),
    ],
)
def test_what_cannot_be_is_answered_in_one_line(
    words: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert camera.main(words) == 2
    assert answer in capsys.readouterr().err


def test_without_a_model_a_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert camera.main(["0"]) == 2
    assert "hnhar camera --get-model" in capsys.readouterr().err


def test_cameras_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert camera.main(["--list"]) == 0
    assert capsys.readouterr().out.strip()
