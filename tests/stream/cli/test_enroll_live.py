"""`hnhar-enroll` live: whoever performs is asked, heard, and told when a stream stops."""

import signal
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pylsl
import pytest

from hnhar.model.bundle.bundle import BundleInfo, read_info
from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality
from hnhar.stream.cli import live_capture
from hnhar.stream.cli.enroll import main
from hnhar.stream.cli.enroll_keeper import Keeper
from hnhar.stream.cli.enroll_performances import performances
from hnhar.stream.cli.enroll_prompts import LinePrompts
from hnhar.stream.cli.enroll_streams import stream_line
from hnhar.stream.lsl.player import Player, PlayOptions, Progress
from hnhar.stream.messages import Chunk, Feed, StreamState, StreamStatus
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.enrolling import Span
from hnhar.stream.recordings.feeds import recorded_feeds

from .. import examples
from ..terminal import Terminal
from .conftest import boxes

PROGRAM = [sys.executable, "-c", "import sys; from hnhar.stream.cli.enroll import main; sys.exit(main())"]
DEADLINE = 60.0
"""s that are waited for anything."""


def test_a_performance_that_is_too_short_is_asked_for_again() -> None:
    times = iter([10.0, 10.1, 11.0, 13.0, 20.0, 22.0])
    found = performances("a", 2, LinePrompts(iter([""] * 6)), lambda: next(times))
    assert [(s.start, s.end) for s in found] == [(11.0, 13.0), (20.0, 22.0)]


def test_input_that_ends_too_early_is_an_error() -> None:
    times = iter([1.0, 2.0, 3.0])
    with pytest.raises(ConfigError, match="after 1 of 2"):
        performances("a", 2, LinePrompts(iter([""] * 3)), lambda: next(times))


def test_the_last_one_can_be_done_again_and_one_that_goes_on_can_be_given_up() -> None:
    times = iter([1.0, 3.0, 11.0, 14.0, 20.0, 21.0, 30.0, 32.0])
    lines = ["r\n", "\n", "\n", "R\n", "\n", "\n", "\n", "r\n", "\n", "\n"]
    forgotten: list[Span] = []
    prompts = LinePrompts(iter(lines))
    found = performances("a", 2, prompts, lambda: next(times), forgotten=forgotten.append)
    assert [(s.start, s.end) for s in found] == [(11.0, 14.0), (30.0, 32.0)]
    assert [(s.start, s.end) for s in forgotten] == [(1.0, 3.0), (20.0, 21.0)]


def test_it_is_said_how_long_each_was_and_what_was_heard_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([1.0, 3.5, 11.0, 14.0])
    performances("a", 2, LinePrompts(iter([""] * 4)), lambda: next(times), heard=lambda s: f", {s.start:g}")
    shown = capsys.readouterr().err
    assert "1 of 2: 2.5 s, 1" in shown
    assert "2 of 2: 3.0 s, 11" in shown


def test_a_performance_is_cancelled_by_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([1.0, 3.0])
    with pytest.raises(KeyboardInterrupt):
        performances("a", 2, LinePrompts(iter(["", "", "q"])), lambda: next(times))


def test_a_stream_is_one_line_with_its_rate_and_its_last_seconds_or_with_what_it_waits_for() -> None:
    live = stream_line(examples.stream_status(), [0, 25, 50, 50]).plain
    assert "imu       ● live" in live
    assert "49.9 Hz  ·▄██  'hnhar-imu'" in live
    waiting = stream_line(examples.stream_status(state=StreamState.RESOLVING), [0] * 4).plain
    assert "○ resolving" in waiting
    assert "waiting for a stream named hnhar-imu" in waiting


def test_samples_are_counted_by_the_second_in_which_they_came() -> None:
    now = [5.2]
    keeper = Keeper(lambda: now[0])
    feed = Feed("imu", "imu", (0,))
    for moment, count in ((5.2, 3), (6.1, 2), (6.9, 2), (8.0, 1)):
        now[0] = moment
        keeper.samples(feed, Chunk(np.zeros((count, 1), np.float32), 100 + moment + np.arange(count)), moment)
    assert keeper.per_second("imu", 4) == [0, 3, 4, 0]
    assert keeper.per_second("skeleton", 2) == [0, 0]
    assert keeper.heard(Span(105.0, 107.0)) == {"imu": 4}


class Reader:
    """One that has read all there is."""

    def __init__(self, modality: Modality) -> None:
        self.modality = modality

    def start(self) -> None:
        """Nothing is left to read."""

    def stop(self) -> None:
        """Nothing is being read."""

    def statuses(self, now: float) -> tuple[StreamStatus, ...]:
        return (examples.stream_status(self.modality.name),)


class Played:
    """In the place of live streams: each modality's samples up to some moment; and who performs."""

    def __init__(self, recording: Recording, until: dict[str, float]) -> None:
        self._recording = recording
        self._until = until
        self.now = recording.start

    def readers(self, arguments: object, info: BundleInfo, keeper: Keeper, options: object) -> list[Reader]:
        feeds, _ = recorded_feeds(self._recording, info.modalities, placement=info.placement)
        for fed in feeds:
            come = fed.times <= self._until[fed.feed.modality]
            keeper.samples(fed.feed, Chunk(fed.samples[come], fed.times[come]), 0.0)
        return [Reader(modality) for modality in info.modalities]

    def presses(self) -> Iterator[str]:
        """A line at each begin and end of a performance."""
        for annotation in self._recording.annotations:
            for self.now in (annotation.onset, annotation.offset):
                yield ""


def enrol_played(weights: Path, out: Path, played: Played, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of an enrollment from it."""
    monkeypatch.setattr(live_capture, "_readers", played.readers)
    monkeypatch.setattr(live_capture, "_AFTER", 0.0)
    monkeypatch.setattr(live_capture, "_LATE", 0.0)
    monkeypatch.setattr(pylsl, "local_clock", lambda: played.now)
    monkeypatch.setattr("sys.stdin", played.presses())
    options = ["--weights", str(weights), "--label", "boxing", "--performances", "4", "--out", str(out)]
    return main([*options, "--imu-source", "a", "--skeleton-source", "b"])


@pytest.mark.parametrize(("performed", "early"), [(4, 0.1), (2, -0.1)])
def test_what_one_stream_has_is_enrolled_where_the_other_stopped(
    weights: Path,
    teaching: Recording,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    performed: int,
    early: float,
) -> None:
    stopped = teaching.annotations[performed - 1].offset - early
    played = Played(teaching, {"imu": teaching.end, "skeleton": stopped})
    out = tmp_path / "out.safetensors"
    assert enrol_played(weights, out, played, monkeypatch) == 0
    (one,) = read_info(out).enrolled
    assert one.performances == 4
    assert {"imu", "skeleton", "imu+skeleton"} == one.gates.keys()
    said = " ".join(capsys.readouterr().err.split())
    stamps = teaching.of("skeleton")[0].timestamps
    late = teaching.annotations[3].offset - stamps[stamps <= stopped][-1]
    assert f"skeleton: its samples stopped {late:.1f} s before the last performance ended" in said
    assert f"after {performed - (early > 0)} of 4" in said
    assert "imu: its samples" not in said


def test_a_stream_that_has_stopped_is_told_at_the_next_prompt(
    weights: Path,
    teaching: Recording,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stopped = teaching.annotations[2].onset - 5.0
    played = Played(teaching, {"imu": teaching.end, "skeleton": stopped})
    assert enrol_played(weights, tmp_path / "out.safetensors", played, monkeypatch) == 0
    said = capsys.readouterr().err
    before, told, _ = said.partition("skeleton: no samples for 5 s")
    assert told
    assert before.splitlines()[-2].endswith("3 of 4: Enter when it begins")
    assert "no samples" not in before


def test_where_no_stream_has_a_performance_it_is_an_error(
    weights: Path,
    teaching: Recording,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    early = teaching.annotations[0].offset - 0.1
    played = Played(teaching, {"imu": early, "skeleton": early - 1.0})
    assert enrol_played(weights, tmp_path / "out.safetensors", played, monkeypatch) == 2
    assert "no samples came from imu and skeleton" in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())


class Performance:
    """A recording played over LSL, and somebody who presses Enter where its performances begin and end."""

    def __init__(self, recording: Recording, prefix: str) -> None:
        self._recording = recording
        self._player = Player(recording, PlayOptions(name_prefix=prefix))
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._position = -1.0
        self._thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> "Performance":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(DEADLINE)

    def presses(self, count: int) -> Iterator[str]:
        """A line when the player has come to each begin and end of the first `count` performances."""
        for annotation in self._recording.annotations[:count]:
            for moment in (annotation.onset, annotation.offset):
                due = moment - self._recording.start
                with self._changed:
                    assert self._changed.wait_for(lambda due=due: self._position >= due, DEADLINE)
                yield ""

    def pass_by(self, seconds: float) -> None:
        """Wait until so much more has been played."""
        with self._changed:
            due = self._position + seconds
            assert self._changed.wait_for(lambda: self._position >= due, DEADLINE)

    def _play(self) -> None:
        # however long the weights take to load, nothing is performed before somebody looks
        self._player.wait_for_consumers(self._stop)
        self._player.play(self._stop, self._follow)

    def _follow(self, progress: Progress) -> None:
        with self._changed:
            self._position = progress.position
            self._changed.notify_all()


@pytest.mark.lsl
@pytest.mark.slow
def test_live_performances_are_enrolled(
    weights: Path, teaching: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"enroll-{uuid.uuid4().hex[:8]}-"
    out = tmp_path / "out.safetensors"
    sources = ["--imu-source", f"{prefix}imu", "--skeleton-source", f"{prefix}skeleton"]
    options = ["--weights", str(weights), "--label", "boxing", "--performances", "2", *sources]
    with Performance(teaching, prefix) as performance:
        monkeypatch.setattr("sys.stdin", performance.presses(2))
        assert main([*options, "--out", str(out)]) == 0
    info = read_info(out)
    assert info.enrolled[0].performances == 2
    assert info.enrolled[0].source == "live"
    assert boxes(out, 1)[0] == 1


def test_of_lines_only_whole_words_redo_and_cancel() -> None:
    words = ["", "r", "Redo ", "run", "ready", "q", "quit", "cancel", "quiet"]
    prompts = LinePrompts(iter(f"{word}\n" for word in words))
    assert "".join(prompts.ask("?").value or "." for _ in words) == ".rr..qqq."


@pytest.mark.lsl
def test_whoever_sits_before_a_terminal_is_shown_the_streams_counted_down_and_may_redo_or_cancel(
    teaching: Recording, tmp_path: Path
) -> None:
    prefix, out = f"enroll-{uuid.uuid4().hex[:8]}-", tmp_path / "out.safetensors"
    sources = ["--imu-source", f"{prefix}imu"]
    options = ["--label", "shadow_boxing", "--performances", "2", *sources]
    with Terminal([*PROGRAM, *options, "--out", str(out)], columns=80) as terminal:
        terminal.until(rf"imu +○ resolving +waiting for.*{prefix}imu")
        with Performance(teaching, prefix) as performance:
            at = terminal.until(rf"imu: '{prefix}imu' sends samples")
            at = terminal.until(r"● live +\d+\.\d Hz", at)
            for number, redone in ((1, False), (2, True), (2, False)):
                at = terminal.until(f"{number} of 2: Enter, and it begins after 3 s", at)
                terminal.press("\r")
                for left in (3, 2, 1):
                    at = terminal.until(f"begin in {left}", at)
                at = terminal.until(f"{number} of 2: Enter when it ends", at)
                performance.pass_by(2.0)
                terminal.press("\r")
                at = terminal.until(rf"{number} of 2: \d+\.\d s, heard: imu \d+ samples", at)
                if redone:
                    at = terminal.until("all 2 are there: Enter to learn them", at)
                    terminal.press("r")
                    at = terminal.until("2 of 2 is forgotten", at)
            at = terminal.until("all 2 are there: Enter to learn them", at)
            terminal.press("\r")
            at = terminal.until("Recognize it: hnhar-stream --weights", at)
        assert terminal.end() == 0
        assert terminal.settings == terminal.before
    assert read_info(out).enrolled[0].performances == 2


@pytest.mark.lsl
@pytest.mark.parametrize(("ending", "code"), [("q", 130), ("\x03", 130), (signal.SIGTERM, 143)])
def test_what_is_cancelled_writes_nothing_and_gives_the_terminal_back(
    tmp_path: Path, ending: str | signal.Signals, code: int
) -> None:
    out = tmp_path / "out.safetensors"
    options = ["--label", "shadow_boxing", "--imu-source", f"no-{uuid.uuid4().hex[:8]}"]
    with Terminal([*PROGRAM, *options, "--out", str(out)], columns=60) as terminal:
        terminal.until("waiting for the streams, 5")
        if isinstance(ending, str):
            terminal.press(ending)
            terminal.until("cancelled: nothing was written")
        assert terminal.end(None if isinstance(ending, str) else ending) == code
        assert terminal.settings == terminal.before
    assert not list(tmp_path.iterdir())
