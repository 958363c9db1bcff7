"""The decision stage's settings, tuned on held-out training persons: a curve from early to sure.

Each place on the curve weighs delay against correctness otherwise, and each subset of modalities is tuned by
itself, since what it sees becomes sure at another pace. Nothing is trained here: the predictions are made
once, and only decided on again and again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hnhar.model.bundle import BundleInfo, subset_key
from hnhar.model.decision import Decision, Knot
from hnhar.model.novelty import Novelty, threshold
from hnhar.stream.score import Hit, Score, recognized

from .data import soft_target
from .evaluate import Subset, Watched, events_of, score_of

PRICES: Mapping[float, float] = {0.0: 0.3, 0.25: 0.1, 0.5: 0.04, 0.75: 0.015, 1.0: 0.0}
"""Place on the curve -> F1 that a second of delay is worth there."""
GRID: Mapping[str, tuple[float, ...]] = {
    "smoothing": (0.0, 0.15, 0.3, 0.5, 0.8),
    "enter": (0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "minimum": (0.0, 0.25, 0.5, 0.75),
    "certain": (0.7, 0.8, 0.9, 1.0),
    "leave": (0.1, 0.2, 0.3, 0.4),
    "refractory": (0.0, 0.25, 0.75, 1.25),
    "again": (0.0, 1.0, 2.0),
}
"""What is tried."""
REJECTED = 0.02
"""Share of the windows of learned activities that may count as unknown."""
_PROBE = -1.0
"""s, shift of onset and offset while the right shifts are measured."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What settings reach on some sessions."""

    f1: float
    """With a collar of 1.5 s."""
    f1_overlap: float
    """At an intersection over union of 0.5."""
    delay: tuple[float, float]
    """Median and 90th percentile, action's start to publication, s; NaN without hits."""
    false_per_idle_minute: float

    def worth(self, price: float) -> float:
        """What is maximised: both F1, less the delay at `price` a second, less false events in idle time."""
        delay = float(np.mean(self.delay)) if np.isfinite(self.delay).all() else 3.0
        return 0.7 * self.f1 + 0.3 * self.f1_overlap - price * delay - 0.02 * self.false_per_idle_minute


def reached(watched: Sequence[Watched], info: BundleInfo, decision: Decision) -> Reached:
    """What these settings make of sessions of one subset of modalities."""
    near, overlapping = [], []
    for one in watched:
        found = recognized(events_of(one, info, decision))
        near.append(score_of(one.recording, info, found))
        overlapping.append(score_of(one.recording, info, found, iou=0.5))
    delays = [h.delay for s in near for h in s.hits]
    quantiles = np.quantile(delays, [0.5, 0.9]) if delays else np.full(2, np.nan)
    minutes = sum(s.idle_minutes for s in near)
    return Reached(
        pooled_f1(near),
        pooled_f1(overlapping),
        (float(quantiles[0]), float(quantiles[1])),
        sum(s.idle_events for s in near) / minutes if minutes > 0 else 0.0,
    )


def pooled_f1(scores: Sequence[Score]) -> float:
    """F1 over several sessions together; 0 where there is nothing."""
    hits, total = sum(len(s.hits) for s in scores), sum(s.actions + s.events for s in scores)
    return 2 * hits / total if total else 0.0


def tune(watched: Sequence[Watched], info: BundleInfo, start: Decision, price: float = 0.04) -> Decision:
    """The best settings at one price of delay, each subset of modalities by itself.

    One setting is varied at a time, twice round the grid; ties keep what is there. After each round the
    shifts of onset and offset are set to the median errors of the hits.
    """
    by_subset = _grouped(watched)
    everything = max(by_subset, key=len)
    tuned = {subset: _tune(own, info, start.of(subset), price) for subset, own in by_subset.items()}
    return _joined(tuned, everything)


def curve(watched: Sequence[Watched], info: BundleInfo, start: Decision) -> tuple[Knot, ...]:
    """The latency curve, from early to sure: `tune` at each of `PRICES`, each begun at the one before."""
    by_subset = _grouped(watched)
    everything = max(by_subset, key=len)
    knots: list[Knot] = []
    # from the middle outwards, so that neighbours on the curve resemble each other
    found: dict[float, dict[Subset, Decision]] = {}
    for place, beside in ((0.5, None), (0.25, 0.5), (0.0, 0.25), (0.75, 0.5), (1.0, 0.75)):
        found[place] = {
            subset: _tune(own, info, start if beside is None else found[beside][subset], PRICES[place])
            for subset, own in by_subset.items()
        }
    for place in sorted(found):
        decision = _joined(found[place], everything)
        there = reached(by_subset[everything], info, decision)
        knots.append(Knot(place, round(there.delay[0], 3), round(there.f1, 4), decision))
    return _rising(knots)


def novelty(watched: Sequence[Watched], info: BundleInfo, rejected: float = REJECTED) -> dict[str, Novelty]:
    """Subset of modalities -> the threshold of the unknown, from windows wholly of a learned activity."""
    out = {}
    for subset, own in _grouped(watched).items():
        scores = np.concatenate([np.array(w.novelty)[known_windows(w, info)] for w in own])
        if len(scores):
            at = threshold(scores, rejected)
            out[subset_key(set(subset))] = Novelty(at, round(float((scores > at).mean()), 4))
    return out


def known_windows(watched: Watched, info: BundleInfo) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(N,) whether each prediction's window is wholly one learned activity."""
    labels, idle = info.labels, info.idle
    if not idle:
        labels, idle = (*labels, "idle"), "idle"
    column = labels.index(idle)
    rows = [
        soft_target(watched.recording.annotations, p.start, p.end, labels, idle) for p in watched.predictions
    ]
    return np.array([1 - row[column] > 0.999 for row in rows], np.bool_)


def _tune(watched: Sequence[Watched], info: BundleInfo, start: Decision, price: float) -> Decision:
    best = replace(start, subsets={})
    worth = -np.inf
    for _ in range(2):
        for name, values in GRID.items():
            for value in values:
                trial = _with(best, name, value)
                if trial == best and worth > -np.inf:
                    continue
                here = reached(watched, info, trial).worth(price)
                if here > worth + 1e-9:
                    best, worth = trial, here
        best = _shifted(watched, info, best)
        worth = reached(watched, info, best).worth(price)
    return best


def _with(decision: Decision, name: str, value: float) -> Decision:
    """The decision with one setting changed; it never leaves above where it enters."""
    changed: dict[str, Any] = {name: value}
    trial = replace(decision, **changed)
    return replace(trial, leave=min(trial.leave, trial.enter))


def _shifted(watched: Sequence[Watched], info: BundleInfo, decision: Decision) -> Decision:
    """With the shifts of onset and offset that centre the errors of the hits."""
    probe = replace(decision, onset_shift=_PROBE, offset_shift=_PROBE)
    hits: list[Hit] = []
    for one in watched:
        hits += score_of(one.recording, info, recognized(events_of(one, info, probe))).hits
    if not hits:
        return replace(decision, onset_shift=0.0, offset_shift=0.0)
    onset = float(np.median([h.action.onset - h.event.onset for h in hits]))
    offset = float(np.median([h.action.offset - h.event.offset for h in hits]))
    return replace(decision, onset_shift=round(_PROBE + onset, 3), offset_shift=round(_PROBE + offset, 3))


def _grouped(watched: Sequence[Watched]) -> dict[Subset, list[Watched]]:
    out: dict[Subset, list[Watched]] = {}
    for one in watched:
        out.setdefault(one.subset, []).append(one)
    return out


def _joined(tuned: Mapping[Subset, Decision], everything: Subset) -> Decision:
    """One decision for all subsets: that of all modalities, with what the others have of their own."""
    others = {subset_key(set(s)): d for s, d in tuned.items() if s != everything}
    return replace(tuned[everything], subsets=others)


def _rising(knots: Sequence[Knot]) -> tuple[Knot, ...]:
    """The knots where delay rises along the curve; one that is slower than a surer one takes its settings."""
    out: list[Knot] = []
    for knot in reversed(knots):
        if out and knot.delay > out[-1].delay:
            knot = replace(out[-1], at=knot.at)
        out.append(knot)
    return tuple(reversed(out))
