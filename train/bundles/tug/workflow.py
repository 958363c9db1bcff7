"""From spsw_har to the bundle `tug`, in the order in which it happens."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import msgspec
import torch

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.recognizer import Recognizer, preset
from hnhar.stream.recordings import Recording

from ...corpora.corpus import Corpus
from ...corpora.spsw_har.corpus import CORPUS
from ...corpora.spsw_har.executions import load_executions
from ...evaluate.evaluate import ClassifiedSession
from ...learn.checkpoint import fingerprint
from ...learn.data import WindowSet
from ...learn.finetune import finetune
from ...learn.watch import Stage, report_of
from ..calibrate import Answers, answers, temperatures
from ..runs import environment
from .recipe import TugRecipe
from .sessions import with_phases
from .settle import settle_decisions, watched_without
from .windows import training_windows

Advance = Callable[[str, int, int], None]
"""Takes a description of the current step, the number of steps done, and the total."""


def executions(folder: Path, subjects: Sequence[int]) -> list[Recording]:
    """Executions of these subjects, their labels as phases. Raises RecordingError."""
    return [with_phases(r) for r in load_executions(folder, subjects).recordings]


def fit(recipe: TugRecipe, windows: WindowSet, stage: Stage, what: str) -> Recognizer:
    """A recognizer that learned from windows; repeatable by the recipe's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        config = preset("compact", recipe.modalities, window=recipe.window, classes=len(recipe.labels))
        encoders = {
            name: msgspec.structs.replace(encoder, width=recipe.width)
            for name, encoder in config.encoders.items()
        }
        recognizer = Recognizer(msgspec.structs.replace(config, encoders=encoders))
        finetune(
            recognizer,
            windows,
            recipe.rates,
            recipe.finetune,
            idle=recipe.common,
            seed=recipe.seed,
            report=report_of(stage, what),
        )
    return recognizer.eval()


def describe(recipe: TugRecipe, corpus: Corpus = CORPUS) -> BundleInfo:
    """Metadata of the bundle before anything is measured."""
    train = f"{recipe.train_subjects[0]} to {recipe.train_subjects[-1]}"
    return BundleInfo(
        name=recipe.name,
        modalities=recipe.modalities,
        window=recipe.window,
        hop=recipe.hop,
        labels=recipe.labels,
        idle="",
        placement="",
        architecture={},
        provenance={
            "recipe": asdict(recipe),
            "corpus": {"name": corpus.title, "citation": corpus.citation, "license": corpus.license},
            "data": f"{corpus.title}, subjects {train}: {corpus.citation}; {corpus.license}",
            "pretraining": "none: it adds nothing here (hnhar-docs streaming)",
            "held_out": f"every {recipe.folds}th subject in turn, in {recipe.folds} trainings without them",
            **environment(),
        },
    )


def train_tug(
    recipe: TugRecipe, folder: Path, stage: Stage, advance: Advance
) -> tuple[BundleInfo, Recognizer]:
    """The bundle, calibrated and tuned on left-out training subjects; nobody else was looked at."""
    recordings = executions(folder, recipe.train_subjects)
    info = describe(recipe)
    held: list[Answers] = []
    fitted: list[tuple[Recognizer, list[Recording]]] = []
    for number, subjects in enumerate(recipe.held_out(), 1):
        names = {f"s{subject:02d}" for subject in subjects}
        rest = training_windows(recipe, [r for r in recordings if r.wearer not in names])
        theirs = [r for r in recordings if r.wearer in names]
        recognizer = fit(recipe, rest, stage, f"without subjects {', '.join(map(str, subjects))}")
        held.append(answers(recognizer, training_windows(recipe, theirs)))
        fitted.append((recognizer, theirs))
        advance("left out", number, recipe.folds)
    info = replace(info, temperatures=temperatures(held))
    watched: list[ClassifiedSession] = []
    for number, (recognizer, theirs) in enumerate(fitted):
        advance("watching who was left out", number, len(fitted))
        watched += watched_without(info, recognizer, theirs)
    info = settle_decisions(info, watched, stage)
    windows = training_windows(recipe, recordings)
    recognizer = fit(recipe, windows, stage, "fine-tuning")
    seen: dict[str, Any] = {
        "people": sorted({r.wearer for r in recordings}),
        "windows": len(windows),
        "windows_sha256": fingerprint({**windows.samples, "targets": windows.targets}),
    }
    return replace(info, provenance={**info.provenance, "seen": seen}), recognizer
