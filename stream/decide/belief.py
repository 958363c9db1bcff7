"""Belief over activities: HMM forward filter, or exponential mean, over window probabilities. Pure.

Windows overlap and are wrong now and then, so none is taken at its word. A hidden Markov model's forward
filter (Rabiner, "A tutorial on hidden Markov models", 1989, III A) weighs what was believed before, by how
often activities begin and end, against what the window says; an exponential mean is the plain alternative.
"""

from collections.abc import Mapping
from math import exp

from hnhar.model.bundle.decision import Decision

FLOOR = 1e-5
"""A window says nothing with more certainty than this leaves open: or one would outweigh all others."""
LONGEST = 0.5
"""s: windows further apart than this, as after a gap, count no more each, or one alone would decide."""


def averaged(
    before: Mapping[str, float], seen: Mapping[str, float], constant: float, step: float
) -> dict[str, float]:
    """Exponential mean with a time constant (s; 0: none) over windows `step` s apart."""
    weight = 1.0 - exp(-step / constant) if constant > 0 else 1.0
    return {label: before[label] + weight * (seen[label] - before[label]) for label in seen}


def filtered(
    before: Mapping[str, float], seen: Mapping[str, float], idle: str, settings: Decision, step: float
) -> dict[str, float]:
    """One step of the filter.

    Activities begin out of idle, one as likely as another, and end in idle; where nothing is idle, each may
    follow any other.

    Args:
        before: Label -> what was believed, adding up to 1.
        seen: Label -> calibrated probability in the new window.
        idle: The label that is no activity; "" if there is none.
        settings: How often activities begin and end, and how much a second of windows weighs (of windows more
            than `LONGEST` apart: each as much as that).
        step: Since the window before, s.

    Returns:
        Label -> what is believed now, adding up to 1.
    """
    ends = 1.0 - exp(-settings.ends * step)
    weight = settings.evidence * min(step, LONGEST)
    top = max(seen.values())  # what all are divided by does not matter, and nothing underflows
    others, stays = max(len(before) - 1, 1), 1.0 - ends
    if idle:
        begins, resting = 1.0 - exp(-settings.begins * step), before[idle]
        came = begins * resting / others
        now = {
            label: (p * stays + came) * ((s if (s := seen[label]) > FLOOR else FLOOR) / top) ** weight
            for label, p in before.items()
        }
        ahead = resting * (1.0 - begins) + ends * (1.0 - resting)
        now[idle] = ahead * (max(seen[idle], FLOOR) / top) ** weight
    else:
        now = {
            label: (p * stays + ends * (1.0 - p) / others) * (max(seen[label], FLOOR) / top) ** weight
            for label, p in before.items()
        }
    total = sum(now.values())
    # nothing is left where what is seen could never begin
    return {label: value / total for label, value in now.items()} if total > 0 else dict(seen)
