"""The examples and the thresholds of a bundle, carried over to encoders that have adapted.

A bundle keeps embeddings of its training windows, by which activities are enrolled and the unknown is told,
and not the windows themselves. Adapted encoders place windows elsewhere. The wearer's windows are there
before and after, so they tell how the space has moved: a linear map of each modality, least squares with a
pull toward no change at all, takes what is kept along. The wearer's own windows join it.

Legend: N windows or examples, M modalities, E width of a modality's embedding.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.novelty import Novelty
from hnhar.model.enroll.prototypes import Exemplars, Memory, Vectors

PULL: Final = 20.0
"""Windows that no change counts as, in the fit of a map."""
EACH: Final = 8
"""Examples of an activity that are taken from the wearer's windows, at most."""
CLEAR: Final = 0.9
"""Least weight of a label in a window that becomes its example."""
TAIL: Final = 0.9
"""Quantile of the scores by which a threshold moves: of a few hundred windows no later one is sure."""
ENOUGH: Final = 60
"""Windows from which on a threshold is moved."""


def carried(memory: Memory, before: Vectors, after: Vectors, targets: NDArray[np.float32]) -> Memory:
    """The memory of a bundle for adapted encoders.

    Args:
        memory: Of the bundle before; with nothing enrolled.
        before: (N, M, E) of the wearer's windows, by the encoders as they were; zeros where one is absent.
        after: The same, by the adapted encoders.
        targets: (N, K) of the windows.
    """
    vectors = memory.learned.vectors.copy()
    for m in range(vectors.shape[1]):
        there = (before[:, m] != 0).any(axis=1) & (after[:, m] != 0).any(axis=1)
        if there.any() and not np.array_equal(before[there, m], after[there, m]):
            moved = vectors[:, m].astype(np.float64) @ motion(before[there, m], after[there, m])
            norm = np.linalg.norm(moved, axis=1, keepdims=True)
            vectors[:, m] = np.divide(moved, norm, out=np.zeros_like(moved), where=norm > 1e-9)
    rows = _examples(targets)
    labels = targets[rows].argmax(axis=1).astype(np.int64)
    learned = Exemplars(vectors, memory.learned.labels).joined(Exemplars(after[rows], labels))
    return replace(memory, learned=learned)


def motion(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float64]:
    """(E, E) that takes (N, E) vectors `before` to those `after`, nearly; the identity where none moved."""
    first, then = before.astype(np.float64), after.astype(np.float64)
    width = first.shape[1]
    pull = PULL / width * np.eye(width)
    return np.asarray(np.linalg.solve(first.T @ first + pull, first.T @ then + pull))


def moved_thresholds(
    info: BundleInfo, before: Mapping[str, NDArray[np.float64]], after: Mapping[str, NDArray[np.float64]]
) -> dict[str, Novelty]:
    """Thresholds of the unknown that are for the adapted scores what those of `info` were for the old ones.

    Args:
        info: Of the bundle before.
        before: Subset of modalities -> (N,) scores of the wearer's held-out windows, as they were.
        after: The same, adapted.
    """
    made = dict(info.novelty)
    for key, known in info.novelty.items():
        if key in before and key in after and min(len(before[key]), len(after[key])) >= ENOUGH:
            shift = float(np.quantile(after[key], TAIL) - np.quantile(before[key], TAIL))
            made[key] = replace(known, threshold=known.threshold + shift)
    return made


def _examples(targets: NDArray[np.float32]) -> NDArray[np.intp]:
    """Rows of windows that are clearly of one label, `EACH` of each at most, spread over the session."""
    best, weight = targets.argmax(axis=1), targets.max(axis=1)
    kept = []
    for label in np.unique(best):
        clear = np.flatnonzero((best == label) & (weight >= CLEAR))
        kept.append(clear[np.linspace(0, len(clear) - 1, min(EACH, len(clear))).round().astype(np.intp)])
    return np.sort(np.concatenate(kept)) if kept else np.zeros(0, np.intp)
