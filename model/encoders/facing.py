"""The body's own frame: a skeleton window turned about the vertical so that the person faces the camera.

The heading is the mean, over the frames, of the vectors from the left to the right shoulder and hip, seen
from above. So a person is the same before a camera anywhere around, to rounding.

Legend: B windows, T steps, J = 20 joints; y up, the camera looks along +z, and a person who faces it has the
left shoulder at smaller x than the right one.
"""

import torch
from torch import Tensor

from ..kinds.skeleton import UTD_JOINTS

LEFT = [UTD_JOINTS.index(name) for name in ("left_shoulder", "left_hip")]
RIGHT = [UTD_JOINTS.index(name) for name in ("right_shoulder", "right_hip")]
STEADY = 0.5
"""Share of the frames' mean width that the mean vector must have; below it the person turned too far within
the window, and the frames about its middle tell the heading."""
NARROW = 1e-3
"""Torso lengths; a width below it tells no heading, and the window stays as it is."""


def face_camera(joints_BTJ3: Tensor, off: Tensor | None = None) -> Tensor:
    """Joints about the hips in torso lengths, turned to face the camera; a joint at the center throughout
    was never seen and stays there.

    Args:
        joints_BTJ3: As `skeleton.recenter` gives them.
        off: (B,) angles in radians by which the heading is missed on purpose; None: by nothing.
    """
    right_B2 = heading(joints_BTJ3)
    cosine, sine = right_B2[:, 0], right_B2[:, 1]
    if off is not None:
        cosine, sine = cosine * off.cos() - sine * off.sin(), sine * off.cos() + cosine * off.sin()
    cosine, sine = cosine[:, None, None], sine[:, None, None]
    x, y, z = joints_BTJ3.unbind(dim=3)
    return torch.stack([cosine * x + sine * z, y, cosine * z - sine * x], dim=3)


def heading(joints_BTJ3: Tensor) -> Tensor:
    """(B, 2) unit vectors in x and z, from the person's left to the right; (1, 0) where nothing tells."""
    seen_BJ = (joints_BTJ3 != 0).any(dim=3).any(dim=1)
    pairs_BP = (seen_BJ[:, LEFT] & seen_BJ[:, RIGHT]).to(joints_BTJ3.dtype)
    across_BTP3 = joints_BTJ3[:, :, RIGHT] - joints_BTJ3[:, :, LEFT]
    across_BT2 = (across_BTP3[..., ::2] * pairs_BP[:, None, :, None]).sum(dim=2)
    steps = joints_BTJ3.shape[1]
    first = (steps - 1) // 3
    whole_B2 = across_BT2.mean(dim=1)
    middle_B2 = across_BT2[:, first : steps - first].mean(dim=1)
    width_B1 = _length(across_BT2).mean(dim=1)
    turning_B1 = _length(whole_B2) < STEADY * width_B1
    chosen_B2 = torch.where(turning_B1, middle_B2, whole_B2)
    length_B1 = _length(chosen_B2)
    forward_B2 = torch.zeros_like(chosen_B2)
    forward_B2[:, 0] = 1.0
    return torch.where(length_B1 < NARROW, forward_B2, chosen_B2 / length_B1.clamp(min=NARROW))


def _length(vectors: Tensor) -> Tensor:
    """(..., 2) -> (..., 1); its gradient is finite at zero."""
    return (vectors.square().sum(dim=-1, keepdim=True) + 1e-12).sqrt()
