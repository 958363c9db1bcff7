"""The paper's augmentation of IMU and skeleton (method.md section 4; CMC-CMKM, arXiv 2205.10071).

As it is described, not as its public code applies it: that code hands (C, T) to functions written for (T, C),
so that "channel shuffle" shuffles time. Noise is in the units of the input, and the input of the IMU is not
normalized: N(0, 1) is far more than an accelerometer's deviation in g, and nothing to a gyroscope's in deg/s.

Legend: B trials, T steps, C channels, J = 20 joints.
"""

import torch
from torch import Generator, Tensor
from torch.nn import functional

from hnhar.model.encoders.skeleton import JOINTS, recenter_first_frame
from hnhar.model.kinds.skeleton import SKELETON

from ...learn.draws import rotations

OFTEN = 0.75
"""Probability of every change but the noise, which always is."""
SEGMENTS = 3
"""Most pieces of a permutation."""


def augment_as_the_paper(samples: dict[str, Tensor], generator: Generator) -> dict[str, Tensor]:
    """One random version of a batch: modality -> (B, T, C)."""
    return {
        name: (skeleton if name == SKELETON.name else imu)(samples[name], generator)
        for name in sorted(samples)
    }


def imu(x_BTC: Tensor, generator: Generator) -> Tensor:
    """Jitter N(0, 1), scale N(1, 1) a channel, permutation of up to 3 segments, channel shuffle."""
    batch, steps, channels = x_BTC.shape
    x_BTC = x_BTC + torch.randn(x_BTC.shape, generator=generator)
    scale = 1 + torch.randn((batch, 1, channels), generator=generator)
    x_BTC = torch.where(_chosen(batch, generator), x_BTC * scale, x_BTC)
    order = torch.stack([_permutation(steps, generator) for _ in range(batch)])
    moved = x_BTC.gather(1, order[..., None].expand_as(x_BTC))
    x_BTC = torch.where(_chosen(batch, generator), moved, x_BTC)
    shuffle = torch.rand((batch, 1, channels), generator=generator).argsort(dim=2)
    return torch.where(_chosen(batch, generator), x_BTC.gather(2, shuffle.expand_as(x_BTC)), x_BTC)


def skeleton(x_BTC: Tensor, generator: Generator) -> Tensor:
    """Jitter N(0, 0.1), crop and resize, scale and shear by axis, rotation up to 10° about each axis.

    In the paper's normalized units: the result is about frame 0's spine, in its lengths from spine to
    shoulders, and an encoder that normalizes once more moves it by what the noise did to that frame.
    """
    batch = len(x_BTC)
    joints = recenter_first_frame(x_BTC)
    joints = joints + 0.1 * torch.randn(joints.shape, generator=generator)
    joints = torch.where(_chosen(batch, generator)[..., None], _cropped(joints, generator), joints)
    identity = torch.eye(3).expand(batch, 3, 3)
    scale = torch.diag_embed(0.7 + 0.5 * torch.rand((batch, 3), generator=generator))
    turn = rotations(10 * (2 * torch.rand((batch, 3), generator=generator) - 1))
    shear = identity + 0.2 * torch.randn((batch, 3, 3), generator=generator) * (1 - identity)
    for change in (scale, turn, shear):
        change = torch.where(_chosen(batch, generator), change, identity)
        joints = torch.einsum("bij,btkj->btki", change, joints)
    return joints.flatten(2)


def _cropped(joints: Tensor, generator: Generator) -> Tensor:
    """(B, T, J, 3): a part of 0.8 to 0.9 of the time at a random place, stretched to all of it."""
    batch, steps = joints.shape[:2]
    share = 0.8 + 0.1 * torch.rand((batch, 1), generator=generator)
    start = (1 - share) * torch.rand((batch, 1), generator=generator)
    x = 2 * (start + share * torch.linspace(0, 1, steps)) - 1
    grid = torch.stack([x, torch.zeros_like(x)], dim=2)[:, None]
    channels = joints.reshape(batch, steps, JOINTS * 3).transpose(1, 2)[:, :, None]
    cropped = functional.grid_sample(channels, grid, align_corners=True, padding_mode="border")
    return cropped[:, :, 0].transpose(1, 2).reshape(joints.shape)


def _permutation(steps: int, generator: Generator) -> Tensor:
    """(T,) an order of the steps: up to `SEGMENTS` pieces, cut at random, in random order."""
    pieces = int(torch.randint(1, SEGMENTS + 1, (1,), generator=generator))
    cuts = torch.randperm(steps - 1, generator=generator)[: pieces - 1].sort().values + 1
    parts = torch.arange(steps).tensor_split(cuts)
    return torch.cat([parts[i] for i in torch.randperm(pieces, generator=generator).tolist()])


def _chosen(batch: int, generator: Generator) -> Tensor:
    """(B, 1, 1) bool: the trials that a change is made to."""
    return torch.rand((batch, 1, 1), generator=generator) < OFTEN
