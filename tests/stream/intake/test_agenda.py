"""Each is due when it was last planned for, whatever was planned before."""

from random import Random

from hnhar.stream.intake.agenda import Agenda


def test_what_was_planned_last_counts() -> None:
    agenda: Agenda[str] = Agenda()
    assert agenda.first is None
    agenda.plan("a", 1.0)
    agenda.plan("b", 2.0)
    agenda.plan("a", 3.0)
    assert len(agenda) == 2
    assert agenda.first == 2.0
    assert agenda.take() == (2.0, "b")
    assert "b" not in agenda
    assert "a" in agenda
    agenda.plan("b", 0.5)
    assert agenda.take() == (0.5, "b")
    assert agenda.clear() == ["a"]
    assert agenda.first is None
    agenda.plan("a", 4.0)
    assert agenda.take() == (4.0, "a")
    assert len(agenda) == 0


def test_any_order_of_plans_gives_the_order_of_the_last_ones() -> None:
    random = Random(1)
    agenda: Agenda[int] = Agenda()
    last: dict[int, float] = {}
    for _ in range(2000):
        item = random.randrange(50)
        if random.random() < 0.2 and last:
            at, item = agenda.take()
            assert at == last.pop(item) <= min(last.values(), default=at)
        else:
            last[item] = random.random()
            agenda.plan(item, last[item])
        assert len(agenda) == len(last)
        assert agenda.first == min(last.values(), default=None)
