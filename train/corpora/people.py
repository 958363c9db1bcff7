"""Folds that leave people out, by their numbers alone: who is tested together does not depend on who else
is there, so that people who join a corpus later move nobody."""

PARTS_OF_PEOPLE = 4
"""Folds."""


def part_of(subject: int) -> int:
    """Fold in which a person is tested, from 0 on: the remainder of the person's number."""
    return subject % PARTS_OF_PEOPLE
