"""Messages of the process that looks at images survive any split, and nonsense is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hnhar.stream.camera.body import row
from hnhar.stream.camera.layout import CHANNELS
from hnhar.stream.camera.letters import MOST, CameraOpened, Letter, Letters, Over, Row, packed

SENT: list[Letter] = [
    CameraOpened(640, 480, 30.0, 90, ("a note",)),
    Row(1.5, 1.52, row(None).tobytes(), 0, 3),
    Over("the video is over", "end"),
]


@given(st.integers(1, 700))
def test_messages_are_the_same_however_their_bytes_are_split(size: int) -> None:
    raw = b"".join(map(packed, SENT))
    letters = Letters()
    found = [one for at in range(0, len(raw), size) for one in letters.take(raw[at : at + size])]
    assert found == SENT


@given(st.binary(min_size=4, max_size=60))
def test_nonsense_is_a_value_error_or_waits_for_more(raw: bytes) -> None:
    try:
        found = list(Letters().take(raw))
    except ValueError:
        return
    assert not found


def test_a_message_too_long_is_refused_before_it_is_there() -> None:
    with pytest.raises(ValueError, match="bytes"):
        list(Letters().take((MOST + 1).to_bytes(4, "big")))


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 8 bytes"):
        _ = Row(0.0, 0.0, b"12345678", 1, 0).sample


def test_a_row_of_nobody_has_no_places_and_no_visibility() -> None:
    empty = row(None).reshape(-1, 4)
    assert empty.size == len(CHANNELS)
    assert np.isnan(empty[:, :3]).all()
    assert (empty[:, 3] == 0).all()
