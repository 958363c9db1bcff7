"""Encoders of a skeleton window: the paper's (an HCN variant) and a compact one.

Legend: B windows, T steps, J = 20 joints, F features. Input is (B, T, 60), joint-major, in meters with y up;
normalization happens here, so that what is stored, streamed and augmented keeps its units.

| encoder | parameters | MFLOP a window (1 multiply-add = 2 FLOP) |
|---|---|---|
| `PaperSkeleton`, 50 steps | 432,000 | 91.6 |
| `CompactSkeleton`, 75 steps | 316,932 | 23.8 |
"""

import math
from typing import Annotated, ClassVar, Literal, Self

import msgspec
import torch
from torch import Tensor, nn

from ..kinds.skeleton import UTD_JOINTS, UTD_PARENTS
from ..modality import Modality
from .config import EncoderConfig
from .facing import face_camera
from .temporal import TemporalConfig, TemporalEncoder

JOINTS = len(UTD_JOINTS)
SHOULDERS, SPINE, HIPS = (UTD_JOINTS.index(name) for name in ("shoulder_center", "spine", "hip_center"))
POSITION_LIMIT = 100.0
"""m; beyond any camera's range, so that a wild value cannot overflow."""
FEATURE_LIMIT = 20.0
"""Torso lengths: what a normalized position, bone or velocity is held to."""
SHORTEST_TORSO = 0.1
"""m; below this the torso says nothing of the body's size, and `TYPICAL_TORSO` stands in."""
TYPICAL_TORSO = 0.5
"""m, hip center to shoulder center of an adult."""
Steps = Annotated[int, msgspec.Meta(ge=48, le=1024)]


class CompactSkeletonConfig(
    TemporalConfig, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="compact_skeleton"
):
    """Settings of `CompactSkeleton`."""

    kind: ClassVar[str] = "skeleton"
    rate: Annotated[float, msgspec.Meta(gt=0, le=1e4)] = 25.0
    """Rate of the grid, Hz: velocities are per second."""
    velocity_gain: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.2
    """s: torso lengths a second are multiplied by this."""
    frame: Literal["camera", "body"] = "camera"
    """Axes of what the network sees: the camera's, or the body's own (`facing`), the same for a camera at any
    angle about the vertical."""
    heading_jitter: Annotated[float, msgspec.Meta(ge=0, le=180)] = 0.0
    """Greatest angle by which the body's heading is missed while training, degrees: a camera that sees it
    from the side measures it badly."""

    @classmethod
    def for_windows(cls, modality: Modality, steps: int) -> Self:
        """Its velocities depend on the rate alone."""
        del steps
        return cls(rate=modality.rate)

    def build(self) -> nn.Module:
        """(B, T, 60) m -> (B, F)."""
        return CompactSkeleton(self)


class PaperSkeletonConfig(
    EncoderConfig, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="paper_skeleton"
):
    """Settings of `PaperSkeleton`; the default is the paper's."""

    kind: ClassVar[str] = "skeleton"
    steps: Steps = 50
    """T: there is no padding, so it is fixed and at least 48."""

    @property
    def features(self) -> int:
        """Length of the feature vector."""
        frames = self.steps - 2
        for _ in range(4):
            frames = (frames - 2) // 2
        return 256 * frames

    @classmethod
    def for_windows(cls, modality: Modality, steps: int) -> Self:
        """Its features depend on the steps alone."""
        del modality
        return cls(steps=steps)

    def build(self) -> nn.Module:
        """(B, T, 60) m -> (B, F)."""
        return PaperSkeleton(self)


def recenter(samples_BTC: Tensor) -> Tensor:
    """(B, T, 60) m -> (B, T, J, 3) in torso lengths about the window's mean hip center.

    A joint that is exactly zero throughout was never seen (`hnhar.stream.windows.resample`) and is put at the
    center; the sizes are safe for a body that is a point, or is not there at all.
    """
    joints = samples_BTC.reshape(*samples_BTC.shape[:2], JOINTS, 3).clamp(-POSITION_LIMIT, POSITION_LIMIT)
    seen = (joints != 0).any(dim=3, keepdim=True).any(dim=1, keepdim=True)
    center = joints[:, :, HIPS : HIPS + 1].mean(dim=1, keepdim=True)
    torso = _median((joints[:, :, SHOULDERS] - joints[:, :, HIPS]).norm(dim=-1))
    size = torch.where(torso < SHORTEST_TORSO, TYPICAL_TORSO, torso)[:, None, None, None]
    return ((joints - center) / size * seen).clamp(-FEATURE_LIMIT, FEATURE_LIMIT)


def _median(lengths_BT: Tensor) -> Tensor:
    """(B,) the lower median, as `Tensor.median` gives it: that one has no counterpart in an ONNX graph."""
    return lengths_BT.topk((lengths_BT.shape[1] + 1) // 2, dim=1, largest=False).values[:, -1]


def recenter_first_frame(samples_BTC: Tensor) -> Tensor:
    """The paper's: (B, T, 60) m -> (B, T, J, 3) about frame 0's spine, in its spine to shoulder lengths."""
    joints = samples_BTC.reshape(*samples_BTC.shape[:2], JOINTS, 3).clamp(-POSITION_LIMIT, POSITION_LIMIT)
    center = joints[:, :1, SPINE : SPINE + 1]
    size = (joints[:, 0, SHOULDERS] - joints[:, 0, SPINE]).norm(dim=-1)
    size = torch.where(size < SHORTEST_TORSO / 2, TYPICAL_TORSO / 2, size)[:, None, None, None]
    return ((joints - center) / size).clamp(-2 * FEATURE_LIMIT, 2 * FEATURE_LIMIT)


class CompactSkeleton(nn.Module):
    """Joints, bones and velocities through a temporal convolution network; any number of steps."""

    parents: Tensor

    def __init__(self, config: CompactSkeletonConfig) -> None:
        super().__init__()
        self.velocity_scale = config.rate * config.velocity_gain
        self.frame = config.frame
        self.heading_jitter = math.radians(config.heading_jitter)
        self.features = config.features
        self.register_buffer("parents", torch.tensor(UTD_PARENTS), persistent=False)
        self.encoder = TemporalEncoder(9 * JOINTS, config)

    def forward(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 60) m -> (B, F)."""
        features: Tensor = self.encoder(self.channels(samples_BTC))
        return features

    def channels(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 60) m -> (B, T, 180): joints, bones and velocities."""
        joints = recenter(samples_BTC)
        if self.frame == "body":
            joints = face_camera(joints, self._off(joints) if self.training else None)
        bones = joints - joints[:, :, self.parents]
        steps = torch.diff(joints, dim=1, prepend=joints[:, :1])
        velocities = (steps * self.velocity_scale).clamp(-FEATURE_LIMIT, FEATURE_LIMIT)
        return torch.cat([part.flatten(2) for part in (joints, bones, velocities)], dim=2)

    def _off(self, joints_BTJ3: Tensor) -> Tensor:
        """(B,) angles in radians by which the heading of each window is missed, drawn anew."""
        even = torch.rand(len(joints_BTJ3), dtype=joints_BTJ3.dtype, device=joints_BTJ3.device)
        return self.heading_jitter * (2 * even - 1)


class PaperSkeleton(nn.Module):
    """HCN (Li et al. 2018) as used by Choi et al.: positions and motion joints as channels."""

    def __init__(self, config: PaperSkeletonConfig) -> None:
        super().__init__()
        self.steps = config.steps
        self.features = config.features
        self.position = _HcnStream()
        self.motion = _HcnStream()
        self.fusion = nn.Sequential(
            nn.Conv2d(64, 128, 3),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(128, 256, 3),
            nn.BatchNorm2d(256),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        )

    def forward(self, samples_BTC: Tensor) -> Tensor:
        """(B, T, 60) m -> (B, F)."""
        joints_B3TJ = recenter_first_frame(samples_BTC).permute(0, 3, 1, 2)
        motion_B3TJ = torch.diff(joints_B3TJ, dim=2, prepend=joints_B3TJ[:, :, :1])
        streams = torch.cat([self.position(joints_B3TJ), self.motion(motion_B3TJ)], dim=2)
        features: Tensor = self.fusion(streams)
        return features


class _HcnStream(nn.Module):
    """(B, 3, T, J) -> (B, 64, 6, frames): features of each joint over time, then joints become channels."""

    def __init__(self) -> None:
        super().__init__()
        self.joint = nn.Sequential(
            nn.Conv2d(3, 64, 1),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.Conv2d(64, 32, (3, 1)),
            nn.BatchNorm2d(32),
        )
        self.body = nn.Sequential(
            nn.Conv2d(JOINTS, 32, 3),
            nn.BatchNorm2d(32),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3),
            nn.BatchNorm2d(64),
            nn.MaxPool2d(2),
        )

    def forward(self, x_B3TJ: Tensor) -> Tensor:
        """The layout between the two halves is (B, J, 32 features, frames)."""
        out: Tensor = self.body(self.joint(x_B3TJ).permute(0, 3, 1, 2))
        return out
