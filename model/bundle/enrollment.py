"""What a bundle says of the activities that were enrolled after its training. Loads no torch."""

from dataclasses import dataclass, field
from math import isfinite


@dataclass(frozen=True, slots=True)
class Gate:
    """From the margin of an enrolled activity (see `prototypes`) to its logit against everything else."""

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
    """Subset of modalities -> what leaving out one performance at a time gave."""
    day: str = ""
    """When it was enrolled, 2026-11-27; "" where nobody noted it."""


def contradictions(enrolled: tuple[Enrollment, ...], labels: tuple[str, ...], idle: str) -> list[str]:
    """What in a bundle's enrollments cannot be; empty where all is well."""
    if not enrolled:
        return []
    wrong: list[str] = []
    if tuple(one.label for one in enrolled) != labels[len(labels) - len(enrolled) :]:
        wrong.append("its enrolled activities are not its last labels")
    if len(labels) - len(enrolled) < 2:
        wrong.append("it has fewer than two labels beside those that were enrolled")
    if idle in [one.label for one in enrolled]:
        wrong.append("its idle label was enrolled")
    for one in enrolled:
        gates = one.gates.values()
        if not gates or any(not (0 < g.scale <= 1e3 and isfinite(g.threshold)) for g in gates):
            wrong.append(f"the enrolled {one.label[:64]!r} has no gate, or one without finite numbers")
        if one.performances < 1:
            wrong.append(f"the enrolled {one.label[:64]!r} was never performed")
    return wrong
