"""Figures of `tug` on people that no training saw: the phases of a report, and the live events."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.score import Hit, Recognized, Score, match, recognized
from hnhar.stream.report.phases import SEATED, shown
from hnhar.stream.report.trials import Trial, trials_of

from ...evaluate.evaluate import ClassifiedSession, events_of, subsets
from ...learn.watch import Stage
from .compose import visit
from .sessions import classified, labeled, smoothed

COLLAR = 1.5
"""s; live events and phases that were done are matched with it."""


def measure(
    info: BundleInfo, recognizer: Recognizer, recordings: Sequence[Recording], stage: Stage
) -> dict[str, Any]:
    """Subset of the devices -> figures of the phases in a report, of trials in visits, and of live events."""
    runtime = Runtime(info, recognizer)
    wearers = dict.fromkeys(r.wearer for r in recordings)
    # one that ends while its person sits down has no total to compare with
    whole = [r for r in recordings if any(t.complete for t in trials_of([labeled(r)]))]
    each = [[r for r in whole if r.wearer == wearer] for wearer in wearers]
    visits = [visit(theirs) for theirs in each if theirs]
    out: dict[str, Any] = {}
    for done, subset in enumerate(subsets(info)):
        stage("measuring", done, len(subsets(info)), {})
        watched = classified(runtime, info, recordings, subset)
        visited = classified(runtime, info, visits, subset)
        out[subset_key(subset)] = {
            "report": of_reports(watched, info),
            "visits": of_visits(visited, info),
            "live": of_events(watched, info),
        }
    stage("measuring", len(out), len(out), {})
    return out


def of_reports(watched: Sequence[ClassifiedSession], info: BundleInfo) -> dict[str, Any]:
    """Errors of the phases that a report gives, execution by execution."""
    scores = []
    for session in watched:
        phases = [phase for segment in smoothed(session, info.id).segments for phase in segment.phases]
        found = [Recognized(p.onset, p.duration, p.label, p.confidence) for p in phases]
        scores.append(_inner(session.recording, found))
    return {"executions": len(watched), **_phase_errors(scores)}


def of_visits(watched: Sequence[ClassifiedSession], info: BundleInfo) -> dict[str, Any]:
    """Complete trials that a report counts, and errors of their totals, in visits of several trials."""
    totals: list[float] = []
    done = counted = wrong = 0
    for session in watched:
        truth = [t for t in trials_of([labeled(session.recording)]) if t.complete]
        mine = [t for t in trials_of(smoothed(session, info.id).segments) if t.complete]
        actions = [Annotation(t.onset, t.total, "trial") for t in truth]
        score = match(actions, _spans(mine), iou=0.5, ignore=())
        done, counted, wrong = done + len(truth), counted + len(score.hits), wrong + len(score.false_events)
        totals += [hit.duration_error for hit in score.hits]
    return {
        "visits": len(watched),
        "trials": done,
        "counted": counted,
        "false": wrong,
        "total_error_s": _middle(np.abs(totals)),
        "total_error_p90_s": _quantile(np.abs(totals), 0.9),
        "total_bias_s": _middle(totals),
    }


def _spans(trials: Sequence[Trial]) -> list[Recognized]:
    return [Recognized(t.onset, t.total, "trial", t.confidence) for t in trials]


def of_events(watched: Sequence[ClassifiedSession], info: BundleInfo) -> dict[str, Any]:
    """Event F1, delay, and errors of the phases' durations as they are published live."""
    near, over, inner = [], [], []
    for session in watched:
        recording = session.recording
        end = session.predictions[-1].end if session.predictions else recording.end
        found = recognized(events_of(session, info, info.decision), end=end)
        near.append(match(recording.annotations, found, collar=COLLAR, ignore=()))
        over.append(match(recording.annotations, found, iou=0.5, ignore=()))
        inner.append(_inner(recording, found))
    delays = [hit.delay for score in near for hit in score.hits]
    return {
        "f1": _f1(near),
        "f1_iou_0.5": _f1(over),
        "delay_s": _middle(delays),
        "delay_p90_s": _quantile(delays, 0.9),
        **_phase_errors(inner),
    }


def _inner(recording: Recording, found: Sequence[Recognized]) -> Score:
    """Found phases against those that were done, but for what the ends of the recording cut."""
    inner: list[Annotation] = list(recording.annotations[1:-1])
    cut = {recording.annotations[0], recording.annotations[-1]}
    score = match(recording.annotations, found, iou=0.1, ignore=())
    hits = tuple(hit for hit in score.hits if hit.action not in cut)
    misses = tuple(action for action in inner if action not in {hit.action for hit in hits})
    return Score(hits, misses, score.false_events, {}, 0, 0.0)


def _phase_errors(scores: Sequence[Score]) -> dict[str, Any]:
    """Median and 90th percentile of the absolute error of durations, by phase and of all, s."""
    hits: dict[str, list[Hit]] = defaultdict(list)
    done: dict[str, int] = defaultdict(int)
    for score in scores:
        for hit in score.hits:
            hits[hit.action.label].append(hit)
            done[hit.action.label] += 1
        for miss in score.misses:
            done[miss.label] += 1
    every = [hit for of_label in hits.values() for hit in of_label]
    by_phase: Mapping[str, Any] = {
        shown(label): _errors(hits[label], count) for label, count in sorted(done.items()) if label != SEATED
    }
    return {"all": _errors(every, sum(done.values())), "phases": by_phase}


def _errors(hits: Sequence[Hit], done: int) -> dict[str, Any]:
    errors = np.abs([hit.duration_error for hit in hits])
    return {
        "done": done,
        "found": len(hits),
        "duration_s": _middle([hit.action.duration for hit in hits]),
        "error_s": _middle(errors),
        "error_p90_s": _quantile(errors, 0.9),
        "bias_s": _middle([hit.duration_error for hit in hits]),
        "onset_error_s": _middle(np.abs([hit.onset_error for hit in hits])),
    }


def _f1(scores: Sequence[Score]) -> float | None:
    hits, total = sum(len(s.hits) for s in scores), sum(s.actions + s.events for s in scores)
    return round(2 * hits / total, 4) if total else None


def _middle(values: Any) -> float | None:
    return _quantile(values, 0.5)


def _quantile(values: Any, share: float) -> float | None:
    """A quantile to three decimals; None of no values."""
    return round(float(np.quantile(values, share)), 3) if len(values) else None
