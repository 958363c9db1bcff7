"""ρ of `anchor` without a matrix of all similarities: memory O(B·D + tile²) instead of O(B²).

Forward sweeps over tiles of `a` once and keeps, for each row (and each column, if those are anchors too), its
largest negative and two sums relative to it,

    S1 = Σ_j exp((1+β)(a_j - max)),   S0 = Σ_j exp(β (a_j - max)),   ρ = max + log S1 - log S0,

rescaled as the largest grows. Backward computes each tile again, from

    dρ/da_j = (1+β) exp((1+β)(a_j - max)) / S1 - β exp(β (a_j - max)) / S0.

Everything after ρ is of size B and is left to autograd, so the gradient is that of the dense form, term by
term; gradients of gradients are not offered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .inputs import Setting, full_precision


def tiled_log_means(
    rows: Tensor,
    columns: Tensor,
    row_group: Tensor,
    column_group: Tensor,
    setting: Setting,
    tile: int,
    both: bool,
) -> list[tuple[Tensor, Tensor]]:
    """(ρ, n), each (A,), of the rows as anchors, and with `both` of the columns; ρ = 0 where n = 0.

    Args:
        rows: (A, D) unit vectors.
        columns: (N, D) unit vectors.
        row_group: (A,) int64, see `inputs`.
        column_group: (N,) int64.
        setting: t and β.
        tile: Rows and columns of `a` at a time.
        both: True where the columns are anchors too, from the same sweep.
    """
    sides = [(row_group, column_group), (column_group, row_group)][: 2 if both else 1]
    counts = [_count(anchors, others) for anchors, others in sides]
    means = _LogMeans.apply(  # type: ignore[no-untyped-call]  # torch gives it no types
        rows, columns, row_group, column_group, setting, tile, counts
    )
    return [(rho, n.to(rho.dtype)) for rho, n in zip(means, counts, strict=True)]


@dataclass(slots=True)
class _Sums:
    """Running sums of one side's anchors, fp64 where they add up."""

    dim: int
    """Dimension of a tile that the sums run along: 1 for rows as anchors, 0 for columns."""
    beta: float
    largest: Tensor
    s1: Tensor
    s0: Tensor
    """The count at β = 0, from the beginning."""

    @classmethod
    def empty(cls, dim: int, beta: float, like: Tensor, count: Tensor) -> "_Sums":
        largest = like.new_full((len(count),), -torch.inf)
        s1 = torch.zeros_like(largest, dtype=torch.float64)
        return cls(dim, beta, largest, s1, s1.clone() if beta else count.double())

    def add(self, part: slice, a: Tensor) -> None:
        """Take a tile, whose -inf are no negatives."""
        before = self.largest[part]
        largest = torch.maximum(before, a.amax(dim=self.dim))
        reference = torch.where(largest == -torch.inf, 0.0, largest)
        relative = a - reference.unsqueeze(self.dim)
        grown = (before - reference).double()
        if self.beta:
            self.s0[part] *= (self.beta * grown).exp()
            self.s0[part] += (self.beta * relative).exp_().sum(dim=self.dim)
        self.s1[part] *= ((1 + self.beta) * grown).exp()
        self.s1[part] += relative.mul_(1 + self.beta).exp_().sum(dim=self.dim)
        self.largest[part] = largest

    def log_mean(self) -> Tensor:
        """ρ, and numbers that divide well where an anchor has no negative."""
        none = self.largest == -torch.inf
        self.largest[none], self.s1[none], self.s0[none] = 0.0, 1.0, 1.0
        return (self.largest + (self.s1.log() - self.s0.log())).to(self.largest.dtype)

    def slope(self, gradient: Tensor) -> "_Slope":
        """The slope of each anchor's similarities, given the gradient of its ρ."""
        g, dtype = gradient.double(), self.largest.dtype
        factor1, factor0 = (1 + self.beta) * g / self.s1, self.beta * g / self.s0
        return _Slope(self.dim, self.beta, self.largest, factor1.to(dtype), factor0.to(dtype))


@dataclass(frozen=True, slots=True)
class _Slope:
    """Gradient of the loss by the similarities of one side's anchors, as a function of these."""

    dim: int
    beta: float
    largest: Tensor
    factor1: Tensor
    """Factor of exp((1+β)(a - max)), (A,)."""
    factor0: Tensor
    """Factor of exp(β (a - max)), (A,)."""

    def of(self, part: slice, a: Tensor) -> Tensor:
        """Gradient of a tile."""
        relative = a - self.largest[part].unsqueeze(self.dim)
        if not self.beta:
            return relative.exp_().mul_(self.factor1[part].unsqueeze(self.dim))
        second = (self.beta * relative).exp_().mul_(self.factor0[part].unsqueeze(self.dim))
        return relative.mul_(1 + self.beta).exp_().mul_(self.factor1[part].unsqueeze(self.dim)).sub_(second)


class _LogMeans(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        columns: Tensor,
        row_group: Tensor,
        column_group: Tensor,
        setting: Setting,
        tile: int,
        counts: list[Tensor],
    ) -> tuple[Tensor, ...]:
        """One sweep over the tiles: log mean of the weighted negatives of each anchor, (B,) a direction."""
        sides = [_Sums.empty(1 - side, setting.beta, rows, count) for side, count in enumerate(counts)]
        with full_precision(rows):
            for parts, a, same in _tiles(rows, columns, row_group, column_group, setting, tile):
                if same is not None:
                    a.masked_fill_(same, -torch.inf)
                for part, side in zip(parts, sides, strict=False):
                    side.add(part, a)
        means = tuple(side.log_mean() for side in sides)
        kept = [tensor for side in sides for tensor in (side.largest, side.s1, side.s0)]
        ctx.save_for_backward(rows, columns, row_group, column_group, *kept)
        ctx.setting, ctx.tile = setting, tile
        return means

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """The tiles once more: gradients of both embeddings, nothing for the rest."""
        rows, columns, row_group, column_group, *kept = ctx.saved_tensors
        setting: Setting = ctx.setting
        slopes = [
            _Sums(1 - side, setting.beta, *kept[3 * side : 3 * side + 3]).slope(gradient)
            for side, gradient in enumerate(gradients)
        ]
        to_rows, to_columns = torch.zeros_like(rows), torch.zeros_like(columns)
        with full_precision(rows):
            for parts, a, same in _tiles(rows, columns, row_group, column_group, setting, ctx.tile):
                slope = slopes[0].of(parts[0], a)
                if len(slopes) == 2:
                    slope += slopes[1].of(parts[1], a)
                if same is not None:
                    slope.masked_fill_(same, 0.0)  # a positive may lie so far above that its term is inf
                to_rows[parts[0]].addmm_(slope, columns[parts[1]], alpha=1 / setting.temperature)
                to_columns[parts[1]].addmm_(slope.T, rows[parts[0]], alpha=1 / setting.temperature)
        return to_rows, to_columns, None, None, None, None, None


def _tiles(
    rows: Tensor, columns: Tensor, row_group: Tensor, column_group: Tensor, setting: Setting, tile: int
) -> Iterator[tuple[tuple[slice, slice], Tensor, Tensor | None]]:
    """Rows and columns of a tile, its similarities over t, and which are no negatives (None: all are)."""
    row_spans, column_spans = _spans(row_group, tile), _spans(column_group, tile)
    for row, low, high in row_spans:
        for column, other_low, other_high in column_spans:
            a = (rows[row] @ columns[column].T).div_(setting.temperature)
            apart = high < other_low or other_high < low
            yield (row, column), a, None if apart else row_group[row, None] == column_group[column]


def _spans(group: Tensor, tile: int) -> list[tuple[slice, int, int]]:
    """Slices of a tile's length, and the smallest and largest group in each."""
    parts = [slice(begin, begin + tile) for begin in range(0, len(group), tile)]
    if not parts:
        return []
    extremes = torch.stack([torch.stack(group[part].aminmax()) for part in parts]).tolist()
    return [(part, low, high) for part, (low, high) in zip(parts, extremes, strict=True)]


def _count(anchors: Tensor, others: Tensor) -> Tensor:
    """(A,) numbers of the (N,) groups of others that are not each (A,) anchor's group."""
    ordered = others.sort().values
    same = torch.searchsorted(ordered, anchors, right=True) - torch.searchsorted(ordered, anchors)
    return len(others) - same
