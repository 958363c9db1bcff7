"""`hnhar-enroll` live: whoever performs is asked, heard, and told when a stream stops."""

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pylsl
import pytest

from hnhar.model.bundle.bundle import BundleInfo, read_info
from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality
from hnhar.stream.cli import enroll_live
from hnhar.stream.cli.enroll import main
from hnhar.stream.cli.enroll_live import Keeper
from hnhar.stream.lsl.player import Player, PlayOptions, Progress
from hnhar.stream.messages import Chunk
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.feeds import recorded_feeds

from .conftest import boxes

DEADLINE = 60.0
"""s that are waited for anything."""


def test_a_performance_that_is_too_short_is_asked_for_again() -> None:
    times = iter([10.0, 10.1, 11.0, 13.0, 20.0, 22.0])
    found = enroll_live.performances("a", 2, iter([""] * 6), lambda: next(times))
    assert [(s.start, s.end) for s in found] == [(11.0, 13.0), (20.0, 22.0)]


def test_input_that_ends_too_early_is_an_error() -> None:
    times = iter([1.0, 2.0, 3.0])
    with pytest.raises(ConfigError, match="after 1 of 2"):
        enroll_live.performances("a", 2, iter([""] * 3), lambda: next(times))


class Reader:
    """One that has read all there is."""

    def __init__(self, modality: Modality) -> None:
        self.modality = modality

    def start(self) -> None:
        """Nothing is left to read."""

    def stop(self) -> None:
        """Nothing is being read."""


class Played:
    """In the place of live streams: each modality's samples up to some moment; and who performs."""

    def __init__(self, recording: Recording, until: dict[str, float]) -> None:
        self._recording = recording
        self._until = until
        self.now = recording.start

    def readers(self, arguments: object, info: BundleInfo, keeper: Keeper, options: object) -> list[Reader]:
        feeds, _ = recorded_feeds(self._recording, info.modalities, placement=info.placement)
        for feed, stamps, samples in feeds:
            come = stamps <= self._until[feed.modality]
            keeper.samples(feed, Chunk(samples[come], stamps[come]), 0.0)
        return [Reader(modality) for modality in info.modalities]

    def presses(self) -> Iterator[str]:
        """A line at each begin and end of a performance."""
        for annotation in self._recording.annotations:
            for self.now in (annotation.onset, annotation.offset):
                yield ""


def enrol_played(weights: Path, out: Path, played: Played, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of an enrollment from it."""
    monkeypatch.setattr(enroll_live, "_readers", played.readers)
    monkeypatch.setattr(enroll_live, "_AFTER", 0.0)
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
    assert "imu: " not in said


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
