"""What is served is what was trained, for every subset of modalities and whatever else is in the batch."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from hnhar.model.classifier import Classified
from hnhar.model.loading import load
from hnhar.model.runtime import Runtime

Window = dict[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def runtime(example_path: Path) -> Runtime:
    """Of the example bundle."""
    return Runtime(*load(example_path))


def window(seed: int) -> Window:
    """Noise in canonical units."""
    rng = np.random.default_rng(seed)
    return {
        "imu": (rng.normal(size=(150, 6)) * [1, 1, 1, 100, 100, 100]).astype(np.float32),
        "skeleton": rng.normal(size=(75, 60)).astype(np.float32),
    }


def mixed(count: int) -> list[Window]:
    """Windows in which each subset of the modalities occurs."""
    windows = [window(seed) for seed in range(count)]
    for number, each in enumerate(windows):
        if number % 3 == 1:
            del each["imu"]
        if number % 3 == 2:
            del each["skeleton"]
    return windows


def same_bits(a: Classified, b: Classified) -> bool:
    return (
        np.array_equal(a.probabilities, b.probabilities)
        and np.array_equal(a.embeddings, b.embeddings)
        and a.modalities == b.modalities
    )


def test_numpys_products_take_no_more_threads_than_the_runtime_was_given(example_path: Path) -> None:
    with threadpool_limits(2, user_api="blas"):
        Runtime(*load(example_path), threads=1)
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} <= {1}


def test_probabilities_are_the_recognizers_softmax_at_the_subsets_temperature(example_path: Path) -> None:
    info, recognizer = load(example_path)
    runtime = Runtime(info, recognizer)
    one = window(0)
    tensors = {name: torch.from_numpy(array)[None] for name, array in one.items()}
    for names, temperature in ((("imu", "skeleton"), 2.0), (("imu",), 1.5), (("skeleton",), 1.0)):
        with torch.no_grad():
            logits = recognizer({name: tensors[name] for name in names}).logits
        found = runtime.classify([{name: one[name] for name in names}])
        assert found.modalities == (names,)
        assert found.probabilities[0] == pytest.approx((logits[0] / temperature).softmax(0).numpy(), abs=1e-4)


def test_each_row_is_a_distribution(runtime: Runtime) -> None:
    found = runtime.classify(mixed(7))
    assert found.probabilities.shape == (7, 4)
    assert found.probabilities.dtype == np.float32
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-5)
    assert found.embeddings.shape == (7, 256)


def test_the_same_batch_gives_the_same_bits_in_another_runtime(runtime: Runtime, example_path: Path) -> None:
    windows = mixed(5)
    first = runtime.classify(windows)
    runtime.classify(mixed(3))
    assert same_bits(first, runtime.classify(windows))
    assert same_bits(first, Runtime(*load(example_path)).classify(windows))


@pytest.mark.parametrize("count", [2, 3, 5, 8, 20])
def test_a_window_gets_the_same_answer_in_any_batch(runtime: Runtime, count: int) -> None:
    windows = mixed(count)
    together = runtime.classify(windows)
    for row, each in enumerate(windows):
        alone = runtime.classify([each])
        assert together.probabilities[row] == pytest.approx(alone.probabilities[0], abs=1e-5)
        assert together.embeddings[row] == pytest.approx(alone.embeddings[0], abs=1e-5)
        assert together.modalities[row] == alone.modalities[0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_modality_that_is_not_finite_counts_as_absent(runtime: Runtime, value: float) -> None:
    damaged = window(0)
    damaged["skeleton"][10, 3] = value
    found = runtime.classify([damaged])
    assert found.modalities == (("imu",),)
    assert same_bits(found, runtime.classify([{"imu": damaged["imu"]}]))


def test_huge_samples_give_finite_probabilities(runtime: Runtime) -> None:
    huge = {"imu": np.full((150, 6), 3e38, np.float32), "skeleton": np.full((75, 60), -3e38, np.float32)}
    assert np.isfinite(runtime.classify([huge]).probabilities).all()


def test_windows_are_not_changed(runtime: Runtime) -> None:
    one = window(0)
    copy = {name: array.copy() for name, array in one.items()}
    for array in one.values():
        array.flags.writeable = False
    runtime.classify([one])
    assert all(np.array_equal(one[name], copy[name]) for name in one)


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({}, "window 0 has no modality"),
        ({"imu": np.full((150, 6), np.nan, np.float32)}, "window 0 has no modality"),
        ({"emg": np.zeros((150, 6), np.float32)}, "unknown modality 'emg'"),
        ({"imu": np.zeros((149, 6), np.float32)}, r"\(149, 6\), not \(150, 6\)"),
    ],
)
def test_windows_that_cannot_be_recognized_are_refused(runtime: Runtime, bad: Window, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        runtime.classify([bad])


def test_no_window_gives_no_row(runtime: Runtime) -> None:
    found = runtime.classify([])
    assert found.probabilities.shape == (0, 4)
    assert found.modalities == ()


def test_warming_up_leaves_no_trace(runtime: Runtime) -> None:
    windows = mixed(3)
    before = runtime.classify(windows)
    runtime.warm_up(4)
    assert same_bits(before, runtime.classify(windows))


def test_threads_must_be_positive(example_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Runtime(*load(example_path), threads=0)


def test_windows_of_an_earlier_batch_leave_nothing_behind(runtime: Runtime) -> None:
    lone = {"imu": window(1)["imu"]}
    before = runtime.classify([lone, lone, lone])
    runtime.classify([window(seed) for seed in range(4)])
    assert same_bits(before, runtime.classify([lone, lone, lone]))
