"""The offset of a sender's clock after its time has jumped: never an old one without a word."""

import pytest

from hnhar.stream.intake.clock import DOUBT, STALE, SUSPECT, ClockOffset
from hnhar.stream.messages import StreamStatus

from .chain import WINDOW, Chain
from .scripted import Sender


def jumped(chain: Chain, by: float) -> Sender:
    """A sender whose clock was set, while its time service still tells the offset from before."""
    sender = Sender(chain.world)
    chain.connect(sender)
    chain.run(WINDOW + 2.0)
    sender.told, sender.segment = sender.offset, chain.world.segment()
    sender.offset -= by
    return sender


def status(chain: Chain) -> StreamStatus:
    assert chain.connection is not None
    return chain.connection.monitor.status("p", "imu", "imu", chain.world.now)


@pytest.mark.parametrize("polled", [False, True])
def test_a_clock_that_jumps_and_is_never_measured_again_is_a_fault_as_long_as_it_lasts(polled: bool) -> None:
    chain = Chain(polled=polled)
    sender = jumped(chain, -0.5)
    chain.run(3.5)
    sender.answers = False
    windows = len(chain.windows)
    for _ in range(30):
        chain.run(1.0)  # which looks at the time of each window that is made without a fault
        assert any("offset may have changed" in fault for fault in status(chain).faults)
    assert len(chain.windows) > windows
    sender.answers, sender.told = True, None
    chain.run(2 * WINDOW)
    assert status(chain).faults == ()
    assert status(chain).clock_offset == 1000.5


def test_stamps_that_jump_without_their_clock_are_a_fault_until_an_answer_is_surely_later() -> None:
    chain = Chain()
    chain.checks_time = False  # which clock is right is known to nobody
    jumped(chain, -0.5)
    chain.run(SUSPECT + 0.3)
    assert status(chain).faults
    chain.run(DOUBT)
    assert status(chain).faults == ()


class Silent:
    """A time service that answered once."""

    def __init__(self) -> None:
        self.answers = True

    def clock_offset(self, timeout: float) -> float:
        if not self.answers:
            raise TimeoutError
        return 7.0


def test_only_an_answer_ends_the_doubt_and_an_old_one_is_told() -> None:
    service, time = Silent(), 0.0
    clock = ClockOffset(service, "elsewhere", 0.0, lambda: time)
    clock.measure()
    service.answers = False
    clock.suspect(1.0)
    assert clock.reading(1.0 + SUSPECT).offset is None
    for time in (1.1 + SUSPECT, 2.0 + DOUBT, 2.0 + STALE):
        clock.measure()
        reading = clock.reading(time)
        assert reading.offset == 7.0
        assert "offset may have changed" in reading.fault
    service.answers = True
    clock.measure()
    assert clock.reading(time).fault == ""
