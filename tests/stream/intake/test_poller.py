"""The thread that looks at many streams: each is visited, and none falls with another."""

import threading
from collections.abc import Callable

import pytest

from hnhar.stream.intake import poller
from hnhar.stream.intake.poller import enroll, hurry, rescue

DEADLINE = 30.0


class Visited:
    """A client that counts, until it has enough."""

    told = False

    def __init__(self, most: int = 10**9) -> None:
        self.visits = 0
        self.most = most
        self.threads: set[threading.Thread] = set()
        self.often, self.dropped = threading.Event(), threading.Event()
        self.error: BaseException | None = None

    def visit(self) -> float | None:
        self.visits += 1
        self.threads.add(threading.current_thread())
        if self.visits > 20:
            self.often.set()
        return 0.001 if self.visits < self.most else None

    def stand_by(self, timeout: float) -> bool:
        return False

    def drop(self, error: BaseException | None = None) -> None:
        self.error = error
        self.most = 0
        self.dropped.set()


class Hanging(Visited):
    """One whose third visit does not return until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs, self.go = threading.Event(), threading.Event()

    def visit(self) -> float | None:
        if self.visits == 2:
            self.hangs.set()
            self.go.wait(DEADLINE)
        return super().visit()


class Patient(Visited):
    """One that is told of its loss, and wants no visit for long."""

    told = True

    def visit(self) -> float | None:
        super().visit()
        self.often.set()
        return 1000.0 if self.visits < self.most else None


class Broken(Visited):
    """One that raises, against what it promises."""

    def visit(self) -> float | None:
        super().visit()
        if self.visits > 2:
            raise SystemExit
        return 0.001


@pytest.fixture
def end() -> Callable[[Visited], None]:
    """Have a client want no more visits, and wait until it is dropped."""

    def over(client: Visited) -> None:
        client.most = 0
        assert client.dropped.wait(DEADLINE)

    return over


def test_all_clients_are_visited_by_one_thread_until_they_want_no_more(
    end: Callable[[Visited], None],
) -> None:
    clients = [Visited(), Visited(), Visited(30)]
    for client in clients:
        enroll(client)
    for client in clients:
        assert client.often.wait(DEADLINE)
    assert clients[2].dropped.wait(DEADLINE)
    assert clients[2].visits == 30
    (thread,) = set.union(*(client.threads for client in clients))
    for client in clients[:2]:
        end(client)
    thread.join(DEADLINE)
    assert not thread.is_alive()


def test_one_that_is_told_of_its_loss_is_visited_when_it_wants_that_or_is_hurried() -> None:
    patient, other = Patient(), Visited()
    enroll(patient)
    enroll(other)
    assert other.often.wait(DEADLINE)
    for visits in (1, 2, 3):
        assert patient.often.wait(DEADLINE)
        assert patient.visits == visits
        patient.often.clear()
        hurry(patient)
    patient.most = other.most = 0
    hurry(patient)
    assert patient.dropped.wait(DEADLINE)
    assert other.dropped.wait(DEADLINE)
    hurry(patient)
    assert not rescue(patient)


def test_one_in_which_it_hangs_is_left_alone_and_the_others_go_on_in_another_thread(
    end: Callable[[Visited], None],
) -> None:
    hanging, other = Hanging(), Visited()
    enroll(other)
    enroll(hanging)
    assert hanging.hangs.wait(DEADLINE)
    other.often.clear()
    assert rescue(other)
    assert other.often.wait(DEADLINE)
    assert not rescue(hanging)
    assert len(other.threads) == 2
    assert not hanging.dropped.is_set()
    hanging.go.set()
    assert hanging.dropped.wait(DEADLINE)
    assert "hung" in str(hanging.error)
    assert hanging.visits == 3
    later = Visited()
    enroll(later)
    assert later.often.wait(DEADLINE)
    assert later.threads <= other.threads
    end(other)
    end(later)


def test_the_one_in_which_it_hangs_may_be_the_first_to_be_seen(end: Callable[[Visited], None]) -> None:
    hanging, other = Hanging(), Visited()
    enroll(other)
    enroll(hanging)
    assert hanging.hangs.wait(DEADLINE)
    other.often.clear()
    assert not rescue(hanging)
    assert other.often.wait(DEADLINE)
    hanging.go.set()
    assert hanging.dropped.wait(DEADLINE)
    end(other)


def test_a_thread_that_breaks_drops_all_of_its_clients_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    clients = [Visited(), Broken(), Visited()]
    for client in clients:
        enroll(client)
    for client in clients:
        assert client.dropped.wait(DEADLINE)
        assert isinstance(client.error, SystemExit)
    assert "failed" in caplog.text
    assert not rescue(clients[0])
    again = Visited(25)
    enroll(again)
    assert again.dropped.wait(DEADLINE)
    assert again.error is None


def test_nobody_is_rescued_where_nobody_is_read() -> None:
    assert not rescue(Visited())
    assert poller.TICK <= 0.1
