"""Random changes of accelerometer windows that leave the action what it is, as of an IMU's acceleration.

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
    gain: float = 0.1
    """Standard deviation of the relative gain, one for each window."""
    noise: float = 0.05
    """Standard deviation of white noise, g."""
    bias: float = 0.03
    """Standard deviation of a constant on each axis, g."""

    def change(self, windows: Tensor, generator: Generator) -> Tensor:
        """Rotate, amplify, offset and disturb (B, T, 3) windows in g."""
        batch, steps = windows.shape[:2]
        angles = symmetric((batch, 3), self.rotation, generator)
        turned = torch.einsum("bij,btj->bti", rotations(angles), windows)
        gain = 1 + self.gain * normal((batch, 1, 1), generator)
        bias = self.bias * normal((batch, 1, 3), generator)
        noise = self.noise * normal((batch, steps, 3), generator)
        # Sensors differ in how noisy they are: each window draws its own level.
        level = 1.5 * torch.rand((batch, 1, 1), generator=generator)
        return turned * gain + bias + level * noise

    def at_speed(self, windows: Tensor, speed: Tensor) -> Tensor:
        """Accelerations stay as they are, as gravity in them does not scale."""
        del speed
        return windows
