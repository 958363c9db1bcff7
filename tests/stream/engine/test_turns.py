"""Whose turn it is when not all windows can be recognized in time."""

import numpy as np
import pytest

from hnhar.stream.engine.turns import BATCH, PATIENCE, Due, Turns, batch_of
from hnhar.stream.messages import Window

HOP = 0.25


def window(wearer: str, index: int = 400) -> Window:
    return Window(wearer, index, index * HOP - 3, index * HOP, {}, {}, index * HOP)


def due(wearers: str, index: int = 400, since: float = 100.0) -> tuple[Due, ...]:
    return tuple(Due(window(w, index), since) for w in wearers)


def names(of: tuple[Due, ...]) -> str:
    return "".join(d.window.wearer for d in of)


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (5, [4, 1]), (7, [4, 2, 1]), (40, [32, 8]), (75, [32, 32, 8, 2, 1])]
)
def test_batches_are_powers_of_two_that_need_no_padding(count: int, sizes: list[int]) -> None:
    windows, made = [window(str(n)) for n in range(count)], []
    while windows:
        made.append(batch_of(windows))
        del windows[: made[-1]]
    assert made == sizes
    assert max(made) <= BATCH


def test_windows_of_different_ends_are_in_different_batches() -> None:
    assert batch_of([window("a", 1), window("b", 1), window("a", 2), window("b", 2)]) == 2


def test_while_recognition_keeps_up_the_order_is_the_engines_and_nothing_is_left_out() -> None:
    turns, now = Turns(HOP), 100.0
    for index in range(400, 420):
        rest = turns.order(due("abcdefg", index, now))
        assert names(rest) == "abcdefg"
        begun, at = False, now
        while rest:
            turn = turns.next(rest, at, begun=begun)
            assert not turn.skipped
            at += 0.002 * len(turn.batch)
            turns.took(turn.batch, 0.002 * len(turn.batch))
            rest, begun = turn.rest, True
        now += HOP


def test_what_cannot_be_on_time_any_more_is_left_out_for_what_can() -> None:
    turns = Turns(HOP)
    old, new = due("a", 400, 100.0), due("b", 401, 100.25)
    turn = turns.next(turns.order((*old, *new)), 100.3, begun=False)
    assert (names(turn.batch), names(turn.skipped)) == ("b", "a")


def test_what_is_late_is_still_recognized_where_there_is_nothing_else_to_do() -> None:
    turn = Turns(HOP).next(due("a"), 107.0, begun=False)
    assert (names(turn.batch), names(turn.skipped)) == ("a", "")


def test_nothing_begins_that_cannot_end_in_time() -> None:
    turns = Turns(HOP)
    turns.took(due("a"), 0.1)
    assert PATIENCE * HOP > 0.16
    turn = turns.next(due("bcd"), 100.16, begun=True)
    assert (names(turn.batch), names(turn.rest), names(turn.skipped)) == ("", "", "bcd")
    assert len(turns.next(due("bcdefghi"), 100.0, begun=False).batch) == 2


@pytest.mark.parametrize("cost", [0.04, 0.07, 0.1, 0.3])
def test_all_get_an_equal_share_of_what_can_be_done(cost: float) -> None:
    turns, now, end = Turns(HOP), 100.0, 400
    counts = dict.fromkeys("abcdefg", 0)
    for _ in range(700):
        end = max(end + 1, int(np.ceil(now / HOP)))
        now = max(now, end * HOP)
        rest, begun = turns.order(due("abcdefg", end, end * HOP)), False
        while rest:
            turn = turns.next(rest, now, begun=begun)
            if turn.batch:
                now += cost * len(turn.batch)
                turns.took(turn.batch, cost * len(turn.batch))
            for served in turn.batch:
                counts[served.window.wearer] += 1
            rest, begun = turn.rest, True
    assert max(counts.values()) - min(counts.values()) <= 1
    assert min(counts.values()) > 0
