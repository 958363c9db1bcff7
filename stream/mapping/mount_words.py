"""Sentences on a worn sensor's mounting, for its wearer. Pure."""

from typing import Final

import numpy as np

from hnhar.model.bundle.mount import MountReference

from .mount_finder import LEAST, MountEstimate, MountFinder
from .mount_search import Array

STRAIGHT: Final = 20.0
"""Degrees up to which a sensor counts as worn as the weights learned: people differ by as much."""
WRONG: Final = 50.0
"""Degrees from which a sensor that nobody corrects is warned of."""
_ALONG: Final = 0.85
"""Cosine from which an axis has a name."""
_HOW: Final = "let the arm or leg hang still, then turn and bend it"


def searching(estimate: MountEstimate) -> str:
    """How far the search is."""
    some = f" of some {LEAST * MountFinder.spacing:.0f}" if estimate.points < LEAST else ""
    return (
        f"how it is turned is not known yet, after {estimate.points * MountFinder.spacing:.0f} s of motion"
        f"{some} (--imu-axes auto): {_HOW}"
    )


def corrected(estimate: MountEstimate, reference: MountReference, place: str) -> str:
    """The rotation that is undone."""
    by = " and the skeleton" if estimate.by_limb else ""
    basis = f"{min(estimate.certainty, 0.99):.0%} sure, by {_seconds(estimate)} of motion{by}"
    if estimate.mirrored:
        return (
            f"it moves like the mirror image of what the weights learned ({basis}): is it worn on the other "
            "side of the body than the weights, or --imu-placement, have it?"
        )
    changed = f"; it has changed {_times(estimate.slipped)}" if estimate.slipped else ""
    if estimate.degrees < STRAIGHT:
        return f"worn as the weights learned, within {STRAIGHT:.0f}° ({basis}{changed})"
    return f"{turned(estimate.turn, reference, place)}; corrected ({basis}{changed})"


def warning(estimate: MountEstimate, reference: MountReference, place: str) -> str:
    """The rotation that nobody undoes."""
    return (
        f"{turned(estimate.turn, reference, place)} against how the weights learned it, by "
        f"{_seconds(estimate)} of motion: --imu-axes auto corrects it"
    )


def turned(turn: Array, reference: MountReference, place: str) -> str:
    """A rotation, in words: "turned about 88° about the forearm"."""
    cosine = np.clip((np.trace(turn) - 1) / 2, -1.0, 1.0)
    degrees = round(float(np.rad2deg(np.arccos(cosine))))
    return f"turned about {degrees}° {_axis(turn, reference, place)}"


def _axis(turn: Array, reference: MountReference, place: str) -> str:
    values, vectors = np.linalg.eig(turn)
    axis = np.real(vectors[:, int(np.argmin(np.abs(values - 1)))])
    axis = axis / np.linalg.norm(axis)
    limb = reference.limb
    if limb is not None and len(limb.bone) == 3 and abs(float(axis @ np.array(limb.bone))) > _ALONG:
        return f"about the {_bone(place)}"
    largest = int(np.argmax(np.abs(axis)))
    return f"about its {'xyz'[largest]} axis" if abs(axis[largest]) > _ALONG else "about an oblique axis"


def _bone(place: str) -> str:
    part = place.split()[-1] if place else "limb"
    return {"wrist": "forearm", "ankle": "lower leg"}.get(part, part)


def _seconds(estimate: MountEstimate) -> str:
    return f"{estimate.points * MountFinder.spacing:.0f} s"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
