"""The ring gives back the newest rows in order, whatever was appended and dropped, within its limit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hnhar.stream.windows.ring import Ring


def rows(first: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times and two columns that hold the row's number."""
    numbers = np.arange(first, first + count)
    return numbers.astype(np.float64), np.stack([numbers, -numbers], axis=1).astype(np.float32)


def test_views_hold_what_was_appended_in_order() -> None:
    ring = Ring(2, capacity=4)
    ring.append(*rows(0, 3))
    ring.append(*rows(3, 2))
    assert ring.times.tolist() == [0, 1, 2, 3, 4]
    assert ring.samples[:, 1].tolist() == [0, -1, -2, -3, -4]
    assert ring.samples.dtype == np.float32


def test_it_grows_while_the_reader_is_behind_and_counts_what_went_over_the_limit() -> None:
    ring = Ring(2, capacity=4, limit=64)
    for first in range(0, 100, 10):
        ring.append(*rows(first, 10))
    assert ring.times.tolist() == list(range(36, 100))
    assert ring.overflowed == 36


def test_a_chunk_longer_than_the_limit_keeps_its_newest_rows() -> None:
    ring = Ring(2, capacity=4, limit=10)
    ring.append(*rows(0, 3))
    ring.append(*rows(3, 25))
    assert ring.times.tolist() == list(range(18, 28))
    assert ring.overflowed == 18


def test_dropping_more_than_there_is_empties_it() -> None:
    ring = Ring(2)
    ring.append(*rows(0, 3))
    ring.drop(5)
    assert len(ring) == 0
    ring.append(*rows(9, 1))
    assert ring.times.tolist() == [9]
    assert ring.overflowed == 0


def test_a_steady_stream_never_makes_it_grow() -> None:
    ring = Ring(2, capacity=64)
    for first in range(0, 5000, 5):
        ring.append(*rows(first, 5))
        ring.drop(max(len(ring) - 20, 0))
    base = ring.times.base
    assert base is not None
    assert len(base) == 64


STEP = st.one_of(
    st.tuples(st.just("append"), st.integers(0, 30)),
    st.tuples(st.just("drop"), st.integers(0, 30)),
    st.tuples(st.just("clear"), st.just(0)),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(STEP, max_size=40), st.integers(1, 8), st.integers(1, 40))
def test_it_agrees_with_a_list_of_rows(steps: list[tuple[str, int]], capacity: int, limit: int) -> None:
    ring, kept, next_row, overflowed = Ring(2, capacity=capacity, limit=limit), list[int](), 0, 0
    for kind, count in steps:
        if kind == "append":
            ring.append(*rows(next_row, count))
            kept += range(next_row, next_row + count)
            next_row += count
            overflowed += max(len(kept) - limit, 0)
            kept = kept[-limit:]
        elif kind == "drop":
            ring.drop(count)
            kept = kept[count:]
        else:
            ring.clear()
            kept = []
        assert ring.times.tolist() == kept
        assert ring.samples[:, 0].tolist() == kept
        assert (len(ring), ring.appended, ring.overflowed) == (len(kept), next_row, overflowed)


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_chunk_changes_nothing(count: int) -> None:
    ring = Ring(2, limit=1)
    ring.append(*rows(0, count))
    ring.append(*rows(5, 0))
    assert ring.times.tolist() == list(range(count))
