"""Bundles that never learned some activities, to measure what becomes of these: unknown, or enrolled.

One training each: subjects 1, 3 and 5 teach, subject 7 calibrates and tunes, as in the first of the two
trainings of a released bundle. So what is measured is what three people teach.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hnhar.model.bundle import BundleInfo
from hnhar.model.recognizer import Recognizer

from .data import joined
from .recipe import Recipe
from .sessions import Advance, corpus_digest, load, real_session, training_windows
from .watch import Stage
from .workflow import COMPOSITIONS, describe, held_out_names, settle_on


def without(recipe: Recipe, labels: Sequence[str]) -> Recipe:
    """The recipe of a bundle that does not learn `labels`."""
    return replace(recipe, name=f"{recipe.name}-without", task=recipe.task.leaving_out(labels))


def train(
    recipe: Recipe, corpus: Path, provenance: dict[str, Any], stage: Stage, advance: Advance
) -> tuple[BundleInfo, Recognizer]:
    """Train once, the held-out subject left out, and settle temperatures and decisions on that subject."""
    trials = load(corpus, recipe.task, recipe.train_subjects)
    people = training_windows(recipe.task, trials, recipe.amount, seed=recipe.seed, advance=advance)
    held = f"s{recipe.held_out}"
    rest = joined(w for person, w in people.items() if person not in held_out_names(recipe, list(people)))
    told = {
        "without": ", ".join(recipe.task.without),
        "held_out": f"subject {recipe.held_out} calibrated and tuned, and taught nothing",
        "corpus": {"name": "UTD-MHAD", "trials": len(trials), "sha256": corpus_digest(trials)},
    }
    info = describe(recipe, {**provenance, **told})
    sessions = [real_session(trials, recipe.held_out, seed) for seed in COMPOSITIONS]
    return settle_on(recipe, rest, people[held], sessions, info, stage)
