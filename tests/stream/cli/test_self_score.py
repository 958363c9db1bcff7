"""`hnhar-stream` scores itself against a marker stream, over real LSL."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hnhar.stream.recordings.synthetic import perform

from .test_stream import Run, follow, playing


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
    assert "1 false events" in said
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
