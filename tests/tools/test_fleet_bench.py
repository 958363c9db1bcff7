"""Nodes that are a part of a core, and the search for the most wearers that are on time."""

import multiprocessing
import time
from collections.abc import Callable

import pytest
from tools.bench.fleet import searched
from tools.bench.quota import PERIOD, QuotaError, groups
from tools.processes import cpu_seconds


def counted(most: int) -> tuple[list[int], Callable[[int], bool]]:
    """Runs that are on time up to `most` wearers, and the numbers that were tried."""
    tried: list[int] = []

    def run(wearers: int) -> bool:
        tried.append(wearers)
        return wearers <= most

    return tried, run


@pytest.mark.parametrize("first", [1, 10, 22, 40])
@pytest.mark.parametrize("most", [0, 1, 7, 22, 33])
def test_the_most_is_found_from_wherever_it_begins_and_nothing_is_tried_twice(first: int, most: int) -> None:
    tried, run = counted(most)
    assert searched(run, first, 100, 1) == most
    assert len(tried) == len(set(tried))
    assert all(wearers >= 1 for wearers in tried)


def test_no_more_than_the_limit_is_tried() -> None:
    tried, run = counted(1000)
    assert searched(run, 10, 30, 2) == 30
    assert max(tried) == 30


def spin() -> None:
    while True:
        pass


def test_a_group_holds_its_process_back_and_is_gone_afterwards() -> None:
    process = multiprocessing.get_context("spawn").Process(target=spin, daemon=True)
    process.start()
    assert process.pid is not None
    try:
        with groups(2, 0.2) as made:
            folders = [group.folder for group in made]
            made[0].take(process.pid)
            begun = made[0].periods()
            used, at = cpu_seconds(process.pid), time.monotonic()
            deadline = at + 60.0
            while made[0].periods()[1] - begun[1] < 1.0 / PERIOD:
                assert time.monotonic() < deadline, "it is not held back"
                time.sleep(0.1)
            # it never has more, however idle the machine is; clock ticks of the count are 10 ms
            assert cpu_seconds(process.pid) - used <= 0.2 * (time.monotonic() - at) + 0.05
            made[0].take(2**22 + 1)  # one that has ended
    except QuotaError as refused:
        pytest.skip(f"no control groups can be made here: {refused}")
    finally:
        process.kill()
        process.join()
    assert not any(folder.exists() for folder in folders)
