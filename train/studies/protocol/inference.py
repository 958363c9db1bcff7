"""Presumed classes of unlabeled trials: nearest neighbors, and label spreading from a few labeled trials.

Both use the embeddings of all modalities together, because what two sensors agree on is seldom wrong. Legend:
N trials, F features, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

FEWEST = 6
"""Edges of a trial."""
ROUNDS = 50
"""Of Sinkhorn's iteration."""


@dataclass(frozen=True, slots=True)
class Spreading:
    """Settings of `spread`."""

    neighbors: int | None = FEWEST
    """Edges of each trial; None: half of an average class's trials (`edges`)."""
    width: float = 0.5
    """Distance over which an edge's weight falls by e, in distances to the last neighbor."""
    reach: float = 0.9
    """Share of a trial's label that comes from its neighbors."""
    equal: float = 1.0
    """How much classes are taken to be equally frequent: their shares are those that spreading finds by
    itself, to the power of 1 - `equal`. 1: a corpus of repetitions; 0: nothing is known."""

    def edges(self, trials: int, classes: int) -> int:
        """Edges of each of so many trials. With fewer than a class needs to hang together the few labels
        reach but part of it, however well the features tell classes apart."""
        return self.neighbors or max(FEWEST, round(trials / classes / 2))


def fused_similarity(embeddings: Sequence[Tensor]) -> Tensor:
    """(N, N) mean over modalities of the cosine similarities of (N, F) unit vectors; -inf on the diagonal."""
    similarity = torch.stack([z @ z.T for z in embeddings]).mean(dim=0)
    return similarity.fill_diagonal_(-torch.inf)


def nearest(similarity: Tensor, count: int) -> Tensor:
    """(N, N) bool: column j is among the `count` most similar to row i."""
    count = min(count, len(similarity) - 1)
    return torch.zeros_like(similarity, dtype=torch.bool).scatter_(1, similarity.topk(count).indices, True)


def mutual(near: Tensor) -> Tensor:
    """(N, N) bool: both are near each other; symmetric."""
    return near & near.T


def spread(similarity: Tensor, rows: Tensor, labels: Tensor, classes: int, settings: Spreading) -> Tensor:
    """Class probabilities of all trials from a few labeled ones.

    Label spreading (Zhou et al., NIPS 2003) over the nearest neighbors, in closed form; then every class is
    given its share of the trials (Sinkhorn): an equal one, since a corpus of repetitions has each class about
    equally often, or (`settings.equal`) one that is estimated. The first is knowledge of the protocol and not
    of any label.

    Args:
        similarity: (N, N) of `fused_similarity`.
        rows: (n,) labeled trials.
        labels: (n,) their labels.
        classes: K.
        settings: How.

    Returns:
        (N, K), rows sum to 1; the labeled ones are certain.
    """
    near = nearest(similarity, settings.edges(len(similarity), classes))
    radius = 1 - similarity.masked_fill(~near, torch.inf).amin(dim=1)
    width = settings.width * radius.clamp(min=1e-3)[:, None]
    weights = torch.where(near, torch.exp((similarity - 1) / width), 0.0)
    weights = torch.maximum(weights, weights.T)
    degree = weights.sum(dim=1).rsqrt()
    laplacian = torch.eye(len(weights)) - settings.reach * degree[:, None] * weights * degree
    given = torch.zeros(len(weights), classes)
    given[rows, labels] = 1.0
    scores: Tensor = torch.linalg.solve(laplacian, given).clamp(min=1e-9)
    shares = scores / scores.sum(dim=1, keepdim=True)
    shares = balanced(shares, settings.equal)
    shares[rows] = given[rows]
    return shares


def balanced(shares: Tensor, equal: float = 1.0) -> Tensor:
    """(N, K) made to have rows that sum to 1 and columns that sum to their class's part of N.

    The parts are equal, or between equal ones (1) and those of `shares` itself (0). (Sinkhorn & Knopp.)
    """
    prior = shares.mean(dim=0) ** (1 - equal)
    wanted = len(shares) * prior / prior.sum()
    for _ in range(ROUNDS):
        shares = shares / shares.sum(dim=0, keepdim=True) * wanted
        shares = shares / shares.sum(dim=1, keepdim=True)
    return shares
