"""Mounting references of a bundle's worn sensors, learned from the windows that train it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.mount import LimbMap, MountReference
from hnhar.model.modality import Modality
from hnhar.stream.mapping.mount_search import nearest_rotation
from hnhar.stream.mapping.mount_signals import SIDES, limb_features, measured, moving, sensed

from ..learn.data import WindowSet

Array = NDArray[np.float64]

COMPONENTS = 24
ROUNDS = 30
MOST_POINTS = 20_000
MOST_OF_LIMB = 10_000
RIDGE = 1e-3
"""Share of the features' variance that is added to it."""
LEAST_EXPLAINED = 0.15
"""Share of the sensor's variance that a limb must explain to be of use."""
FLOOR = 2e-3
"""Added to variances of the mixture."""
DIGITS = 5
UP, ALONG, BODY = 0, 3, slice(36, 39)
"""Of the features of a limb: the bone's cosine with upwards, acceleration along it, and in the body's
axes."""
HANGS = -0.85
LEAST_HANGING = 200
LIMBS = (
    *((f"{s}_shoulder", f"{s}_elbow", f"{s}_wrist", f"{s}_hand") for s in ("right", "left")),
    *(("shoulder_center", f"{s}_shoulder", f"{s}_elbow", f"{s}_wrist") for s in ("right", "left")),
    *(("hip_center", f"{s}_hip", f"{s}_knee", f"{s}_ankle") for s in ("right", "left")),
    *((f"{s}_hip", f"{s}_knee", f"{s}_ankle", f"{s}_foot") for s in ("right", "left")),
    ("hip_center", "spine", "shoulder_center", "head"),
)
"""Limbs that a sensor may be on, between the second joint and the third."""


def mixture(points: Array, components: int, seed: int) -> tuple[Array, Array, Array]:
    """Shares (K,), means (K, D) and covariances (K, D, D) of (n, D) points, by expectation maximization."""
    generator = np.random.default_rng(seed)
    components = max(1, min(components, len(points) // (4 * points.shape[1])))
    size = points.shape[1]
    means = points[generator.choice(len(points), components, replace=False)]
    spread = np.repeat((np.cov(points.T) / 4)[None], components, axis=0) + FLOOR * np.eye(size)
    shares = np.full(components, 1 / components)
    for _ in range(ROUNDS):
        logs = np.empty((len(points), components))
        for k in range(components):
            lower = np.linalg.inv(np.linalg.cholesky(spread[k]))
            white = (points - means[k]) @ lower.T
            logs[:, k] = np.log(shares[k]) - 0.5 * np.square(white).sum(axis=1) + np.log(np.diag(lower)).sum()
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        counts = weights.sum(axis=0) + 1e-3
        shares = counts / counts.sum()
        means = (weights.T @ points) / counts[:, None]
        for k in range(components):
            off = points - means[k]
            spread[k] = (off * weights[:, k : k + 1]).T @ off / counts[k] + FLOOR * np.eye(size)
    return shares, means, spread


def limb_map(features: Array, vectors: Array, joints: Sequence[str]) -> tuple[LimbMap, float]:
    """Ridge regression of (n, 1 or 2, 3) vectors on (n, F) features, and the share that it explains."""
    middle, width = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = np.column_stack([(features - middle) / width, np.ones(len(features))])
    targets = vectors.reshape(len(vectors), -1)
    gram = scaled.T @ scaled + len(scaled) * RIDGE * np.eye(scaled.shape[1])
    solved = np.linalg.solve(gram, scaled.T @ targets)
    left = targets - scaled @ solved
    explained = 1 - left.var() / targets.var()
    weights = np.vstack([solved[:-1] / width[:, None], solved[-1] - (middle / width) @ solved[:-1]])
    spread = np.sqrt(np.square(left).mean(axis=0).reshape(-1, 3).mean(axis=1))
    bone, hanging = worn(features, vectors)
    made = LimbMap(
        tuple(joints), _rows(weights), tuple(map(_rounded, spread)), tuple(map(_rounded, bone)), hanging
    )
    return made, float(explained)


def worn(features: Array, vectors: Array) -> tuple[Array, tuple[tuple[float, float, float], ...]]:
    """The limb's direction in the sensor's axes (3,), and where they point while it hangs; () where it never
    does."""
    along, acceleration = features[:, ALONG], features[:, BODY]
    solved = np.linalg.lstsq(vectors[:, 0], along, rcond=None)[0]
    bone = np.asarray(solved / max(float(np.linalg.norm(solved)), 1e-9), np.float64)
    hangs = features[:, UP] < HANGS
    if hangs.sum() < LEAST_HANGING:
        return bone, ()
    pairs = np.einsum("ni,nj->ij", vectors[hangs, 0], acceleration[hangs])
    turn, _ = nearest_rotation(pairs)
    # x, y up and z backwards make a right-handed body; people think of the front
    return bone, tuple((float(r[0]), float(r[1]), -float(r[2])) for r in np.round(turn, 3))


def reference_of(
    windows: WindowSet, modality: Modality, modalities: Sequence[Modality], seed: int
) -> MountReference | None:
    """The reference of one worn sensor; None where too little of it moves."""
    order = list(windows.samples)
    rows = np.flatnonzero(windows.presence[:, order.index(modality.name)].numpy())
    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(rows)[: 2 * MOST_POINTS])
    vectors = (
        np.concatenate(
            [sensed(windows.samples[modality.name][part].numpy(), modality.rate) for part in _parts(rows)]
        )
        if len(rows)
        else np.zeros((0, len(modality.channels) // 3 + 1, 3))
    )
    keep = moving(vectors)
    rows, vectors = rows[keep][:MOST_POINTS], vectors[keep][:MOST_POINTS]
    if len(rows) < 200:
        return None
    shares, means, spread = mixture(vectors.reshape(len(vectors), -1), COMPONENTS, seed)
    lower = np.linalg.inv(np.linalg.cholesky(spread))
    at = np.tril_indices(lower.shape[1])
    limb = _best_limb(windows, rows, vectors, modalities)
    return MountReference(tuple(map(_rounded, shares)), _rows(means), _rows(lower[:, at[0], at[1]]), limb)


def references(
    windows: WindowSet, modalities: Sequence[Modality], seed: int = 0
) -> dict[str, MountReference]:
    """Modality -> its reference, of those that measure acceleration in three axes and moved enough."""
    made = {}
    for modality in modalities:
        if modality.channels[:3] == ("acc_x", "acc_y", "acc_z"):
            found = reference_of(windows, modality, modalities, seed)
            if found is not None:
                made[modality.name] = found
    return made


def _best_limb(
    windows: WindowSet, rows: NDArray[np.intp], vectors: Array, modalities: Sequence[Modality]
) -> LimbMap | None:
    """The limb that explains most of what the sensor measures."""
    order = list(windows.samples)
    best: tuple[LimbMap | None, float] = None, LEAST_EXPLAINED
    for seen in modalities:
        if not all(f"{joint}_y" in seen.channels for limb in LIMBS for joint in limb):
            continue
        there = windows.presence[rows, order.index(seen.name)].numpy()
        picked = np.flatnonzero(there)[:: max(1, int(there.sum()) // MOST_OF_LIMB)]
        if len(picked) < 500:
            continue
        names = [channel.removesuffix("_x") for channel in seen.channels[::3]]
        sides = [names.index(side) for side in SIDES]
        for limb in LIMBS:
            at = [names.index(joint) for joint in limb]
            features = np.concatenate(
                [
                    limb_features(
                        windows.samples[seen.name][rows[part]].numpy().reshape(len(part), -1, len(names), 3),
                        seen.rate,
                        at,
                        sides,
                    )
                    for part in _parts(picked)
                ]
            )
            made = limb_map(features, measured(vectors[picked]), limb)
            if made[1] > best[1]:
                best = made
    return best[0]


def _parts(rows: NDArray[np.intp], size: int = 2000) -> list[NDArray[np.intp]]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def _rows(matrix: Array) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(_rounded, row)) for row in matrix)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
