"""Lost samples, and values that are no numbers: coverage says what a window lacks, and no NaN gets on."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import DEFAULT, find
from hnhar.model.modality import ModalityKind
from hnhar.model.runtime import Runtime
from hnhar.model.serving import installed, serve
from hnhar.stream.engine.engine import Engine
from hnhar.stream.messages import Chunk, Feed
from hnhar.stream.windows.buffers import GAP
from hnhar.stream.windows.windower import MIN_COVERAGE, Windower

from .windowing import IMU, SKELETON, Times, chunk, fed, regular, windower

STEPS, RATE = 150, 50.0


def supported(times: Times, point: float) -> bool:
    """Whether a grid point lies on a sample, between two close enough, or close enough behind the last."""
    if np.abs(times - point).min(initial=np.inf) < 1e-9:
        return True  # on a sample, but for rounding
    before, after = times[times <= point][-1:], times[times >= point][:1]
    if len(before) and len(after):
        return bool(after[0] - before[0] <= GAP)
    return any(abs(point - float(edge)) <= GAP for edge in (*before, *after))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    share=st.sampled_from([0.0, 0.05, 0.3, 0.7]),
    holes=st.lists(st.tuples(st.floats(100, 106), st.sampled_from([0.1, 0.24, 0.26, 1.0, 2.5])), max_size=4),
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=20),
)
@example(seed=0, share=0.0, holes=[(102.0, 2.5), (101.5, 1.0)], sizes=[1])
def test_coverage_is_the_share_of_the_grid_that_samples_support_whatever_is_lost(
    seed: int, share: float, holes: list[tuple[float, float]], sizes: list[int]
) -> None:
    times = regular(100, 106)
    kept = np.random.default_rng(seed).random(len(times)) >= share
    for begin, length in holes:
        kept &= (times < begin) | (times > begin + length)
    times = times[kept]
    bounds = np.cumsum(sizes)
    windows = fed(windower(), [(IMU, part) for part in np.split(times, bounds[bounds < len(times)])])
    for window in windows:
        grid = window.end + np.arange(1 - STEPS, 1) / RATE
        begin = max(int((times < grid[0]).sum()) - 1, 0)
        near = times[begin : int((times <= grid[-1]).sum()) + 1]
        if len(near) > 1 and near[0] < grid[0] and near[1] - near[0] > 3.0:
            near = near[1:]
        if len(near) > 1 and near[-1] > grid[-1] and near[-1] - near[-2] > 3.0:
            near = near[:-1]  # what comes after so long a hole is not there yet for the window before it
        expected = np.mean([supported(near, float(point)) for point in grid])
        assert window.coverage["imu"] == pytest.approx(float(expected), abs=1e-9)
        assert window.coverage["imu"] >= MIN_COVERAGE
        assert np.isfinite(window.samples["imu"]).all()


@pytest.fixture(scope="module", params=["torch", "onnx"])
def runtime(request: pytest.FixtureRequest) -> Runtime:
    if not installed({"torch": "torch", "onnx": "onnxruntime"}[request.param]):
        pytest.skip(f"{request.param} is not installed")
    return serve(find(DEFAULT), runtime=request.param).runtime


BAD = (np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45)


def spoilt(draw: np.random.Generator, feed: Feed, times: Times) -> Chunk:
    """The feed's signal with some entries that no sensor measures."""
    values: NDArray[np.float32] = chunk(feed, times).samples.copy()
    where = draw.random(values.shape) < draw.choice([0.01, 0.3, 1.0])
    where[:, draw.random(values.shape[1]) < 0.5] = False
    values[where] = draw.choice(BAD, size=int(where.sum()))
    return Chunk(values, times)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_number_of_a_prediction_is_not_finite_whatever_the_samples_are(
    runtime: Runtime, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    engine = Engine(runtime, runtime.info, ["p"], hop=0.5)
    for feed, rate in ((IMU, 50.0), (SKELETON, 30.0)):
        engine.push("p", feed, spoilt(draw, feed, regular(100, 106, rate)))
    windows = engine.due()
    for window in windows:
        assert all(np.isfinite(values).all() for values in window.samples.values())
    for made in engine.classify(windows):
        assert np.isfinite([*made.probabilities.values(), *made.coverage.values(), made.confidence]).all()
        assert sum(made.probabilities.values()) == pytest.approx(1.0, abs=1e-4)


def test_a_stream_as_slow_as_its_grid_is_whole_though_its_samples_jitter_and_a_real_hole_is_not() -> None:
    kind = ModalityKind("pulse", ("bpm",), ("1/min",), 4.0, {})
    pulse, rng = Feed("pulse", "pulse", (0,)), np.random.default_rng(0)
    times = regular(100, 120, 4.0) + rng.uniform(-0.05, 0.05, 80)

    def coverage(kept: Times) -> list[float]:
        cutter = Windower("p", [kind.modality()], window=3.0, hop=0.5, min_coverage=0.0)
        windows = fed(cutter, [(pulse, kept)])
        assert cutter.counters["pulse"].gaps == int((np.diff(kept) > 0.5).sum())
        return [window.coverage["pulse"] for window in windows]

    assert min(coverage(times)[5:]) == 1.0
    assert min(coverage(times[(times < 108) | (times > 110)])) < 0.6
