"""Random draws of augmentation, all from the generator that is handed in, and rotations."""

import torch
from torch import Generator, Tensor


def rotations(angles: Tensor) -> Tensor:
    """(B, 3) angles about x, y and z in degrees -> (B, 3, 3) rotation matrices R_z R_y R_x."""
    (sx, sy, sz), (cx, cy, cz) = angles.deg2rad().sin().unbind(1), angles.deg2rad().cos().unbind(1)
    rows = [
        torch.stack([cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx], dim=1),
        torch.stack([sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx], dim=1),
        torch.stack([-sy, cy * sx, cy * cx], dim=1),
    ]
    return torch.stack(rows, dim=1)


def smooth(shape: tuple[int, int, int], generator: Generator, knots: int = 4) -> Tensor:
    """(B, T, C) smooth noise of unit variance at its knots, interpolated linearly between them."""
    batch, steps, channels = shape
    coarse = normal((batch, channels, knots), generator)
    return torch.nn.functional.interpolate(coarse, steps, mode="linear", align_corners=True).transpose(1, 2)


def normal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Standard normal."""
    return torch.randn(shape, generator=generator)


def symmetric(shape: tuple[int, ...], limit: float, generator: Generator) -> Tensor:
    """Uniform between -`limit` and `limit`."""
    return limit * (2 * torch.rand(shape, generator=generator) - 1)
