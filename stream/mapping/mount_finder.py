"""Rotation of one worn sensor, found from points in time as they come. Pure; no clock, no thread."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hnhar.model.bundle.mount import MountReference

from .mount_search import (
    FINE,
    Array,
    LimbPrediction,
    about,
    angles,
    motion_likelihood,
    near_identity,
    nearest_rotation,
    rotations,
)
from .mount_signals import measured, mirrored

MEMORY: Final = 150
"""Points that count: a minute of motion. What a sensor was turned by before that is forgotten."""
LEAST: Final = 25
"""Points of motion, some ten seconds, before anything is believed."""
SURE: Final = 0.8
"""Certainty from which on a rotation is believed that a limb in the skeleton agrees with."""
SURE_ALONE: Final = 0.9
"""The same of the sensor's own motion alone."""
LEAST_FINELY: Final = 10
"""Points of motion, some four seconds, before the sensor's own motion alone is believed on the finer grid."""
SURE_FINELY: Final = 0.95
"""Certainty from which on it is, there."""
TEMPER_FINELY: Final = 5.0
"""`TEMPER` there: between the rotations of the coarse grid evidence is lost, and a right one looks like
several."""
STRAIGHT_SHARE: Final = 0.1
"""Share of wearers who wear it as the weights learned, within 20°, while nothing is known."""
TEMPER: Final = 8.0
"""Divisor of log-likelihoods: neighboring points repeat each other, and people are not the mixture."""
MIRRORED: Final = 6.0
"""Gain of tempered log-likelihood over a minute of motion from which a sensor moves like a mirror image: the
right wrists of people left out lose 7 to 28."""
AROUND: Final = 45.0
"""Degrees around the likeliest rotation within which one counts as the same."""
AGREES: Final = 0.55
"""Share of what a limb predicts and the sensor measures that must agree, else the skeleton is not asked: of
true pairs 99 % reach .51 within ten seconds, of foreign ones 1 %."""
SAME: Final = 1.0
"""Loss of tempered log-likelihood up to which the sensor counts as worn as the weights learned."""
LOOK: Final = 5
"""Points between two looks."""
_REFINE: Final = 25
"""Points between two refinements of what is believed."""
_REFINED_BY: Final = 60
"""Points at most that a refinement is made with."""
_STEPS: Final = (12.0, 6.0, 3.0)
"""Degrees by which a rotation is refined."""
_NEAR: Final = 20.0
"""Degrees up to which a rotation that nobody corrects is left as the grid has it."""
_MOVED: Final = 8.0
"""Degrees from which a refined rotation takes the place of the one before."""


@dataclass(frozen=True, slots=True, eq=False)
class MountEstimate:
    """Rotation of a sensor as far as it is known."""

    turn: Array
    """(3, 3): a vector as the sensor measures it, times it, is in the axes that the weights learned."""
    certainty: float
    """0 to 1."""
    points: int
    """Points of motion so far, `MountFinder.spacing` s apart."""
    settled: bool
    """It is believed."""
    by_limb: bool = False
    """A limb in the skeleton took part."""
    mirrored: bool = False
    """It moves rather like one on the other side of the body."""
    slipped: int = 0
    """Times that another rotation took its place."""

    @property
    def degrees(self) -> float:
        """Angle of the rotation."""
        return float(angles(self.turn, np.eye(3)))


class MountFinder:
    """Collects evidence for every rotation of a grid; forgets what is older than a minute of motion."""

    spacing: Final = 0.4
    """s between two points at least."""

    def __init__(
        self,
        reference: MountReference,
        *,
        sides: bool = False,
        finely: bool = False,
        watching: bool = False,
    ) -> None:
        """`sides`: tell a sensor on the body's other side, too; `finely`: by the finer grid, so earlier;
        `watching`: nothing is corrected by it, so small rotations need not be known exactly."""
        self._watching = watching
        straight = near_identity() if finely else np.zeros((0, 3, 3))
        self._grid = np.concatenate([straight, rotations(FINE)]) if finely else rotations()
        shares = np.full(len(self._grid), 1.0 - STRAIGHT_SHARE * finely)
        shares /= len(self._grid) - len(straight)
        shares[: len(straight)] = STRAIGHT_SHARE / max(len(straight), 1)
        self._prior = np.log(shares)
        self._finely = finely
        self._motion = motion_likelihood(reference)
        self._limb = None if reference.limb is None else LimbPrediction(reference.limb)
        self._evidence = np.zeros(len(self._grid))
        self._mirrored = np.zeros(len(self._grid)) if sides else None
        self._agreement = np.zeros((3, 3))
        self._power = 0.0
        self._seen = 0.0
        self._weight = 0.0
        self._kept: deque[tuple[Array, Array | None]] = deque(maxlen=MEMORY)
        self._refined = 0
        self.estimate = MountEstimate(np.eye(3), 0.0, 0, settled=False)

    def take(self, vectors: Array, features: Array | None = None) -> None:
        """One point of motion: (V, 3) of `mount_signals.sensed`, and (F,) of the limb where it is seen."""
        keep = 1.0 - 1.0 / MEMORY
        self._evidence = keep * self._evidence + self._motion.of(vectors[None], self._grid)[0]
        if self._mirrored is not None:
            self._mirrored = keep * self._mirrored + self._motion.of(mirrored(vectors[None]), self._grid)[0]
        self._weight = keep * self._weight + 1.0
        self._agreement, self._power, self._seen = (
            keep * self._agreement,
            keep * self._power,
            keep * self._seen,
        )
        predicted = None
        if features is not None and self._limb is not None:
            predicted = self._limb.of(features[None])
            actual = measured(vectors[None])
            self._agreement += self._limb.agreement(actual, predicted)
            sizes = np.square(actual).sum(axis=2) + np.square(predicted).sum(axis=2)
            self._power += 0.5 * float((self._limb.precision * sizes[0]).sum())
            self._seen += 1.0
        self._kept.append((vectors, predicted))
        points = self.estimate.points + 1
        self.estimate = _with(self.estimate, points=points)
        if points % LOOK == 0:
            self._look()

    def _look(self) -> None:
        by_limb = self._limb_agrees()
        # beside a camera nothing is lost by waiting for what it says
        early = self._finely and not by_limb and not self._seen
        logs = self._evidence / (TEMPER_FINELY if early else TEMPER)
        if by_limb:
            logs = 0.5 * logs + np.einsum("gij,ij->g", self._grid, self._agreement) / TEMPER
        logs = logs + self._prior
        other = -np.inf if self._mirrored is None else float(self._mirrored.max() - self._evidence.max())
        self.estimate = _with(
            self.estimate, mirrored=self.estimate.points >= MEMORY and other / TEMPER > MIRRORED
        )
        shares = np.exp(logs - logs.max())
        best = int(logs.argmax())
        near = angles(self._grid[best], self._grid) < AROUND
        certainty = float(shares[near].sum() / shares.sum())
        before = self.estimate
        known = min(before.points, len(self._kept)) >= (LEAST_FINELY if early else LEAST)
        known = known and certainty >= (SURE if by_limb else SURE_FINELY if early else SURE_ALONE)
        if not known:
            self.estimate = _with(before, certainty=certainty, by_limb=by_limb)
            return
        away = float(angles(self._grid[best], before.turn))
        due = not before.settled or away > AROUND or before.points - self._refined >= _REFINE
        due = due or before.points <= LEAST  # of so few points each look tells more
        if not due:
            self.estimate = _with(before, certainty=certainty, by_limb=by_limb)
            return
        self._refined = before.points
        turn = self._grid[best]
        if not (self._watching and float(angles(turn, np.eye(3))) <= _NEAR):
            turn = self._refine(turn, by_limb)
        slipped = before.settled and float(angles(turn, before.turn)) > AROUND
        if before.settled and float(angles(turn, before.turn)) < _MOVED:
            turn = before.turn
        self.estimate = MountEstimate(
            turn, certainty, before.points, True, by_limb, before.mirrored, before.slipped + int(slipped)
        )

    def _limb_agrees(self) -> bool:
        if self._seen < max(0.5 * self._weight, 1.0):
            return False
        return nearest_rotation(self._agreement)[1] >= AGREES * self._power

    def _refine(self, turn: Array, by_limb: bool) -> Array:
        """The likeliest rotation near one, or none at all where that is hardly less likely."""
        kept = list(self._kept)[:: -max(1, len(self._kept) // _REFINED_BY)]
        vectors = np.stack([vectors for vectors, _ in kept])
        scale = len(self._kept) / len(kept) / TEMPER

        def value(turns: Array) -> Array:
            logs = self._motion.of(vectors, turns).sum(axis=0) * scale
            if by_limb:
                logs = 0.5 * logs + np.einsum("gij,ij->g", turns, self._agreement) / TEMPER
            return np.asarray(logs)

        best = float(value(turn[None])[0])
        for step in _STEPS:
            moves = np.stack([about(sign * axis, step) for axis in np.eye(3) for sign in (1.0, -1.0)])
            for _ in range(8):
                tried = moves @ turn
                values = value(tried)
                at = int(values.argmax())
                if values[at] <= best:
                    break
                best, turn = float(values[at]), tried[at]
        same = np.eye(3)
        return same if best - float(value(same[None])[0]) < SAME else turn


def _with(estimate: MountEstimate, **changes: object) -> MountEstimate:
    return replace(estimate, **changes)  # type: ignore[arg-type]
