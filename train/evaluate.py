"""How well a bundle recognises whole sessions, through the engine and the decision stage that serve live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hnhar.model.bundle import BundleInfo, subset_key
from hnhar.model.decision import Decision
from hnhar.model.runtime import Runtime
from hnhar.stream.decide import Decider
from hnhar.stream.engine import Engine
from hnhar.stream.messages import Event, Prediction
from hnhar.stream.recordings import Recording
from hnhar.stream.score import Score, match, recognized
from hnhar.stream.windows import interleave, recorded_feeds

Subset = tuple[str, ...]
"""Names of modalities."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A session and what the recognizer said of each of its windows."""

    recording: Recording
    subset: Subset
    predictions: tuple[Prediction, ...]


def subsets(info: BundleInfo) -> tuple[Subset, ...]:
    """All modalities together, then each alone."""
    names = tuple(m.name for m in info.modalities)
    return (names, *((name,) for name in names)) if len(names) > 1 else (names,)


def only(recording: Recording, kinds: Sequence[str]) -> Recording:
    """The recording without the streams of other modalities."""
    return replace(recording, streams=tuple(s for s in recording.streams if s.modality in kinds))


def watch(runtime: Runtime, info: BundleInfo, recording: Recording, subset: Subset) -> Watched:
    """Run a session through the engine with the streams of `subset` alone."""
    kinds = [m.kind for m in info.modalities if m.name in subset]
    feeds, _ = recorded_feeds(only(recording, kinds), info.modalities)
    engine = Engine(runtime, info, [recording.wearer])
    predictions: list[Prediction] = []
    for feed, chunk in interleave(feeds):
        engine.push(recording.wearer, feed, chunk)
        predictions += engine.classify(engine.due())
    return Watched(recording, subset, tuple(predictions))


def events_of(watched: Watched, info: BundleInfo, decision: Decision) -> list[Event]:
    """The events that a decision stage with these settings makes of the predictions."""
    decider = Decider(watched.recording.wearer, info.labels, info.idle, decision, info.window)
    events = [event for p in watched.predictions for event in decider.update(p)]
    return events + decider.finish()


def score(watched: Watched, info: BundleInfo, decision: Decision) -> Score:
    """Those events against the session's annotations."""
    recording = watched.recording
    found = recognized(events_of(watched, info, decision))
    span = (recording.start, recording.end)
    return match(recording.annotations, found, ignore=(info.idle,), span=span)


def summary(scores: Sequence[Score]) -> dict[str, Any]:
    """Figures over several sessions together, for a bundle's metrics."""
    hits = sum(len(s.hits) for s in scores)
    actions, events = sum(s.actions for s in scores), sum(s.events for s in scores)
    errors = [h.onset_error for s in scores for h in s.hits]
    ious = [h.iou for s in scores for h in s.hits]
    return {
        "sessions": len(scores),
        "actions": actions,
        "recognised": hits,
        "events": events,
        "recall": round(hits / actions, 4) if actions else None,
        "false_share": round(1 - hits / events, 4) if events else None,
        "f1": round(2 * hits / (actions + events), 4) if actions + events else None,
        "onset_error_s": round(float(np.median(errors)), 3) if errors else None,
        "iou": round(float(np.mean(ious)), 3) if ious else None,
    }


def evaluate(
    runtime: Runtime, info: BundleInfo, recordings: Sequence[Recording], decision: Decision | None = None
) -> dict[str, dict[str, Any]]:
    """Subset of modalities -> figures over these sessions."""
    out = {}
    for subset in subsets(info):
        watched = [watch(runtime, info, recording, subset) for recording in recordings]
        scores = [score(w, info, decision or info.decision) for w in watched]
        out[subset_key(set(subset))] = summary(scores)
    return out


GRID: Mapping[str, tuple[float, ...]] = {
    "smoothing": (0.15, 0.3, 0.5),
    "enter": (0.35, 0.42, 0.5, 0.58),
    "leave": (0.15, 0.25, 0.35),
    "minimum": (0.25, 0.5, 0.75),
    "refractory": (0.25, 0.75, 1.25),
}
"""What `tune` tries."""


def tune(watched: Sequence[Watched], info: BundleInfo, start: Decision) -> Decision:
    """The settings with the best mean F1 over subsets of modalities, on sessions that no training saw.

    One setting is varied at a time, twice round the grid; ties keep what is there. Then the shifts of onset
    and offset are set to the median errors of the hits, which leaves what is matched nearly as it was.
    """

    def quality(decision: Decision) -> float:
        by_subset: dict[Subset, list[Score]] = {}
        for item in watched:
            by_subset.setdefault(item.subset, []).append(score(item, info, decision))
        return float(np.mean([summary(scores)["f1"] or 0.0 for scores in by_subset.values()]))

    best, reached = start, -1.0
    for _ in range(2):
        for name, values in GRID.items():
            for value in values:
                trial = replace(best, **{name: value})
                if trial.leave > trial.enter:
                    continue
                quality_here = quality(trial)
                if quality_here > reached + 1e-9:
                    best, reached = trial, quality_here
        best = _shifted(watched, info, best)
        reached = quality(best)
    return best


def _shifted(watched: Sequence[Watched], info: BundleInfo, decision: Decision) -> Decision:
    """With the shifts of onset and offset that centre the errors of the hits."""
    plain = replace(decision, onset_shift=0.0, offset_shift=0.0)
    probe = replace(decision, onset_shift=-1.5, offset_shift=-1.5)
    hits = [h for w in watched for h in score(w, info, probe).hits]
    if not hits:
        return plain
    onset = float(np.median([h.action.onset - h.event.onset for h in hits]))
    offset = float(np.median([h.action.offset - h.event.offset for h in hits]))
    return replace(plain, onset_shift=round(-1.5 + onset, 3), offset_shift=round(-1.5 + offset, 3))
