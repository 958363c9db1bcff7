"""What a sensor adds to a motion: resampled from the residuals of the wearer's own trials.

A residual is what a light smoothing takes away. Blocks of residuals, all channels of a sensor together, are
laid over each other with a power-preserving cross-fade; each is drawn among those that the trials show at
about the same speed of motion, since a moving sensor is noisier than a resting one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compose_body import Array, smooth


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """Residuals of one sensor of one wearer."""

    residuals: Array
    """(n, C), trials one after another."""
    starts: Array
    """First sample of each block that lies within one trial, sorted by level."""
    levels: Array
    """Level of motion of each of them, ascending."""
    block: int
    """Samples, even."""
    persistence: float
    """Correlation of a residual with the one before, 0 to 1."""

    def draw(self, levels: Array, before: Array, after: Array, generator: np.random.Generator) -> Array:
        """Residuals (n, C) for a pause of these levels of motion (n,), joining those beside it (C,) each."""
        n, half = len(levels), self.block // 2
        out = np.zeros((n + 2 * self.block, self.residuals.shape[1]))
        window = np.sin(np.pi * (np.arange(self.block) + 0.5) / self.block)[:, None]
        near = max(4, len(self.starts) // 40)
        # The trials' levels hold what noise is left after smoothing; a made motion has none of it.
        levels = np.hypot(levels, self.levels[len(self.levels) // 20])
        for at in range(0, n + self.block, half):
            level = float(levels[min(max(at - half, 0), n - 1)])
            rank = int(np.searchsorted(self.levels, level))
            low = min(max(rank - near, 0), max(len(self.starts) - 2 * near, 0))
            pick = int(generator.integers(low, min(low + 2 * near, len(self.starts))))
            start = int(self.starts[pick])
            sign = 1.0 if generator.random() < 0.5 else -1.0
            out[at : at + self.block] += sign * window * self.residuals[start : start + self.block]
        drawn = out[self.block : self.block + n]
        steps = np.arange(1, n + 1)[:, None]
        for edge, k in ((before, steps), (after, steps[::-1])):
            kept = self.persistence**k
            drawn = np.sqrt(1.0 - kept**2) * drawn + kept * edge
        return drawn


def _without_impacts(residuals: Array, starts: NDArray[np.int64], block: int) -> NDArray[np.int64]:
    """Indices of blocks to keep: those not far rougher than others of their level (claps, catches, bumps)."""
    scale = np.maximum(np.median(np.abs(residuals), axis=0), 1e-9)
    peaks = np.array([np.abs(residuals[s : s + block] / scale).max() for s in starts])
    reach = max(len(starts) // 40, 4)
    typical = np.array([np.median(peaks[max(i - reach, 0) : i + reach + 1]) for i in range(len(peaks))])
    return np.flatnonzero(peaks <= 2.0 * typical)


def learn(samples: Sequence[Array], levels: Sequence[Array], sigma: float, block: int) -> Texture:
    """Texture of trials (n, C) whose level of motion (n,) is known; `sigma` of the smoothing, in samples."""
    residuals, starts, means, offset = [], [], [], 0
    products = powers = 0.0
    for trial, level in zip(samples, levels, strict=True):
        residual = trial - smooth(trial, sigma)
        products += float(np.sum(residual[1:] * residual[:-1] / np.maximum(residual.var(axis=0), 1e-12)))
        powers += float(np.sum(residual[1:] ** 2 / np.maximum(residual.var(axis=0), 1e-12)))
        for start in range(0, len(trial) - block + 1, max(1, block // 8)):
            starts.append(offset + start)
            means.append(float(level[start : start + block].mean()))
        residuals.append(residual)
        offset += len(trial)
    if not starts:  # trials shorter than a block: nothing is added
        width = samples[0].shape[1]
        residuals, starts, means = [np.zeros((block, width))], [0], [0.0]
    order = np.argsort(means, kind="stable")
    order = order[_without_impacts(np.concatenate(residuals), np.asarray(starts)[order], block)]
    persistence = float(np.clip(products / powers, 0.0, 0.95)) if powers else 0.0
    return Texture(
        np.concatenate(residuals), np.asarray(starts)[order], np.asarray(means)[order], block, persistence
    )
