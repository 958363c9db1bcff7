"""Random changes of skeleton windows that leave the action what it is: another body, before another camera.

Legend: B windows, T steps, J = 20 joints. Windows are (B, T, 60) in meters, y up.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from hnhar.model.kinds.skeleton import UTD_JOINTS

from .draws import normal, rotations, smooth, symmetric

JOINTS = len(UTD_JOINTS)
HIP_CENTER = UTD_JOINTS.index("hip_center")


@dataclass(frozen=True, slots=True)
class SkeletonAugmentation:
    """Changes of (B, T, 60) skeleton windows."""

    yaw: float = 25.0
    """Greatest rotation about the vertical, degrees: the person turned, or the camera moved."""
    tilt: float = 10.0
    """Greatest rotation about each horizontal axis, degrees: the camera looks up or down."""
    scale: float = 0.1
    """Standard deviation of the relative size of the body, and of each of its dimensions half of that."""
    noise: float = 0.01
    """Standard deviation of white noise on each joint, m."""
    smooth_noise: float = 0.015
    """Standard deviation of a slow error of each joint (about a second), m."""
    dropout: float = 0.3
    """Share of the windows in which some joints freeze for a while, as untracked joints do."""
    depth: float = 1.0
    """Times as large as across the image is the noise in depth, along z."""
    occlusion: float = 0.0
    """Standard deviation of a further error, white and slow, of joints that the body hides from the camera,
    m."""
    turning: float = 0.0
    """Greatest change of the heading within a window, degrees; in a third of the windows: people turn."""
    pitch: float = 0.0
    """Greatest angle by which the camera looks up or down, degrees, beside `tilt`."""

    def change(self, windows: Tensor, generator: Generator) -> Tensor:
        """Turn, resize and disturb (B, T, 60) windows in meters about the window's mean hip center."""
        batch, steps = windows.shape[:2]
        joints = windows.view(batch, steps, JOINTS, 3)
        center = joints[:, :, HIP_CENTER].mean(dim=1)[:, None, None]
        angles = symmetric((batch, 3), self.tilt, generator)
        angles[:, 1] = symmetric((batch,), self.yaw, generator)
        about = joints - center
        if self.turning > 0:
            about = _turning(about, self.turning, generator)
        turned = torch.einsum("bij,btkj->btki", rotations(angles), about)
        if self.pitch > 0:
            looking = torch.zeros((batch, 3))
            looking[:, 0] = symmetric((batch,), self.pitch, generator)
            turned = torch.einsum("bij,btkj->btki", rotations(looking), turned)
        size = 1 + self.scale * normal((batch, 1, 1, 1), generator)
        size = size * (1 + self.scale / 2 * normal((batch, 1, 1, 3), generator))
        level = 1.5 * torch.rand((batch, 1, 1, 1), generator=generator)
        white = self.noise * normal((batch, steps, JOINTS, 3), generator)
        slow = self.smooth_noise * smooth((batch, steps, JOINTS * 3), generator).view(joints.shape)
        error = level * (white + slow)
        if self.occlusion > 0:
            error = error + _hidden(turned, generator) * self.occlusion * _unsteady(joints.shape, generator)
        if self.depth != 1.0:
            error = error * torch.tensor([1.0, 1.0, self.depth])
        moved = turned * size + error
        return (_freeze(moved, self.dropout, generator) + center).reshape(batch, steps, -1)

    def at_speed(self, windows: Tensor, speed: Tensor) -> Tensor:
        """The windows as they are: positions do not depend on the speed."""
        del speed
        return windows


def _freeze(joints: Tensor, share: float, generator: Generator) -> Tensor:
    """(B, T, J, 3) joints, some of which stand still for a span in a share of the windows."""
    batch, steps = joints.shape[:2]
    chosen = torch.rand((batch, 1), generator=generator) < share
    stuck = chosen & (torch.rand((batch, JOINTS), generator=generator) < 0.15)
    start = torch.randint(steps, (batch, 1, 1), generator=generator)
    length = torch.randint(1, max(2, steps // 2), (batch, 1, 1), generator=generator)
    time = torch.arange(steps)[None, :, None]
    inside = stuck[:, None] & (time >= start) & (time < start + length)
    held = joints.gather(1, start[..., None].expand(batch, 1, JOINTS, 3))
    return torch.where(inside[..., None], held, joints)


def _turning(joints: Tensor, most: float, generator: Generator) -> Tensor:
    """(B, T, J, 3) joints of people some of whom turn about their hips within the window, by up to `most`."""
    batch, steps = joints.shape[:2]
    chosen = torch.rand((batch,), generator=generator) < 1 / 3
    angle = (chosen * symmetric((batch,), most, generator)).deg2rad()[:, None]
    course = torch.linspace(-0.5, 0.5, steps)
    cosine, sine = (angle * course).cos()[..., None], (angle * course).sin()[..., None]
    hips = joints[:, :, HIP_CENTER : HIP_CENTER + 1]
    x, y, z = (joints - hips).unbind(dim=3)
    return hips + torch.stack([cosine * x + sine * z, y, cosine * z - sine * x], dim=3)


def _hidden(joints: Tensor, generator: Generator) -> Tensor:
    """(B, 1, J, 1) share, 0 to 1, to which the body hides each joint from a camera that looks along +z.

    What lies farther than the hips is hidden; cameras differ in how much they make of it.
    """
    behind = (joints - joints[:, :, HIP_CENTER : HIP_CENTER + 1])[..., 2].mean(dim=1)
    tracked = torch.rand((len(joints), 1), generator=generator)
    return (((behind - 0.05) / 0.15).clamp(0, 1) * tracked)[:, None, :, None]


def _unsteady(shape: torch.Size, generator: Generator) -> Tensor:
    """(B, T, J, 3) noise of about unit variance, half of it white, half of it slow."""
    batch, steps, joints, axes = shape
    slow = smooth((batch, steps, joints * axes), generator, knots=6).reshape(shape)
    return 0.7 * (normal(tuple(shape), generator) + slow)
