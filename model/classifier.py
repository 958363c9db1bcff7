"""The interfaces of a window classifier and of the network in it, and their answers. Loads no torch.

Legend: n windows, B = n and what it is padded with, M modalities, T steps, C channels, K labels, D embedding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

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


@dataclass(frozen=True, slots=True, eq=False)
class NetworkOutput:
    """Logits, probabilities and embeddings of n windows."""

    logits: NDArray[np.float32]
    """(n, K), of the classes that were learned."""
    probabilities: NDArray[np.float32]
    """(n, K), softmax of the logits over their temperatures."""
    embeddings: NDArray[np.float32]
    """(n, D)."""


@runtime_checkable
class ServedNetwork(Protocol):
    """A bundle's network, ready to be computed by one runtime: `hnhar.model.networks`."""

    @property
    def runtime(self) -> str:
        """Name and version of the library that computes it: "torch 2.13.0"."""
        ...

    def padded(self, count: int) -> int:
        """B, the rows that it wants for `count` windows, at least as many."""
        ...

    def infer(
        self,
        samples: Mapping[str, NDArray[np.float32]],
        presence: NDArray[np.bool_],
        temperatures: NDArray[np.float32],
    ) -> NetworkOutput:
        """Compute a batch, the same bits for the same batch.

        Args:
            samples: Modality -> (B, T, C), of those that some window has; zeros in rows without it.
            presence: (B, M).
            temperatures: (n, 1); rows beyond these are padding.
        """
        ...
