"""The anchors of a batch: every modality of every sample against every other modality, or two views of one.

The similarities are held whole where they are few, and taken in tiles (`tiled`) where they are many.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import torch
from torch import Tensor

from .anchor import anchor_losses, dense_log_means
from .inputs import Setting, full_precision
from .tiled import tiled_log_means

DENSE_ENTRIES = 512 * 512
"""Similarities up to which the dense form is taken: about where tiles become the faster ones on a CPU too."""
TILE_CPU = 512
TILE_GPU = 4096
"""Side of a tile, unless the caller says: what a core's cache holds, and what gives a GPU enough to do."""

Anchors = tuple[Tensor, Tensor]
"""(loss, True where it has a negative) of each anchor, both (A,). The loss is 0 where it has none."""


@dataclass(frozen=True, slots=True)
class Samples:
    """A batch, or one process's part of it."""

    modalities: Sequence[Tensor]
    """M of (B, D)."""
    presence: Tensor | None
    """(B, M) bool; None: all are there."""
    group: Tensor
    """(B,) int64, see `inputs`."""

    def having(self, *modalities: int) -> Tensor | slice:
        """(B,) bool mask of the samples that have all of these modalities, or a slice of all samples."""
        if self.presence is None:
            return slice(None)
        return self.presence[:, list(modalities)].all(dim=1)


def log_means(
    rows: Tensor,
    columns: Tensor,
    row_group: Tensor,
    column_group: Tensor,
    setting: Setting,
    *,
    weights: Tensor | None = None,
    tile: int | None = None,
    both: bool = True,
) -> list[tuple[Tensor, Tensor]]:
    """(ρ, n) of the rows as anchors with the columns as others, and with `both` of the columns with the rows.

    Args:
        rows: (A, D).
        columns: (N, D).
        row_group: (A,).
        column_group: (N,).
        setting: t and β.
        weights: (A, N), dense only.
        tile: Side of a tile; 0: dense; None: by size.
        both: True where the columns are anchors too.
    """
    if tile is None:
        many = len(rows) * len(columns) > DENSE_ENTRIES and weights is None
        tile = (TILE_CPU if rows.device.type == "cpu" else TILE_GPU) if many else 0
    if tile < 0:
        raise ValueError(f"a tile has at least one row (0: no tiles), not {tile}")
    if tile and weights is not None:
        raise ValueError("negatives given for each pair are of size B² themselves: they go without tiles")
    if tile:
        return tiled_log_means(rows, columns, row_group, column_group, setting, tile, both)
    with full_precision(rows):
        a = rows @ columns.T / setting.temperature
    allowed = row_group[:, None] != column_group
    means = [dense_log_means(a, allowed, setting.beta, weights)]
    if both:
        transposed = None if weights is None else weights.T
        means.append(dense_log_means(a.T, allowed.T, setting.beta, transposed))
    return means


def cross_modal(
    samples: Samples, setting: Setting, weights: Tensor | None = None, tile: int | None = None
) -> Anchors:
    """The anchors of all ordered pairs of modalities; both directions of a pair come from one matrix.

    Args:
        samples: The batch.
        setting: t, β, τ⁺.
        weights: (B, B): of the earlier modality's samples against the later's.
        tile: See `log_means`.
    """
    anchors = []
    for first, second in combinations(range(len(samples.modalities)), 2):
        in_first, in_second, in_both = (samples.having(*m) for m in ((first,), (second,), (first, second)))
        z1, z2 = samples.modalities[first], samples.modalities[second]
        means = log_means(
            z1[in_first],
            z2[in_second],
            samples.group[in_first],
            samples.group[in_second],
            setting,
            weights=None if weights is None else weights[in_first][:, in_second],
            tile=tile,
        )
        p = (z1[in_both] * z2[in_both]).sum(dim=1) / setting.temperature
        for (rho, n), there in zip(means, (in_first, in_second), strict=True):
            chosen = in_both[there] if isinstance(in_both, Tensor) else in_both
            anchors.append((anchor_losses(p, rho[chosen], n[chosen], setting)[0], n[chosen] > 0))
    return joined(anchors)


def two_views(
    samples: Samples, setting: Setting, weights: Tensor | None = None, tile: int | None = None
) -> Anchors:
    """The 2B views as anchors: the other view is the positive, both views of other samples are negatives."""
    return two_views_part(samples, samples, setting, tile, None if weights is None else weights.repeat(2, 2))


def cross_modal_part(part: Samples, whole: Samples, setting: Setting, tile: int | None = None) -> Anchors:
    """`cross_modal` of the anchors of a part of the batch, with the negatives of the whole."""
    anchors = []
    for first, second in permutations(range(len(part.modalities)), 2):
        mine, others = part.having(first, second), whole.having(second)
        z, positive = part.modalities[first][mine], part.modalities[second][mine]
        [(rho, n)] = log_means(
            z,
            whole.modalities[second][others],
            part.group[mine],
            whole.group[others],
            setting,
            tile=tile,
            both=False,
        )
        p = (z * positive).sum(dim=1) / setting.temperature
        anchors.append((anchor_losses(p, rho, n, setting)[0], n > 0))
    return joined(anchors)


def two_views_part(
    part: Samples, whole: Samples, setting: Setting, tile: int | None = None, weights: Tensor | None = None
) -> Anchors:
    """`two_views` of the anchors of a part of the batch, with the negatives of the whole.

    `weights` (2B, 2B) are those of negatives where the part is the whole.
    """
    z = torch.cat(list(part.modalities))
    others = z if whole is part else torch.cat(list(whole.modalities))
    groups = part.group.repeat(2), whole.group.repeat(2)
    [(rho, n)] = log_means(z, others, *groups, setting, weights=weights, tile=tile, both=False)
    view1, view2 = part.modalities
    p = ((view1 * view2).sum(dim=1) / setting.temperature).repeat(2)
    return anchor_losses(p, rho, n, setting)[0], n > 0


def joined(anchors: Sequence[Anchors]) -> Anchors:
    """Anchors of several parts, one after the other."""
    losses, counted = zip(*anchors, strict=True)
    return torch.cat(losses), torch.cat(counted)


def mean(anchors: Anchors) -> Tensor:
    """Mean over the anchors that have a negative; 0, and so its gradient, where there are none."""
    losses, counted = anchors
    return losses.sum() / counted.sum().clamp(min=1)
