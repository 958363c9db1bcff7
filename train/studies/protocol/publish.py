"""A finished comparison as files: its section of results.md, and every cell's numbers as JSON."""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import torch

from ...bundles.runs import environment
from ...corpora.registry import load_corpus
from ...output import document
from ...output.document import write_text
from ...output.storage import Json, load_weights, read_json
from . import figures, report, study_run
from .diagnostics import TOLERANCE
from .encoders import build
from .folds import fold
from .preset import Preset
from .probes import centered
from .report import Results
from .study import Studies
from .study_figure import slices
from .study_run import Found
from .summary import ComparedCohort, look, raw
from .sweep import Grid, Point, advice
from .sweep import text as table
from .table import Place
from .trials import stack

RULE = (
    "A rule for κ without labels (`train/studies/protocol/diagnostics.py`): pre-train with κ = 0, take "
    "mutual neighbors among the N·τ⁺ nearest by all modalities for false negatives, and take the largest κ "
    f"at which they weigh at most {TOLERANCE:g} times what they weigh at κ = 0."
)


def text(preset: Preset, results: Results, place: Place) -> str:
    """The comparison's section, Markdown."""
    parts = [f"## {preset.title}", _on_whom(preset, results, place)]
    for section in _sections(preset):
        tables = [make(preset, section, results) for make in (report.readings, report.few_labels)]
        if any(tables):
            parts += [f"### {preset.sections.get(section, section)}", *filter(None, tables)]
    if differences := report.differences(preset, results):
        parts += ["### Differences, of the same seeds and draws", differences]
    titles = {entry.name: entry.title for entry in preset.entry}
    parts += [
        "### Time (one process of one thread, beside whatever else the machine did)",
        report.times(results, titles),
    ]
    return "\n\n".join(parts) + "\n"


def _on_whom(preset: Preset, results: Results, place: Place) -> str:
    """Sentence that names the subjects trained on and the subjects read."""
    if preset.left_out:
        return (
            f"Subjects {_folds(preset)}, each left out once of {_listed(preset.subjects)} and read "
            "by what is trained on the others: accuracies in percent, mean ± standard deviation over these "
            "subjects, seeds and draws. No test subject was read."
        )
    trained, read = results[0][1]["trials"]
    return (
        f"Trained on subjects {_listed(place.train)} ({trained} trials), read on subjects "
        f"{_listed(place.test)}: every accuracy is of {read} sequences, in percent, mean ± standard "
        "deviation over seeds (with few labels: over seeds and draws)."
    )


def write(preset: Preset, results: Results, place: Place, name: str, docs: Path) -> None:
    """Section, raw numbers, and a line in the log of looks; ConfigError where that cannot be done.

    Where subjects are left out no test subject was read, and there is no such line.
    """
    run = fold(place, preset.folds[0]) if preset.left_out else place.run
    raw = {
        "config": read_json(run / "config.json"),
        "cells": {cell.file: result for cell, result in results},
    }
    _json(docs / "results" / f"{name}.json", raw)
    look = (
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())}: `hnhar-train table {name}` at "
        f"{environment()['commit']}, subjects {_listed(place.test)}: {len(results)} cells"
    )
    drawn = "\n\n".join(draw_figures(preset, results, place, name, docs))
    section = f"{text(preset, results, place)}\n{drawn}"
    document.update(docs / "results.md", name, section, None if preset.left_out else look)


def write_summary(name: str, section: str, compared: Sequence[ComparedCohort], run: Path, docs: Path) -> None:
    """Section and raw numbers of a comparison on several corpora, and its look; ConfigError as of `write`."""
    files = {
        of.cohort.name: fold(Place(run, run / of.cohort.name), of.preset.folds[0]) / "config.json"
        for of in compared
    }
    configs = {cohort: read_json(file) for cohort, file in files.items() if file.exists()}
    _json(docs / "results" / f"{name}.json", {"configs": configs, "cells": raw(compared)})
    seen = look(compared)
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    line = seen and f"{now}: `hnhar-train table {name}` at {environment()['commit']}: {seen}"
    document.update(docs / "results.md", name, section, line)


def draw_figures(preset: Preset, results: Results, place: Place, name: str, docs: Path) -> list[str]:
    """Draw the figures that the preset asks for; returns a line of Markdown for each."""
    if preset.left_out:
        return []
    corpus = load_corpus(place.corpus, place.folder)
    test = stack(corpus, place.test, preset.inputs, preset.modalities)
    folder, lines = docs / "results", []
    compared = {name for pair in preset.compare for name in pair}
    curves = [
        entry.name
        for entry in preset.entry
        if (entry.name in compared or entry.labels == "few") and len(entry.amounts or preset.amounts) > 1
    ]
    each = results[0][1]["trials"][0] / test.classes
    for reading in ("plain", "spread") if curves else ():
        path = folder / f"{name}-labels-{reading}.svg"
        figures.label_curves(preset, results, curves, reading, each, path)
        lines.append(f"![{report.PROBES[reading]}](results/{name}-labels-{reading}.svg)")
    for cell, result in results:
        if cell.entry == preset.shown and "finetuned_predictions" in result:
            path = folder / f"{name}-confusions.svg"
            figures.confusions(result["finetuned_predictions"], test.labels.tolist(), corpus.classes, path)
            lines.append(f"![confusions, {preset.named(cell.entry).title}](results/{path.name})")
            break
    if preset.mapped is not None:
        entry = preset.named(preset.mapped)
        network = build(entry.pair, entry.modalities, test.classes, 0)
        seed = (entry.seeds or preset.seeds)[0]
        load_weights(network, place.run / f"{entry.name}-s{seed}.safetensors")
        features = torch.cat(list(centered(network.features(test.samples)).values()), dim=1)
        path = folder / f"{name}-embedding.svg"
        figures.embedding_map(features, test.labels.tolist(), corpus.classes, path)
        lines.append(f"![embedding of the test trials, {entry.title}](results/{path.name})")
    return lines


def write_sweep(grid: Grid, points: Sequence[Point], name: str, docs: Path) -> None:
    """Section and raw numbers of a sweep, which looks at no test subject; ConfigError where it cannot be."""
    _json(docs / "results" / f"{name}.json", {"grid": grid, "points": points, **environment()})
    heading = (
        f"Linear probes, mean over subjects {_listed(grid.left_out)}, each left out once of "
        f"{_listed(grid.subjects)}; "
        f"{grid.budget.epochs} epochs. κ = β/t. No test subject was read."
    )
    figures.kappa_curves(points, docs / "results" / f"{name}.svg")
    section = f"## {grid.title}\n\n{heading}\n\n{table(points)}\n\n{RULE}\n\n{advice(points)}"
    section += f"\n\n![over κ](results/{name}.svg)"
    document.update(docs / "results.md", name, section, None)


def write_studies(studies: Studies, found: Found, run: Path, name: str, docs: Path) -> None:
    """Section, raw numbers and figures of studies, which look at no test subject; ConfigError as above."""
    parts = [f"## {studies.title}", _explained(studies), study_run.text(studies, found)]
    for study, done in found:
        raw = read_json(run / f"study-{study.name}.json")
        _json(docs / "results" / f"{name}-{study.name}.json", raw)
        if done:
            picture = f"{name}-{study.name}.svg"
            slices(study, done, docs / "results" / picture)
            parts.append(f"![trials of {study.name}](results/{picture})")
    document.update(docs / "results.md", name, "\n\n".join(parts), None)


def _explained(studies: Studies) -> str:
    return (
        f"Searched by TPE, seed {studies.seed}; the value of a trial is the mean accuracy of probes on few "
        f"labels over subsets of the modalities, draws, and subjects {_listed(studies.left_out)}, each left "
        f"out once of {_listed(studies.subjects)}. A trial below the median after one subject is read on no "
        "further one. No test subject was read."
    )


def _json(path: Path, content: Json) -> None:
    write_text(path, msgspec.json.encode(content).decode() + "\n")


def _sections(preset: Preset) -> list[str]:
    named = [entry.section for entry in preset.entry]
    return list(dict.fromkeys([*(s for s in preset.sections if s in named), *named]))


def _folds(preset: Preset) -> str:
    """Subjects of each fold; groups of several apart by semicolons."""
    several = any(len(group) > 1 for group in preset.folds)
    return ("; " if several else ", ").join(_listed(group) for group in preset.folds)


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
