"""Leave-one-subject-out on training subjects: each of some is read by what is trained on the others."""

from dataclasses import replace
from pathlib import Path

from ...output.storage import Json
from .cells import Cell, cells, kept
from .preset import Preset
from .ray_workers import OnRay
from .report import Results
from .table import Advance, Place, run, within


def run_folds(preset: Preset, place: Place, *, workers: int | OnRay, advance: Advance) -> Results:
    """Every cell of every fold of `preset.left_out`; in the run folder each has its own.

    A cell counts as of the seed `1000·subject + seed`, of its fold's first subject: a mean is over folds,
    seeds and draws, and a difference is of the same ones. Raises as `table.run`.
    """
    results: list[tuple[Cell, Json]] = []
    count = len(cells(preset))
    for group in preset.folds:
        others = tuple(other for other in preset.subjects if other not in group)
        there = replace(place, run=fold(place, group), train=others, test=group, corpus=preset.corpus)
        part = within(advance, len(results), count * len(preset.folds))
        for cell, result in run(preset, there, workers=workers, advance=part):
            results.append((replace(cell, seed=1000 * group[0] + cell.seed), result))
    return results


def kept_folds(preset: Preset, place: Place) -> Results:
    """The cells of `run_folds` that are in the run folder, none computed; ConfigError for damaged ones."""
    results: list[tuple[Cell, Json]] = []
    for group in preset.folds:
        run = fold(place, group)
        for cell in cells(preset):
            result = kept(preset, run, cell)
            if result is not None:
                results.append((replace(cell, seed=1000 * group[0] + cell.seed), result))
    return results


def fold(place: Place, group: tuple[int, ...]) -> Path:
    """Run folder of the fold without these subjects."""
    return place.run / f"without-{'-'.join(map(str, group))}"
