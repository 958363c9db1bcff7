"""Events on people who were left out, by networks whose trunk could be carried from window to window.

Each subject is left out of two short trainings that differ in the skeleton's normalization alone: over the
window, as the shipped weights have it, and frame by frame over the second before (`carried`). Both watch the
subject's session. No test subject is read. Decisions are those of the shipped weights, temperatures those of
the other subjects.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hnhar.model.bundle.bundle import DEFAULT, BundleInfo, find, read_info
from hnhar.model.bundle.subsets import subset_key
from hnhar.model.recognizer import Recognizer
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Recording
from hnhar.train.bundles.calibrate import Answers, answers, temperatures
from hnhar.train.bundles.recipe import Recipe, recipe
from hnhar.train.bundles.sessions import TRAIN_SUBJECTS, Amount, corpus_folder, load, training_windows
from hnhar.train.bundles.settle import LeftOutFold, folds
from hnhar.train.bundles.tune import reached
from hnhar.train.bundles.workflow import describe, fresh, run_finetuning
from hnhar.train.evaluate.evaluate import ClassifiedSession, subsets, watch_together
from hnhar.train.learn.data import soft_target

from .carried import carried, with_past

PAST = 2.24
"""s before the window that a carried trunk can have seen: its reach, and the second that normalizes; an even
number of frames, so that the strides fall as they do without."""
HOP = 0.24
"""s: twelve and six points of the grids, so that steps of the trunk lie where they lay a hop before."""
SHORT = Amount(sessions=1, vigorous=1, persons=0)
"""What is learned from: a fifth of the shipped weights' sessions of each subject, and no performers."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Way:
    """A way of recognizing."""

    name: str
    carried: bool
    """Trained with skeletons normalized frame by frame."""
    past: bool
    """The trunk's oldest steps have a past instead of zeros."""


WAYS = (
    Way("whole windows", carried=False, past=False),
    Way("the same weights, a past instead of zeros", carried=False, past=True),
    Way("normalized frame by frame, a past instead of zeros", carried=True, past=True),
)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What the networks of one training made of the subject that it left out."""

    who: str
    answers: dict[bool, Answers]
    """Whether carried -> logits of the subject's windows."""
    watched: dict[str, tuple[ClassifiedSession, ...]]
    """Name of a way -> sessions, at a temperature of 1."""


def short_recipe(steps: int, amount: Amount = SHORT) -> Recipe:
    """The wrist's recipe, made short: no pre-training, few batches of 64."""
    full = recipe("full", "wrist", bfloat16=True)
    return replace(
        full,
        amount=amount,
        held_out=TRAIN_SUBJECTS,
        held_out_persons=0,
        finetune=replace(full.finetune, steps=steps, batch=64),
    )


def trained(plan: Recipe, fold: LeftOutFold, *, by_frame: bool, tell: Tell) -> Recognizer:
    """A recognizer that learned from the rest; the same draws either way."""

    def stage(name: str, step: int, steps: int, measured: dict[str, float]) -> None:
        if step % 50 == 0:
            tell(f"{name} {step}/{steps} {measured}")

    recognizer = carried(fresh(plan)) if by_frame else fresh(plan)
    run_finetuning(plan, recognizer, fold.rest, stage, f"without {fold.who}, by frame: {by_frame}")
    return recognizer


def seen(
    recognizer: Recognizer, info: BundleInfo, way: Way, sessions: Sequence[Recording]
) -> tuple[ClassifiedSession, ...]:
    """The sessions as one way recognizes them; predictions of whole windows' lengths."""
    rates = {m.name: m.rate for m in info.modalities}
    network, watching = recognizer, info
    if way.past:
        network = with_past(recognizer, info.window, rates)
        watching = replace(info, window=info.window + PAST)
    runtime = Runtime(watching, network, threads=torch.get_num_threads())
    out = []
    for session in sessions:
        together = [(session, subset) for subset in subsets(info)]
        for watched in watch_together(runtime, watching, together, HOP):
            shortened = tuple(replace(p, start=p.end - info.window) for p in watched.predictions)
            out.append(replace(watched, predictions=shortened))
    return tuple(out)


def heard(plan: Recipe, fold: LeftOutFold, info: BundleInfo, sessions: int, tell: Tell) -> Heard:
    """Train without somebody, both ways, and watch them."""
    networks = {by: trained(plan, fold, by_frame=by, tell=tell) for by in (False, True)}
    watched = {}
    for way in WAYS:
        tell(f"{fold.who}: {way.name}")
        watched[way.name] = seen(networks[way.carried], info, way, fold.sessions[:sessions])
    told = {by: answers(network, fold.held) for by, network in networks.items()}
    return Heard(fold.who, told, watched)


def at_temperature(watched: ClassifiedSession, temperature: float) -> ClassifiedSession:
    """The session as a network at another temperature than 1 classifies it."""
    out = []
    for prediction in watched.predictions:
        raised = np.array(list(prediction.probabilities.values()), np.float64) ** (1 / temperature)
        row = dict(zip(prediction.probabilities, (raised / raised.sum()).tolist(), strict=True))
        best = max(row, key=row.__getitem__)
        out.append(replace(prediction, label=best, confidence=row[best], probabilities=row))
    return replace(watched, predictions=tuple(out))


def cross_entropy(watched: Sequence[ClassifiedSession], info: BundleInfo) -> float:
    """Mean over all windows, nats, against the soft targets of trainings."""
    losses = []
    for session in watched:
        for p in session.predictions:
            target = soft_target(session.recording.annotations, p.start, p.end, info.labels, info.idle)
            row = np.array([p.probabilities[label] for label in info.labels])
            losses.append(float(-(target * np.log(np.maximum(row, 1e-9))).sum()))
    return float(np.mean(losses))


def figures(people: Sequence[Heard], info: BundleInfo) -> dict[str, Any]:
    """Way -> subset of modalities -> event F1, delay and cross-entropy by person.

    Temperatures of all others, or a person's own where there is nobody else.
    """
    out: dict[str, Any] = {}
    for way in WAYS:
        rows: dict[str, Any] = {}
        for person in people:
            others = [p for p in people if p is not person] or [person]
            degrees = temperatures([p.answers[way.carried] for p in others])
            for subset in subsets(info):
                key = subset_key(set(subset))
                mine = [
                    at_temperature(w, degrees[key]) for w in person.watched[way.name] if w.subset == subset
                ]
                found = reached(mine, info, info.decision.of(subset))
                row = rows.setdefault(key, {"f1": {}, "f1_overlap": {}, "delay_p50": {}, "entropy": {}})
                row["f1"][person.who] = round(found.f1, 4)
                row["f1_overlap"][person.who] = round(found.f1_overlap, 4)
                row["delay_p50"][person.who] = round(found.delay[0], 3)
                row["entropy"][person.who] = round(cross_entropy(mine, info), 4)
        out[way.name] = {
            key: {name: {"mean": round(float(np.mean([*of.values()])), 4), **of} for name, of in row.items()}
            for key, row in rows.items()
        }
    return out


def study(
    data: str | None, subjects: Sequence[int], steps: int, sessions: int, tell: Tell, target: Path | None
) -> dict[str, Any]:
    """Figures of these training subjects, each left out; `target` is written after each of them."""
    plan = replace(short_recipe(steps), held_out=tuple(subjects))
    shipped = read_info(find(DEFAULT))
    info = replace(describe(plan, {}), decision=shipped.decision)
    trials = load(corpus_folder(data), plan.task, plan.train_subjects)
    windows = training_windows(
        plan.task, trials, plan.amount, seed=plan.seed, advance=lambda what, k, n: tell(f"{what} {k}/{n}")
    )
    people: list[Heard] = []
    out: dict[str, Any] = {}
    for fold in folds(plan, windows, trials):
        people.append(heard(plan, fold, info, sessions, tell))
        out = figures(people, info)
        if target is not None:
            target.write_text(json.dumps(out, indent=1) + "\n", "utf-8")
    return out
