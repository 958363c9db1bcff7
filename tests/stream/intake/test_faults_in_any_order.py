"""Whatever befalls a stream, in any order: no window mixes segments, and every sample is accounted for."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray

from .chain import Chain
from .scripted import Sender

Values = NDArray[np.float64]
BAD_STAMPS = [np.nan, np.inf, -np.inf, 1e6, -1e6, 1.79e9, 1.79e18]
JUMPS = [-5000.0, -30.0, -3.0, -0.5, 5.0, 4000.0]


class Faults(RuleBasedStateMachine):
    """A supervisor, a sender and everything that may go wrong between them."""

    polled = thrifty = False
    """Whether its inlets are looked at, and gather what ends no window."""

    @initialize(
        schema=st.sampled_from(["plain", "no unit"]),
        rate=st.sampled_from([25.0, 50.0, 90.0]),
        told=st.booleans(),
    )
    def begin(self, schema: str, rate: float, told: bool) -> None:
        self.chain = Chain(polled=self.polled, thrifty=self.thrifty)
        self.handed = 0
        self.chain.connect(Sender(self.chain.world, schema=schema, rate=rate, answers=told))
        self.chain.run(2.0)

    @property
    def sender(self) -> Sender:
        assert self.chain.sender is not None
        return self.chain.sender

    @property
    def connected(self) -> bool:
        return self.chain.connection is not None

    @property
    def flowing(self) -> bool:
        return self.connected and self.chain.world.link and not self.sender.mute and self.sender.alive

    def run(self, seconds: float) -> None:
        before = self.chain.connection
        self.chain.run(seconds)
        if before is not None and self.chain.connection is None:
            self.handed += before.monitor.samples

    @rule(seconds=st.sampled_from([0.05, 0.5, 1.0, 4.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(seconds)

    @precondition(lambda self: self.connected)
    @rule(after=st.sampled_from([0.1, 2.0]))
    def it_is_killed(self, after: float) -> None:
        self.sender.alive = False
        self.run(after)
        assert not self.connected
        assert self.chain.ended

    @precondition(lambda self: not self.connected)
    @rule(
        schema=st.sampled_from(["plain", "si, reversed", "no unit", "not an imu"]),
        rate=st.sampled_from([25.0, 50.0, 90.0]),
        nominal=st.sampled_from([None, 0.0, 45.0, 55.0]),
        offset=st.sampled_from([0.0, 1000.0, -1000.0]),
        told=st.booleans(),
    )
    def it_returns(self, schema: str, rate: float, nominal: float | None, offset: float, told: bool) -> None:
        self.chain.world.link = True
        self.chain.connect(
            Sender(self.chain.world, schema=schema, rate=rate, nominal=nominal, offset=offset, answers=told)
        )
        windows = len(self.chain.windows)
        self.run(1.5)
        if schema == "not an imu":
            assert not self.connected
            assert "acc_x" in self.chain.refusal
            assert len(self.chain.windows) == windows

    @precondition(lambda self: self.connected)
    @rule()
    def it_falls_silent_or_speaks_again(self) -> None:
        self.sender.mute = not self.sender.mute
        self.run(0.2)

    @precondition(lambda self: self.connected)
    @rule(seconds=st.sampled_from([0.2, 0.7, 3.0, 4.5]))
    def the_link_is_down_and_all_comes_in_a_burst(self, seconds: float) -> None:
        self.chain.world.link = False
        self.run(seconds)
        self.chain.world.link = True
        self.run(0.2)

    @precondition(lambda self: self.connected)
    @rule(seconds=st.sampled_from([0.1, 0.4, 2.0]))
    def samples_are_missing(self, seconds: float) -> None:
        was, self.sender.mute = self.sender.mute, True
        self.run(seconds)
        self.sender.mute = was

    @precondition(lambda self: self.connected)
    @rule(
        stamps=st.lists(st.sampled_from(BAD_STAMPS), min_size=1, max_size=4),
        seconds=st.sampled_from([0.1, 1.0]),
    )
    def stamps_are_wrong(self, stamps: list[float], seconds: float) -> None:
        self.sender.change += [lambda values, _, bad=bad: (values, bad) for bad in stamps]
        self.run(seconds)

    @precondition(lambda self: self.connected)
    @rule(count=st.integers(1, 12), back=st.sampled_from([0.0, 0.01, 0.04]))
    def stamps_repeat_or_step_back(self, count: int, back: float) -> None:
        first: list[float] = []

        def repeated(values: Values, stamp: float) -> tuple[Values, float]:
            first.append(stamp)
            return values, first[0] - back

        self.sender.change += [repeated] * count
        self.run(count / self.sender.rate + 0.1)

    @precondition(lambda self: self.connected)
    @rule(
        value=st.sampled_from([np.nan, np.inf, -np.inf, 1e30]),
        channels=st.sets(st.integers(0, 5), min_size=1),
        count=st.sampled_from([1, 5, 60]),
    )
    def values_are_bad(self, value: float, channels: set[int], count: int) -> None:
        def spoiled(values: Values, stamp: float) -> tuple[Values, float]:
            # the segment's number and the true time are the test's own: they may be missing, not wrong
            places = [c for c in channels if c not in (3, 4) or not np.isfinite(value)]
            values[places] = value
            return values, stamp

        self.sender.change += [spoiled] * count
        self.run(0.5)

    @precondition(lambda self: self.flowing)
    @rule(jump=st.sampled_from(JUMPS), known_after=st.sampled_from([0.3, 1.0, 3.5]))
    def its_clock_is_set_anew(self, jump: float, known_after: float) -> None:
        self.run(0.3)
        if not self.flowing:
            return
        self.sender.told = self.sender.offset
        self.sender.change.clear()
        self.sender.segment = self.chain.world.segment()
        self.sender.offset -= jump
        self.run(known_after)
        if self.connected:
            self.sender.told = None

    @precondition(lambda self: self.connected)
    @rule(rate=st.sampled_from([20.0, 45.0, 55.0, 100.0]))
    def its_rate_changes(self, rate: float) -> None:
        self.sender.rate = rate

    @precondition(lambda self: self.connected)
    @rule()
    def its_time_service_falls_silent_or_answers_again(self) -> None:
        self.sender.answers = not self.sender.answers

    @rule(seconds=st.sampled_from([0.5, 6.0]))
    def recognition_is_busy(self, seconds: float) -> None:
        self.chain.busy = True
        self.run(seconds)
        self.chain.busy = False

    @invariant()
    def every_sample_is_in_one_place(self) -> None:
        if not hasattr(self, "chain"):
            return
        current = self.chain.connection
        self.chain.check_handed_on(self.handed + (current.monitor.samples if current is not None else 0))

    def teardown(self) -> None:
        """After all of it a good stream is recognized within a window and 2 s."""
        if not hasattr(self, "chain"):
            return
        if self.connected:
            self.sender.alive = False
            self.run(0.1)
        self.chain.world.link = True
        self.chain.connect(Sender(self.chain.world))
        before = len(self.chain.windows)
        self.run(5.0)
        assert len(self.chain.windows) > before


def case(examples: int, steps: int, *, polled: bool = False, thrifty: bool = False) -> type:
    """The machine with these settings."""
    made: Callable[..., type] = type(Faults)
    machine = made("Faults", (Faults,), {"polled": polled, "thrifty": thrifty})
    machine.TestCase.settings = settings(  # type: ignore[attr-defined]
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],  # making an example shorter takes longer than a test may
        suppress_health_check=list(HealthCheck),
    )
    return machine.TestCase  # type: ignore[attr-defined,no-any-return]


TestFaultsInAnyOrder = case(12, 15)
TestFaultsInAnyOrderAtLength = pytest.mark.slow(case(80, 25))
TestFaultsInAnyOrderPolled = case(12, 15, polled=True)
TestFaultsInAnyOrderPolledAtLength = pytest.mark.slow(case(80, 25, polled=True))
TestFaultsInAnyOrderThrifty = case(12, 15, thrifty=True)
TestFaultsInAnyOrderThriftyAtLength = pytest.mark.slow(case(80, 25, thrifty=True))
