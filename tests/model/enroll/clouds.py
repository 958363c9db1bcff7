"""Embeddings around axes of their own, as examples and as a memory of what was learned."""

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.enroll.enroll import Examples, remembered
from hnhar.model.enroll.prototypes import (
    Competition,
    Memory,
    sections,
)

WIDTH = 12
BOTH = ("imu", "skeleton")


def cloud(direction: int, count: int, seed: int, columns: tuple[int, ...] = (0, 1)) -> NDArray[np.float32]:
    """(count, 2, WIDTH) unit vectors around one axis; a modality not in `columns` is absent."""
    rng = np.random.default_rng([seed, direction])
    vectors = rng.normal(0, 0.15, (count, 2, WIDTH))
    vectors[:, :, direction] += 1.0
    absent = [m for m in (0, 1) if m not in columns]
    vectors[:, absent] = 0.0
    return sections(vectors.reshape(count, -1).astype(np.float32), 2)


def memory(classes: int = 4) -> Memory:
    """A memory of four classes, each around an axis of its own."""
    vectors = np.concatenate([cloud(k, 20, 0) for k in range(classes)])
    return remembered(vectors, np.repeat(np.arange(classes), 20))


def examples(direction: int = 6, performances: int = 5, columns: tuple[int, ...] = (0, 1)) -> Examples:
    """Five windows of each performance around an axis, and windows of the first class as the rest."""
    vectors = np.concatenate([cloud(direction, 5, 10 + p, columns) for p in range(performances)])
    return Examples(vectors, np.repeat(np.arange(performances), 5), cloud(0, 30, 9))


def classify(
    info: BundleInfo, kept: Memory, vectors: NDArray[np.float32], names: tuple[str, ...] = BOTH
) -> NDArray[np.float32]:
    """Joint probabilities of windows that the weights take for the second class."""
    learned = len(info.labels) - len(info.enrolled)
    rows = np.tile(
        np.array([0.1, 0.8, *[0.1 / (learned - 2)] * (learned - 2)], np.float32), (len(vectors), 1)
    )
    made, _ = Competition(info, kept).join(
        rows, np.zeros(len(vectors)), vectors.reshape(len(vectors), -1), [names] * len(vectors)
    )
    return made
