"""Encoders whose activations could be carried from one window to the next: what is asked is what that loses.

A trunk that is carried on knows of no window: its oldest steps have a past instead of zeros, and a skeleton
may be normalized by what is known at a frame alone, as the whole window's means change with every hop.

Legend: B windows, T steps, J joints, C channels, W width.
"""

import copy
from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from hnhar.model.encoders.facing import LEFT, NARROW, RIGHT, heading
from hnhar.model.encoders.skeleton import (
    FEATURE_LIMIT,
    HIPS,
    POSITION_LIMIT,
    SHORTEST_TORSO,
    SHOULDERS,
    TYPICAL_TORSO,
    CompactSkeleton,
    CompactSkeletonConfig,
    recenter,
)
from hnhar.model.encoders.temporal import TemporalConfig, TemporalEncoder
from hnhar.model.kinds.skeleton import UTD_JOINTS
from hnhar.model.recognizer import Recognizer

MEMORY = 1.0
"""s before a frame whose means normalize it."""


class LastSteps(nn.Module):
    """A pooling that sees the last steps only; those before them were the trunk's past."""

    def __init__(self, pooling: nn.Module, steps: int) -> None:
        super().__init__()
        self.pooling, self.steps = pooling, steps

    def forward(self, x_BTW: Tensor) -> Tensor:
        """(B, T, W) -> (B, F)."""
        features: Tensor = self.pooling(x_BTW[:, -self.steps :])
        return features


class PastSkeleton(CompactSkeleton):
    """Frames before the window, normalized as the window is: the past of a trunk that is carried on, were
    normalization free."""

    def __init__(self, config: CompactSkeletonConfig, steps: int) -> None:
        """`steps`: of the window, T; what is before them is its past."""
        super().__init__(config)
        self.steps = steps

    def channels(self, samples_BTC: Tensor) -> Tensor:
        """(B, more than T, 60) m -> (B, as many, 180): joints, bones and velocities."""
        window = samples_BTC[:, -self.steps :].reshape(len(samples_BTC), self.steps, -1, 3)
        center = window[:, :, HIPS].mean(dim=1)[:, None, None]
        torso_BT = (window[:, :, SHOULDERS] - window[:, :, HIPS]).norm(dim=-1)
        torso_B = torso_BT.median(dim=1).values
        size = torch.where(torso_B < SHORTEST_TORSO, TYPICAL_TORSO, torso_B)[:, None, None, None]
        every = samples_BTC.reshape(*samples_BTC.shape[:2], -1, 3)
        placed = ((every - center) / size).clamp(-FEATURE_LIMIT, FEATURE_LIMIT)
        if self.frame == "body":
            right_B2 = heading(recenter(samples_BTC[:, -self.steps :]))[:, :, None, None]
            placed = _turned(placed, right_B2[:, 0, None, :, 0], right_B2[:, 1, None, :, 0])
        moved = torch.diff(placed, dim=1, prepend=placed[:, :1]) * self.velocity_scale
        moved = moved.clamp(-FEATURE_LIMIT, FEATURE_LIMIT)
        bones = placed - placed[:, :, self.parents]
        return torch.cat([part.flatten(2) for part in (placed, bones, moved)], dim=2)


def with_past(recognizer: Recognizer, window: float, rates: Mapping[str, float]) -> Recognizer:
    """A copy for windows that are longer than `window` (s) by a past, of which only the end is pooled.

    What it gives for a longer window is what a trunk that is carried on gives for its end.
    """
    longer = copy.deepcopy(recognizer)
    for name, encoder in longer.encoders.items():
        points = round(window * rates[name])
        config = cast(TemporalConfig, recognizer.config.encoders[name])
        trunk = cast(TemporalEncoder, encoder.encoder)
        trunk.pooling = LastSteps(trunk.pooling, -(-points // config.stride))  # type: ignore[assignment]
        if type(encoder) is CompactSkeleton:
            past = PastSkeleton(cast(CompactSkeletonConfig, config), points)
            past.encoder = trunk
            longer.encoders[name] = past
    return longer.eval()


def trailing_mean(values_BT: Tensor, steps: int) -> Tensor:
    """(B, T, ...) mean over the last `steps` steps at each step, or as many as there are."""
    summed = values_BT.cumsum(dim=1)
    earlier = torch.zeros_like(summed)
    earlier[:, steps:] = summed[:, :-steps]
    count = torch.arange(1, values_BT.shape[1] + 1, dtype=values_BT.dtype).clamp(max=steps)
    return (summed - earlier) / count.reshape(1, -1, *[1] * (values_BT.dim() - 2))


class CarriedSkeleton(CompactSkeleton):
    """Each frame about the hips, in the torso lengths and in the heading of the second before it.

    So a frame's channels never change again, whatever comes later. Every joint is taken as seen.
    """

    def __init__(self, config: CompactSkeletonConfig) -> None:
        super().__init__(config)
        self.memory = round(MEMORY * config.rate)

    def channels(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 60) m -> (B, T, 180): joints, bones and velocities."""
        joints = samples_BTC.reshape(*samples_BTC.shape[:2], len(UTD_JOINTS), 3)
        joints = joints.clamp(-POSITION_LIMIT, POSITION_LIMIT)
        torso_BT = trailing_mean((joints[:, :, SHOULDERS] - joints[:, :, HIPS]).norm(dim=-1), self.memory)
        size = torch.where(torso_BT < SHORTEST_TORSO, TYPICAL_TORSO, torso_BT)[:, :, None, None]
        center = trailing_mean(joints[:, :, HIPS], self.memory)[:, :, None]
        moved = torch.diff(joints, dim=1, prepend=joints[:, :1]) / size * self.velocity_scale
        placed = (joints - center) / size
        if self.frame == "body":
            cosine, sine = self._heading(joints)
            placed, moved = _turned(placed, cosine, sine), _turned(moved, cosine, sine)
        placed = placed.clamp(-FEATURE_LIMIT, FEATURE_LIMIT)
        moved = moved.clamp(-FEATURE_LIMIT, FEATURE_LIMIT)
        bones = placed - placed[:, :, self.parents]
        return torch.cat([part.flatten(2) for part in (placed, bones, moved)], dim=2)

    def _heading(self, joints_BTJ3: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine, (B, T, 1), of the angle to turn each frame by."""
        across_BT2 = (joints_BTJ3[:, :, RIGHT] - joints_BTJ3[:, :, LEFT])[..., ::2].sum(dim=2)
        mean_BT2 = trailing_mean(across_BT2, self.memory)
        length_BT1 = (mean_BT2.square().sum(dim=2, keepdim=True) + 1e-12).sqrt()
        forward_BT2 = torch.zeros_like(mean_BT2)
        forward_BT2[..., 0] = 1.0
        unit = torch.where(length_BT1 < NARROW, forward_BT2, mean_BT2 / length_BT1.clamp(min=NARROW))
        cosine, sine = unit[..., :1], unit[..., 1:]
        if self.training:
            off = self._off(joints_BTJ3)[:, None, None]
            cosine, sine = cosine * off.cos() - sine * off.sin(), sine * off.cos() + cosine * off.sin()
        return cosine, sine


def _turned(joints_BTJ3: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    x, y, z = joints_BTJ3.unbind(dim=3)
    return torch.stack([cosine * x + sine * z, y, cosine * z - sine * x], dim=3)


def carried(recognizer: Recognizer) -> Recognizer:
    """A copy of an untrained recognizer whose skeletons are normalized frame by frame."""
    made = copy.deepcopy(recognizer)
    for name, config in made.config.encoders.items():
        if isinstance(config, CompactSkeletonConfig):
            encoder = CarriedSkeleton(config)
            encoder.encoder = cast(TemporalEncoder, made.encoders[name].encoder)
            made.encoders[name] = encoder
    return made
