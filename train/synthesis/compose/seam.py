"""The seam between a trial and a pause: the made samples continue the measured ones.

Conditional simulation (Journel and Huijbregts, "Mining Geostatistics", 1978, ch. VII): the made samples
begin a few inside the trial; their difference from the measured ones there is predicted onwards by least
squares and added. So the pause keeps its noise, and value, slope and color go on over the seam. The predictor
is learned from the differences between pieces of the wearer's own trials.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .body import Array, minimum_jerk

PAIRS = 3000
"""Pieces that a predictor is learned from, for each group of channels."""
RIDGE = 1e-4
FAR = 9.0
"""Bound of a prediction, in times the largest difference before the seam; it cuts only what runs wild."""


@dataclass(frozen=True, slots=True, eq=False)
class Seam:
    """Predictors of one sensor of one wearer."""

    groups: tuple[list[int], ...]
    """Channels that share a predictor."""
    weights: tuple[Array, ...]
    """(past - 1, ahead) for each group: earlier differences, less the last one, to those ahead, less it."""

    @property
    def past(self) -> int:
        """Samples that it looks back to."""
        return len(self.weights[0]) + 1

    def onwards(self, mismatch: Array) -> Array:
        """(ahead, C) to add after the seam; `mismatch` (past, C): measured less made, before it."""
        last = mismatch[-1]
        ahead = self.weights[0].shape[1]
        out = np.empty((ahead, mismatch.shape[1]))
        for channels, weights in zip(self.groups, self.weights, strict=True):
            out[:, channels] = last[channels] + weights.T @ (mismatch[:-1, channels] - last[channels])
        # a joint that jumps in the trial would be thrown meters away
        most = FAR * np.abs(mismatch).max(axis=0)
        out = np.clip(out, -most, most)
        return out * (1.0 - minimum_jerk((np.arange(ahead) + 0.5) / ahead))[:, None]


def continuation(samples: Sequence[Array], groups: Sequence[list[int]], past: int, ahead: int) -> Seam:
    """Learn from trials (n, C); repeatable, without randomness from outside."""
    generator = np.random.default_rng(past)
    whole = past + ahead
    long = [s for s in samples if len(s) >= whole]
    weights: list[Array] = []
    for channels in groups:
        if not long:
            weights.append(np.zeros((past - 1, ahead)))
            continue
        pieces = []
        for _ in range(PAIRS):
            trial = long[int(generator.integers(len(long)))]
            start = int(generator.integers(len(trial) - whole + 1))
            pieces.append(trial[start : start + whole, channels[int(generator.integers(len(channels)))]])
        piece = np.array(pieces)
        piece = piece[: PAIRS // 2] - piece[PAIRS // 2 :]
        piece = piece - piece[:, past - 1 : past]
        # Rough and calm pieces teach alike.
        piece /= np.maximum(np.std(np.diff(piece[:, :past], axis=1), axis=1), 1e-6)[:, None]
        known, wanted = piece[:, : past - 1], piece[:, past:]
        normal = known.T @ known
        # trials of one value throughout teach nothing, and are no reason to fail
        normal += max(RIDGE * float(np.trace(normal)) / len(normal), 1e-9) * np.eye(len(normal))
        weights.append(np.asarray(np.linalg.solve(normal, known.T @ wanted), np.float64))
    return Seam(tuple(groups), tuple(weights))
