"""Random changes of IMU windows that leave the action what it is: a sensor worn a little rotated, of another
gain, noisier.

Legend: B windows, T steps. Windows are (B, T, 6) in g and deg/s.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Generator, Tensor

from .draws import normal, rotations, symmetric

_OTHER_SIDE: Final = torch.tensor([-1.0, 1.0, 1.0, 1.0, -1.0, -1.0])
"""Signs of the six channels on the other side: acceleration is mirrored as a vector, angular velocity as a
pseudovector."""


@dataclass(frozen=True, slots=True)
class InertialAugmentation:
    """Changes of (B, T, 6) IMU windows."""

    rotation: float = 25.0
    """Greatest angle about each axis, common to both sensors, degrees: the device sits rotated."""
    spin: float = 0.0
    """Greatest angle about z, the axis out of the device's face, before that, degrees: people wear a sensor
    any way round."""
    gain: float = 0.1
    """Standard deviation of the relative gain, one for each sensor of each window."""
    acc_noise: float = 0.05
    """Standard deviation of white noise, g."""
    gyro_noise: float = 7.5
    """Standard deviation of white noise, deg/s."""
    acc_bias: float = 0.03
    """Standard deviation of a constant on each axis, g."""
    gyro_bias: float = 3.0
    """Standard deviation of a constant on each axis, deg/s."""
    mirrored: float = 0.0
    """Share of the windows that become what the device on the other side of the body would have measured:
    mirrored, and its x axis, along the forearm on a watch, turned round with it."""

    def change(self, windows: Tensor, generator: Generator) -> Tensor:
        """Rotate, amplify, offset and disturb (B, T, 6) windows in g and deg/s."""
        batch, steps = windows.shape[:2]
        if self.mirrored > 0:
            other = torch.rand((batch,), generator=generator) < self.mirrored
            windows = torch.where(other[:, None, None], windows * _OTHER_SIDE, windows)
        angles = symmetric((batch, 3), self.rotation, generator)
        turns = rotations(angles)
        if self.spin > 0:
            about_z = torch.zeros((batch, 3))
            about_z[:, 2] = symmetric((batch,), self.spin, generator)
            turns = turns @ rotations(about_z)
        turned = torch.einsum("bij,btsj->btsi", turns, windows.view(batch, steps, 2, 3))
        gain = 1 + self.gain * normal((batch, 1, 2, 1), generator)
        bias = normal((batch, 1, 2, 3), generator) * _pair(self.acc_bias, self.gyro_bias)
        noise = normal((batch, steps, 2, 3), generator) * _pair(self.acc_noise, self.gyro_noise)
        # Sensors differ in how noisy they are: each window draws its own level.
        level = 1.5 * torch.rand((batch, 1, 1, 1), generator=generator)
        return (turned * gain + bias + level * noise).view(batch, steps, 6)

    def at_speed(self, windows: Tensor, speed: Tensor) -> Tensor:
        """Angular velocities of the faster motion. Accelerations stay, as gravity in them does not scale."""
        return torch.cat([windows[..., :3], windows[..., 3:] * speed[:, None, None]], dim=2)


def _pair(acc: float, gyro: float) -> Tensor:
    """(2, 1): one value for each of the two sensors of an IMU."""
    return torch.tensor([[acc], [gyro]])
