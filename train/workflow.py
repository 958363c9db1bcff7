"""From data to a bundle, in the order in which it happens."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import torch

from hnhar.model.bundle import BundleInfo
from hnhar.model.decision import Decision, along
from hnhar.model.loading import save
from hnhar.model.recognizer import Recognizer, preset
from hnhar.model.runtime import Runtime
from hnhar.stream.recordings import Recording
from hnhar.stream.recordings.utd_mhad import Trial

from .calibrate import temperatures
from .data import WindowSet, joined
from .evaluate import evaluate, subsets, watch
from .finetune import finetune
from .pretrain import pretrain
from .recipe import Recipe
from .remember import memory_of
from .runs import Run
from .sessions import TEST_PERSONS, Advance, load, real_session, synthetic_session
from .streaming_tune import curve, novelty
from .watch import Stage, report_of

COMPOSITIONS = (77, 78)
"""Seeds of the sessions of who was held out that the decisions are tuned on: their pauses differ."""


def fresh(recipe: Recipe) -> Recognizer:
    """An untrained recognizer for a recipe; the same for the same seed."""
    task = recipe.task
    config = preset("compact", task.modalities, window=task.window, classes=len(task.labels))
    encoders = {
        name: msgspec.structs.replace(encoder, dropout=recipe.encoder_dropout)
        for name, encoder in config.encoders.items()
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        return Recognizer(msgspec.structs.replace(config, encoders=encoders))


def describe(recipe: Recipe, provenance: dict[str, Any]) -> BundleInfo:
    """What the bundle says of itself before anything is measured."""
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
    """The contrastive part, in place; with checkpoints, where `stage` is a `watch.Watcher`."""
    with _seeded(recipe.seed + 1):
        pretrain(
            recognizer,
            windows,
            {m.name: m.rate for m in recipe.task.modalities},
            recipe.pretrain,
            idle=recipe.task.labels.index(recipe.task.idle),
            seed=recipe.seed + 1,
            report=report_of(stage, name),
        )


def run_finetuning(
    recipe: Recipe, recognizer: Recognizer, windows: WindowSet, stage: Stage, name: str
) -> None:
    """The supervised part, in place; with checkpoints likewise."""
    with _seeded(recipe.seed + 2):
        finetune(
            recognizer,
            windows,
            {m.name: m.rate for m in recipe.task.modalities},
            recipe.finetune,
            idle=recipe.task.labels.index(recipe.task.idle),
            seed=recipe.seed + 2,
            report=report_of(stage, name),
        )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Projections are drawn, and dropout draws, from torch's global generator, which begins anywhere."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def held_out_names(recipe: Recipe, people: Sequence[str]) -> list[str]:
    """Who the first training leaves out: a real subject, and the last synthetic persons."""
    real = [p for p in people if p == f"s{recipe.held_out}"]
    performers = [p for p in people if p.startswith("p")]
    return real + performers[len(performers) - recipe.held_out_persons :]


def settle(
    recipe: Recipe, people: dict[str, WindowSet], trials: Sequence[Trial], info: BundleInfo, stage: Stage
) -> BundleInfo:
    """Temperatures and decisions, from a training that left some training persons out."""
    left_out = held_out_names(recipe, list(people))
    rest = joined(w for person, w in people.items() if person not in left_out)
    real = [p for p in left_out if p.startswith("s")]
    # Calibrated on real persons where there are any: they are whom it will meet.
    held = joined(people[p] for p in real or left_out)
    sessions: list[Recording] = [
        real_session(trials, int(p[1:]), seed) for p in real for seed in COMPOSITIONS
    ]
    if not real:
        sessions = [synthetic_session(recipe.task, int(p[1:]), 77, 2) for p in left_out]
    return settle_on(recipe, rest, held, sessions, info, stage)[0]


def settle_on(
    recipe: Recipe,
    rest: WindowSet,
    held: WindowSet,
    sessions: Sequence[Recording],
    info: BundleInfo,
    stage: Stage,
) -> tuple[BundleInfo, Recognizer]:
    """`info` with temperatures and decisions set on who was held out of a training on the `rest`; and that
    training's recognizer.

    Args:
        recipe: How it is trained.
        rest: What that training learns from.
        held: Windows for the temperatures.
        sessions: Sessions for the decisions, of whom `rest` has nothing.
        info: What the bundle says of itself so far.
        stage: Told what is being done.
    """
    recognizer = fresh(recipe)
    run_pretraining(recipe, recognizer, rest, stage, "pre-training without the held-out")
    run_finetuning(recipe, recognizer, rest, stage, "fine-tuning without the held-out")
    info = replace(info, temperatures=temperatures(recognizer, held))
    remember(recipe, recognizer, rest)  # the score of the unknown looks at what is remembered
    # a runtime sets torch's threads, and training goes on after this
    runtime = Runtime(info, recognizer, threads=torch.get_num_threads())
    every = [(recording, subset) for recording in sessions for subset in subsets(info)]
    watched = []
    for done, (recording, subset) in enumerate(every):
        stage("watching the held-out", done + 1, len(every), {})
        watched.append(watch(runtime, info, recording, subset))
    stage("tuning the decisions", 0, 1, {})
    knots = curve(watched, info, Decision())
    stage("tuning the decisions", 1, 1, {})
    info = replace(info, decision=along(knots, 0.5), latency=knots, novelty=novelty(watched, info))
    return info, recognizer


def remember(recipe: Recipe, recognizer: Recognizer, windows: WindowSet) -> None:
    """Let a trained recognizer keep examples of its classes, for activities that are enrolled later."""
    task = recipe.task
    recognizer.memory = memory_of(
        recognizer,
        windows,
        {m.name: m.rate for m in task.modalities},
        idle=task.labels.index(task.idle),
        seed=recipe.seed + 3,
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


def finish(run: Run, info: BundleInfo, recognizer: Recognizer, target: Path) -> BundleInfo:
    """Write the bundle and, in the run folder, what was measured."""
    target.parent.mkdir(parents=True, exist_ok=True)
    written = save(target, info, recognizer)
    told = {"bundle": written.id, "file": str(target), "training": run.trained()}
    run.write("metrics.json", {**told, **info.metrics})
    return written


def explain(recipe: Recipe, real: bool) -> dict[str, str]:
    """The recipe in sentences, for the bundle's provenance and its card."""
    amount, before = recipe.amount, recipe.pretrain
    data = []
    if real:
        numbers = ", ".join(map(str, recipe.train_subjects))
        data.append(f"UTD-MHAD subjects {numbers}, {amount.sessions} composed sessions each")
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
    held = (
        f"subject {recipe.held_out}" if real else f"the last {recipe.held_out_persons} synthetic performers"
    )
    return {
        "data": " and ".join(data),
        "pretraining": contrast,
        "held_out": f"{held}, in a training without them; the bundle itself learned from all of the above",
    }
