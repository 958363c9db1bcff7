"""A comparison as Markdown: mean ± standard deviation, with what they are over, from cells alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from ...output.document import table
from ...output.storage import Json
from .cells import Cell
from .labels import Amount, called
from .preset import Entry, Preset

Results = Sequence[tuple[Cell, Json]]
READINGS = {
    "linear": "frozen, linear probe",
    "head": "frozen, fused head",
    "finetuned": "fine-tuned",
}
"""Key of a cell -> what the table calls it."""
PROBES = {
    "plain": "probe on the labeled trials",
    "spread": "probe on all trials, labels spread",
    "finetuned": "all trained on the labeled trials",
}
"""Key of a reading on few labels -> what the table calls it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One number of a row, over seeds and draws."""

    reading: str
    """"linear", "head", "finetuned", "plain" or "spread"."""
    subset: str
    amount: Amount | None = None
    """Labels a class, or their share, for "plain" and "spread"."""

    def values(self, results: Results, entry: str) -> dict[tuple[int, int], float]:
        """(Seed, draw) -> percent, of the cells of an entry; draw 0 where there is none."""
        found = {}
        for cell, result in results:
            if cell.entry != entry:
                continue
            if self.amount is None:
                if self.subset in result.get(self.reading, {}):
                    found[cell.seed, 0] = float(result[self.reading][self.subset])
            else:
                for few in result["few"]:
                    if few["amount"] == self.amount and self.subset in few.get(self.reading, {}):
                        found[cell.seed, few["number"]] = float(few[self.reading][self.subset])
        return found


def spread_of(values: Sequence[float]) -> str:
    """ "97.3 ± 0.4", or the value alone where there is one, or a dash."""
    if not values:
        return "–"
    return f"{mean(values):.1f} ± {stdev(values):.1f}" if len(values) > 1 else f"{values[0]:.1f}"


def row(results: Results, entry: Entry, columns: Sequence[Column]) -> list[str]:
    """The cells of a line of the table."""
    return [spread_of(list(column.values(results, entry.name).values())) for column in columns]


def readings(preset: Preset, section: str, results: Results) -> str:
    """All labels: what frozen and fine-tuned networks reach; IMU / skeleton / both in one cell each."""
    entries = [entry for entry in preset.entry if entry.section == section]
    rows = []
    for entry in entries:
        for reading, title in READINGS.items():
            if reading == "linear" and _untrained(entry):
                continue
            subsets = _subsets(results, entry, reading)
            if subsets:
                columns = [Column(reading, subset) for subset in subsets]
                rows.append([entry.title, title, _count(results, entry), *row(results, entry, columns)])
    if not rows:
        return ""
    names = _subsets_of_all(results, entries)
    return table(["method", "reading", "seeds", *names], rows)


def few_labels(preset: Preset, section: str, results: Results) -> str:
    """Few labels: accuracy by labels a class, with each of the two probes."""
    entries = [entry for entry in preset.entry if entry.section == section]
    rows = []
    for entry in entries:
        if entry.labels == "all" or (_untrained(entry) and entry.labels == "none"):
            continue
        for reading, title in PROBES.items():
            if reading != "finetuned" and _untrained(entry):
                continue
            for amount in preset.amounts:
                subsets = _few_subsets(results, entry)
                columns = [Column(reading, subset, amount) for subset in subsets]
                cells = row(results, entry, columns)
                if any(cell != "–" for cell in cells):
                    rows.append([entry.title, title, called(amount), *cells])
    names = _subsets_of_all(results, entries)
    return table(["method", "reading", "labels a class", *names], rows) if rows else ""


def ahead(results: Results, first: str, second: str, column: Column) -> tuple[float, float, int]:
    """Paired difference first - second: mean, standard deviation and number, over shared (seed, draw)."""
    minuend, subtrahend = column.values(results, first), column.values(results, second)
    shared = sorted(minuend.keys() & subtrahend.keys())
    differences = [minuend[key] - subtrahend[key] for key in shared]
    if len(differences) < 2:
        return (differences[0] if differences else 0.0, 0.0, len(differences))
    return mean(differences), stdev(differences), len(differences)


def differences(preset: Preset, results: Results) -> str:
    """Of `preset.compare`: paired by seed and draw, so that a lucky draw is in both."""
    rows = []
    for first, second in preset.compare:
        subsets = _few_subsets(results, preset.named(first))
        for reading in ("plain", "spread"):
            for amount in preset.amounts:
                made = [ahead(results, first, second, Column(reading, s, amount)) for s in subsets]
                if made and all(pairs > 0 for _, _, pairs in made):
                    values = [f"{middle:+.1f} ± {around:.1f}" for middle, around, _ in made]
                    titles = f"{preset.named(first).title} − {preset.named(second).title}"
                    rows.append([titles, PROBES[reading], called(amount), str(made[0][2]), *values])
    if not rows:
        return ""
    names = _few_subsets(results, preset.named(preset.compare[0][0]))
    return table(["difference", "reading", "labels a class", "pairs", *names], rows)


def _subsets(results: Results, entry: Entry, reading: str) -> list[str]:
    for cell, result in results:
        if cell.entry == entry.name and reading in result:
            return list(result[reading])
    return []


def _untrained(entry: Entry) -> bool:
    """True if its encoders are another entry's, or as drawn, until its heads are trained."""
    return entry.method is None and (entry.finetune or entry.head)


def _few_subsets(results: Results, entry: Entry) -> list[str]:
    for cell, result in results:
        if cell.entry == entry.name and result["few"]:
            return list(result["few"][0]["plain"])
    return []


def _subsets_of_all(results: Results, entries: Sequence[Entry]) -> list[str]:
    for entry in entries:
        names = _few_subsets(results, entry)
        if names:
            return names
    return []


def _count(results: Results, entry: Entry) -> str:
    return str(len({cell.seed for cell, _ in results if cell.entry == entry.name}))


def times(results: Results, entries: Mapping[str, Any]) -> str:
    """Seconds of pre-training and of fine-tuning, by one process of one thread."""
    rows = []
    for name, title in entries.items():
        before = [float(r["pretraining_s"]) for c, r in results if c.entry == name]
        after = [float(r["finetuned_s"]) for c, r in results if c.entry == name and "finetuned_s" in r]
        if before:
            rows.append([title, f"{mean(before):.0f}", f"{mean(after):.0f}" if after else "–"])
    return table(["method", "pre-training, s", "fine-tuning, s"], rows)
