"""Inlets are opened a few at a time, whoever hangs and whoever is stopped meanwhile."""

import threading
from contextlib import ExitStack

import pytest

from hnhar.stream.intake.opening import AT_ONCE, turn_to_open

DEADLINE = 30.0


def never() -> bool:
    return False


def test_a_few_have_a_turn_at_once_and_all_get_one() -> None:
    lock, full, go = threading.Lock(), threading.Event(), threading.Event()
    opening, most, opened = 0, 0, 0

    def open_one() -> None:
        nonlocal opening, most, opened
        with turn_to_open(never):
            with lock:
                opening += 1
                most = max(most, opening)
                if opening == AT_ONCE:
                    full.set()
            assert go.wait(DEADLINE)
            with lock:
                opening -= 1
                opened += 1

    threads = [threading.Thread(target=open_one) for _ in range(3 * AT_ONCE)]
    for thread in threads:
        thread.start()
    assert full.wait(DEADLINE)
    assert (most, opened) == (AT_ONCE, 0)
    go.set()
    for thread in threads:
        thread.join(DEADLINE)
    assert (most, opened) == (AT_ONCE, 3 * AT_ONCE)


def test_who_is_stopped_waits_no_longer_and_takes_nothing() -> None:
    with ExitStack() as all_of_them:
        for _ in range(AT_ONCE):
            all_of_them.enter_context(turn_to_open(never))
        with pytest.raises(ConnectionError, match="stopped"), turn_to_open(lambda: True):
            raise AssertionError
    with ExitStack() as again:
        for _ in range(AT_ONCE):
            again.enter_context(turn_to_open(lambda: True))


def test_who_fails_to_open_gives_the_turn_back() -> None:
    for _ in range(2 * AT_ONCE):
        with pytest.raises(TimeoutError), turn_to_open(lambda: True):
            raise TimeoutError
