"""The interface of a window classifier, and its answer. Loads no torch.

Legend: n windows, M modalities, T steps, C channels, K labels, D embedding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Classified:
    """Calibrated probabilities, embeddings and novelty of a batch of windows."""

    probabilities: NDArray[np.float32]
    """(n, K), calibrated; each row adds up to 1."""
    embeddings: NDArray[np.float32]
    """(n, D)."""
    novelty: NDArray[np.float64]
    """(n,), see `hnhar.model.bundle.novelty`: higher for what is less like anything learned."""
    modalities: tuple[tuple[str, ...], ...]
    """Per window, those that its answer was made from: given and finite."""
    strangeness: NDArray[np.float64] | None = None
    """(n,) half the cosine distance to the nearest example of an activity, 0 to 1; None where none is."""


class Classifier(Protocol):
    """Windows in, class probabilities out: `hnhar.model.runtime.Runtime`, or what stands in for it."""

    def classify(self, windows: Sequence[Mapping[str, NDArray[Any]]]) -> Classified:
        """Recognize windows, each a mapping of modality -> (T, C) samples in canonical units.

        A modality may be missing. The same windows in the same batch give the same bits. Never called from
        two threads at once.
        """
        ...
