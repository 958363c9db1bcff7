"""A session that is recorded beside a live run gives the same events from its file."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hnhar.model.bundle.bundle import find
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime
from hnhar.stream.cli.record import main
from hnhar.stream.engine.offline import recognize
from hnhar.stream.recordings import open_recording
from hnhar.train.synthesis.performer import perform

from .test_stream import Run, follow, playing, prefix, run

__all__ = ["prefix", "run"]


@pytest.mark.lsl
@pytest.mark.slow
def test_a_session_recorded_beside_a_live_run_gives_its_events_again(
    run: Callable[..., Run], prefix: str, tmp_path: Path
) -> None:
    sources = ("--imu-source", f"{prefix}imu", "--skeleton-source", f"{prefix}skeleton")
    session = perform(seed=5, person=1002, actions=["wave", "boxing"], repetitions=2)
    path = tmp_path / "it.xdf"
    words = [*sources, "--markers", f"{prefix}markers", "--minutes", "1.2", "--quiet", str(path)]
    codes: list[int] = []
    recorder = threading.Thread(target=lambda: codes.append(main(words)))
    started = run(*sources)
    started.until("waiting for", started.err)
    recorder.start()
    with playing(session, prefix) as over:
        _, live, _, lost = follow(started.address, over)
        assert started.end() == 0
    recorder.join()
    assert codes == [0]
    assert not lost
    recording = open_recording(path)
    assert [a.label for a in recording.annotations] == [a.label for a in session.annotations]
    for stream, played in zip(recording.streams, session.streams, strict=True):
        # it begins when the first of both readers is there
        assert len(stream.timestamps) > len(played.timestamps) - 100
    info, recognizer = load(find("utd-mhad-wrist"))
    offline = recognize(recording, Runtime(info, recognizer, threads=1), info)
    assert [(e.kind, e.label) for e in live] == [(e.kind, e.label) for e in offline.events]
    assert [e.onset for e in live] == pytest.approx([e.onset for e in offline.events], abs=1e-6)
