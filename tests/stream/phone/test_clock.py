"""The offset of a phone's clock, by arrival and by what it tells."""

import pytest

from hnhar.stream.phone.clock import PhoneClock

YEARS = 3e8
"""s by which a phone may be off."""


@pytest.mark.parametrize("off", [YEARS, -YEARS, 0.0])
def test_the_shortest_delay_is_the_offset_however_far_the_clock_is_off(off: float) -> None:
    clock = PhoneClock()
    for k in range(100):
        clock.note(100.0 + k + off, 100.0 + k + 0.02 + 0.3 * (k % 7 != 0))
    assert clock.offset == pytest.approx(0.02 - off, abs=1e-6)
    assert clock.latency == pytest.approx(0.3, abs=1e-6)


def test_a_drift_is_followed_within_half_a_minute() -> None:
    clock = PhoneClock()
    for k in range(1000):
        clock.note(k * (1 + 1e-4), k + 0.02)
    assert clock.offset == pytest.approx(0.02 - 999 * 1e-4, abs=0.004)


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
def test_a_clock_that_is_set_is_followed_at_once(step: float) -> None:
    clock = PhoneClock()
    clock.note(100.0, 50.0)
    clock.note(101.0 + step, 51.0)
    clock.note(102.0 + step, 52.0)
    assert clock.offset == pytest.approx(-50.0 - step)


def test_one_stamp_far_ahead_is_forgotten_with_the_next() -> None:
    clock = PhoneClock()
    clock.note(100.0, 50.0)
    clock.note(1e9, 50.1)
    clock.note(100.2, 50.2)
    assert clock.offset == pytest.approx(-50.0)


def test_a_page_that_tells_its_time_is_believed_by_its_quickest_answer() -> None:
    clock = PhoneClock()
    clock.note(7.0, 100.5)
    clock.answered(asked=100.0, answer=7.3, arrived=101.0)
    clock.answered(asked=102.0, answer=8.51, arrived=102.02)
    assert clock.offset == pytest.approx(102.01 - 8.51)
    clock.note(28.0, 140.0)
    assert clock.offset == pytest.approx(93.5)  # 20 s later no answer holds any longer


def test_nothing_is_known_before_the_first_message() -> None:
    assert PhoneClock().offset is None


def test_a_clock_that_stood_still_while_the_phone_slept_is_believed_by_its_answers_since() -> None:
    clock = PhoneClock()
    clock.note(10.0, 100.0)
    clock.answered(asked=100.0, answer=10.005, arrived=100.01)
    clock.answered(asked=108.0, answer=12.05, arrived=108.1)  # 6 s of sleep; a slower way than before
    clock.note(12.1, 108.2)
    assert clock.offset == pytest.approx(108.05 - 12.05)
    assert clock.sets == 1
