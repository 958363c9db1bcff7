"""Random changes of a batch of windows that leave the action what it is.

Everything works on whole batches in raw canonical units (g, deg/s, meters, y up) before the recognizer
normalizes, so that an augmented window is one which a sensor could have sent: worn a little rotated, of
another gain, on a body of another size, before a camera elsewhere, at another speed. All randomness comes
from the generator that is handed in.

Legend: B windows, T steps, C channels, J = 20 joints.
"""

from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor

INERTIAL = 6
"""Channels of an IMU."""
JOINTS = 20
HIP_CENTER = 3


@dataclass(frozen=True, slots=True)
class InertialAugmentation:
    """Changes of (B, T, 6) IMU windows."""

    rotation: float = 25.0
    """Greatest angle about each axis, common to both sensors, degrees: the device sits rotated."""
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


@dataclass(frozen=True, slots=True)
class TimeAugmentation:
    """Changes of time, common to all modalities of a window."""

    stretch: float = 0.2
    """Greatest relative change of speed."""
    shift: float = 0.0
    """Greatest shift of the whole window, s (0: windows cut at random phases need none)."""
    desync: float = 0.06
    """Greatest shift of each modality by itself, s: clocks and cameras are late."""
    share: float = 0.8
    """Share of the windows whose time is changed."""
    jitter: float = 0.0
    """Standard deviation of the error of a sample's time stamp, s; each window draws its level up to it."""
    losses: float = 0.0
    """Share of the windows of each modality from which samples are lost, to be bridged as `resample` does."""
    longest: float = 0.25
    """Longest run of lost samples, s: after a longer one live windows leave the modality out."""


SERVED = TimeAugmentation(jitter=0.004, losses=0.25)
"""Time as live streams have it: stamps that jitter, and samples that never come."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """All of it."""

    imu: InertialAugmentation = field(default_factory=InertialAugmentation)
    skeleton: SkeletonAugmentation = field(default_factory=SkeletonAugmentation)
    time: TimeAugmentation = field(default_factory=TimeAugmentation)


def augment(
    samples: dict[str, Tensor],
    rates: dict[str, float],
    settings: Augmentation,
    generator: Generator,
) -> dict[str, Tensor]:
    """One random version of a batch.

    Args:
        samples: Modality -> (B, T, C), finite: six channels are an IMU's, sixty a skeleton's, and others are
            only moved in time.
        rates: modality -> Hz of its grid.
        settings: how much of what.
        generator: of the CPU; the same state gives the same batch.

    Returns:
        New tensors of the same shapes; the input is untouched.
    """
    out = warp_time(samples, rates, settings.time, generator)
    if settings.time.losses > 0:
        out = {name: lose(out[name], rates[name], settings.time, generator) for name in sorted(out)}
    for name in sorted(out):
        # by shape, not by name: a wearer may have several IMUs
        if out[name].shape[2] == INERTIAL:
            out[name] = augment_imu(out[name], settings.imu, generator)
        elif out[name].shape[2] == 3 * JOINTS:
            out[name] = augment_skeleton(out[name], settings.skeleton, generator)
    return out


def augment_imu(windows: Tensor, settings: InertialAugmentation, generator: Generator) -> Tensor:
    """Rotate, amplify, offset and disturb (B, T, 6) windows in g and deg/s."""
    batch, steps = windows.shape[:2]
    angles = _symmetric((batch, 3), settings.rotation, generator)
    turned = torch.einsum("bij,btsj->btsi", rotations(angles), windows.view(batch, steps, 2, 3))
    gain = 1 + settings.gain * _normal((batch, 1, 2, 1), generator)
    bias = _normal((batch, 1, 2, 3), generator) * _pair(settings.acc_bias, settings.gyro_bias)
    noise = _normal((batch, steps, 2, 3), generator) * _pair(settings.acc_noise, settings.gyro_noise)
    # Sensors differ in how noisy they are: each window draws its own level.
    level = 1.5 * torch.rand((batch, 1, 1, 1), generator=generator)
    return (turned * gain + bias + level * noise).view(batch, steps, 6)


def augment_skeleton(windows: Tensor, settings: SkeletonAugmentation, generator: Generator) -> Tensor:
    """Turn, resize and disturb (B, T, 60) windows in meters about the window's mean hip center."""
    batch, steps = windows.shape[:2]
    joints = windows.view(batch, steps, JOINTS, 3)
    center = joints[:, :, HIP_CENTER].mean(dim=1)[:, None, None]
    angles = _symmetric((batch, 3), settings.tilt, generator)
    angles[:, 1] = _symmetric((batch,), settings.yaw, generator)
    turned = torch.einsum("bij,btkj->btki", rotations(angles), joints - center)
    size = 1 + settings.scale * _normal((batch, 1, 1, 1), generator)
    size = size * (1 + settings.scale / 2 * _normal((batch, 1, 1, 3), generator))
    level = 1.5 * torch.rand((batch, 1, 1, 1), generator=generator)
    white = settings.noise * _normal((batch, steps, JOINTS, 3), generator)
    slow = settings.smooth_noise * _slow((batch, steps, JOINTS * 3), generator).view(joints.shape)
    moved = turned * size + level * (white + slow)
    return (_freeze(moved, settings.dropout, generator) + center).reshape(batch, steps, -1)


def warp_time(
    samples: dict[str, Tensor], rates: dict[str, float], settings: TimeAugmentation, generator: Generator
) -> dict[str, Tensor]:
    """Play windows faster or slower and a little earlier or later; held at the edges.

    A faster motion turns faster: the gyroscope is scaled by the speed. Accelerations are left, since gravity
    in them does not scale.
    """
    batch = len(next(iter(samples.values())))
    chosen = (torch.rand((batch,), generator=generator) < settings.share).float()
    speed = 1 + chosen * _symmetric((batch,), settings.stretch, generator)
    shift = chosen * _symmetric((batch,), settings.shift, generator)
    out = {}
    for name in sorted(samples):
        windows, rate = samples[name], rates[name]
        late = chosen * _symmetric((batch,), settings.desync, generator)
        steps = windows.shape[1]
        middle = (steps - 1) / 2
        position = middle + speed[:, None] * (torch.arange(steps) - middle) + (shift + late)[:, None] * rate
        if settings.jitter > 0:
            level = settings.jitter * rate * chosen[:, None] * torch.rand((batch, 1), generator=generator)
            position = position + level * _normal((batch, steps), generator)
        warped = _interpolate(windows, position.clamp(0, steps - 1))
        if windows.shape[2] == INERTIAL:
            warped = torch.cat([warped[..., :3], warped[..., 3:] * speed[:, None, None]], dim=2)
        out[name] = warped
    return out


def lose(windows: Tensor, rate: float, settings: TimeAugmentation, generator: Generator) -> Tensor:
    """Lose samples of (B, T, C) windows at `rate` Hz, and bridge them linearly, or by the nearest at an edge.

    In a share of the windows a run up to `longest` is lost, and beside it up to a fifth of all samples.
    """
    batch, steps = windows.shape[:2]
    chosen = torch.rand((batch, 1), generator=generator) < settings.losses
    single = torch.rand((batch, steps), generator=generator) < 0.2 * torch.rand(
        (batch, 1), generator=generator
    )
    run = max(1, min(int(settings.longest * rate) - 1, steps // 2))
    start = torch.randint(steps, (batch, 1), generator=generator)
    length = torch.randint(run + 1, (batch, 1), generator=generator)
    time = torch.arange(steps)
    kept = ~(chosen & (single | ((time >= start) & (time < start + length))))
    left = torch.where(kept, time, -1).cummax(dim=1).values
    right = torch.where(kept, time, steps).flip(1).cummin(dim=1).values.flip(1)
    left, right = torch.where(left < 0, right, left), torch.where(right >= steps, left, right)
    # a window is never empty: where all its samples are lost, it keeps them
    none = ~kept.any(dim=1, keepdim=True)
    left, right = torch.where(none, time, left), torch.where(none, time, right)
    share = (time - left) / (right - left).clamp(min=1)
    rows = torch.arange(batch)[:, None]
    return torch.lerp(windows[rows, left], windows[rows, right], share[..., None].to(windows.dtype))


def drop_modalities(batch: int, modalities: int, share: float, generator: Generator) -> Tensor:
    """(B, M) bool presence: with probability `share` a window keeps but one modality, drawn evenly."""
    alone = torch.rand((batch,), generator=generator) < share
    kept = torch.randint(modalities, (batch,), generator=generator)
    only = torch.nn.functional.one_hot(kept, modalities).bool()
    return torch.where(alone[:, None], only, torch.ones_like(only))


def rotations(angles: Tensor) -> Tensor:
    """(B, 3) angles about x, y and z in degrees -> (B, 3, 3) rotation matrices R_z R_y R_x."""
    (sx, sy, sz), (cx, cy, cz) = angles.deg2rad().sin().unbind(1), angles.deg2rad().cos().unbind(1)
    rows = [
        torch.stack([cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx], dim=1),
        torch.stack([sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx], dim=1),
        torch.stack([-sy, cy * sx, cy * cx], dim=1),
    ]
    return torch.stack(rows, dim=1)


def _interpolate(windows: Tensor, position: Tensor) -> Tensor:
    """(B, T, C) at fractional steps (B, T), linearly."""
    left = position.floor().long()
    right = (left + 1).clamp(max=windows.shape[1] - 1)
    share = (position - left)[:, :, None]
    rows = torch.arange(len(windows))[:, None]
    return windows[rows, left] * (1 - share) + windows[rows, right] * share


def _freeze(joints: Tensor, share: float, generator: Generator) -> Tensor:
    """In a share of the windows some joints stand still for a span: (B, T, J, 3) in, the same out."""
    batch, steps = joints.shape[:2]
    chosen = torch.rand((batch, 1), generator=generator) < share
    stuck = chosen & (torch.rand((batch, JOINTS), generator=generator) < 0.15)
    start = torch.randint(steps, (batch, 1, 1), generator=generator)
    length = torch.randint(1, max(2, steps // 2), (batch, 1, 1), generator=generator)
    time = torch.arange(steps)[None, :, None]
    inside = stuck[:, None] & (time >= start) & (time < start + length)
    held = joints.gather(1, start[..., None].expand(batch, 1, JOINTS, 3))
    return torch.where(inside[..., None], held, joints)


def _slow(shape: tuple[int, int, int], generator: Generator, knots: int = 4) -> Tensor:
    """(B, T, C) smooth noise of unit variance at its knots, interpolated linearly between them."""
    batch, steps, channels = shape
    coarse = _normal((batch, channels, knots), generator)
    return torch.nn.functional.interpolate(coarse, steps, mode="linear", align_corners=True).transpose(1, 2)


def _normal(shape: tuple[int, ...], generator: Generator) -> Tensor:
    return torch.randn(shape, generator=generator)


def _symmetric(shape: tuple[int, ...], limit: float, generator: Generator) -> Tensor:
    return limit * (2 * torch.rand(shape, generator=generator) - 1)


def _pair(acc: float, gyro: float) -> Tensor:
    """(2, 1): one value for each of the two sensors of an IMU."""
    return torch.tensor([[acc], [gyro]])
