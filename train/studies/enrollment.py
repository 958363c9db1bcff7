"""Figures of enrollment: activities that a bundle never learned, taught by a few performances of one person
or of several, and looked for in sessions of others.

| figure | is |
|---|---|
| F1 of the new label | of its events, collar 1.5 s; false are those in idle time and in learned activities |
| strict F1 | the same, events in other unlearned activities false as well |
| F1 of the old labels | of theirs; events during an unlearned activity do not count |

A subject of UTD-MHAD performed each action four times, so a fifth performance is one of them again, between
other pauses. Windows are classified once: what an enrollment changes comes after the network
(`hnhar.model.enroll.prototypes.Competition`), and is joined to each window as the runtime does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.classifier import Classified, Classifier
from hnhar.model.enroll.enroll import Examples, enroll
from hnhar.model.enroll.prototypes import Competition, Memory, taken
from hnhar.model.errors import RecordingError
from hnhar.stream.recordings import Annotation, Recording
from hnhar.stream.recordings.enrolling import annotated, examples
from hnhar.stream.recordings.feeds import recorded_feeds
from hnhar.stream.recordings.score import Recognized, Score, match, recognized

from ..corpora.utd_mhad.trials import UtdTrial
from ..evaluate.cases import overlap
from ..evaluate.evaluate import ClassifiedSession, KeepingClassifier, Subset, counts, events_of, watch
from ..synthesis.compose.compose import compose


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A session that a bundle watched before anything was enrolled, with what its network gave."""

    watched: ClassifiedSession
    classified: Classified
    """Of all its windows."""


def see(runtime: Classifier, info: BundleInfo, recording: Recording, subset: Subset) -> Seen:
    """Watch a session with the streams of `subset` alone."""
    keeping = KeepingClassifier(runtime)
    watched = watch(keeping, info, recording, subset)
    batches = [batch for batch in keeping.kept if len(batch.probabilities)]
    classified = Classified(
        np.concatenate([batch.probabilities for batch in batches]),
        np.concatenate([batch.embeddings for batch in batches]),
        np.concatenate([batch.novelty for batch in batches]),
        tuple(names for batch in batches for names in batch.modalities),
    )
    return Seen(watched, classified)


def again(seen: Seen, info: BundleInfo, memory: Memory) -> ClassifiedSession:
    """The session as the bundle `info` with `memory`, in which something was enrolled, watches it."""
    first = seen.classified
    rows, novelty = Competition(info, memory).join(
        first.probabilities, first.novelty, first.embeddings, first.modalities
    )
    predictions = []
    enrolled = taken(rows, first.probabilities.shape[1]).tolist()
    answers = zip(seen.watched.predictions, rows.tolist(), novelty.tolist(), enrolled, strict=True)
    for prediction, row, score, is_taken in answers:
        best = max(range(len(row)), key=row.__getitem__)
        known = info.novelty.get(subset_key(set(prediction.modalities)))
        predictions.append(
            replace(
                prediction,
                label=info.labels[best],
                confidence=row[best],
                probabilities=dict(zip(info.labels, row, strict=True)),
                unknown=known is not None and score > known.threshold,
                strangeness=0.0 if is_taken else prediction.strangeness,
            )
        )
    return replace(seen.watched, predictions=tuple(predictions), novelty=tuple(novelty.tolist()))


def lesson(trials: Sequence[UtdTrial], label: str, teacher: int, shots: int, seed: int) -> Recording:
    """A session in which one subject does nothing but perform `label`, `shots` times.

    Raises RecordingError where there is no such trial.
    """
    performed = [t for t in trials if t.subject == teacher and t.label == label]
    if not performed:
        raise RecordingError(f"subject {teacher} has no trial of '{label}': take another teacher")
    chosen = [performed[k % len(performed)] for k in range(shots)]
    return compose(chosen, seed=seed, wearer=f"s{teacher}")


def taught(runtime: Classifier, info: BundleInfo, recording: Recording, label: str) -> Examples:
    """The examples of a lesson, as `hnhar-enroll` takes them."""
    feeds, _ = recorded_feeds(recording, info.modalities, placement=info.placement)
    return examples(feeds, info, runtime, annotated(label, recording))


def taught_in_turn(
    runtime: Classifier,
    info: BundleInfo,
    trials: Sequence[UtdTrial],
    label: str,
    teachers: Sequence[int],
    shots: int,
    seed: int,
) -> Examples:
    """The examples of `shots` performances, shared among the teachers, each in a lesson of their own.

    Raises RecordingError as `lesson`.
    """
    parts = []
    for number, teacher in enumerate(teachers):
        count = shots // len(teachers) + (number < shots % len(teachers))
        parts.append(taught(runtime, info, lesson(trials, label, teacher, count, seed), label))
    return reduce(Examples.joined, parts)


@dataclass(frozen=True, slots=True)
class EnrollmentOutcome:
    """Scores of one enrollment on the sessions of one subset of modalities."""

    new: tuple[Score, ...]
    """Of the new label, a session each; events in other unlearned activities are left out."""
    strict: tuple[Score, ...]
    """The same with these."""
    before: tuple[Score, ...]
    """Of the old labels."""
    after: tuple[Score, ...]

    def figures(self) -> dict[str, float]:
        """F1 over the sessions together."""
        before, after = f1(self.before), f1(self.after)
        hits, actions, events = counts(self.new)
        return {
            "performed": actions,
            "recognized": hits,
            "events": events,
            "f1": f1(self.new),
            "f1_strict": f1(self.strict),
            "old_f1_before": before,
            "old_f1_after": after,
            "loss": round(before - after, 4),
        }


def effect(
    seen: Sequence[Seen], info: BundleInfo, memory: Memory, label: str, given: Examples, source: str
) -> EnrollmentOutcome:
    """Enroll `label` in the bundle, and score the sessions of one subset of modalities before and after."""
    made, remembered, _ = enroll(info, memory, label, given, source)
    new, strict, before, after = [], [], [], []
    for session in seen:
        recording = session.watched.recording
        plain = recognized(events_of(session.watched, info, info.decision))
        enrolled = recognized(events_of(again(session, made, remembered), made, made.decision))
        mine = [a for a in recording.annotations if a.label == label]
        foreign = [a for a in recording.annotations if a.label not in made.labels]
        events = [e for e in enrolled if e.label == label]
        strict.append(match(mine, events))
        known = [a for a in recording.annotations if a.label in made.labels]
        new.append(match(mine, [e for e in events if _most(e, foreign) <= _most(e, known)]))
        before.append(old_score(recording, plain, info))
        after.append(old_score(recording, enrolled, info))
    return EnrollmentOutcome(tuple(new), tuple(strict), tuple(before), tuple(after))


def f1(scores: Sequence[Score]) -> float:
    """F1 over several sessions together; 0 where there is nothing."""
    hits, actions, events = counts(scores)
    return round(2 * hits / (actions + events), 4) if actions + events else 0.0


def old_score(recording: Recording, found: Sequence[Recognized], info: BundleInfo) -> Score:
    """Score of the labels that the bundle learned, without the events in an unlearned activity."""
    known = [a for a in recording.annotations if a.label in info.labels]
    foreign = [a for a in recording.annotations if a.label not in info.labels]
    events = [e for e in found if e.label in info.labels and _most(e, foreign) <= _most(e, known)]
    return match(known, events, ignore=(info.idle,))


def _most(event: Recognized, annotations: Sequence[Annotation]) -> float:
    """s of the longest overlap; 0 where there is none."""
    return max([0.0, *(overlap(event, a) for a in annotations)])
