"""The decision stage's settings in a run: the bundle's, a place on its latency curve, or the user's own."""

from dataclasses import replace
from typing import Annotated

import msgspec

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision, along, contradictions, knob_of, measured_at
from hnhar.model.errors import ConfigError

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=60)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=60)]
Shift = Annotated[float, msgspec.Meta(ge=-60, le=60)]


class Overrides(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Single settings that a user chooses (`hnhar.model.bundle.decision.Decision` says what each is).

    They hold for every set of modalities; None leaves the bundle's.
    """

    smoothing: Seconds | None = None
    enter: Probability | None = None
    leave: Probability | None = None
    minimum: Seconds | None = None
    certain: Probability | None = None
    refractory: Seconds | None = None
    again: Seconds | None = None
    coverage: Probability | None = None
    onset_shift: Shift | None = None
    offset_shift: Shift | None = None
    evidence: Rate | None = None
    begins: Rate | None = None
    ends: Rate | None = None


def place(info: BundleInfo, latency: str) -> str:
    """Measured delay and F1 at a place on the bundle's latency curve, in words; errors as `settings`."""
    return f"latency {latency}: {measured_at(info.latency, knob_of(info.latency, latency))}"


def settings(info: BundleInfo, latency: str | None = None, overrides: Overrides | None = None) -> Decision:
    """The decision for a run with the bundle of `info`.

    Args:
        info: Of the bundle.
        latency: A place on its latency curve (`hnhar.model.bundle.decision.knob_of`); None: the bundle's own.
        overrides: What is set otherwise, last.

    Raises:
        ConfigError: No such place, no curve, or settings that contradict each other.
    """
    decision = info.decision if latency is None else along(info.latency, knob_of(info.latency, latency))
    if overrides is None:
        return decision
    values = msgspec.structs.asdict(overrides)
    chosen = {name: value for name, value in values.items() if value is not None}
    weighing = max(each.evidence for each in (decision, *decision.subsets.values()))
    if "smoothing" in chosen and chosen.get("evidence", weighing) > 0:
        raise ConfigError(
            "smoothing has no effect while windows are weighed as evidence, as these weights have it: set "
            "evidence = 0 as well, or change evidence instead."
        )
    subsets = {key: replace(subset, **chosen) for key, subset in decision.subsets.items()}
    made = replace(decision, **chosen, subsets=subsets)
    if contradictions(made, [m.name for m in info.modalities]):
        raise ConfigError(
            f"the decision settings contradict each other: leave ({made.leave:g}) must not be above enter "
            f"({made.enter:g}), for any set of modalities. Set both."
        )
    return made
