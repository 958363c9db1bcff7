"""Random changes of accelerometer windows that leave the action what it is: a sensor worn a little rotated or
the other way round, of another gain, noisier.

Legend: B windows, T steps. Windows are (B, T, 3) in g.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from .draws import normal, rotations, symmetric


@dataclass(frozen=True, slots=True)
class AccelerometerAugmentation:
    """Changes of (B, T, 3) accelerometer windows."""

    rotation: float = 25.0
    """Greatest angle about each axis, degrees: the device sits rotated."""
    turned: float = 0.0
    """Share of the windows that are turned by half a turn about z, the axis out of the device's face: people
    wear it the other way round."""
    gain: float = 0.1
    """Standard deviation of the relative gain."""
    noise: float = 0.05
    """Standard deviation of white noise, g."""
    bias: float = 0.03
    """Standard deviation of a constant on each axis, g."""

    def change(self, windows: Tensor, generator: Generator) -> Tensor:
        """Turn, amplify, offset and disturb (B, T, 3) windows in g."""
        batch, steps = windows.shape[:2]
        if self.turned > 0:
            other = torch.where(torch.rand((batch,), generator=generator) < self.turned, -1.0, 1.0)
            windows = windows * torch.stack([other, other, torch.ones_like(other)], dim=1)[:, None]
        turned = torch.einsum(
            "bij,btj->bti", rotations(symmetric((batch, 3), self.rotation, generator)), windows
        )
        gain = 1 + self.gain * normal((batch, 1, 1), generator)
        bias = self.bias * normal((batch, 1, 3), generator)
        # Sensors differ in how noisy they are: each window draws its own level.
        level = 1.5 * torch.rand((batch, 1, 1), generator=generator)
        return turned * gain + bias + level * self.noise * normal((batch, steps, 3), generator)

    def at_speed(self, windows: Tensor, speed: Tensor) -> Tensor:
        """The windows as they are: gravity in accelerations does not scale with the speed."""
        del speed
        return windows
