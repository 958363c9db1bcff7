"""Texture of a sensor over a smooth motion: resampled from the residuals of the wearer's own trials.

A residual is the part that a smoothing takes away: the sensor's colored noise, and the small quick motion of
a living body. Blocks of residuals, all channels together, are laid over each other with a power-preserving
cross-fade; each is drawn among those that the trials show at about the same speed, since a moving body is
rougher than a resting one. The cross-fade is the window of the Vorbis codec: one with a bend in it would
whiten the noise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .body import Array, smooth

Level = Callable[[Array, float], Array]
"""Smoothed samples (n, C) and their rate, Hz -> (n, G) logarithm of the speed of each group of channels."""
Ends = tuple[Array, Array]
"""Levels (n, G) of what is beside the ends of a pause, and how much (n, 1) they count, 0 to 1."""
NEAREST = 24
"""Blocks among which one is drawn."""
PIECE = 6
"""Samples over which the noise at a level is measured."""
ROUGH = 2.0
"""A block is left out that is rougher than this many times the median of all blocks, or of those of its
speed: impacts, and quick motion to and fro, which are an action's."""


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """Residuals of one sensor, or of one limb, of one wearer."""

    residuals: Array
    """(n, C), trials one after another."""
    starts: NDArray[np.int64]
    """(b,) first sample of each block that may be drawn; each lies within one trial."""
    slow: Array
    """(b, G) mean level in each of the motion that the smoothing leaves."""
    levels: Array
    """(b, G) mean level of all motion."""
    block: int
    """Samples, even."""
    groups: tuple[list[int], ...]
    """Channels whose noise goes with each level."""
    slopes: Array
    """(G,) slope of the logarithm of the noise over that of the speed."""
    calmest: Array
    """(G,) level of the calmest hundredth of the trials' time: no made motion counts as calmer."""
    level: Level
    scaled: bool
    """True if blocks are scaled to the wanted level everywhere, False if only at the ends of a pause."""
    sigma: float
    """Of the smoothing that leaves the motion, in samples."""

    def draw(self, made: Array, rate: float, ends: Ends, generator: np.random.Generator) -> Array:
        """Residuals (n, C) for a motion (n, C) at `rate`, Hz, as calm at its ends as what is beside them."""
        n, half = len(made), self.block // 2
        padding = (self.block, self.block), (0, 0)
        there, share = np.pad(ends[0], padding, "edge"), np.pad(ends[1], padding, "edge")
        whole = np.maximum(np.pad(self.level(made, rate), padding, "edge"), self.calmest)
        target = share * there + (1.0 - share) * whole
        wanted, known = target, self.levels
        if not self.scaled:
            wanted, known = np.pad(self.level(smooth(made, self.sigma), rate), padding, "edge"), self.slow
        out = np.zeros((len(wanted), self.residuals.shape[1]))
        rise = np.sin(np.pi * (np.arange(self.block) + 0.5) / self.block) ** 2
        window = np.sin(0.5 * np.pi * rise)[:, None]
        for at in range(0, n + self.block, half):
            span = slice(at, at + self.block)
            distance = np.sum((known - wanted[span].mean(axis=0)) ** 2, axis=1)
            near = np.argsort(distance, kind="stable")[:NEAREST]
            pick = near[int(generator.integers(len(near)))]
            block = self.residuals[self.starts[pick] : self.starts[pick] + self.block] * window
            # Trials are stiller where they begin and end than any block of them is.
            calmer = np.clip(self.slopes * (target[span] - self.levels[pick]), -6.0, 0.5)
            gains = np.exp(calmer if self.scaled else share[span] * calmer)
            for channels, gain in zip(self.groups, gains.T, strict=True):
                out[span, channels] += block[:, channels] * gain[:, None]
        return np.asarray(out[self.block : self.block + n])


def learn(
    samples: Sequence[Array],
    rates: Sequence[float],
    groups: Sequence[list[int]],
    level: Level,
    *,
    sigma: float,
    block: int,
    scaled: bool = False,
) -> Texture:
    """Texture of trials (n, C) at their rates, Hz; `sigma` and `block` in samples; `scaled` in any case."""
    residuals, starts, slow, levels, rough, pieces, local, offset = [], [], [], [], [], [], [], 0
    for trial, rate in zip(samples, rates, strict=True):
        low = smooth(trial, sigma)
        residual = trial - low
        below, speed = level(low, rate), level(trial, rate)
        local.append(speed)
        pieces += _pieces(trial, speed, groups)
        for start in range(0, len(trial) - block + 1, max(1, block // 8)):
            span = slice(start, start + block)
            starts.append(offset + start)
            slow.append(below[span].mean(axis=0))
            levels.append(speed[span].mean(axis=0))
            rough.append(np.log(np.std(residual[span], axis=0) + 1e-9).mean())
        residuals.append(residual)
        offset += len(trial)
    if not starts:  # trials shorter than a block: nothing is added
        nothing = np.zeros((block, samples[0].shape[1]))
        residuals, starts, rough = [nothing], [0], [0.0]
        slow = levels = [level(nothing, 1.0).mean(axis=0)]
    still = np.concatenate(local)
    # Trials without a pause in them have blocks as calm as a pause only when scaled down.
    rarely = np.quantile(np.array(levels).mean(axis=1), 0.03) > np.quantile(still.mean(axis=1), 0.3)
    at, speeds = np.asarray(starts), np.array(slow)
    kept = _usual(speeds.mean(axis=1), np.array(rough))
    return Texture(
        np.concatenate(residuals),
        at[kept],
        speeds[kept],
        np.array(levels)[kept],
        block,
        tuple(groups),
        _slopes(np.array(pieces).reshape(-1, 2, len(groups))),
        np.quantile(still, 0.01, axis=0),
        level,
        scaled or bool(rarely),
        sigma,
    )


def _pieces(trial: Array, speed: Array, groups: Sequence[list[int]]) -> list[tuple[Array, Array]]:
    """Level (G,) and logarithm of the noise (G,) of short pieces of a trial, so that its still ends count."""
    rough = np.diff(trial, 3, axis=0) ** 2
    out = []
    for at in range(0, len(rough) - PIECE + 1, PIECE // 2):
        power = np.mean(rough[at : at + PIECE], axis=0)
        noise = np.array([0.5 * np.log(power[c].mean() + 1e-16) for c in groups])
        out.append((speed[at : at + PIECE + 3].mean(axis=0), noise))
    return out


def _slopes(pieces: Array) -> Array:
    """(G,) slopes of noise over level, of pieces (n, 2, G), below the median level, where they are needed."""
    if len(pieces) < 20:  # too few to tell: noise as motion
        return np.ones(pieces.shape[2])
    out = []
    for level, noise in zip(pieces[:, 0].T, pieces[:, 1].T, strict=True):
        calm = level <= np.median(level)
        spread = level[calm] - level[calm].mean()
        out.append(float(spread @ noise[calm]) / max(float(spread @ spread), 1e-9))
    return np.clip(out, 0.0, 2.0)


def _usual(levels: Array, rough: Array) -> NDArray[np.bool_]:
    """(b,) bool: blocks that are not far rougher than those of their level, or than most; both (b,), logs."""
    reach = max(len(levels) // 40, 4)
    order = np.argsort(levels, kind="stable")
    ranked = rough[order]
    typical = [np.median(ranked[max(i - reach, 0) : i + reach + 1]) for i in range(len(ranked))]
    kept = np.ones(len(levels), bool)
    kept[order] = ranked <= np.minimum(np.array(typical), np.median(rough)) + np.log(ROUGH)
    return kept
