"""A skeleton as a single camera gives it: MediaPipe Pose's errors, as they were measured on drawn people.

Depth is guessed, not measured: a limb that points at the camera comes out short. Joints are placed a little
otherwise than a depth camera's, errors last for some tenths of a second, legs that are not in the image have
no place, and the whole body stays where it is, since positions are told about the hips. Sizes are in
`monocular.json`, which `python -m tools.monocular fit` wrote.

Legend: T frames, J = 20 joints.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from hnhar.model.kinds.skeleton import UTD_JOINTS, UTD_PARENTS
from hnhar.stream.recordings import Recording

from .mount import HIP_CENTER, rotation
from .streams import Array, of_joints

HEIGHT, DISTANCE = 0.9, 2.8
"""m, at which the hips stand: a place that never changes."""
LEGS = tuple(UTD_JOINTS.index(f"{side}_{part}") for side in ("left", "right") for part in ("ankle", "foot"))
KNEES = tuple(UTD_JOINTS.index(f"{side}_knee") for side in ("left", "right"))
HANDS = {
    side: tuple(UTD_JOINTS.index(f"{side}_{part}") for part in ("wrist", "hand"))
    for side in ("left", "right")
}


@dataclass(frozen=True, slots=True, eq=False)
class MonocularErrors:
    """Each bone's errors, from a joint's parent to the joint, x to the image's left, y up, z away; m."""

    matrix: Array
    """(J, 3, 3) by which a true bone (3,) is multiplied."""
    offset: Array
    """(J, 3) m, added to it."""
    session: Array
    """(J, 3) m, standard deviation of an error that stays."""
    slow: Array
    """(J, 3) m, standard deviation of one that wanders."""
    white: Array
    """(J, 3) m, standard deviation of one that is drawn anew in each frame."""
    seconds: float
    """s, after which the wandering one is correlated by 1/e."""


@dataclass(frozen=True, slots=True)
class CameraRange:
    """Ranges from which a session's camera is drawn."""

    yaw: float = 40.0
    """Greatest angle about the vertical, degrees."""
    pitch: float = 15.0
    """Greatest angle up or down, degrees."""
    strength: tuple[float, float] = (0.5, 1.2)
    """Times as far from the truth as measured."""
    matrix: float = 0.06
    """Standard deviation of each entry of the bones' matrices."""
    scale: float = 0.08
    """Standard deviation of the size of the whole body."""
    legless: float = 0.3
    """Share of the sessions without ankles and feet; half of these without knees, too."""
    blinking: float = 0.3
    """Share of the sessions in which hands are lost now and then."""


@cache
def measured_errors() -> MonocularErrors:
    """The errors in `monocular.json`."""
    written = json.loads(files(__package__).joinpath("monocular.json").read_text("utf-8"))
    joints = [written["joints"].get(name) for name in UTD_JOINTS]

    def column(part: str, empty: object) -> Array:
        return np.array([empty if joint is None else joint[part] for joint in joints], np.float64)

    offset, session, slow, white = (
        column(part, [0.0, 0.0, 0.0]) for part in ("offset", "session", "slow", "white")
    )
    matrix = column("matrix", np.eye(3).tolist())
    return MonocularErrors(matrix, offset, session, slow, white, float(written["seconds"]))


def filmed(recording: Recording, seed: int, ranges: CameraRange | None = None) -> Recording:
    """The recording with its skeletons as one camera would have given them; the same for the same seed."""
    rng, ranges = np.random.default_rng([seed, 0xF117]), ranges or CameraRange()

    def seen(joints: Array, times: Array) -> Array:
        turn = rotation((1.0, 0.0, 0.0), rng.uniform(-ranges.pitch, ranges.pitch)) @ rotation(
            (0.0, 1.0, 0.0), rng.uniform(-ranges.yaw, ranges.yaw)
        )
        made = with_errors(joints @ turn.T, times, measured_errors(), ranges, rng)
        return _unseen(made, times, ranges, rng)

    return of_joints(recording, seen)


def with_errors(
    joints: Array, times: Array, errors: MonocularErrors, ranges: CameraRange, rng: np.random.Generator
) -> Array:
    """(T, J, 3) m in the camera's frame -> as the camera gives them, about hips that stay."""
    count = len(UTD_JOINTS)
    strength = rng.uniform(*ranges.strength)
    matrix = (
        np.eye(3) + strength * (errors.matrix - np.eye(3)) + rng.normal(0.0, ranges.matrix, (count, 3, 3))
    )
    stays = strength * errors.offset + rng.normal(0.0, 1.0, (count, 3)) * errors.session
    bones = joints - joints[:, UTD_PARENTS]
    bones = np.einsum("jab,tjb->tja", matrix, bones) + stays
    bones += errors.slow * _wandering(bones.shape, times, errors.seconds, rng)
    bones += errors.white * rng.normal(0.0, 1.0, bones.shape)
    placed = np.zeros_like(bones)
    for joint in from_hips():
        placed[:, joint] = placed[:, UTD_PARENTS[joint]] + bones[:, joint]
    size = np.exp(rng.normal(0.0, ranges.scale))
    return np.asarray(size * placed + (0.0, HEIGHT, DISTANCE))


def from_hips() -> list[int]:
    """The joints but the hips, each after its parent."""
    order, left = [HIP_CENTER], [j for j in range(len(UTD_JOINTS)) if j != HIP_CENTER]
    while left:
        nearer = [j for j in left if UTD_PARENTS[j] in order]
        order += nearer
        left = [j for j in left if j not in nearer]
    return order[1:]


def _wandering(
    shape: tuple[int, ...], times: Array, seconds: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Noise (T, ...) of variance 1 whose correlation falls to 1/e in `seconds` s (Ornstein-Uhlenbeck)."""
    drawn = rng.normal(0.0, 1.0, shape)
    kept = np.exp(-np.maximum(np.diff(times), 0.0) / seconds)
    fresh = np.sqrt(1.0 - kept**2)
    for k in range(1, shape[0]):
        drawn[k] = kept[k - 1] * drawn[k - 1] + fresh[k - 1] * drawn[k]
    return drawn


def _unseen(joints: Array, times: Array, ranges: CameraRange, rng: np.random.Generator) -> Array:
    """The joints with those that are not in the image missing (NaN)."""
    if rng.random() < ranges.legless:
        joints[:, LEGS] = np.nan
        if rng.random() < 0.5:
            joints[:, KNEES] = np.nan
    if rng.random() < ranges.blinking:
        for hand in HANDS.values():
            for start in rng.uniform(times[0], times[-1], rng.poisson((times[-1] - times[0]) / 4.0)):
                gone = (times >= start) & (times < start + rng.uniform(0.1, 0.6))
                joints[np.ix_(gone, hand)] = np.nan
    return joints
