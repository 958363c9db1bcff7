"""`hnhar adapt` live: streams that are replayed over LSL teach a bundle, which the recognizer then loads."""

import functools
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import read_info
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.engine.offline import recognize
from hnhar.stream.lsl.player import Player, PlayOptions, Progress
from hnhar.train.adapt import student
from hnhar.train.cli.adapt import main
from hnhar.train.synthesis.performer import perform

DEADLINE = 120.0
"""s that are waited for anything."""
LABELS = ["wave", "clap", "boxing", "arm_curl"]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student, "AdaptConfig", functools.partial(student.AdaptConfig, steps=3, batch=16))


class Performing:
    """A performer played over LSL, from when somebody reads it."""

    def __init__(self, prefix: str, repetitions: int) -> None:
        self.recording = perform(seed=5, person=1010, actions=LABELS, repetitions=repetitions)
        self._player = Player(self.recording, PlayOptions(name_prefix=prefix, loop=True))
        self._changed = threading.Condition()
        self._position = -1.0

    @contextmanager
    def running(self) -> Iterator["Performing"]:
        stop = threading.Event()

        def play() -> None:
            self._player.wait_for_consumers(stop)
            self._player.play(stop, self._follow)

        thread = threading.Thread(target=play, daemon=True)
        thread.start()
        yield self
        stop.set()
        thread.join(DEADLINE)

    @property
    def order(self) -> list[str]:
        """Labels in the order in which they are performed first."""
        return list(dict.fromkeys(annotation.label for annotation in self.recording.annotations))

    def presses(self) -> Iterator[str]:
        """A line at the begin and end of each performance of the first round."""
        for annotation in self.recording.annotations:
            for moment in (annotation.onset, annotation.offset):
                due = moment - self.recording.start
                with self._changed:
                    assert self._changed.wait_for(lambda due=due: self._position >= due, DEADLINE)
                yield ""

    def _follow(self, progress: Progress) -> None:
        with self._changed:
            self._position = progress.position
            self._changed.notify_all()


def options(prefix: str, out: Path) -> list[str]:
    return [
        *("--imu-source", f"{prefix}imu", "--skeleton-source", f"{prefix}skeleton"),
        *("--wearer", "anna", "--out", str(out), "--threads", "1"),
    ]


def recognizes(bundle: Path, played: Performing) -> bool:
    """True where the bundle is loaded and recognizes the performer."""
    info, recognizer = load(bundle)
    return len(recognize(played.recording, Runtime(info, recognizer, threads=1), info).events) > 2


@pytest.mark.lsl
@pytest.mark.slow
def test_less_than_a_minute_of_two_streams_makes_a_bundle_that_recognizes(tmp_path: Path) -> None:
    prefix, out = f"adapt-{uuid.uuid4().hex[:8]}-", tmp_path / "anna.safetensors"
    with Performing(prefix, 2).running() as played:
        began = time.monotonic()
        assert main([*options(prefix, out), "--minutes", "0.7"]) == 0
        assert time.monotonic() - began > 42
    story = read_info(out).provenance["adapted"]
    assert story["windows"] > 80
    assert len(story["activities"]) >= 2
    assert recognizes(out, played)


@pytest.mark.lsl
@pytest.mark.slow
def test_what_is_performed_on_a_prompt_makes_a_bundle_that_recognizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix, out = f"adapt-{uuid.uuid4().hex[:8]}-", tmp_path / "anna.safetensors"
    with Performing(prefix, 1).running() as played:
        monkeypatch.setattr("sys.stdin", played.presses())
        assert main([*options(prefix, out), "--guided", "--activities", ",".join(played.order)]) == 0
    assert read_info(out).provenance["adapted"]["activities"] == sorted(LABELS)
    assert "not in the session" in capsys.readouterr().err
    assert recognizes(out, played)


@pytest.mark.lsl
@pytest.mark.slow
def test_a_person_who_cancels_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix, out = f"adapt-{uuid.uuid4().hex[:8]}-", tmp_path / "anna.safetensors"
    with Performing(prefix, 1).running():
        monkeypatch.setattr("sys.stdin", iter(["", "q"]))
        assert main([*options(prefix, out), "--guided"]) == 130
    assert not list(tmp_path.iterdir())
