"""A skeleton over LSL: judged when somebody is in view, as a recording of it is; the person is followed."""

import uuid
from pathlib import Path

import numpy as np
import pylsl
import pytest

from hnhar.model.kinds.skeleton import UTD_JOINTS, skeleton
from hnhar.stream.intake.reader import SourceReader
from hnhar.stream.lsl.inlet import now
from hnhar.stream.mapping.channel_map import MappingOptions
from hnhar.stream.messages import StreamState
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.recording import RecordedStream, Recording

from ..person import moving
from .collector import Collector

pytestmark = pytest.mark.lsl


def test_a_skeleton_is_judged_live_when_somebody_is_in_view_and_as_in_a_recording(tmp_path: Path) -> None:
    name = f"t{uuid.uuid4().hex[:8]}"
    made = pylsl.StreamInfo(name, "MoCap", 122, 30.0, pylsl.cf_float32, f"{name}-id")
    channels = made.desc().append_child("channels")
    for body in (0, 1):
        for label in [f"{j}_{a}" for j in UTD_JOINTS for a in "xyz"] + ["TrackingId"]:
            channels.append_child("channel").append_child_value("label", f"body{body}_{label}")
    anna, ben = (
        moving(at=(x, 0.0, 2.5), frames=120, seed=s) * 1000 * [1, -1, -1] for x, s in ((-0.5, 0), (0.6, 1))
    )
    sent = np.zeros((160, 122), np.float32)
    for first, second, rows, ids in ((anna, ben, slice(0, 80), (7, 8)), (ben, anna, slice(80, 120), (8, 7))):
        here = slice(rows.start + 40, rows.stop + 40)
        sent[here, :60], sent[here, 61:121] = first[rows].reshape(-1, 60), second[rows].reshape(-1, 60)
        sent[here, 60], sent[here, 121] = ids
    outlet = pylsl.StreamOutlet(made)
    sink = Collector()
    reader = SourceReader("p1", skeleton(), name, sink, now=now, options=MappingOptions())
    reader.start()
    try:
        assert outlet.wait_for_consumers(15.0)
        begun = now() - len(sent) / 30.0
        stamps = begun + np.arange(len(sent)) / 30.0
        outlet.push_chunk(sent[:40].tolist(), stamps[:40].tolist())
        sink.until(lambda: any("nobody is tracked who stands" in note for _, _, note in sink.states))
        assert sink.count() == 0
        outlet.push_chunk(sent[40:].tolist(), stamps[40:].tolist())
        sink.until(lambda: sink.count() == len(sent))
    finally:
        reader.stop(25.0)
    started = sink.note(StreamState.WARMUP)
    described = next(d for d in sink.descriptions if d is not None and any(d.channels))
    stream = RecordedStream(described, sent, stamps, "skeleton")
    (fed,), notes = recorded_feeds(Recording("p1", (stream,)), [skeleton()])
    recorded = fed.samples
    assert all(note in started for note in notes[:-1])
    assert "-y is up" in started
    assert "mm is assumed" in started
    moved = f"'{name}': person 1 has changed from slot 1 to 2"
    assert moved == notes[-1]
    assert any(note == moved for _, _, note in sink.states)
    np.testing.assert_array_equal(sink.values("skeleton"), recorded)
    upright = moving(at=(-0.5, 0.0, 2.5), frames=120).reshape(120, 60)
    np.testing.assert_allclose(recorded[40:], upright, atol=1e-4)
