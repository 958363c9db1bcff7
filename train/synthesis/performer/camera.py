"""A depth camera's skeleton of a motion: where the camera stands, when it delivers, how it errs.

The errors depend on the joint, on how fast it moves and on whether the body hides it, and on nothing else: in
particular not on whether an action is going on.
"""

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS

from .body import joints
from .geometry import Array, about_x, about_y
from .session import Motion
from .standing import noise

CAMERA_RATE = 30.0
"""Hz, nominal."""

_STEADY = np.array(
    [1.6, 1.2, 1.0, 1.0, 1.4, 2.2, 3.0, 4.5, 1.4, 2.2, 3.0, 4.5, 1.2, 2.0, 3.0, 4.5, 1.2, 2.0, 3.0, 4.5]
)
"""mm, wander of each joint of a person who stands still."""


def frame_times(rng: np.random.Generator, duration: float) -> Array:
    """Times, s, of the frames that arrive: 30 Hz, jitter of milliseconds, now and then some lost."""
    n = int(duration * CAMERA_RATE)
    times = np.arange(n) / CAMERA_RATE + np.clip(rng.normal(0.0, 0.0025, n), -0.01, 0.01)
    kept = rng.random(n) > 0.012
    for first in np.flatnonzero(rng.random(n) < 0.0015):
        kept[first : first + int(rng.integers(2, 7))] = False
    if n:
        times[0] = max(times[0], 0.0)
        kept[0] = True
    return times[kept]


def _placement(motion: Motion, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rotation (3, 3) and shift (3,) from the person's ground to the camera's frame."""
    distance, aside = rng.uniform(2.2, 3.3), rng.normal(0.0, 0.12)
    height = rng.uniform(0.75, 1.15)
    pitch = rng.normal(0.0, np.deg2rad(2.5))
    yaw = rng.normal(0.0, np.deg2rad(4.0))
    turned: Array = about_x(np.array([pitch]))[0] @ about_y(np.array([yaw]))[0]
    return turned, np.array([aside, -height, distance])


def _hidden(places: Array) -> Array:
    """(n, 20) 0 to 1, how much the trunk or the head hides a joint from the camera."""
    neck, hips = places[:, 1], places[:, 3]
    axis = hips - neck
    length = np.sum(axis * axis, axis=1)
    offset = places - neck[:, None]
    along = np.clip(np.einsum("njk,nk->nj", offset, axis) / length[:, None], -0.4, 1.1)
    rest = offset - along[..., None] * axis[:, None]
    beside = np.abs(rest[..., 0])
    behind = rest[..., 2]
    cover: Array = 1.0 / (1.0 + np.exp((beside - 0.16) / 0.03)) / (1.0 + np.exp(-(behind - 0.06) / 0.03))
    # the hand before the trunk is confused with it
    before = 0.35 / (1.0 + np.exp((beside - 0.14) / 0.03)) / (1.0 + np.exp((behind + 0.28) / 0.04))
    limbs = np.array([name.split("_")[-1] in ("elbow", "wrist", "hand") for name in UTD_JOINTS])
    hidden: Array = (cover + before) * limbs
    return hidden


def _errors(places: Array, times: Array, rng: np.random.Generator) -> Array:
    """(n, 20, 3) m: a wander that grows with speed and with hiding, and a little white noise."""
    n = len(times)
    flat = noise(rng, n, CAMERA_RATE, 60, 0.05, 3.0) * 0.8 + noise(rng, n, CAMERA_RATE, 60, 3.0, 9.0) * 0.35
    step = np.gradient(times)
    speed = np.linalg.norm(np.gradient(places, axis=0) / step[:, None, None], axis=2)
    scale = 1e-3 * _STEADY * (1.0 + 1.6 * speed) + 0.03 * _hidden(places)
    scale *= (places[:, 3, 2:3] / 2.8) ** 2
    depth = np.array([1.0, 1.0, 1.4])
    out: Array = flat.reshape(n, 20, 3) * scale[..., None] * depth + rng.normal(0.0, 3e-4, (n, 20, 3))
    return out


def capture(
    motion: Motion, rng: np.random.Generator, *, clean: bool
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Time stamps (n,), s, and samples (n, 60), m, joint-major, in the camera's frame."""
    turned, shift = _placement(motion, rng)
    if clean:
        times = np.arange(int(motion.duration * CAMERA_RATE)) / CAMERA_RATE
        seen = times
    else:
        times = frame_times(rng, motion.duration)
        # the tracker's smoothing shows the body a little late
        seen = np.maximum(times - rng.uniform(0.0, 0.06), 0.0)
    places = joints(motion.person.body, motion.posture(seen)) @ turned.T + shift
    if not clean and len(times) > 1:
        places = places + _errors(places, times, rng)
    return times, places.reshape(len(times), -1).astype(np.float32)
