"""How far a batch of windows lies from what a bundle remembers: one product with all of its examples.

Legend: n windows, M modalities, E width of a modality's embedding, N examples.
"""

import numpy as np
from numpy.typing import NDArray

from ..bundle.bundle import BundleInfo
from .prototypes import Memory


class NearestExamples:
    """The examples of a bundle in the order idle, learned activities, enrolled ones, as one matrix."""

    def __init__(self, memory: Memory, info: BundleInfo) -> None:
        """`memory`: what `info` says is learned and enrolled."""
        learned, enrolled = memory.learned, memory.enrolled.vectors
        rests = np.zeros(len(learned.labels), np.bool_)
        if info.idle:
            rests = learned.labels == info.labels.index(info.idle)
        self._rests, self._learned = int(rests.sum()), len(rests)
        vectors = np.concatenate([learned.vectors[rests], learned.vectors[~rests], enrolled])
        self._examples_DN = np.ascontiguousarray(vectors.reshape(len(vectors), -1)).T
        self._modalities = vectors.shape[1]

    def distances(
        self, embeddings: NDArray[np.float32], there: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Cosine distances to the nearest example, each a mean over the modalities that a window has.

        A modality that an example lacks is at a right angle to it.

        Args:
            embeddings: (n, M E) of a recognizer, zeros where a modality is absent.
            there: (n,) modalities that each window has, at least 1.

        Returns:
            (n,) of those learned, 0 where there are none; (n,) of those of activities, None where none is.
        """
        parts = embeddings.reshape(len(embeddings), self._modalities, -1)
        norms = np.sqrt(np.einsum("nme,nme->nm", parts, parts))[:, :, None]
        units = (parts / np.maximum(norms, 1e-9)).reshape(embeddings.shape)
        likeness = units @ self._examples_DN
        learned = np.zeros(len(units))
        if self._learned:
            learned = 1.0 - likeness[:, : self._learned].max(axis=1) / there
        if self._rests == likeness.shape[1]:
            return learned, None
        return learned, 1.0 - likeness[:, self._rests :].max(axis=1) / there
