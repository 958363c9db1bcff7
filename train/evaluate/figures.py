"""Figures of whole sessions: events, delays, flips, samples, calibration and the unknown.

| figure | is |
|---|---|
| precision, recall, F1 | of events, matched one to one: with a collar, or by intersection over union |
| onset delay | from an action's start to the end of the window that published its onset (collar 1.5 s), s |
| false events | that overlap no action, a minute of idle time |
| flips | changes of the most probable label from one prediction to the next, a minute |
| per-sample macro-F1 | every instant has one label, idle where no event is; mean over the labels |
| ECE | of the windows' probabilities against the label with most of the window, 15 bins |
| unknown AUROC | windows wholly of activities that were not learned, against all others |
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision, Knot, along
from hnhar.model.bundle.novelty import auroc
from hnhar.model.labels import UNKNOWN
from hnhar.stream.recordings import Annotation
from hnhar.stream.recordings.near import Near
from hnhar.stream.recordings.score import Recognized, Score, recognized

from ..learn.data import soft_target
from .calibration import calibration_error
from .evaluate import ClassifiedSession, counts, events_of, score_of

CRITERIA: Mapping[str, Mapping[str, float]] = {
    "collar_1.5": {"collar": 1.5},
    "collar_1.0": {"collar": 1.0},
    "iou_0.3": {"iou": 0.3},
    "iou_0.5": {"iou": 0.5},
}
"""Name in the figures -> how an event and an action fit (`hnhar.stream.recordings.score.match`)."""
SAMPLE = 0.02
"""s between the instants of the per-sample figures."""
_WHOLE = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedSession:
    """A watched session, decided on."""

    watched: ClassifiedSession
    info: BundleInfo
    """Of the bundle that watched it."""
    found: tuple[Recognized, ...]
    scores: Mapping[str, Score]
    """One for each of `CRITERIA`."""


def decided(
    watched: ClassifiedSession, info: BundleInfo, decision: Decision | None = None
) -> EvaluatedSession:
    """Decide on what was watched, with the bundle's own settings unless others are given."""
    found = tuple(recognized(events_of(watched, info, decision or info.decision)))
    scores = {name: score_of(watched.recording, info, found, **how) for name, how in CRITERIA.items()}
    return EvaluatedSession(watched, info, found, scores)


def figures(sessions: Sequence[EvaluatedSession]) -> dict[str, Any]:
    """All figures over sessions together, those of several bundles too; None for those without a value."""
    out: dict[str, Any] = {"sessions": len(sessions)}
    out |= {name: _counts([s.scores[name] for s in sessions]) for name in CRITERIA}
    near = [s.scores["collar_1.5"] for s in sessions]
    delays = [hit.delay for score in near for hit in score.hits]
    idle = sum(score.idle_minutes for score in near)
    minutes = sum(s.watched.recording.end - s.watched.recording.start for s in sessions) / 60
    labels = [[p.label for p in s.watched.predictions] for s in sessions]
    flips = sum(a != b for of_session in labels for a, b in pairwise(of_session))
    needed = sum(_truth_changes(s) for s in sessions)
    return out | {
        "minutes": round(minutes, 3),
        "onset_delay_p50_s": _quantile(delays, 0.5),
        "onset_delay_p90_s": _quantile(delays, 0.9),
        "onset_error_p50_s": _quantile([h.onset_error for score in near for h in score.hits], 0.5),
        "false_events_per_idle_minute": _ratio(sum(score.idle_events for score in near), idle),
        "flips_per_minute": _ratio(flips, minutes),
        "flips_needed_per_minute": _ratio(needed, minutes),
        "sample_macro_f1": sample_macro_f1(sessions),
        "ece": expected_calibration_error(sessions),
        **({"unknown": unknown} if (unknown := unknown_figures(sessions)) else {}),
    }


def figures_in_short(sessions: Sequence[EvaluatedSession]) -> dict[str, Any]:
    """Counts, precision, recall and F1 with a collar of 1.5 s, the median delay, and false events: of
    `figures` those that many rows are compared by."""
    near = [s.scores["collar_1.5"] for s in sessions]
    return _counts(near) | {
        "onset_delay_p50_s": _quantile([hit.delay for score in near for hit in score.hits], 0.5),
        "false_events_per_idle_minute": _ratio(
            sum(score.idle_events for score in near), sum(score.idle_minutes for score in near)
        ),
    }


def sample_macro_f1(sessions: Sequence[EvaluatedSession]) -> float | None:
    """Mean over the labels of the F1 of instants `SAMPLE` s apart; labels that were never performed are none.

    Labels of different bundles are the same if their names are.
    """
    truth, found = [], []
    for session in sessions:
        recording = session.watched.recording
        times = np.arange(recording.start, recording.end, SAMPLE)
        idle = session.info.idle
        truth.append(painted(times, recording.annotations, idle))
        found.append(painted(times, session.found, idle))
    if not truth:
        return None
    return round(macro_f1(np.concatenate(truth), np.concatenate(found)), 4)


def macro_f1(truth: NDArray[np.str_], found: NDArray[np.str_]) -> float:
    """Mean F1 over the labels that occur in (n,) `truth`; NaN without any."""
    values = list(label_f1(truth, found).values())
    return float(np.mean(values)) if values else float("nan")


def label_f1(truth: NDArray[np.str_], found: NDArray[np.str_]) -> dict[str, float]:
    """Label that occurs in (n,) `truth` -> its F1."""
    values = {}
    for label in np.unique(truth):
        hits = np.sum((truth == label) & (found == label))
        values[str(label)] = float(2 * hits / (np.sum(truth == label) + np.sum(found == label)))
    return values


def painted(
    times: NDArray[np.float64], intervals: Sequence[Annotation | Recognized], idle: str
) -> NDArray[np.str_]:
    """(n,) label at each of (n,) ascending times, s; where intervals overlap, the later one's."""
    labels = sorted({idle, *(interval.label for interval in intervals)})
    out = np.full(len(times), labels.index(idle))
    for interval in sorted(intervals, key=lambda each: each.onset):
        first, last = np.searchsorted(times, [interval.onset, interval.offset])
        out[first:last] = labels.index(interval.label)
    return np.asarray(np.array(labels)[out])


def expected_calibration_error(sessions: Sequence[EvaluatedSession]) -> float | None:
    """ECE of all windows together; windows that touch an unlearned activity are left out."""
    confidences, right = [], []
    for session in sessions:
        info = session.info
        if not info.idle:
            continue
        for prediction, target in zip(session.watched.predictions, _targets(session), strict=True):
            if target[len(info.labels) :].any():
                continue
            confidences.append(prediction.confidence)
            right.append(prediction.label == info.labels[int(target[: len(info.labels)].argmax())])
    if not right:
        return None
    # `calibration_error` looks at the greatest probability and whether it is the target's
    pairs = np.stack([np.array(confidences), np.zeros(len(right))], axis=1)
    return round(calibration_error(pairs, np.where(right, 0, 1)), 4)


def latency_curve(
    watched: Sequence[tuple[ClassifiedSession, BundleInfo]], places: Sequence[float]
) -> list[dict[str, float | None]]:
    """F1, delays and false events as the knob turns; bundles without a curve stay where they are."""
    out = []
    for place in places:
        sessions = [
            decided(session, info, along(info.latency, place) if info.latency else None)
            for session, info in watched
        ]
        here = figures(sessions)
        row = {"knob": place, "f1": here["collar_1.5"]["f1"], "f1_iou_0.5": here["iou_0.5"]["f1"]}
        names = ("onset_delay_p50_s", "onset_delay_p90_s", "false_events_per_idle_minute")
        out.append(row | {name: here[name] for name in names})
    return out


def knobs(curve: Sequence[Knot], steps: int = 9) -> list[float]:
    """Places at which a curve is shown: the middle alone where there is none."""
    return [round(float(k), 4) for k in np.linspace(0.0, 1.0, steps)] if curve else [0.5]


def _counts(scores: Sequence[Score]) -> dict[str, Any]:
    hits, actions, events = counts(scores)
    return {
        "actions": actions,
        "events": events,
        "hits": hits,
        "precision": _ratio(hits, events),
        "recall": _ratio(hits, actions),
        "f1": _ratio(2 * hits, actions + events),
    }


def unknown_figures(sessions: Sequence[EvaluatedSession]) -> dict[str, Any]:
    """Figures of the activities that were not learned; empty where there were none.

    `rejected` and `accepted` are shares of windows at the bundle's threshold: of learned actions above it, of
    unlearned ones below.
    """
    known, acting, unknown = [], [], []
    rejected, accepted = [], []
    performed = begun = 0
    for session in sessions:
        watched, count = session.watched, len(session.info.labels)
        others = [a for a in watched.recording.annotations if a.label not in session.info.labels]
        if not others or len(watched.novelty) != len(watched.predictions):
            continue
        performed += len(others)
        known_events = [f for f in session.found if f.label != UNKNOWN]
        begun += sum(any(f.onset < a.offset and f.offset > a.onset for f in known_events) for a in others)
        column = session.info.labels.index(session.info.idle) if session.info.idle else -1
        for score, prediction, target in zip(
            watched.novelty, watched.predictions, _targets(session), strict=True
        ):
            if target[count:].sum() > _WHOLE:
                unknown.append(score)
                accepted.append(not prediction.unknown)
            elif not target[count:].any():
                known.append(score)
                if column >= 0 and target[:count].sum() - target[column] > _WHOLE:
                    acting.append(score)
                    rejected.append(prediction.unknown)
    if not performed:
        return {}
    return {
        "auroc": _number(auroc(np.array(known), np.array(unknown))),
        "auroc_against_actions": _number(auroc(np.array(acting), np.array(unknown))),
        "rejected": _ratio(sum(rejected), len(rejected)),
        "accepted": _ratio(sum(accepted), len(accepted)),
        "performed": performed,
        "given_an_event": begun,
    }


def _targets(session: EvaluatedSession) -> Iterator[NDArray[np.float32]]:
    """(K + others,) soft target of each prediction's window; what was not learned comes last."""
    info, annotations = session.info, session.watched.recording.annotations
    others = sorted({a.label for a in annotations} - set(info.labels))
    idle = info.idle or "idle"
    labels = (*info.labels, *others) if info.idle else (*info.labels, *others, idle)
    near = Near(annotations)
    for prediction in session.watched.predictions:
        start, end = prediction.start, prediction.end
        yield soft_target(near.to(start, end), start, end, labels, idle)


def _truth_changes(session: EvaluatedSession) -> int:
    recording = session.watched.recording
    times = np.arange(recording.start, recording.end, SAMPLE)
    labels = painted(times, recording.annotations, session.info.idle)
    return int(np.sum(labels[1:] != labels[:-1]))


def _quantile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 3) if len(values) else None


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole > 0 else None


def _number(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
