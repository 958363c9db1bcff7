"""Activities that were never trained, recognized by their likeness to a few examples.

The bundle keeps exemplars: embeddings of windows of each class that it learned, and of each activity that was
enrolled later. Similarity is the cosine after whitening by the pooled within-class covariance of the learned
classes, shrunk toward a sphere: the directions in which performances of one class differ count less (linear
discriminant analysis; for class-incremental learning Goswami et al., "FeCAM", NeurIPS 2023). A class is the
mean of its exemplars (Mensink et al., "Distance-based image classification", TPAMI 2013; Snell et al.,
"Prototypical networks for few-shot learning", NeurIPS 2017).

The margin m of an enrolled activity is the similarity to its prototype less the greatest to a learned class.
Its logit, l = scale (m - threshold), stands against 0 for all that was learned: with enrolled activities e,
p(e) = exp l_e / (1 + Σ exp l), and what the weights say of their own classes is multiplied by what is left,
1 / (1 + Σ exp l). So learned classes keep their proportions, and without enrolled ones nothing changes. The
threshold is 0, the nearest prototype, unless too many windows of anything else lie above it. A threshold
fitted to the examples serves the next person worse: those of one person lie closer together than another's
lie to them, by an amount that nothing in them tells (docs/streaming.md).

Legend: N windows, M modalities, E width of a modality's embedding, K learned classes, L enrolled activities.
Loads no torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..bundle.bundle import BundleInfo
from ..bundle.enrollment import Enrollment, Gate
from ..bundle.subsets import subset_key

SHRINKAGE = 0.1
"""Share of the mean variance that is added to every direction of the within-class covariance."""
ACCEPTED = 0.002
"""Share of the windows of anything else that a gate may let through, at most: an hour of them has thousands.
Chosen on a training subject, with three classes left out of a training on others."""
SCALE = 20.0
"""Logit per unit of margin. Chosen likewise."""
_KNOWN = 1e4
"""By how much the novelty falls of what an enrolled activity takes."""
Vectors = NDArray[np.float32]
"""(N, M, E): of each modality a unit vector, or zeros where it was absent."""


@dataclass(frozen=True, slots=True, eq=False)
class Exemplars:
    """Embeddings of windows and what they are of."""

    vectors: Vectors
    labels: NDArray[np.int64]
    """(N,) index of the class: learned ones and enrolled ones are counted apart, each from 0."""

    def without(self, label: int) -> "Exemplars":
        """Those of the other labels, renumbered so that none is missing."""
        kept = self.labels != label
        labels = self.labels[kept]
        return Exemplars(self.vectors[kept], labels - (labels > label))

    def joined(self, other: "Exemplars") -> "Exemplars":
        """Both."""
        return Exemplars(
            np.concatenate([self.vectors, other.vectors]), np.concatenate([self.labels, other.labels])
        )


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Exemplars that a bundle keeps of its classes, beside the weights."""

    learned: Exemplars
    enrolled: Exemplars


def no_exemplars(like: Exemplars) -> Exemplars:
    """None, of the same widths."""
    return Exemplars(like.vectors[:0], like.labels[:0])


def sections(embeddings: NDArray[np.float32], modalities: int) -> Vectors:
    """(N, M E) embeddings of a recognizer as `Vectors`."""
    parts = embeddings.reshape(len(embeddings), modalities, -1)
    return _unit(parts.astype(np.float64)).astype(np.float32)


class WhitenedSpace:
    """The embedding space, whitened by the learned classes."""

    def __init__(self, learned: Exemplars) -> None:
        """A class of `learned` that has no exemplar of a modality is compared by the others alone."""
        classes = int(learned.labels.max()) + 1
        vectors = learned.vectors.astype(np.float64)
        present = _present(vectors)
        means = np.zeros((classes, *vectors.shape[1:]))
        counts = np.zeros((classes, vectors.shape[1], 1))
        for k in range(classes):
            members = learned.labels == k
            counts[k] = present[members].sum(axis=0)[:, None]
            means[k] = vectors[members].sum(axis=0) / np.maximum(counts[k], 1)
        self._center = means.sum(axis=0) / np.maximum((counts > 0).sum(axis=0), 1)
        residuals = np.where(present[:, :, None], vectors - means[learned.labels], 0.0)
        self._whiten = np.stack(
            [_inverse_root(residuals[present[:, m], m], vectors.shape[2]) for m in range(vectors.shape[1])]
        )
        self.prototypes = self.prototypes_of(learned)

    def __call__(self, vectors: Vectors) -> NDArray[np.float64]:
        """(N, M, E) -> (N, M, E), unit vectors again; zeros stay zeros."""
        there = _present(vectors)[:, :, None]
        turned = np.einsum("nme,mef->nmf", vectors - self._center, self._whiten)
        return np.where(there, _unit(turned), 0.0)

    def prototypes_of(self, exemplars: Exemplars) -> NDArray[np.float64]:
        """(classes, M, E) mean of each class in this space; zeros where it has nothing of a modality."""
        placed = self(exemplars.vectors)
        classes = int(exemplars.labels.max(initial=-1)) + 1
        sums = np.zeros((classes, *placed.shape[1:]))
        np.add.at(sums, exemplars.labels, placed)
        return _unit(sums)

    def similarities(
        self, placed: NDArray[np.float64], prototypes: NDArray[np.float64], columns: Sequence[int]
    ) -> NDArray[np.float64]:
        """(N, classes) mean cosine over some modalities; `placed` is what calling this gave.

        Over those of them that the class has; -1, as far as can be, where it has none.
        """
        chosen = list(columns)
        sums: NDArray[np.float64] = np.einsum("nme,kme->nk", placed[:, chosen], prototypes[:, chosen])
        counts = _present(prototypes[:, chosen]).sum(axis=1)
        return np.where(counts > 0, sums / np.maximum(counts, 1), -1.0)

    def margins(
        self, placed: NDArray[np.float64], prototype: NDArray[np.float64], columns: Sequence[int]
    ) -> NDArray[np.float64]:
        """(N,) similarity to one (M, E) prototype less the greatest to a learned class."""
        similarity = self.similarities(placed, prototype[None], columns)[:, 0]
        return np.asarray(similarity - self.similarities(placed, self.prototypes, columns).max(axis=1))


class Competition:
    """Puts the enrolled activities of a bundle beside the classes that its weights know."""

    def __init__(self, info: BundleInfo, memory: Memory) -> None:
        self._names = [modality.name for modality in info.modalities]
        self._space = WhitenedSpace(memory.learned)
        self._prototypes = self._space.prototypes_of(memory.enrolled)
        self._enrolled = info.enrolled

    def join(
        self,
        probabilities: NDArray[np.float32],
        novelty: NDArray[np.float64],
        embeddings: NDArray[np.float32],
        present: Sequence[tuple[str, ...]],
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """With the enrolled activities among them: probabilities, and how new each window is.

        Args:
            probabilities: (N, K), calibrated, of the learned classes.
            novelty: (N,), see `novelty`, of the learned classes. What an enrolled activity takes is not new:
                its score goes below every threshold.
            embeddings: (N, M E).
            present: Per window, the modalities that it has.

        Returns:
            (N, K + L) float32, each row adding up to 1; (N,).
        """
        placed = self._space(sections(embeddings, len(self._names)))
        logits = np.full((len(placed), len(self._enrolled)), -np.inf)
        for subset in sorted(set(present)):
            rows = np.array([names == subset for names in present])
            for column, (activity, prototype) in enumerate(
                zip(self._enrolled, self._prototypes, strict=True)
            ):
                columns = widest_gated(activity, [self._names.index(n) for n in subset], self._names)
                if columns:
                    gate = activity.gates[subset_key({self._names[c] for c in columns})]
                    margins = self._space.margins(placed[rows], prototype, columns)
                    logits[rows, column] = gate.scale * (margins - gate.threshold)
        odds = np.exp(np.minimum(logits, 60.0))
        left = 1.0 / (1.0 + odds.sum(axis=1, keepdims=True))
        joined = np.concatenate([probabilities * left, odds * left], axis=1).astype(np.float32)
        return joined, np.where(left[:, 0] < 0.5, novelty - _KNOWN, novelty)


def taken(joined: NDArray[np.float32], learned: int) -> NDArray[np.bool_]:
    """(N,) True where enrolled activities take most of the (N, learned + L) probabilities."""
    return np.asarray(joined[:, learned:].sum(axis=1) > 0.5)


def widest_gated(activity: Enrollment, present: Sequence[int], names: Sequence[str]) -> tuple[int, ...]:
    """The largest set of the present modalities that has a gate: examples may have lacked the others."""
    having = {names[c]: c for c in present}
    gated = [key.split("+") for key in activity.gates if set(key.split("+")) <= having.keys()]
    return min((tuple(sorted(having[n] for n in s)) for s in gated), key=lambda s: (-len(s), s), default=())


def gate_against(others: NDArray[np.float64]) -> Gate:
    """The gate of an activity, given the (N,) margins of windows of anything else.

    At most `ACCEPTED` of them are above its threshold; none, where they are too few for one.
    """
    floor = float(np.quantile(others, 1 - ACCEPTED, method="higher")) if len(others) else 0.0
    return Gate(SCALE, float(np.ceil(max(floor, 0.0) * 1e4) / 1e4))


def _present(vectors: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(N, M) whether each modality was there."""
    return np.asarray((vectors != 0).any(axis=2))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors along the last axis; zeros stay zeros."""
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, norm, out=np.zeros_like(vectors), where=norm > 1e-9))


def _inverse_root(residuals: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """(E, E) that whitens (n, E) residuals; the identity where there are none."""
    if len(residuals) < 2:
        return np.eye(width)
    covariance = residuals.T @ residuals / len(residuals)
    spread = float(np.trace(covariance)) / width
    if spread <= 1e-12:
        return np.eye(width)
    values, vectors = np.linalg.eigh(covariance + SHRINKAGE * spread * np.eye(width))
    return np.asarray(vectors @ np.diag(values**-0.5) @ vectors.T)
