"""From data to a bundle, in the order in which it happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.loading import save
from hnhar.model.recognizer import Recognizer, preset
from hnhar.model.runtime import Runtime

from ..evaluate.evaluate import evaluate
from ..learn.data import WindowSet
from ..learn.finetune import finetune
from ..learn.pretrain import pretrain
from ..learn.watch import Stage, report_of
from .graphs import graph_for
from .recipe import Recipe
from .remember import memory_of
from .runs import Run
from .sessions import TEST_PERSONS, Advance, load, real_session, synthetic_session


def fresh(recipe: Recipe) -> Recognizer:
    """An untrained recognizer for a recipe; the same for the same seed."""
    task = recipe.task
    config = preset("compact", task.modalities, window=task.window, classes=len(task.labels))
    encoders = {
        name: msgspec.structs.replace(
            encoder, dropout=recipe.encoder_dropout, **recipe.encoders.get(encoder.kind, {})
        )
        for name, encoder in config.encoders.items()
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return Recognizer(msgspec.structs.replace(config, encoders=encoders))


def describe(recipe: Recipe, provenance: dict[str, Any]) -> BundleInfo:
    """Metadata of a bundle before anything is measured."""
    task = recipe.task
    return BundleInfo(
        name=recipe.name,
        modalities=task.modalities,
        window=task.window,
        hop=task.hop,
        labels=task.labels,
        idle=task.idle,
        placement=task.placement,
        architecture={},
        provenance=provenance,
    )


def run_pretraining(
    recipe: Recipe, recognizer: Recognizer, windows: WindowSet, stage: Stage, name: str
) -> None:
    """Contrastive pre-training, in place; with checkpoints, where `stage` is a `watch.Watcher`."""
    task, seed, report = recipe.task, recipe.seed + 1, report_of(stage, name)
    with _seeded(seed):
        pretrain(
            recognizer, windows, task.rates, recipe.pretrain, idle=task.idle_column, seed=seed, report=report
        )


def run_finetuning(
    recipe: Recipe, recognizer: Recognizer, windows: WindowSet, stage: Stage, name: str
) -> None:
    """Supervised fine-tuning, in place; with checkpoints likewise."""
    task, seed, report = recipe.task, recipe.seed + 2, report_of(stage, name)
    with _seeded(seed):
        finetune(
            recognizer, windows, task.rates, recipe.finetune, idle=task.idle_column, seed=seed, report=report
        )


def learned(recipe: Recipe, windows: WindowSet, stage: Stage, of: str = "") -> Recognizer:
    """A recognizer pre-trained and fine-tuned on windows; `of` is added to the names of both trainings."""
    recognizer = fresh(recipe)
    run_pretraining(recipe, recognizer, windows, stage, f"pre-training{of}")
    run_finetuning(recipe, recognizer, windows, stage, f"fine-tuning{of}")
    return recognizer


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seeds torch's global generator, from which projections and dropout are drawn, while it lasts."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def remember(recipe: Recipe, recognizer: Recognizer, windows: WindowSet) -> None:
    """Let a trained recognizer keep examples of its classes, for activities that are enrolled later."""
    task = recipe.task
    recognizer.memory = memory_of(
        recognizer, windows, task.rates, idle=task.idle_column, seed=recipe.seed + 3
    )


def measure(
    recipe: Recipe, info: BundleInfo, recognizer: Recognizer, corpus: Path | None, advance: Advance
) -> dict[str, Any]:
    """Figures on persons that no training saw: real subjects and synthetic persons apart."""
    runtime = Runtime(info, recognizer)
    out: dict[str, Any] = {}
    if corpus is not None and recipe.test_subjects:
        advance("measuring on real test subjects", 0, 2)
        trials = load(corpus, recipe.task, recipe.test_subjects)
        sessions = [real_session(trials, s, 0) for s in recipe.test_subjects]
        out["real"] = {
            "subjects": list(recipe.test_subjects),
            "sessions": "all trials of a subject composed with pauses, seed 0",
            **evaluate(runtime, info, sessions),
        }
    if recipe.test_persons:
        advance("measuring on synthetic persons", 1, 2)
        persons = TEST_PERSONS[: recipe.test_persons]
        sessions = [synthetic_session(recipe.task, p, p, 1) for p in persons]
        out["synthetic"] = {
            "persons": f"{persons[0]} to {persons[-1]}",
            "note": "made by the generator that also made training data: no accuracy claim",
            **evaluate(runtime, info, sessions),
        }
    advance("measured", 2, 2)
    return out


def finish(
    run: Run, info: BundleInfo, recognizer: Recognizer, target: Path, *, served: bool = True
) -> BundleInfo:
    """Write the bundle, with a graph where it is to be `served`, and in the run folder what was measured."""
    target.parent.mkdir(parents=True, exist_ok=True)
    graph = graph_for(info, recognizer)[0] if served else None
    written = save(target, info, recognizer, graph)
    run.write(
        "metrics.json",
        {"bundle": written.id, "file": str(target), "training": run.trained(), **info.metrics},
    )
    return written


def explain(recipe: Recipe, real: bool) -> dict[str, str]:
    """The recipe in sentences, for the bundle's provenance and its card."""
    amount, before = recipe.amount, recipe.pretrain
    data = []
    if real:
        numbers = ", ".join(map(str, recipe.train_subjects))
        data.append(f"UTD-MHAD subjects {numbers}, {amount.sessions} composed sessions each")
        if amount.vigorous:
            data.append(f"{amount.vigorous} in which each trial has a tempo and an amplitude of its own")
    if real and amount.filmed:
        data.append(f"{amount.filmed} as a single camera gives the skeletons")
    if amount.persons:
        data.append(f"{amount.persons} synthetic performers (persons 0 to {amount.persons - 1})")
    negatives = (
        "negatives of other labels only, positives of the same action"
        if before.label_aware
        else f"τ⁺ = {before.tau_plus:g}"
    )
    contrast = (
        f"hard-negative contrast of IMU and skeleton, t = {before.temperature:g}, β = {before.beta:g}, "
        f"{negatives}, {before.views} views, {before.steps} batches of {before.batch}"
        if before.steps
        else "none"
    )
    return {"data": " and ".join(data), "pretraining": contrast}


def explain_settling(recipe: Recipe, real: bool) -> dict[str, str]:
    """The people whom a bundle was calibrated and tuned on (`settle`) in a sentence, likewise."""
    who = [f"subject {n}" for n in recipe.held_out]
    if not real:
        who = [f"the last {recipe.held_out_persons} synthetic performers"]
    trainings = "a training without them" if len(who) == 1 else "as many trainings, each without one of them"
    return {"held_out": f"{', '.join(who)}, in {trainings}; the bundle itself learned from all of the above"}
