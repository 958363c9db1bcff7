"""Temperatures and decisions of `tug`, on training subjects whom a training left out.

Every phase is an activity, and none is idle: one ends as the next begins, and each lasts a second or two. So
the decisions weigh how well events cover the phases (intersection over union) against the delay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import numpy as np
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import NAMED, Decision, Knot
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.score import Recognized, Score, recognized

from ...evaluate.evaluate import ClassifiedSession, Subset, events_of, score_of, subsets
from ...learn.watch import Stage
from ..tune import pooled_f1
from .sessions import classified

PRICES: Final[Mapping[float, float]] = {0.0: 0.3, 0.25: 0.15, 0.5: 0.07, 0.75: 0.03, 1.0: 0.0}
"""Place on the latency curve -> event F1, at an intersection over union of 0.5, that a second of delay is
worth."""
GRID: Final[Mapping[str, tuple[float, ...]]] = {
    "evidence": (2.0, 4.0, 6.0, 9.0),
    "enter": (0.4, 0.55, 0.7, 0.85, 0.95),
    "leave": (0.15, 0.3),
    "minimum": (0.0, 0.1, 0.2),
    "ends": (0.3, 0.8),
}
"""Values of each setting, tried in all combinations."""
_FIXED: Final = Decision(refractory=0.3, certain=1.0, again=0.0)


@dataclass(frozen=True, slots=True)
class _Tried:
    """Settings with their shifts, and what they reach."""

    decision: Decision
    f1: float
    """Of events, with a collar of 1.5 s."""
    f1_overlap: float
    """At an intersection over union of 0.5."""
    delay: float
    """Median time from the start of a phase to its publication, s; NaN without hits."""


def settle_decisions(info: BundleInfo, watched: Sequence[ClassifiedSession], stage: Stage) -> BundleInfo:
    """`info` with decisions and their latency curve, each subset of the devices tuned by itself.

    Args:
        info: With its temperatures.
        watched: Sessions of subjects whom the recognizer never saw, each with one subset of the devices.
        stage: Told of each subset.
    """
    names = [m.name for m in info.modalities]
    tried: dict[Subset, list[_Tried]] = {}
    for done, subset in enumerate(subsets(info)):
        stage("tuning the decisions", done, len(subsets(info)), {})
        mine = [w for w in watched if w.subset == subset]
        tried[subset] = list(_all(info, mine))
    stage("tuning the decisions", len(tried), len(tried), {})
    knots = []
    for place, price in PRICES.items():
        best = {subset: _best(trials, price) for subset, trials in tried.items()}
        everything = best[tuple(names)]
        others = {subset_key(s): b.decision for s, b in best.items() if s != tuple(names)}
        decision = replace(everything.decision, subsets=others)
        knots.append(Knot(place, round(everything.delay, 3), round(everything.f1, 4), decision))
    balanced = next(knot for knot in knots if knot.at == NAMED["balanced"])
    return replace(info, decision=balanced.decision, latency=tuple(knots))


def watched_without(
    info: BundleInfo, recognizer: Recognizer, recordings: Sequence[Recording]
) -> list[ClassifiedSession]:
    """Sessions of left-out subjects with each subset of the devices, as a recognizer answers them."""
    runtime = Runtime(info, recognizer, threads=torch.get_num_threads())
    return [w for subset in subsets(info) for w in classified(runtime, info, recordings, subset)]


def _best(tried: Sequence[_Tried], price: float) -> _Tried:
    return max(tried, key=lambda t: t.f1_overlap - price * t.delay if np.isfinite(t.delay) else -1.0)


def _all(info: BundleInfo, watched: Sequence[ClassifiedSession]) -> Iterator[_Tried]:
    """Every combination of `GRID`."""
    for values in product(*GRID.values()):
        chosen: dict[str, Any] = dict(zip(GRID, values, strict=True))
        yield _try(replace(_FIXED, **chosen), info, watched)


def _try(decision: Decision, info: BundleInfo, watched: Sequence[ClassifiedSession]) -> _Tried:
    """Settings with the shifts that center the errors of their hits, and their scores."""
    plain = [
        recognized(events_of(w, info, decision), end=w.predictions[-1].end if w.predictions else 0.0)
        for w in watched
    ]
    half = -info.window / 2
    hits = [hit for score in _scores(plain, watched, info, half, half) for hit in score.hits]
    onset = round(half - float(np.median([h.onset_error for h in hits])), 3) if hits else half
    offset = round(half - float(np.median([h.offset_error for h in hits])), 3) if hits else half
    near = _scores(plain, watched, info, onset, offset)
    over = _scores(plain, watched, info, onset, offset, iou=0.5)
    delays = [hit.delay for score in near for hit in score.hits]
    delay = float(np.median(delays)) if delays else float("nan")
    shifted = replace(decision, onset_shift=onset, offset_shift=offset)
    return _Tried(shifted, pooled_f1(near), pooled_f1(over), delay)


def _scores(
    found: Sequence[Sequence[Recognized]],
    watched: Sequence[ClassifiedSession],
    info: BundleInfo,
    onset: float,
    offset: float,
    *,
    iou: float | None = None,
) -> list[Score]:
    """Scores of events, moved by the shifts as the decision stage moves them, s."""
    return [
        score_of(
            session.recording,
            info,
            [
                replace(e, onset=e.onset + onset, duration=max(e.duration + offset - onset, 0.0))
                for e in events
            ],
            iou=iou,
        )
        for events, session in zip(found, watched, strict=True)
    ]
