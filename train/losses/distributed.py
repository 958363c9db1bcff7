"""A batch of several processes: negatives come from all of them.

Each process calls the loss with its own samples and gets that of the whole batch; sample counts may differ.
It takes its own samples as anchors and everybody's as negatives, in tiles where those are many, so that work
and memory are shared out too. The embeddings of all are gathered once; in backward their gradients, of which
every process has a part, are summed and handed to whom they belong.

**Gradients.** For given embeddings they are those of one process with the whole batch: each process gets
dL/dz of its samples. A model's parameters then have the whole gradient as the SUM over the processes.
`DistributedDataParallel` averages instead, which would leave 1/W of it: with `averaged=True` the gradients
(not the loss) are multiplied by the number of processes W, so that the mean is the whole gradient.

**What is not shared.** BatchNorm in the encoders takes its statistics in each process over its own samples,
as `DistributedDataParallel` leaves it; `torch.nn.SyncBatchNorm.convert_sync_batchnorm` (GPU only) takes them
over all. Only with those, or without BatchNorm, is a step that of one process with the whole batch.

Every process of the group must call, with the same settings, and all or none with embeddings that require a
gradient. Start with `torchrun` and `torch.distributed.init_process_group` (gloo on CPU, NCCL on GPU).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from . import inputs
from .batch import Anchors, Samples


@dataclass(frozen=True, slots=True)
class Processes:
    """Processes whose samples make a batch."""

    group: dist.ProcessGroup | None = None
    """None: all that there are."""
    averaged: bool = False
    """True where gradients of parameters are averaged afterwards, as `DistributedDataParallel` does."""


def gathered(
    modalities: Sequence[Tensor],
    presence: Tensor | None,
    labels: Tensor | None,
    setting: inputs.Setting,
    processes: Processes,
) -> tuple[Samples, Samples]:
    """This process's samples and everybody's, numbered in the order of the processes.

    Args:
        modalities: (b, D) unit vectors each; b may differ from process to process.
        presence: (b, M) bool, in all processes or in none.
        labels: (b,), in all processes or in none.
        setting: Its τ⁺ must be 0 with labels.
        processes: Processes that take part; each must call.

    Raises:
        ValueError: The processes gave different things.
    """
    group = processes.group
    size, width = modalities[0].shape
    device = modalities[0].device
    inputs.groups(size, labels, setting, device)  # refuses before anybody waits for anybody
    mine = [size, width, len(modalities), presence is not None, labels is not None]
    described = _gather_equal(torch.tensor(mine, device=device), group)
    if any(other[1:] != described[0][1:] for other in described):
        raise ValueError(
            "the processes gave different things; (samples, width, modalities, presence?, labels?) of each: "
            + ", ".join(str(tuple(other)) for other in described)
        )
    sizes = [int(other[0]) for other in described]
    if sum(sizes) < 2:
        raise ValueError("the batch of all processes needs at least two samples")
    rank = dist.get_rank(group)
    start = sum(sizes[:rank])
    # One tensor, so one collective in backward: several might run in another order in another process.
    everybody = _GatherRows.apply(  # type: ignore[no-untyped-call]  # torch gives it no types
        torch.cat(list(modalities), dim=1), sizes, rank, group
    )
    everyone = everybody.split(width, dim=1)
    facts = torch.zeros(size, 1 + len(modalities), dtype=torch.int64, device=device)
    facts[:, 0] = inputs.groups(size, labels, setting, device, start)
    if presence is not None:
        facts[:, 1:] = presence
    facts = _gather_rows(facts, sizes, group)
    present = None if presence is None else facts[:, 1:].bool()
    part = Samples(modalities, presence, facts[start : start + size, 0])
    return part, Samples(everyone, present, facts[:, 0])


def shared_mean(anchors: Anchors, processes: Processes) -> Tensor:
    """The mean over everybody's anchors, the same in every process, with this one's part of its gradient."""
    losses, counted = anchors
    part = losses.sum()
    totals = torch.stack([part.detach().double(), counted.sum().double()])
    dist.all_reduce(totals, group=processes.group)
    anchors_of_all = totals[1].clamp(min=1).to(part.dtype)
    share = part / anchors_of_all
    factor = dist.get_world_size(processes.group) if processes.averaged else 1
    value = (totals[0] / totals[1].clamp(min=1)).to(part.dtype)
    return value + factor * (share - share.detach())


class _GatherRows(torch.autograd.Function):
    """(b, F) of each process -> (B, F) of all, in the order of the processes."""

    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, sizes: list[int], rank: int, processes: dist.ProcessGroup | None
    ) -> Tensor:
        start = sum(sizes[:rank])
        ctx.own, ctx.processes = slice(start, start + sizes[rank]), processes
        return _gather_rows(rows, sizes, processes)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        total = gradients[0].clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total, group=ctx.processes)
        return total[ctx.own], None, None, None


def _gather_rows(rows: Tensor, sizes: Sequence[int], processes: dist.ProcessGroup | None) -> Tensor:
    """All processes' rows; padded on the way, since collectives want equal shapes."""
    padded = rows.new_zeros(max(sizes), rows.shape[1])
    padded[: len(rows)] = rows
    parts = [torch.empty_like(padded) for _ in sizes]
    dist.all_gather(parts, padded, group=processes)
    return torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])


def _gather_equal(values: Tensor, processes: dist.ProcessGroup | None) -> list[list[int]]:
    parts = [torch.empty_like(values) for _ in range(dist.get_world_size(processes))]
    dist.all_gather(parts, values, group=processes)
    return [part.tolist() for part in parts]
