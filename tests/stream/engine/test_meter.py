"""What a run measures of itself."""

import math

import numpy as np
import pytest

from hnhar.stream.engine.meter import Histogram, Meter
from hnhar.stream.messages import Latency


def test_a_histograms_quantiles_are_within_its_bins_of_the_exact_ones() -> None:
    values = np.random.default_rng(0).lognormal(-6, 1, 20_000)
    histogram = Histogram()
    for value in values:
        histogram.add(float(value))
    for share in (0.01, 0.5, 0.99, 1.0):
        exact = float(np.quantile(values, share, method="inverted_cdf"))
        assert exact <= histogram.quantile(share) * (1 + 1e-12)
        assert histogram.quantile(share) <= exact * 1.021


@pytest.mark.parametrize("value", [0.0, -3.0, 1e300])
def test_a_histogram_takes_any_finite_value(value: float) -> None:
    histogram = Histogram()
    histogram.add(value)
    assert math.isfinite(histogram.quantile(0.5))


def test_an_empty_histogram_has_no_quantiles() -> None:
    assert math.isnan(Histogram().quantile(0.5))


def test_a_status_speaks_of_the_last_minute_and_the_summary_of_all() -> None:
    meter = Meter()
    meter.predicted("a", Latency(total=1.0), 0.0)
    for second in range(100, 110):
        meter.predicted("a", Latency(lsl=0.001, total=0.002), float(second))
    recent = meter.latency(110.0)
    assert recent["total"].p99 == pytest.approx(0.002)
    assert recent["lsl"].p50 == pytest.approx(0.001)
    assert meter.total.quantile(1.0) == pytest.approx(1.0, rel=0.021)
    assert meter.latency(1000.0) == {}


def test_predictions_and_onsets_are_counted_over_all_wearers() -> None:
    meter = Meter()
    meter.predicted("a", Latency(), 0.0)
    meter.predicted("b", Latency(), 0.0)
    meter.began("b")
    assert (meter.predictions, meter.events) == (2, 1)
    assert meter.wearers["b"].events == 1
