"""A made-up worn sensor whose motion tells how it is turned, and the reference of it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.mount import MountReference
from hnhar.model.kinds.imu import imu
from hnhar.stream.mapping.mount_signals import kernel

MEAN = np.array([-0.8, 0.3, 0.0, 0.1, 0.0, 0.1, 0.2, 0.9, 0.3])
SPREAD = np.array([0.2, 0.2, 0.15, 0.5, 0.1, 0.05, 0.3, 0.8, 0.2])
REFERENCE = MountReference(
    shares=(1.0,),
    means=(tuple(MEAN.tolist()),),
    whitening=(tuple(np.diag(1 / SPREAD)[np.tril_indices(9)].tolist()),),
)
"""One Gaussian."""


def points(count: int, seed: int = 0) -> NDArray[np.float64]:
    """(count, 3, 3) of the sensor as it was worn in training."""
    drawn = MEAN + SPREAD * np.random.default_rng(seed).normal(size=(count, 9))
    return drawn.reshape(count, 3, 3)


def windows(count: int, turn: NDArray[np.float64], seed: int = 0) -> NDArray[np.float32]:
    """(count, 150, 6) in g and deg/s, whose points are those of `points` for a sensor turned by `turn`."""
    steady, fast = kernel(150, 50.0, 0.32), kernel(150, 50.0, 0.02)
    bump = np.maximum(0.0, fast / fast.max() - 0.3)
    share = float(fast @ bump), float(steady @ bump)
    made = np.zeros((count, 150, 6))
    for number, (gravity, rest, rate) in enumerate(points(count, seed) @ turn.T):
        size = rest / (share[0] - share[1])
        made[number, :, :3] = gravity - size * share[1] + bump[:, None] * size
        made[number, :, 3:] = 150.0 * bump[:, None] * rate / share[0]
    return made.astype(np.float32)


def described(**changes: object) -> BundleInfo:
    """A bundle of an IMU with that reference."""
    made = BundleInfo(
        name="worn",
        modalities=(imu(),),
        window=3.0,
        hop=0.4,
        labels=("wave", "idle"),
        idle="idle",
        placement="right wrist",
        architecture={},
        mounts={"imu": REFERENCE},
    )
    return replace(made, **changes)  # type: ignore[arg-type]
