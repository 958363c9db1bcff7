"""Description of the activities that were enrolled in a bundle after its training. Loads no torch."""

from dataclasses import dataclass, field
from math import isfinite


@dataclass(frozen=True, slots=True)
class Gate:
    """Linear map from an enrolled activity's margin (`prototypes`) to its logit against everything else."""

    scale: float
    """Logit per unit of margin."""
    threshold: float
    """Margin at which it is as probable as everything else together."""


@dataclass(frozen=True, slots=True)
class Enrollment:
    """One enrolled activity; its examples are in the bundle's tensors."""

    label: str
    gates: dict[str, Gate]
    """Subset of modalities (`bundle.subset_key`) -> its gate; without one the subset cannot show it."""
    performances: int
    """Times that it was performed for the enrollment."""
    source: str = ""
    """Names of the recordings."""
    measured: dict[str, dict[str, float]] = field(default_factory=dict)
    """Subset of modalities -> rates measured by leaving out one performance at a time."""
    day: str = ""
    """Date of the enrollment, 2026-11-27; "" where unknown."""


def contradictions(enrolled: tuple[Enrollment, ...], labels: tuple[str, ...], idle: str) -> list[str]:
    """Contradictions in a bundle's enrollments, in words; empty where there are none."""
    if not enrolled:
        return []
    wrong: list[str] = []
    if tuple(activity.label for activity in enrolled) != labels[len(labels) - len(enrolled) :]:
        wrong.append("its enrolled activities are not its last labels")
    if len(labels) - len(enrolled) < 2:
        wrong.append("it has fewer than two labels beside those that were enrolled")
    if idle in [activity.label for activity in enrolled]:
        wrong.append("its idle label was enrolled")
    for activity in enrolled:
        gates = activity.gates.values()
        if not gates or any(not (0 < g.scale <= 1e3 and isfinite(g.threshold)) for g in gates):
            wrong.append(f"the enrolled {activity.label[:64]!r} has no gate, or one without finite numbers")
        if activity.performances < 1:
            wrong.append(f"the enrolled {activity.label[:64]!r} was never performed")
    return wrong
