"""A late shard gives wearers away, without sending them to and fro."""

from itertools import pairwise

from hnhar.stream.fleet.balance import HICCUP, LATE, REMEMBERED, SETTLING, SPAN, Balance, Handover
from hnhar.stream.fleet.placement import Candidate


class Fleet:
    """Shards that are late with more wearers than they can."""

    def __init__(self, can: dict[int, int], wearers: dict[int, int]) -> None:
        self.can = can
        self.names = {s: [f"{s}-{n}" for n in range(count)] for s, count in wearers.items()}
        self.balance = Balance()
        self.moves: list[tuple[float, Handover]] = []

    def run(self, begin: float, end: float) -> None:
        """A status a second of each."""
        now = begin
        while now < end:
            for shard, names in self.names.items():
                if len(names) > self.can[shard]:
                    self.balance.held_up(shard, len(names), 1.0, now)
            every = {name for names in self.names.values() for name in names}
            candidates = {
                s: Candidate(
                    s, f"n{s}", len(names), dict.fromkeys(every, frozenset({"x"})), self.balance.room(s, now)
                )
                for s, names in self.names.items()
            }
            move = self.balance.move(candidates, {s: tuple(n) for s, n in self.names.items()}, now)
            if move is not None:
                self.balance.moved({move.source, move.target}, now)
                self.moves.append((now, move))
                for name in move.wearers:
                    self.names[move.source].remove(name)
                    self.names[move.target].append(name)
            now += 1.0

    def late(self) -> set[int]:
        return {s for s, names in self.names.items() if len(names) > self.can[s]}


def test_a_late_shard_gives_wearers_to_one_that_is_not_until_none_is_late() -> None:
    fleet = Fleet({0: 10, 1: 10}, {0: 16, 1: 2})
    fleet.run(0, 60)
    assert not fleet.late()
    assert all((move.source, move.target) == (0, 1) for _, move in fleet.moves)


def test_one_hiccup_moves_nobody() -> None:
    balance = Balance()
    balance.held_up(0, 8, 100.0, 0.0)  # however long it is
    assert not balance.late(0, 0.0)
    for n in range(2):
        balance.held_up(1, 8, 1.0, float(n))
    assert not balance.late(1, 1.0)


def test_hiccups_over_and_over_are_lateness_until_a_while_after_the_last() -> None:
    balance = Balance()
    every = 4.0  # s: it is held up half of the time, by its coordinator's clock
    for n in range(3):
        balance.held_up(0, 8, every / 2, n * every)
    assert 2 * HICCUP >= LATE
    assert balance.late(0, 2 * every)
    assert not balance.late(0, 2 * every + SPAN)


def test_a_shard_with_one_hiccup_still_takes_wearers() -> None:
    fleet = Fleet({0: 5, 1: 50}, {0: 9, 1: 1})
    fleet.balance.held_up(1, 1, 0.6, 0.0)
    fleet.run(0, 6)
    assert [(move.source, move.target) for _, move in fleet.moves] == [(0, 1)]


def test_between_two_moves_of_a_shard_is_time_to_see_what_the_first_did() -> None:
    fleet = Fleet({0: 5, 1: 50}, {0: 40, 1: 1})
    fleet.run(0, 120)
    times = [now for now, _ in fleet.moves]
    assert len(times) > 2
    assert all(b - a >= SETTLING for a, b in pairwise(times))


def test_where_all_are_late_wearers_do_not_go_to_and_fro() -> None:
    fleet = Fleet({0: 5, 1: 5}, {0: 9, 1: 9})
    fleet.run(0, REMEMBERED - 10)
    assert not fleet.moves
    fleet = Fleet({0: 6, 1: 5}, {0: 9, 1: 4})  # one too many for the two together
    fleet.run(0, REMEMBERED - 10)
    assert len(fleet.moves) <= 2


def test_a_slower_machine_ends_with_fewer_wearers_than_a_faster_one() -> None:
    fleet = Fleet({0: 4, 1: 20}, {0: 10, 1: 10})
    fleet.run(0, 100)
    assert not fleet.late()
    assert len(fleet.names[0]) < len(fleet.names[1])


def test_the_last_wearer_of_a_shard_stays() -> None:
    fleet = Fleet({0: 0, 1: 9}, {0: 1, 1: 0})
    fleet.run(0, 30)
    assert not fleet.moves
