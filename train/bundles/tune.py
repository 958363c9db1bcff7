"""The decision stage's settings, tuned on held-out training persons: a curve from early to sure.

Each place on the curve weighs delay against correctness otherwise, and each subset of modalities is tuned by
itself, since what it sees becomes sure at another pace. Nothing is trained here: the predictions are made
once, and only decided on again and again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import NAMED, Decision, Knot
from hnhar.model.bundle.novelty import REJECTED, Novelty, threshold
from hnhar.model.bundle.subsets import subset_key
from hnhar.stream.recordings.score import Hit, Recognized, Score, recognized

from ..evaluate.evaluate import Beliefs, ClassifiedSession, Subset, beliefs_of, events_of, score_of
from ..learn.data import soft_target

PRICES: Mapping[float, float] = {0.0: 0.5, 0.25: 0.2, 0.5: 0.1, 0.75: 0.05, 1.0: 0.0}
"""Place on the curve -> F1 that a second of delay is worth there."""
GRID: Mapping[str, tuple[float, ...]] = {
    "evidence": (1.0, 1.4, 2.0, 2.8, 4.0, 5.6),
    "enter": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98),
    "minimum": (0.0, 0.125, 0.25, 0.375, 0.5, 0.75),
    "certain": (0.6, 0.7, 0.8, 0.9, 0.97, 1.0),
    "leave": (0.1, 0.2, 0.3, 0.4),
    "refractory": (0.0, 0.25, 0.75, 1.25),
    "again": (0.0, 1.0, 2.0),
}
"""Values of each setting that the refinement tries, one setting at a time."""
COARSE: Mapping[str, tuple[float, ...]] = {
    "evidence": (2.0, 4.0),
    "enter": (0.2, 0.5, 0.8, 0.95),
    "minimum": (0.0, 0.25),
    "certain": (0.8, 1.0),
}
"""Values that the first, coarse search tries in all combinations."""
ENOUGH, FEW = 30, 6
"""Hits of which the median lag alone decides, and as how many the usual lag counts where there are fewer."""
_PROBE = -1.0
"""s, shift of onset and offset while the right shifts are measured."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Scores of decision settings on some sessions."""

    f1: float
    """With a collar of 1.5 s."""
    f1_overlap: float
    """At an intersection over union of 0.5."""
    delay: tuple[float, float]
    """Median and 90th percentile, action's start to publication, s; NaN without hits."""
    false_per_idle_minute: float

    def worth(self, price: float) -> float:
        """The objective to maximize: both F1, less the delay at `price` a second, less false idle events."""
        delay = float(np.mean(self.delay)) if np.isfinite(self.delay).all() else 3.0
        return 0.7 * self.f1 + 0.3 * self.f1_overlap - price * delay - 0.02 * self.false_per_idle_minute


def lag(window: float) -> tuple[float, float]:
    """Usual shifts of onset and offset, s, for windows of so many s: those of the shipped bundles, about.

    An onset is decided when the activity fills a third of the window, an offset when it has left two thirds.
    """
    return -window / 3, -2 * window / 3


def reached(watched: Sequence[ClassifiedSession], info: BundleInfo, decision: Decision) -> Reached:
    """Scores of decision settings on sessions of one subset of modalities."""
    return _judged([recognized(events_of(w, info, decision)) for w in watched], watched, info)


def _judged(
    found: Sequence[Sequence[Recognized]], watched: Sequence[ClassifiedSession], info: BundleInfo
) -> Reached:
    near = [score_of(w.recording, info, f) for f, w in zip(found, watched, strict=True)]
    overlapping = [score_of(w.recording, info, f, iou=0.5) for f, w in zip(found, watched, strict=True)]
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


def tune(
    watched: Sequence[ClassifiedSession],
    info: BundleInfo,
    start: Decision,
    price: float = PRICES[NAMED["balanced"]],
) -> Decision:
    """The best settings at one price of delay, each subset of modalities by itself."""
    by_subset = _grouped(watched)
    found = {s: _Search(with_it, info, start.of(s)).best(price) for s, with_it in by_subset.items()}
    return _joined(found, widest_of(watched))


def widest_of(watched: Sequence[ClassifiedSession]) -> Subset:
    """The subset with the most modalities among these sessions: its decisions hold for those without any."""
    return max(_grouped(watched), key=len)


def curve(watched: Sequence[ClassifiedSession], info: BundleInfo, start: Decision) -> tuple[Knot, ...]:
    """The latency curve, from early to sure: the best settings at each of `PRICES`.

    Where nothing is recognized there is no delay: such a place takes what the nearest one with a delay has.
    Empty where no place has one.
    """
    if not watched:
        return ()
    by_subset, everything = _grouped(watched), widest_of(watched)
    searches = {subset: _Search(with_it, info, start.of(subset)) for subset, with_it in by_subset.items()}
    knots = []
    for place, price in PRICES.items():
        decision = _joined({subset: search.best(price) for subset, search in searches.items()}, everything)
        there = reached(by_subset[everything], info, decision)
        if np.isfinite(there.delay[0]):
            knots.append(Knot(place, round(there.delay[0], 3), round(there.f1, 4), decision))
    if not knots:
        return ()
    return _rising([replace(min(knots, key=lambda k: abs(k.at - place)), at=place) for place in PRICES])


def novelty(
    watched: Sequence[ClassifiedSession], info: BundleInfo, rejected: float = REJECTED
) -> dict[str, Novelty]:
    """Subset of modalities -> the threshold of the unknown, from windows wholly of a learned activity."""
    out = {}
    for subset, with_it in _grouped(watched).items():
        scores = np.concatenate([np.array(w.novelty)[known_windows(w, info)] for w in with_it])
        if len(scores):
            at = threshold(scores, rejected)
            out[subset_key(set(subset))] = Novelty(at, round(float((scores > at).mean()), 4))
    return out


def known_windows(watched: ClassifiedSession, info: BundleInfo) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(N,) bool, True where a prediction's window is wholly one learned activity."""
    labels, idle = info.labels, info.idle
    if not idle:
        labels, idle = (*labels, "idle"), "idle"
    column = labels.index(idle)
    rows = [
        soft_target(watched.recording.annotations, p.start, p.end, labels, idle) for p in watched.predictions
    ]
    return np.array([1 - row[column] > 0.999 for row in rows], np.bool_)


class _Search:
    """Search of decision settings on the sessions of one subset of modalities; each is scored once."""

    def __init__(self, watched: Sequence[ClassifiedSession], info: BundleInfo, start: Decision) -> None:
        self._watched, self._info = watched, info
        self._start = replace(start, subsets={}, onset_shift=0.0, offset_shift=0.0)
        self._tried: dict[tuple[float, ...], tuple[Decision, Reached]] = {}
        self._beliefs: dict[float, list[Beliefs]] = {}

    def best(self, price: float) -> Decision:
        """The best settings that weigh evidence: none that smooths beside them, as between these there is
        nothing. Where nothing is recognized so, the best from the start as it was given."""
        weighing = replace(self._start, evidence=self._start.evidence or COARSE["evidence"][0])
        found = self._best(weighing, price)
        if np.isfinite(self._try(found)[1].delay[0]):
            return found
        return self._best(self._start, price)

    def _best(self, start: Decision, price: float) -> Decision:
        """The best of `COARSE` in all combinations, then refined: one setting of `GRID` at a time, till
        none of them gains."""

        def worth(decision: Decision) -> float:
            return self._try(decision)[1].worth(price)

        best = start
        for values in product(*COARSE.values()):
            trial = _with(start, dict(zip(COARSE, values, strict=True)))
            best = trial if worth(trial) > worth(best) + 1e-9 else best
        improved = True
        while improved:
            improved = False
            for name, values in GRID.items():
                for value in values:
                    trial = _with(best, {name: value})
                    if worth(trial) > worth(best) + 1e-9:
                        best, improved = trial, True
        return self._try(best)[0]

    def _try(self, decision: Decision) -> tuple[Decision, Reached]:
        """The decision with the shifts that center the errors of its hits, and what it reaches with them."""
        key = tuple(getattr(decision, name) for name in GRID)
        if key not in self._tried:
            plain = [
                recognized(events_of(session, self._info, decision, beliefs))
                for session, beliefs in zip(self._watched, self._believed(decision), strict=True)
            ]
            probe = [_moved(found, _PROBE, _PROBE) for found in plain]
            hits: list[Hit] = []
            for found, session in zip(probe, self._watched, strict=True):
                hits += score_of(session.recording, self._info, found).hits
            onset, offset = self._shifts(hits) if hits else (0.0, 0.0)
            there = _judged([_moved(f, onset, offset) for f in plain], self._watched, self._info)
            self._tried[key] = replace(decision, onset_shift=onset, offset_shift=offset), there
        return self._tried[key]

    def _shifts(self, hits: Sequence[Hit]) -> tuple[float, float]:
        """Shifts of onset and offset, s, that center the errors of hits whose events are `_PROBE` early.

        Of few hits the lag of any window counts as `FEW` more: a median of six performances of one person
        makes others' events a third too short, or too long.
        """
        errors = [(h.action.onset - h.event.onset, h.action.offset - h.event.offset) for h in hits]
        found = _PROBE + np.median(errors, axis=0)
        if len(hits) < ENOUGH:
            found = (len(hits) * found + FEW * np.array(lag(self._info.window))) / (len(hits) + FEW)
        return round(float(found[0]), 3), round(float(found[1]), 3)

    def _believed(self, decision: Decision) -> list[Beliefs]:
        """Beliefs of each session; of the settings that are tried, they depend on `evidence` alone."""
        evidence = decision.evidence
        if evidence not in self._beliefs:
            self._beliefs[evidence] = [beliefs_of(w, self._info, decision) for w in self._watched]
        return self._beliefs[evidence]


def _moved(found: Sequence[Recognized], onset: float, offset: float) -> list[Recognized]:
    """The events as the decision stage publishes them with these shifts, s."""
    return [replace(f, onset=f.onset + onset, duration=max(f.duration + offset - onset, 0.0)) for f in found]


def _with(decision: Decision, values: Mapping[str, float]) -> Decision:
    """The decision with some settings changed; it never leaves above where it enters."""
    changed: dict[str, Any] = dict(values)
    trial = replace(decision, **changed)
    return replace(trial, leave=min(trial.leave, trial.enter))


def _grouped(watched: Sequence[ClassifiedSession]) -> dict[Subset, list[ClassifiedSession]]:
    out: dict[Subset, list[ClassifiedSession]] = {}
    for session in watched:
        out.setdefault(session.subset, []).append(session)
    return out


def _joined(tuned: Mapping[Subset, Decision], everything: Subset) -> Decision:
    """One decision for all subsets: that of all modalities, with those of the other subsets in it."""
    others = {subset_key(set(s)): d for s, d in tuned.items() if s != everything}
    return replace(tuned[everything], subsets=others)


def _rising(knots: Sequence[Knot]) -> tuple[Knot, ...]:
    """The knots, made monotone: one that is slower than a surer knot takes the settings of that."""
    out: list[Knot] = []
    for knot in reversed(knots):
        if out and knot.delay > out[-1].delay:
            knot = replace(out[-1], at=knot.at)
        out.append(knot)
    return tuple(reversed(out))
