"""A comparison on several corpora as Markdown: with all labels, with few, and the rule for κ on each.

Every difference is of the same fold, seed and draw. Entries are named by what they are for (`ROLES`), and one
that a cohort does not have leaves a dash.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Final

from ...output.document import table
from ...output.storage import Json
from .cells import cells
from .cohorts import Cohort
from .diagnostics import INFERRED, choose_kappa
from .preset import Preset
from .readout import subsets
from .report import Column, Results

ROLES: Final[Mapping[str, str]] = {
    "scratch": "from scratch, as long",
    "scratch-few": "from scratch on these, as long",
    "cmc-long": "CMC, as long",
    "hard-few": "hard, inferred labels, six neighbors",
    "hard-sure": "hard, inferred labels where sure",
    "hard-labels": "hard, true labels",
}
"""Entry -> heading of its column."""
Values = dict[tuple[int, int], float]
"""(Fold and seed, draw) -> percent."""


@dataclass(frozen=True, slots=True, eq=False)
class ComparedCohort:
    """A finished comparison on one cohort."""

    cohort: Cohort
    preset: Preset
    results: Results

    def values(self, entry: str, reading: str, subset: str, *, few: bool = False) -> Values:
        """Accuracies of an entry, none where it was not computed."""
        amount = self.preset.amounts[0] if few else None
        return Column(reading, subset, amount).values(self.results, entry)

    @property
    def subsets(self) -> tuple[str, ...]:
        """Sets of modalities, all together first."""
        return tuple(subsets(self.cohort.modalities))

    def diagnosed(self, entry: str, key: str) -> list[Json]:
        """Values under a key of the cells of an entry that have it."""
        return [result[key] for cell, result in self.results if cell.entry == entry and key in result]


def text(title: str, compared: Sequence[ComparedCohort], command: str) -> str:
    """The section of a document."""
    parts = [
        f"## {title}",
        f"`{command}`. {_people(compared)} Accuracies in percent, mean over folds, seeds and draws, of all "
        "sensors together / of each alone; a difference is of the same fold, seed and draw, ± its standard "
        "deviation. *As long*: at least as many epochs, and as many batches, as pre-training and tuning of "
        "the others together.",
        "### All labels, everything trained",
        all_labels(compared),
        "### One label a class",
        few_labels(compared),
        "### What the labels say of pairs, before the second stage",
        pairs_of_labels(compared),
        "### Concentration, and the rule for κ",
        concentration(compared),
    ]
    return "\n\n".join(parts) + "\n"


def all_labels(compared: Sequence[ComparedCohort]) -> str:
    """Fine-tuned on all labels, against training from scratch."""
    names = ("scratch", "cmc-long", "hard-labels")
    rows = []
    for of in compared:
        found = {name: [of.values(name, "finetuned", s) for s in of.subsets] for name in names}
        gains = [_gain(found[name], found["scratch"]) for name in names[1:]]
        rows.append([of.cohort.title, *(_means(found[name]) for name in names), *gains])
    heading = ["people of", *(ROLES[name] for name in names), "CMC − scratch", "hard − scratch"]
    return table(heading, rows)


def few_labels(compared: Sequence[ComparedCohort]) -> str:
    """Probes on the few labeled trials, against training from scratch on these and against CMC."""
    names = ("cmc-long", "hard-few", "hard-sure")
    rows = []
    for of in compared:
        scratch = [of.values("scratch-few", "finetuned", s, few=True) for s in of.subsets]
        found = {name: [of.values(name, "plain", s, few=True) for s in of.subsets] for name in names}
        # CMC needs no label, so that it is read on every draw: those of the others count
        drawn = {key for entry in (scratch, found["hard-few"], found["hard-sure"]) for key in entry[0]}
        found["cmc-long"] = [_of(values, drawn) for values in found["cmc-long"]]
        gains = [_gain(found[name], found["cmc-long"]) for name in names[1:]]
        gains.append(_gain(found["hard-sure"], scratch))
        rows.append([of.cohort.title, _means(scratch), *(_means(found[name]) for name in names), *gains])
    heading = ["people of", ROLES["scratch-few"], *(ROLES[name] for name in names)]
    return table([*heading, "six neighbors − CMC", "where sure − CMC", "where sure − scratch"], rows)


def pairs_of_labels(compared: Sequence[ComparedCohort]) -> str:
    """Inferred negatives that are false and positives that are true, by each way to infer labels."""
    rows = []
    for of in compared:
        folds = of.diagnosed("cmc", "inferred")
        row = [of.cohort.title, _share([fold[next(iter(fold))]["chance"] for fold in folds])]
        for name in INFERRED:
            row += [_share([fold[name][key] for fold in folds]) for key in ("false", "true", "found")]
        rows.append(row)
    heading = ["people of", "pairs of one class"]
    for name in INFERRED:
        heading += [f"{name}: false among negatives", "true among positives", "of all true ones"]
    return table(heading, rows)


def concentration(compared: Sequence[ComparedCohort]) -> str:
    """All sensors together: any other trial as a negative at each κ, the rule's κ, and true negatives."""
    rows = []
    for of in compared:
        both = of.subsets[0]
        curves = of.diagnosed("cmc", "presumed_curve")
        weights = [{float(kappa): weight for kappa, weight in curve.items()} for curve in curves]
        taken = sorted({choose_kappa(of_fold, sorted(of_fold)) for of_fold in weights})
        row = [of.cohort.title, ", ".join(f"{kappa:g}" for kappa in taken) or "–"]
        plain = ("cmc-long", "plain-k2", "plain-k8")
        row += [_means([of.values(n, "linear", both), of.values(n, "plain", both, few=True)]) for n in plain]
        row += [_share([d["false"] for d in of.diagnosed(n, "diagnostics")]) for n in plain]
        pair = [of.values(name, "linear", both) for name in ("hard-labels", "labels")]
        few = [of.values(name, "plain", both, few=True) for name in ("hard-labels", "labels")]
        rows.append([*row, _gain([pair[0], few[0]], [pair[1], few[1]])])
    heading = ["people of", "the rule's κ", *(f"κ = {k}: all labels / one" for k in (0, 2, 8))]
    heading += [f"weight on the own class, κ = {k}" for k in (0, 2, 8)]
    return table([*heading, "true negatives: κ from 8 to 0 − κ = 0"], rows)


def look(compared: Sequence[ComparedCohort]) -> str | None:
    """Line for the log of looks, without its date: people who are tested elsewhere; None where none was."""
    parts = []
    for of in compared:
        if not of.cohort.look:
            continue
        there = {cell.seed // 1000 for cell, _ in of.results}
        people = ", ".join(str(s) for group in of.preset.folds if group[0] in there for s in group)
        found = [
            f"{ROLES[name]} {_means(read)}"
            for name in ("scratch", "cmc-long", "hard-labels")
            if any(read := [of.values(name, "finetuned", s) for s in of.subsets])
        ]
        parts.append(f"{of.cohort.title}, people {people} left out: {', '.join(found)}")
    return "; ".join(parts) or None


def _people(compared: Sequence[ComparedCohort]) -> str:
    parts = []
    for of in compared:
        read = {cell.seed: result["trials"][1] for cell, result in of.results}
        there = {seed // 1000 for seed in read}
        groups = "; ".join(", ".join(map(str, g)) for g in of.preset.folds if g[0] in there)
        done, wanted = len(of.results), len(of.preset.folds) * len(cells(of.preset))
        part = f", {done} of {wanted} trainings" if done < wanted else ""
        sensors = ", ".join(of.cohort.modalities)
        parts.append(f"{of.cohort.title} ({sensors}): {groups}, {sum(read.values())} trials read{part}")
    return "People left out, each group read by what is trained on the others: " + ". ".join(parts) + "."


def _means(found: Sequence[Values]) -> str:
    """Means of several readings: "97.0 / 85.1 / 93.2"; a dash where there is none."""
    if not any(found):
        return "–"
    return " / ".join(f"{mean(values.values()):.1f}" if values else "–" for values in found)


def _gain(first: Sequence[Values], second: Sequence[Values]) -> str:
    """Paired differences of several readings, mean ± standard deviation where there are two pairs or more."""
    parts = []
    for a, b in zip(first, second, strict=True):
        pairs = [(a[key], b[key]) for key in sorted(a.keys() & b.keys())]
        differences = [x - y for x, y in pairs]
        around = f" ± {stdev(differences):.1f}" if len(differences) > 1 else ""
        parts.append(f"{mean(differences):+.1f}{around}" if differences else "–")
    return " / ".join(parts) if any(part != "–" for part in parts) else "–"


def _of(values: Values, keys: Collection[tuple[int, int]]) -> Values:
    """Values of these folds and draws; all, where there are none such."""
    return {key: value for key, value in values.items() if key in keys} or values


def _share(values: Sequence[float]) -> str:
    return f"{mean(values):.3f}" if values else "–"


def raw(compared: Sequence[ComparedCohort]) -> dict[str, dict[str, object]]:
    """Every cell's numbers, by cohort and by file name of the cell with its fold's first subject."""
    return {of.cohort.name: {cell.file: result for cell, result in of.results} for of in compared}
