"""How well a bundle recognises whole sessions, through the engine and the decision stage that serve live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hnhar.model.bundle import BundleInfo, subset_key
from hnhar.model.decision import Decision
from hnhar.model.runtime import Classified, Runtime
from hnhar.stream.decide import Decider
from hnhar.stream.engine import Engine
from hnhar.stream.messages import Event, Prediction
from hnhar.stream.recordings import Recording
from hnhar.stream.score import COLLAR, Recognized, Score, match, recognized
from hnhar.stream.windows import interleave, recorded_feeds

Subset = tuple[str, ...]
"""Names of modalities."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A session and what the recognizer said of each of its windows."""

    recording: Recording
    subset: Subset
    predictions: tuple[Prediction, ...]
    novelty: tuple[float, ...] = ()
    """Of each prediction's window (`hnhar.model.novelty`); empty where it was not kept."""


class _Noting:
    """A runtime that keeps how unlike everything learned its windows were."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.novelty: list[float] = []

    def classify(self, windows: Sequence[Mapping[str, NDArray[Any]]]) -> Classified:
        """As the runtime does."""
        classified = self._runtime.classify(windows)
        self.novelty += classified.novelty.tolist()
        return classified


def subsets(info: BundleInfo) -> tuple[Subset, ...]:
    """All modalities together, then each alone."""
    names = tuple(m.name for m in info.modalities)
    return (names, *((name,) for name in names)) if len(names) > 1 else (names,)


def only(recording: Recording, kinds: Sequence[str]) -> Recording:
    """The recording without the streams of other modalities."""
    return replace(recording, streams=tuple(s for s in recording.streams if s.modality in kinds))


def watch(
    runtime: Runtime, info: BundleInfo, recording: Recording, subset: Subset, hop: float | None = None
) -> Watched:
    """Run a session through the engine with the streams of `subset` alone; `hop` (s): not the bundle's."""
    kinds = [m.kind for m in info.modalities if m.name in subset]
    feeds, _ = recorded_feeds(only(recording, kinds), info.modalities)
    noting = _Noting(runtime)
    engine = Engine(cast("Runtime", noting), info, [recording.wearer], hop=hop)
    predictions: list[Prediction] = []
    for feed, chunk in interleave(feeds):
        engine.push(recording.wearer, feed, chunk)
        predictions += engine.classify(engine.due())
    return Watched(recording, subset, tuple(predictions), tuple(noting.novelty))


def events_of(watched: Watched, info: BundleInfo, decision: Decision) -> list[Event]:
    """The events that a decision stage with these settings makes of the predictions."""
    decider = Decider(watched.recording.wearer, info.labels, info.idle, decision, info.window)
    events = [event for p in watched.predictions for event in decider.update(p)]
    return events + decider.finish()


def score(watched: Watched, info: BundleInfo, decision: Decision) -> Score:
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
        recording.annotations, found, collar=collar, iou=iou, ignore=(info.idle,), others=others, span=span
    )


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
