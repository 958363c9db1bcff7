"""Bundles that never learned some activities, to measure what becomes of these: unknown, or enrolled.

Made as a released bundle is: the weights learn from all training subjects, and decisions are settled in a
training that leaves one of them out; here that is one subject, to save time, instead of each in turn.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.recognizer import Recognizer

from ..bundles.recipe import Recipe
from ..bundles.sessions import Advance, corpus_digest, load, training_windows
from ..bundles.settle import folds, settle_on
from ..bundles.workflow import describe, explain, explain_settling, learned, remember
from ..learn.data import joined
from ..learn.watch import Stage

HELD_OUT = 7
"""Subject that calibrates and tunes."""


def without(recipe: Recipe, labels: Sequence[str]) -> Recipe:
    """The recipe of a bundle that does not learn `labels`."""
    task = recipe.task.leaving_out(labels)
    return replace(recipe, name=f"{recipe.name}-without", task=task, held_out=(HELD_OUT,))


def train(
    recipe: Recipe, corpus: Path, provenance: dict[str, Any], stage: Stage, advance: Advance
) -> tuple[BundleInfo, Recognizer]:
    """Train, and settle temperatures and decisions on `HELD_OUT` in a training without that subject."""
    trials = load(corpus, recipe.task, recipe.train_subjects)
    people = training_windows(recipe.task, trials, recipe.amount, seed=recipe.seed, advance=advance)
    recorded = {
        "without": ", ".join(recipe.task.without),
        **explain(recipe, real=True),
        **explain_settling(recipe, real=True),
        "corpus": {"name": "UTD-MHAD", "trials": len(trials), "sha256": corpus_digest(trials)},
    }
    info = describe(recipe, {**provenance, **recorded})
    info, _ = settle_on(recipe, folds(recipe, people, trials), info, stage)
    windows = joined(people.values())
    recognizer = learned(recipe, windows, stage)
    remember(recipe, recognizer, windows)
    return info, recognizer
