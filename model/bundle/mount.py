"""Mounting reference of a worn sensor: how it moved in training, in the axes that the weights have learned.

Two statistics from which a sensor's rotation can be found where it is worn otherwise: a mixture of Gaussians
of what the sensor alone measures, and a linear map from a limb in the skeleton to what the sensor on it
measures. Loads no torch.
Legend: K components, V vectors of a sensor (gravity, the rest of acceleration, angular velocity), F features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ..modality import Modality

MOST_COMPONENTS = 64
LIMB_FEATURES = 45
"""F, of `hnhar.stream.mapping.mount_signals.limb_features`."""
LARGEST = 1e9
"""No number of a reference is larger."""


@dataclass(frozen=True, slots=True)
class LimbMap:
    """Linear map from features of a limb in the skeleton to the vectors that a sensor on it measures."""

    joints: tuple[str, ...]
    """Four joints of the limb, from the trunk outwards; the sensor moves with the third."""
    weights: tuple[tuple[float, ...], ...]
    """(F + 1, 3 or 6): of each feature, and at last the constant; columns acceleration (g) and angular
    velocity (150 deg/s)."""
    spread: tuple[float, ...]
    """Standard deviation of what it leaves, of acceleration and of angular velocity."""
    bone: tuple[float, ...]
    """(3,) unit vector along the limb, outwards, in the sensor's axes."""
    hanging: tuple[tuple[float, float, float], ...] = ()
    """(3, 3): the sensor's x, y and z along the body's right, up and front while the limb hangs down; ()
    unknown."""


@dataclass(frozen=True, slots=True)
class MountReference:
    """Mixture of Gaussians of a moving sensor's vectors, and how a limb in the skeleton moves it."""

    shares: tuple[float, ...]
    """(K,)."""
    means: tuple[tuple[float, ...], ...]
    """(K, 3 V)."""
    whitening: tuple[tuple[float, ...], ...]
    """(K, 3 V (3 V + 1) / 2): lower triangle, row by row, of the inverse Cholesky factor of a covariance."""
    limb: LimbMap | None = None
    """None where no skeleton was learned from, or none that tells of the sensor."""


def contradictions(mounts: Mapping[str, MountReference], modalities: Sequence[Modality]) -> list[str]:
    """Contradictions in a bundle's references, in words; empty where there are none."""
    by_name = {modality.name: modality for modality in modalities}
    unknown = [name for name in mounts if name not in by_name]
    if unknown:
        return ["it has references of the mounting of modalities that it does not take"]
    wrong = [name for name, reference in mounts.items() if not _fits(reference, by_name[name])]
    return [f"its reference of how '{name}' was mounted does not fit that modality" for name in wrong]


def _fits(reference: MountReference, modality: Modality) -> bool:
    channels = len(modality.channels)
    size, count = channels + 3, len(reference.shares)
    numbers = [*reference.shares, *chain(*reference.means), *chain(*reference.whitening)]
    fits = channels in (3, 6) and 1 <= count <= MOST_COMPONENTS
    fits = fits and count == len(reference.means) == len(reference.whitening)
    fits = fits and all(len(row) == size for row in reference.means)
    fits = fits and all(len(row) == size * (size + 1) // 2 for row in reference.whitening)
    fits = fits and all(share > 0 for share in reference.shares)
    limb = reference.limb
    if limb is not None:
        fits = fits and len(limb.joints) == 4 and len(limb.weights) == LIMB_FEATURES + 1
        fits = fits and all(len(row) == channels for row in limb.weights)
        fits = fits and len(limb.spread) == channels // 3 and all(s > 0 for s in limb.spread)
        fits = fits and len(limb.bone) == 3 and len(limb.hanging) in (0, 3)
        numbers += [*chain(*limb.weights), *limb.spread, *limb.bone, *chain(*limb.hanging)]
    return fits and all(abs(number) < LARGEST for number in numbers)
