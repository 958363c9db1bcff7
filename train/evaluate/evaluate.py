"""Evaluation of a bundle on whole sessions, through the engine and the decision stage that serve live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.decision import Decision
from hnhar.model.bundle.subsets import calibrated_subsets, subset_key
from hnhar.model.classifier import Classified, Classifier
from hnhar.stream.decide.decider import Believed, Decider
from hnhar.stream.engine.engine import Engine
from hnhar.stream.engine.offline import OfflineDriver, blocks
from hnhar.stream.mapping.axes import is_auto
from hnhar.stream.mapping.mapping import MappingOptions
from hnhar.stream.mapping.mounts import mounts_of
from hnhar.stream.messages import Event, Prediction
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.assignment import streams_of
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.score import COLLAR, Recognized, Score, match, recognized

Subset = tuple[str, ...]
"""Names of modalities."""
Beliefs = Sequence[Believed | None]
"""After each prediction; None before the first window that was covered well enough."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassifiedSession:
    """A session with the prediction of each of its windows."""

    recording: Recording
    subset: Subset
    predictions: tuple[Prediction, ...]
    novelty: tuple[float, ...] = ()
    """Of each prediction's window (`hnhar.model.bundle.novelty`); empty where it was not kept."""


class KeepingClassifier:
    """A classifier that keeps the answers of another one."""

    def __init__(self, runtime: Classifier) -> None:
        self._runtime = runtime
        self.kept: list[Classified] = []
        """Of each batch, in order."""

    def classify(self, windows: Sequence[Mapping[str, NDArray[Any]]]) -> Classified:
        """As the other one does."""
        self.kept.append(self._runtime.classify(windows))
        return self.kept[-1]


def subsets(info: BundleInfo) -> tuple[Subset, ...]:
    """All modalities together, each alone, and then all but one (`calibrated_subsets`)."""
    return calibrated_subsets([m.name for m in info.modalities])


def subsets_of(info: BundleInfo, recording: Recording) -> tuple[Subset, ...]:
    """Those of `subsets` that the recording has: samples of each of their modalities."""
    of = streams_of(recording, info.modalities, placement=info.placement)
    there = {name for name, streams in of.items() if any(np.isfinite(s.samples).any() for s in streams)}
    return tuple(subset for subset in subsets(info) if there.issuperset(subset))


def lacking(info: BundleInfo, recordings: Sequence[Recording]) -> list[str]:
    """Lines that name the subsets which some sessions lack, but for a lack that follows from a part's."""
    total, having = len(recordings), [subsets_of(info, recording) for recording in recordings]
    count = {subset: sum(subset in there for there in having) for subset in subsets(info)}
    lines = []
    for subset in sorted(count, key=len):
        follows = len(subset) > 1 and count[subset] == min(count[(name,)] for name in subset)
        if count[subset] < total and not follows:
            where = (
                "not in the recording" if total == 1 else f"in {count[subset] or 'none'} of {total} sessions"
            )
            lines.append(f"{subset_key(set(subset))}: {where}")
    return lines


def only(recording: Recording, kinds: Sequence[str]) -> Recording:
    """The recording without the streams of other modalities."""
    return replace(recording, streams=tuple(s for s in recording.streams if s.modality in kinds))


def watch(
    runtime: Classifier, info: BundleInfo, recording: Recording, subset: Subset, hop: float | None = None
) -> ClassifiedSession:
    """Run a session through the engine with the streams of `subset` alone; `hop` (s): not the bundle's."""
    return watch_together(runtime, info, [(recording, subset)], hop)[0]


def watch_together(
    runtime: Classifier,
    info: BundleInfo,
    sessions: Sequence[tuple[Recording, Subset]],
    hop: float | None = None,
    options: MappingOptions | None = None,
) -> list[ClassifiedSession]:
    """Several sessions as one engine's wearers, whose windows are classified in batches; `options`: of the
    mapping.

    Probabilities are those of each session alone up to the last digits, at a good half of the time.
    """
    keeping = KeepingClassifier(runtime)
    names = [str(k) for k in range(len(sessions))]
    # a rotation is found only where that is asked: the rest would be watched for nothing
    auto = options is not None and is_auto(options.imu_axes)
    mounts = (
        mounts_of(dict.fromkeys(names, info), dict.fromkeys(names, options)) if auto and options else None
    )
    engine = Engine(keeping, info, names, hop=hop, mounts=mounts)
    fed = {}
    for name, (recording, subset) in zip(names, sessions, strict=True):
        of = streams_of(recording, info.modalities, placement=info.placement)
        given = replace(recording, streams=tuple(s for each in subset for s in of.get(each, ())))
        # of these modalities alone: a stream may serve another one too
        fed[name] = recorded_feeds(given, [info.modality(each) for each in subset], options)[0]
    driver = OfflineDriver(engine)
    predictions = [p for block in blocks(fed) for p in engine.classify(driver.windows(block))]
    novelty = [score for batch in keeping.kept for score in batch.novelty.tolist()]
    out = []
    for name, (recording, subset) in zip(names, sessions, strict=True):
        rows = [k for k, prediction in enumerate(predictions) if prediction.wearer == name]
        renamed = tuple(replace(predictions[k], wearer=recording.wearer) for k in rows)
        out.append(ClassifiedSession(recording, subset, renamed, tuple(novelty[k] for k in rows)))
    return out


def events_of(
    watched: ClassifiedSession, info: BundleInfo, decision: Decision, beliefs: Beliefs | None = None
) -> list[Event]:
    """The events that a decision stage with these settings makes of the predictions.

    `beliefs`: what `beliefs_of` gives for settings that believe alike; saves the greater part of the time.
    """
    decider = _decider(watched, info, decision)
    given = beliefs or repeat(None, len(watched.predictions))
    events = [e for p, b in zip(watched.predictions, given, strict=True) for e in decider.update(p, b)]
    return events + decider.finish()


def beliefs_of(watched: ClassifiedSession, info: BundleInfo, decision: Decision) -> Beliefs:
    """Beliefs of a decision stage with these settings, after each prediction."""
    decider = _decider(watched, info, decision)
    beliefs = []
    for prediction in watched.predictions:
        decider.update(prediction)
        beliefs.append(decider.believed)
    return beliefs


def _decider(watched: ClassifiedSession, info: BundleInfo, decision: Decision) -> Decider:
    return Decider(watched.recording.wearer, info.labels, info.idle, decision, info.window, info.unknown_of)


def score(watched: ClassifiedSession, info: BundleInfo, decision: Decision) -> Score:
    """Those events against the session's annotations."""
    return score_of(watched.recording, info, recognized(events_of(watched, info, decision)))


def score_of(
    recording: Recording,
    info: BundleInfo,
    found: Sequence[Recognized],
    *,
    collar: float = COLLAR,
    iou: float | None = None,
) -> Score:
    """Recognized activities against a session's annotations; what the bundle never learned needs no event."""
    others = {a.label for a in recording.annotations} - set(info.labels)
    span = (recording.start, recording.end)
    return match(
        recording.annotations,
        found,
        collar=collar,
        iou=iou,
        ignore=(info.idle,),
        others=others,
        span=span,
        unfinished=recording.unfinished,
    )


def counts(scores: Sequence[Score]) -> tuple[int, int, int]:
    """Numbers of hits, actions and events of several sessions together."""
    return sum(len(s.hits) for s in scores), sum(s.actions for s in scores), sum(s.events for s in scores)


def summary(scores: Sequence[Score]) -> dict[str, Any]:
    """Figures over several sessions together, for a bundle's metrics."""
    hits, actions, events = counts(scores)
    every = [h for s in scores for h in s.hits]
    ious = [h.iou for h in every]
    return {
        "sessions": len(scores),
        "actions": actions,
        "recognized": hits,
        "events": events,
        "recall": round(hits / actions, 4) if actions else None,
        "false_share": round(1 - hits / events, 4) if events else None,
        "f1": round(2 * hits / (actions + events), 4) if actions + events else None,
        "onset_error_s": _median([h.onset_error for h in every]),
        "offset_error_s": _median([h.offset_error for h in every]),
        "duration_error_s": _median([h.duration_error for h in every]),
        "duration_s": _median([h.action.duration for h in every]),
        "iou": round(float(np.mean(ious)), 3) if ious else None,
    }


def _median(values: Sequence[float]) -> float | None:
    """Median to three decimals; None of no values."""
    return round(float(np.median(values)), 3) if values else None


def evaluate(
    runtime: Classifier, info: BundleInfo, recordings: Sequence[Recording], decision: Decision | None = None
) -> dict[str, Any]:
    """Subset of modalities -> figures over those of the sessions that have it; left out where none has.

    "lacking" holds the lines of `lacking`, where there are any.
    """
    out: dict[str, Any] = {}
    for subset in subsets(info):
        having = [recording for recording in recordings if subset in subsets_of(info, recording)]
        if recordings and not having:
            continue
        watched = [watch(runtime, info, recording, subset) for recording in having]
        scores = [score(w, info, decision or info.decision) for w in watched]
        out[subset_key(set(subset))] = summary(scores)
    lines = lacking(info, recordings)
    return out | {"lacking": lines} if lines else out
