"""Figures of a study that leaves people out, as Markdown: accuracy and macro-F1 by sensors, over folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

import numpy as np
from numpy.typing import NDArray

from hnhar.model.modality import kind_called

from ...evaluate.figures import macro_f1
from ...output.document import table
from .recipe import METHODS
from .study import Population, Result
from .trials import LENGTH


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one training on its fold's trials, by one set of modalities."""

    trials: int
    accuracy: float
    """NaN without trials."""
    macro_f1: float
    """Mean over the classes that these trials are of."""


def figures(result: Result, subset: str, *, whole: bool = False) -> Figures:
    """Figures on the trials that have the subset's modalities, or (`whole`) all of them."""
    labels, found, there = _arrays(result, subset)
    there = there & np.array(result.whole) if whole else there
    if not there.any():
        return Figures(0, float("nan"), float("nan"))
    right = labels[there] == found[there]
    score = macro_f1(labels[there].astype(str), found[there].astype(str))
    return Figures(int(there.sum()), float(right.mean()), score)


def pooled(results: Sequence[Result], subset: str) -> Figures:
    """Figures on the trials of all folds together, each by the training that left it out."""
    parts = [_arrays(result, subset) for result in results]
    labels, found = (np.concatenate([p[k][p[2]] for p in parts]) for k in (0, 1))
    if not len(labels):
        return Figures(0, float("nan"), float("nan"))
    score = macro_f1(labels.astype(str), found.astype(str))
    return Figures(len(labels), float(np.mean(labels == found)), score)


def _arrays(result: Result, subset: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    found = np.array(result.predictions[subset], np.int64)
    return np.array(result.labels, np.int64), found, np.asarray(found >= 0)


def section(
    population: Population, results: Sequence[Result], aims: Mapping[str, float], command: str
) -> str:
    """The study's section of a document."""
    subsets = list(results[0].predictions)
    methods = list(dict.fromkeys(r.method for r in results))
    lines = [
        f"## {population.title}: people left out",
        "",
        _preface(population, results, command),
        "",
    ]
    heading = ["signals", "aim"]
    for method in methods:
        heading += [f"{METHODS[method]}: accuracy", "macro-F1", "all folds' trials together"]
    heading += ["trials", "accuracy, trials with all signals"]
    rows = []
    for subset in subsets:
        row = [titled(subset, population), f"{aims[subset]:g}" if subset in aims else "–"]
        for method in methods:
            of = [r for r in results if r.method == method]
            each = [f for r in of if (f := figures(r, subset)).trials]
            whole = [pooled([r for r in of if r.seed == seed], subset).accuracy for seed in _seeds(of)]
            row += [spread([f.accuracy for f in each]), spread([f.macro_f1 for f in each]), spread(whole)]
        first = [r for r in results if r.method == methods[0]]
        row.append(str(pooled([r for r in first if r.seed == first[0].seed], subset).trials))
        row.append(spread([f.accuracy for r in first if (f := figures(r, subset, whole=True)).trials]))
        rows.append(row)
    lines += [table(heading, rows), "", _by_fold(population, results, methods[0], subsets)]
    return "\n".join(lines) + "\n"


def _preface(population: Population, results: Sequence[Result], command: str) -> str:
    seeds = _seeds(results)
    tests = {r.fold.name: r for r in results}
    seconds = [r.seconds for r in results]
    others = f", and {len(population.others)} trials of others train too" if population.others else ""
    return (
        f"`{command}`: {len(population.classes)} classes, {len(population.people)} people, "
        f"{sum(len(r.labels) for r in tests.values())} trials; the people of a fold are left out and read by "
        f"one network trained on the others{others}. Each signal of a trial is put on a grid of "
        f"{LENGTH:g} s in its own time. In percent, mean ± standard deviation over {len(tests)} "
        f"folds{_count(seeds)}; macro-F1 is over the classes that a fold's people did. "
        "One training serves all sets of signals: "
        f"{results[0].parameters:,} parameters, {min(seconds):.0f} to {max(seconds):.0f} s of one core."
    )


def _by_fold(population: Population, results: Sequence[Result], method: str, subsets: Sequence[str]) -> str:
    rows = []
    for name in dict.fromkeys(r.fold.name for r in results):
        of = [r for r in results if r.method == method and r.fold.name == name]
        people = ", ".join(map(str, of[0].fold.tested))
        row = [people, str(of[0].trained), str(len(of[0].labels))]
        row += [spread([figures(r, s).accuracy for r in of if figures(r, s).trials]) for s in subsets]
        rows.append(row)
    titles = [titled(subset, population) for subset in subsets]
    heading = ["people left out", "trials learned from", "trials read", *titles]
    return f"Accuracy by fold, {METHODS[method]}:\n\n{table(heading, rows)}"


def titled(subset: str, population: Population) -> str:
    """A set of modalities in words: places of sensors, kinds of what has no place, "all"."""
    names = subset.split("+")
    if len(names) == len(population.modalities) > 1:
        return "all"
    return " + ".join(name.removeprefix(f"{kind_called(name)}.") for name in names)


def spread(values: Sequence[float]) -> str:
    """Percent, mean ± standard deviation; a dash without values."""
    if not values:
        return "–"
    percent = [100 * value for value in values]
    return f"{mean(percent):.1f} ± {stdev(percent):.1f}" if len(percent) > 1 else f"{percent[0]:.1f}"


def look(population: Population, results: Sequence[Result]) -> str:
    """Line for the log of looks at the tested people, without its date."""
    subsets = list(results[0].predictions)
    parts = []
    for method in dict.fromkeys(r.method for r in results):
        of = [r for r in results if r.method == method]
        values = [spread([figures(r, s).accuracy for r in of if figures(r, s).trials]) for s in subsets]
        parts.append(
            f"{method} "
            + ", ".join(f"{titled(s, population)} {v}" for s, v in zip(subsets, values, strict=True))
        )
    people = ", ".join(str(p) for r in {r.fold.name: r for r in results}.values() for p in r.fold.tested)
    return f"{population.title}, people {people} left out: accuracy {'; '.join(parts)}"


def _seeds(results: Sequence[Result]) -> list[int]:
    return list(dict.fromkeys(r.seed for r in results))


def _count(seeds: Sequence[int]) -> str:
    return f" and {len(seeds)} seeds" if len(seeds) > 1 else f", seed {seeds[0]}"
