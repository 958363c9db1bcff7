"""Live stamps in ms, µs or ns are seconds from the first few on, however they come."""

import numpy as np
import pytest

from hnhar.stream.flow.stamp_scale import StampScale

TIMES = 1.7e9 + np.arange(300) / 50


@pytest.mark.parametrize("chunk", [1, 7, 300])
@pytest.mark.parametrize(("unit", "name"), [(1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])
def test_stamps_in_another_unit_are_seconds(unit: float, name: str, chunk: int) -> None:
    scale = StampScale(50.0)
    parts = [scale.seconds(TIMES[k : k + chunk] / unit) for k in range(0, 300, chunk)]
    np.testing.assert_allclose(np.concatenate(parts)[12:], TIMES[12:], atol=1e-3)
    assert scale.fault == f"its time stamps count {name}: they are taken so"


def test_bursts_that_share_a_stamp_are_waited_for() -> None:
    scale = StampScale(50.0)
    shared = TIMES[(np.arange(300) // 25) * 25 + 24] * 1e3
    parts = [scale.seconds(shared[k : k + 25]) for k in range(0, 300, 25)]
    np.testing.assert_allclose(parts[-1], TIMES[-1], atol=1e-3)


@pytest.mark.parametrize("nominal", [50.0, 0.0])
def test_seconds_are_the_very_same_arrays(nominal: float) -> None:
    scale = StampScale(nominal)
    for k in range(0, 300, 10):
        part = TIMES[k : k + 10]
        assert scale.seconds(part) is part
    assert scale.fault == ""
