"""Units of time stamps are told by how far they go on with each sample."""

import numpy as np
import pytest

from hnhar.stream.mapping.stamp_unit import stamp_unit


@pytest.mark.parametrize(("name", "unit"), [("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)])
@pytest.mark.parametrize("nominal", [50.0, 18.0, 0.0])
@pytest.mark.parametrize("begin", [0.0, 1000.0, 1.7e9])
def test_a_stream_of_fifty_a_second_tells_its_unit(
    name: str, unit: float, nominal: float, begin: float
) -> None:
    assert stamp_unit((begin + np.arange(200) / 50) / unit, nominal).name == name


def test_bursts_and_lone_wrong_stamps_do_not_hide_the_unit() -> None:
    stamps = (1000.0 + np.arange(240) / 50) * 1e3
    stamps = stamps[(np.arange(240) // 12) * 12 + 11]
    stamps[100] = 0.0
    assert stamp_unit(stamps, 50.0).name == "ms"


@pytest.mark.parametrize("stamps", [[], [1.0], [1.0, 1.0], [0.0, 7.0, 14.0], [float("nan"), 1.0, 1.02]])
def test_what_tells_nothing_counts_seconds(stamps: list[float]) -> None:
    assert stamp_unit(np.array(stamps), 0.0).name == "s"
