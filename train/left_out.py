"""Bundles that never learned some activities, to measure what becomes of these: unknown, or enrolled.

One training each: subjects 1, 3 and 5 teach, subject 7 calibrates and tunes, as in one of the first trainings
of a released bundle. So what is measured is what three people teach.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hnhar.model.bundle import BundleInfo
from hnhar.model.recognizer import Recognizer

from .recipe import Recipe
from .sessions import Advance, corpus_digest, load, training_windows
from .settle import folds, settle_on
from .watch import Stage
from .workflow import describe

HELD_OUT = 7
"""Subject that calibrates and tunes."""


def without(recipe: Recipe, labels: Sequence[str]) -> Recipe:
    """The recipe of a bundle that does not learn `labels`."""
    task = recipe.task.leaving_out(labels)
    return replace(recipe, name=f"{recipe.name}-without", task=task, held_out=(HELD_OUT,))


def train(
    recipe: Recipe, corpus: Path, provenance: dict[str, Any], stage: Stage, advance: Advance
) -> tuple[BundleInfo, Recognizer]:
    """Train once, `HELD_OUT` left out, and settle temperatures and decisions on that subject."""
    trials = load(corpus, recipe.task, recipe.train_subjects)
    people = training_windows(recipe.task, trials, recipe.amount, seed=recipe.seed, advance=advance)
    told = {
        "without": ", ".join(recipe.task.without),
        "held_out": f"subject {HELD_OUT} calibrated and tuned, and taught nothing",
        "corpus": {"name": "UTD-MHAD", "trials": len(trials), "sha256": corpus_digest(trials)},
    }
    info = describe(recipe, {**provenance, **told})
    return settle_on(recipe, folds(recipe, people, trials), info, stage)
