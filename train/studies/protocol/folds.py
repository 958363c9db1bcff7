"""Leave-one-subject-out on training subjects: each of some is read by what is trained on the others."""

from dataclasses import replace
from pathlib import Path

from ...output.storage import Json
from .cells import Cell, cells
from .preset import Preset
from .report import Results
from .table import Advance, Place, run, within


def run_folds(preset: Preset, place: Place, *, workers: int, advance: Advance) -> Results:
    """Every cell of every fold of `preset.left_out`; in the run folder each has its own.

    A cell counts as of the seed `1000·subject + seed`: a mean is over subjects, seeds and draws, and a
    difference is of the same ones. Raises as `table.run`.
    """
    results: list[tuple[Cell, Json]] = []
    count = len(cells(preset))
    for subject in preset.left_out:
        others = tuple(other for other in preset.subjects if other != subject)
        there = replace(place, run=fold(place, subject), train=others, test=(subject,), corpus=preset.corpus)
        part = within(advance, len(results), count * len(preset.left_out))
        for cell, result in run(preset, there, workers=workers, advance=part):
            results.append((replace(cell, seed=1000 * subject + cell.seed), result))
    return results


def fold(place: Place, subject: int) -> Path:
    """Run folder of the fold without a subject."""
    return place.run / f"without-{subject}"
