"""`hnhar-stream` scores itself against a marker stream, over real LSL."""

import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pylsl
import pytest

from hnhar.stream.lsl.player import Player, PlayOptions, Progress
from hnhar.stream.recordings.recording import Recording
from hnhar.train.synthesis.performer import perform

from .test_stream import DEADLINE, Run, follow, playing


@pytest.fixture
def started() -> Iterator[tuple[Run, str]]:
    """A recognizer that waits for the streams and the markers of a prefix."""
    prefix = f"score-{uuid.uuid4().hex[:8]}-"
    one = Run(
        *("--imu-source", f"{prefix}imu", "--skeleton-source", f"{prefix}skeleton"),
        *("--markers", f"{prefix}markers"),
    )
    yield one, prefix
    one.kill()


@pytest.mark.lsl
@pytest.mark.slow
def test_a_run_tells_how_what_it_recognized_fits_what_was_marked(started: tuple[Run, str]) -> None:
    one, prefix = started
    session = perform(seed=5, person=1002, actions=["wave", "boxing"], repetitions=2)
    first, *others = session.annotations
    # the markers say that the first action was another one: a miss, and a false event
    marked = replace(session, annotations=(replace(first, label="bowling"), *others))
    one.until("waiting for", one.err)
    with playing(marked, prefix, speed=1.0) as over:
        _, events, _, lost = follow(one.address, over)
        assert one.end() == 0
    assert not lost
    assert {e.label for e in events} == {a.label for a in session.annotations}
    count = len(session.annotations)
    assert count == 4
    said = "\n".join(one.out)
    assert f"{count - 1} of {count} performed actions recognized" in said
    assert "1 false event (" in said
    assert re.search(r"bowling +missed", said)
    assert re.search(rf"{first.label}, not performed", said)
    figures = re.search(
        r"F1 ([\d.]+), at an overlap of half ([\d.]+); .* p50 ([\d.]+) s, p90 ([\d.]+) s", said
    )
    assert figures is not None
    f1, overlap, p50, p90 = map(float, figures.groups())
    assert f1 == pytest.approx((count - 1) / count, abs=1e-3)
    assert overlap <= f1
    # by the stamps of the samples, however long the messages took
    assert 0 < p50 <= p90 < 3.0


def test_a_marker_stream_that_is_not_there_is_told_at_the_start(started: tuple[Run, str]) -> None:
    one, prefix = started
    one.until(rf"INFO waiting for marker stream '{prefix}markers'", one.err)
    assert one.end() == 0
    assert any(f"no marker stream '{prefix}markers' was found" in line for line in one.err)


@pytest.mark.lsl
def test_a_stream_that_is_no_marker_stream_is_told_at_once_and_at_the_end(started: tuple[Run, str]) -> None:
    one, prefix = started
    name = f"{prefix}markers"
    outlet = pylsl.StreamOutlet(pylsl.StreamInfo(name, "IMU", 6, 50, pylsl.cf_float32, name))
    said = f"'{name}' is no marker stream: it has type IMU and 6 channels"
    one.until(f"WARNING {said}", one.err)
    assert one.end() == 0
    del outlet
    assert any(line.startswith(f"note: {said}") and "nothing to compare" in line for line in one.err)


@pytest.mark.lsl
@pytest.mark.slow
def test_ctrl_c_during_an_activity_counts_it_neither_as_a_hit_nor_as_false(started: tuple[Run, str]) -> None:
    one, prefix = started
    session = perform(seed=5, person=1002, actions=["wave", "boxing"], repetitions=2)
    *whole, last = session.annotations
    # the first one's start and the last one's stop are never sent
    marked = replace(session, annotations=tuple(whole[1:]))
    one.until("waiting for", one.err)
    player = pylsl.StreamInfo(f"{prefix}markers", "Markers", 1, 0, pylsl.cf_string, f"{prefix}own")
    outlet = pylsl.StreamOutlet(player)
    origin = session.start
    edges = [(whole[0].offset, f"{whole[0].label}/stop"), (last.onset, f"{last.label}/start")]
    for a in marked.annotations:
        edges += [(a.onset, f"{a.label}/start"), (a.offset, f"{a.label}/stop")]
    one.until("marker stream .* found", one.err)
    # the recognizer reads the player's streams, and the markers of this test
    with playing(replace(session, annotations=()), prefix, speed=1.0) as over:
        begun = time.monotonic()
        sender = threading.Thread(target=_send, args=(outlet, sorted(edges), begun, origin), daemon=True)
        sender.start()
        _, events, _, lost = follow(one.address, over)
        assert one.end() == 0
    assert not lost
    assert len(events) >= 2 * len(session.annotations) - 1
    said = "\n".join(one.out)
    assert f"{len(whole) - 1} of {len(whole) - 1} performed actions recognized (100%), 0 false events" in said
    assert re.search(
        rf"2 activities unfinished, not scored: {whole[0].label} until .* s, {last.label} from", said
    )
    assert "; nor 2 events of that label and time" in said
    assert "not performed" not in said
    assert re.search(r"s: from the session's start, \d+\.\d\d s on LSL's clock", said)


def _send(outlet: pylsl.StreamOutlet, edges: list[tuple[float, str]], begun: float, origin: float) -> None:
    """Markers at their times (s on the session's clock) from `begun` on."""
    for at, text in edges:
        time.sleep(max(0.0, begun + at - origin - time.monotonic()))
        outlet.push_sample([text])


@pytest.mark.lsl
@pytest.mark.slow
def test_a_run_that_comes_into_the_midst_of_a_fast_replay_is_scored_by_the_replays_time() -> None:
    prefix = f"score-{uuid.uuid4().hex[:8]}-"
    session = perform(seed=5, person=1002, actions=["wave", "boxing"], repetitions=4)
    with played(session, prefix, speed=3.0) as begun:
        # its stamps are 2 s ahead of the clock by each second that it has played
        begun.wait(DEADLINE)
        run = Run("--imu-source", f"{prefix}imu", "--markers", f"{prefix}markers", "--duration", "12")
        try:
            assert run.end(None) == 0
        finally:
            run.kill()
    printed = "\n".join(run.out)
    assert "markers were moved by -" in printed, (printed, run.err)
    figures = re.search(r"F1 ([\d.]+), .* p50 ([-\d.]+) s, p90 ([-\d.]+) s", printed)
    assert figures is not None, printed
    f1, p50, p90 = map(float, figures.groups())
    assert f1 == 1.0, printed
    assert 0 < p50 <= p90 < 3.0


@contextmanager
def played(recording: Recording, prefix: str, *, speed: float) -> Iterator[threading.Event]:
    """The recording as LSL streams, whether or not somebody reads them; the event is set after 8 s of it."""
    player = Player(recording, PlayOptions(speed=speed, name_prefix=prefix))
    stop, begun = threading.Event(), threading.Event()

    def look(progress: Progress) -> None:
        if progress.position >= 8.0:
            begun.set()

    thread = threading.Thread(target=player.play, args=(stop, look))
    thread.start()
    try:
        yield begun
    finally:
        stop.set()
        thread.join(10)
