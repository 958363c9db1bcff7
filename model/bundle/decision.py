"""Settings of the decision stage (`hnhar.stream.decide.decider`), stored in a bundle beside its weights.

`Decision` is one trade between early and sure; `Knot`s are several of them along a curve that was tuned on
training subjects, and `along` turns the latency knob to any place on it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise

from ..errors import ConfigError
from .subsets import nearest_key, subset_key

NAMED = {"fast": 0.0, "balanced": 0.5, "sure": 1.0}
"""Names for places of the latency knob."""
_NO_CURVE = (
    "these weights hold no latency curve: they are older than it, or their training recognized nothing on "
    "who was held out. Leave the latency out, or train anew."
)


@dataclass(frozen=True, slots=True)
class Decision:
    """Settings by which calibrated window probabilities become events: smoothing, hysteresis, durations."""

    smoothing: float = 0.5
    """Time constant of the exponential smoothing of probabilities, s (0: none); without effect where
    `evidence` is set."""
    enter: float = 0.5
    """An activity begins when its smoothed probability reaches this."""
    leave: float = 0.35
    """It ends when its smoothed probability falls below this, or another activity enters."""
    minimum: float = 0.25
    """An activity must hold `enter` this long before its onset is published, s."""
    refractory: float = 0.5
    """An activity that falls below `leave` and comes back within this time is the same one, s; its
    offset waits so long."""
    coverage: float = 0.5
    """A window whose best covered modality has less than this share of its grid neither begins nor ends
    anything. Acts where it is above the share without which a modality is left out of a window at all
    (`hnhar.stream.windows.windower.MIN_COVERAGE`)."""
    onset_shift: float = 0.0
    """Added to the time at which the onset was decided, s (negative: the action began earlier)."""
    offset_shift: float = 0.0
    """Added to the time at which the offset was decided, s."""
    certain: float = 1.0
    """An activity whose smoothed probability exceeds this begins at once, without `minimum` (1: none)."""
    again: float = 0.0
    """After an offset, the same activity begins anew no sooner than this, s."""
    evidence: float = 0.0
    """Instead of smoothing, weigh windows against what was believed before: by how much a second of windows
    counts, as independent looks (0: smoothing)."""
    begins: float = 0.4
    """Rate at which activities begin while nothing goes on, 1/s; for `evidence`."""
    ends: float = 0.12
    """Rate at which an activity that goes on ends, 1/s; for `evidence`."""
    subsets: "dict[str, Decision]" = field(default_factory=dict)
    """Subset of modalities ("imu"; sorted names joined by "+") -> the settings for predictions made from
    just these; their own `subsets` are empty."""

    def of(self, modalities: Collection[str]) -> "Decision":
        """The settings for predictions that were made from these modalities.

        A subset of two or more without settings of its own has those of the nearest (`subsets.nearest_key`).
        """
        if not self.subsets:
            return self
        key = subset_key(modalities)
        if key in self.subsets or len(modalities) < 2:
            return self.subsets.get(key, self)
        every = subset_key({*modalities, *(name for other in self.subsets for name in other.split("+"))})
        if key == every:
            return self
        return self.subsets.get(nearest_key(modalities, (every, *self.subsets)) or key, self)


@dataclass(frozen=True, slots=True)
class Knot:
    """One place on the latency curve."""

    at: float
    """Place of the knob: 0 (earliest) to 1 (surest)."""
    delay: float
    """Median time from an action's start to the publication of its onset, s, on who was held out."""
    f1: float
    """F1 of the events with this decision, collar 1.5 s."""
    decision: Decision


def along(curve: Sequence[Knot], knob: float) -> Decision:
    """The decision at `knob`, 0 to 1, linear between the knots beside it.

    Raises:
        ConfigError: A knob outside of 0 to 1, or no curve.
    """
    if not curve:
        raise ConfigError(_NO_CURVE)
    if not 0 <= knob <= 1:
        delay = f" A delay has a unit: {knob:g}s." if knob > 1 else ""
        raise ConfigError(f"the latency knob goes from 0 (earliest) to 1 (surest), not {knob:g}.{delay}")
    for before, after in pairwise(curve):
        if knob <= after.at:
            share = (knob - before.at) / (after.at - before.at) if after.at > before.at else 1.0
            return _between(before.decision, after.decision, min(max(share, 0.0), 1.0))
    return curve[-1].decision


def knob_of(curve: Sequence[Knot], text: str) -> float:
    """Place of the latency knob from "fast", "balanced", "sure", 0 to 1, or a longest median delay.

    A delay ("1.2s") gives the surest place whose measured median delay is at most that.

    Raises:
        ConfigError: None of these, or a delay shorter than any on the curve.
    """
    text = text.strip().lower()
    if text in NAMED:
        return NAMED[text]
    seconds = text.endswith("s")
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        raise ConfigError(
            f"the latency is {', '.join(NAMED)}, a number from 0 to 1, or a delay such as 1.2s, not '{text}'."
        ) from None
    if not seconds:
        return value
    if not curve:
        raise ConfigError(_NO_CURVE)
    within = [knot.at for knot in curve if knot.delay <= value]
    if not within:
        raise ConfigError(
            f"no place on the curve of these weights has a median delay of {value:g} s or less; they go from "
            f"{curve[0].delay:g} to {curve[-1].delay:g} s."
        )
    return within[-1]


def measured_at(curve: Sequence[Knot], knob: float) -> str:
    """Measured delay and F1 at `knob`, or at the two knots beside it, in words."""
    beside = [knot for knot in curve if knot.at == knob]
    if not beside:
        beside = next(([a, b] for a, b in pairwise(curve) if a.at < knob < b.at), [])
    delays = list(dict.fromkeys(f"{knot.delay:.2f}" for knot in beside))
    scores = list(dict.fromkeys(f"{knot.f1:.2f}" for knot in beside))
    return (
        f"place {knob:g} of 0 (earliest) to 1 (surest): on who was held out in training, onsets came "
        f"{' to '.join(delays)} s after the start (median), with an F1 of {' to '.join(scores)}"
    )


def contradictions(decision: Decision, modalities: Collection[str]) -> list[str]:
    """Contradictions in the decision of weights that take `modalities`, in words; empty for none."""
    wrong: list[str] = []
    for key, settings in (("", decision), *decision.subsets.items()):
        if key and not set(key.split("+")) <= set(modalities):
            wrong.append("it has decisions for modalities that it does not take")
        if key and settings.subsets:
            wrong.append("its decisions for a subset of modalities have subsets of their own")
        durations = (settings.smoothing, settings.minimum, settings.refractory, settings.again)
        if not (0 <= settings.leave <= settings.enter <= 1 and all(0 <= d <= 60 for d in durations)):
            wrong.append("its decision thresholds contradict themselves")
        if not all(0 <= rate <= 60 for rate in (settings.evidence, settings.begins, settings.ends)):
            wrong.append("its decisions weigh evidence beyond all measure")
        if not all(-60 <= shift <= 60 for shift in (settings.onset_shift, settings.offset_shift)):
            wrong.append("its decisions move events by more than a minute")
    return wrong


def _between(first: Decision, second: Decision, share: float) -> Decision:
    """Every number `share` of the way from one decision to the other."""
    keys = sorted({*first.subsets, *second.subsets})
    # a subset that one of the two lacks has there what holds for all
    subsets = {
        key: _between(first.subsets.get(key, _plain(first)), second.subsets.get(key, _plain(second)), share)
        for key in keys
    }
    if (first.evidence > 0) != (second.evidence > 0):
        # one weighs evidence and the other smooths: what lies between is neither
        return replace(first if share < 0.5 else second, subsets=subsets)
    names = [f.name for f in fields(Decision) if f.name != "subsets"]
    mixed = {n: (1 - share) * getattr(first, n) + share * getattr(second, n) for n in names}
    return Decision(**mixed, subsets=subsets)


def _plain(decision: Decision) -> Decision:
    return replace(decision, subsets={})
