"""Distances to all examples at once are those to the learned ones and to those of activities."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hnhar.model.enroll.nearest import NearestExamples
from hnhar.model.enroll.prototypes import Exemplars, Memory

from ..conftest import LABELS, describe

RNG = np.random.default_rng(0)
IDLE = LABELS.index("idle")


def examples(count: int, labels: int) -> Exemplars:
    """Unit vectors of two modalities; every third lacks the second."""
    vectors = RNG.normal(size=(count, 2, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    vectors[::3, 1] = 0.0
    return Exemplars(vectors, np.arange(count) % labels)


def distance(vectors: NDArray[np.float32], exemplars: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of (n, M, E) to the nearest of (N, M, E), as it is defined: one modality after the other."""
    out = []
    for window in vectors:
        there = [m for m, part in enumerate(window) if part.any()]
        out.append(min(np.mean([1.0 - window[m] @ example[m] for m in there]) for example in exemplars))
    return np.array(out)


def test_the_distance_is_to_the_nearest_over_the_modalities_that_are_there() -> None:
    learned = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]], np.float32)
    windows = np.array(
        [[[1, 0], [0, 1]], [[1, 0], [0, 0]], [[0.6, 0.8], [0, 0]], [[1, 0], [1, 0]]], np.float32
    )
    memory = Memory(Exemplars(learned, np.zeros(2, np.int64)), Exemplars(learned[:0], np.zeros(0, np.int64)))
    found, _ = NearestExamples(memory, describe()).distances(
        windows.reshape(4, -1), np.array([2.0, 1.0, 1.0, 2.0])
    )
    np.testing.assert_allclose(found, [0.0, 0.0, 0.2, 0.5], atol=1e-6)


@pytest.mark.parametrize("idle", ["idle", ""])
@pytest.mark.parametrize("enrolled", [0, 5])
@pytest.mark.parametrize("count", [1, 7])
def test_distances_are_those_to_the_nearest_of_each_group(count: int, enrolled: int, idle: str) -> None:
    learned, more = examples(40, len(LABELS)), examples(enrolled, 1)
    nearest = NearestExamples(Memory(learned, more), replace(describe(), idle=idle))
    given = examples(count, 1).vectors
    there = (given != 0).any(axis=2).sum(axis=1)
    embeddings = (given / np.sqrt(there)[:, None, None]).reshape(count, -1).astype(np.float32)
    found, of_activities = nearest.distances(embeddings, there.astype(np.float64))
    assert found == pytest.approx(distance(given, learned.vectors), abs=1e-6)
    active = learned.vectors[learned.labels != IDLE] if idle else learned.vectors
    assert of_activities == pytest.approx(distance(given, np.concatenate([active, more.vectors])), abs=1e-6)


def test_without_an_activity_there_is_no_distance_to_one() -> None:
    learned = examples(8, 1)
    memory = Memory(Exemplars(learned.vectors, learned.labels + IDLE), examples(0, 1))
    found, of_activities = NearestExamples(memory, describe()).distances(
        learned.vectors.reshape(8, -1), np.full(8, 2.0)
    )
    assert of_activities is None
    assert len(found) == 8
