"""What of a recording is played."""

import numpy as np
import pytest

from hnhar.model.errors import RecordingError
from hnhar.stream.lsl.player import Player, PlayOptions
from hnhar.stream.messages import StreamDescription
from hnhar.stream.recordings import RecordedStream, Recording


@pytest.mark.parametrize("loop", [False, True])
def test_a_part_that_lies_in_a_hole_of_all_streams_is_refused(loop: bool) -> None:
    said = StreamDescription("band", "ACC", "", ("x", "y", "z"), ("g",) * 3, 50.0)
    times = np.concatenate([np.arange(0, 5, 0.02), np.arange(20, 25, 0.02)])
    stream = RecordedStream(said, np.ones((len(times), 3), np.float32), times, "imu")
    with pytest.raises(RecordingError, match="'w' has no sample between 8 and 12 s"):
        Player(Recording("w", (stream,)), PlayOptions(start=8.0, end=12.0, loop=loop))
