"""A finished comparison in docs/: its section of results.md, and every cell's numbers as JSON."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hnhar.model.errors import ConfigError

from ..runs import environment
from . import document, report
from .cells import Json
from .preset import Preset
from .report import Results
from .sweep import Grid, Point
from .sweep import text as table
from .table import Place


def text(preset: Preset, results: Results, place: Place) -> str:
    """The comparison's section, Markdown."""
    trials = results[0][1]["trials"]
    parts = [
        f"## {preset.title}",
        f"Trained on subjects {_listed(place.train)} ({trials[0]} trials), read on subjects "
        f"{_listed(place.test)}: every accuracy is of {trials[1]} sequences, in percent, mean ± standard "
        "deviation over seeds (with few labels: over seeds and draws).",
    ]
    for section in _sections(preset):
        said = [
            made for make in (report.readings, report.few_labels) if (made := make(preset, section, results))
        ]
        if said:
            parts += [f"### {preset.sections.get(section, section)}", *said]
    titles = {entry.name: entry.title for entry in preset.entry}
    parts += ["### Time, one process of one thread", report.times(results, titles)]
    return "\n\n".join(parts) + "\n"


def write(preset: Preset, results: Results, place: Place, name: str, docs: Path) -> None:
    """Section, raw numbers, and a line in the log of looks; ConfigError where that cannot be done."""
    raw = {
        "config": json.loads((place.run / "config.json").read_text(encoding="utf-8")),
        "cells": {cell.file: result for cell, result in results},
    }
    _json(docs / "results" / f"{name}.json", raw)
    said = environment()
    look = (
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())}: `hnhar-train table {name}` at {said['commit']}, "
        f"subjects {_listed(place.test)}: {len(results)} cells"
    )
    document.update(docs / "results.md", name, text(preset, results, place), look)


def write_sweep(grid: Grid, points: Sequence[Point], name: str, docs: Path) -> None:
    """Section and raw numbers of a sweep, which looks at no test subject; ConfigError where it cannot be."""
    _json(docs / "results" / f"{name}.json", {"grid": grid, "points": points, **environment()})
    said = (
        f"Linear probes, mean over subjects {_listed(grid.left_out)}, each left out once of "
        f"{_listed(grid.subjects)}; "
        f"{grid.budget.epochs} epochs. κ = β/t. No test subject was read."
    )
    document.update(docs / "results.md", name, f"## {grid.title}\n\n{said}\n\n{table(points)}", None)


def _json(path: Path, content: Json) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(content) + b"\n")
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be written: {error.strerror or error}") from error


def _sections(preset: Preset) -> list[str]:
    named = [entry.section for entry in preset.entry]
    return list(dict.fromkeys([*(s for s in preset.sections if s in named), *named]))


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
