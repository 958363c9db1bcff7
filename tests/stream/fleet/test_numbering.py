"""Sequence numbers go on with another shard, and what nobody recognized is counted as lost."""

from dataclasses import replace

from hnhar.stream.fleet.numbering import Numbering, offset_of
from hnhar.stream.fleet.orders import Continued
from hnhar.stream.messages import Event, Prediction
from hnhar.stream.publish.sequences import Sequences

HOP = 0.25
FIRST = Prediction(
    seq=0,
    wearer="w",
    start=0.0,
    end=3.0,
    end_unix_ns=10**18,
    label="Walk",
    confidence=1.0,
    probabilities={"Walk": 1.0},
    modalities=("imu",),
    coverage={"imu": 1.0},
    closed_by="samples",
    model="m",
)
ONSET = Event(
    seq=0, wearer="w", id=0, kind="onset", label="Walk", onset=1.0, onset_unix_ns=None, duration=None,
    confidence=1.0, decided=2.0,
)  # fmt: skip


def test_a_first_shard_numbers_as_the_engine_does() -> None:
    numbers = Numbering(Continued(), HOP)
    assert numbers.prediction(FIRST) is FIRST
    assert numbers.event(ONSET) is ONSET


def test_windows_that_nobody_recognized_are_lost_numbers() -> None:
    numbers = Numbering(Continued(prediction=99, unix_ns=10**18), HOP)
    back = replace(FIRST, end_unix_ns=10**18 + round(17.02 * HOP * 1e9))  # clocks differ a little
    assert numbers.prediction(back).seq == 99 + 17
    assert numbers.prediction(replace(back, seq=1)).seq == 99 + 18
    readers = Sequences()
    assert readers.take("fleet", "t", 99) == 0
    assert readers.take("fleet", "t", 99 + 17) == 16


def test_a_wearer_who_goes_on_at_once_loses_none() -> None:
    numbers = Numbering(Continued(prediction=4, unix_ns=10**18), HOP)
    assert numbers.prediction(replace(FIRST, end_unix_ns=10**18 + 250_000_000)).seq == 5


def test_without_a_wall_clock_numbers_go_on_without_a_gap() -> None:
    assert Numbering(Continued(prediction=4, unix_ns=None), HOP).prediction(FIRST).seq == 5


def test_events_go_on_with_ids_that_none_had_before() -> None:
    numbers = Numbering(Continued(prediction=4, unix_ns=None, event=6, activity=3), HOP)
    made = numbers.event(replace(ONSET, seq=1, id=1))
    assert (made.seq, made.id) == (8, 5)


def test_an_activity_whose_shard_is_gone_ends_with_the_last_prediction() -> None:
    begun = replace(ONSET, seq=6, id=3, onset_unix_ns=10**18)
    ended = offset_of(begun, 7, 10**18 + 2_500_000_000)
    assert (ended.seq, ended.id, ended.kind, ended.label) == (7, 3, "offset", "Walk")
    assert (ended.duration, ended.decided) == (2.5, 3.5)
    assert offset_of(begun, 7, None).duration == 0.0
