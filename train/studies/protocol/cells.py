"""One cell of a table: an entry and a seed (and a draw of labels), computed and kept as one JSON file.

A cell that is there already is not computed again, so a table goes on where it was stopped. Weights of a
pre-training that others go on from are kept beside it.
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import msgspec
import torch
from msgspec.structs import replace as replaced

from hnhar.model.errors import ConfigError

from ...learn.watch import Report, part
from ...output.storage import Json, load_weights, read_json, save_weights, write_json
from . import readout
from .contrast import pretrain, silent
from .diagnostics import diagnose, inferred_pairs, presumed_curve
from .encoders import Network, build
from .inputs import PUBLISHED
from .labels import DRAWS, Amount, draw
from .preset import Entry, Preset
from .supervise import supervise
from .trials import Trials

_ADDED: Final[Json] = {"reach": "fixed", "equal": 1.0, "sure": 0.0}
"""Settings of methods that came later, as they were before."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Identity of a cell: an entry, a seed, and the draw of the few labels of its pre-training."""

    entry: str
    seed: int
    amount: Amount | None = None
    """Labels a class that pre-training sees, or their share, where it sees few."""
    number: int | None = None
    """Of the draw."""

    @property
    def file(self) -> str:
        """Its name without suffix."""
        few = "" if self.amount is None else f"-k{self.amount:g}-d{self.number}"
        return f"{self.entry}-s{self.seed}{few}"


def cells(preset: Preset) -> list[Cell]:
    """All cells of a preset, those that others wait for first, then as they are written.

    With few labels there are `preset.draws` cells an amount; draw d goes with the seeds in turn, so that the
    spread over draws has the seeds' in it.
    """
    out = []
    for entry in sorted(preset.entry, key=lambda entry: not preset.needs(entry.name)):
        seeds = entry.seeds or preset.seeds
        if entry.labels == "few":
            out += [
                Cell(entry.name, seeds[number % len(seeds)], amount, number)
                for amount in entry.amounts or preset.amounts
                for number in range(entry.draws or preset.draws)
            ]
        else:
            out += [Cell(entry.name, seed) for seed in seeds]
    return out


def kept(preset: Preset, folder: Path, cell: Cell) -> Json | None:
    """Values of a cell from its file; None without one, ConfigError if other settings made it."""
    path = folder / f"{cell.file}.json"
    if not path.exists():
        return None
    found = read_json(path, _wrong)
    if found.get("settings") != settings_of(preset, cell):
        raise ConfigError(f"'{path}' was made with other settings: name another run folder, or remove it")
    return found


class _Result(msgspec.Struct):
    """Values of any cell; which of the optional ones are there depends on its entry."""

    trials: tuple[int, int]
    pretraining_s: float
    few: list[readout.FewLabels]
    linear: dict[str, float] = {}
    linear_predictions: dict[str, list[int]] = {}
    head: dict[str, float] = {}
    head_predictions: dict[str, list[int]] = {}
    finetuned: dict[str, float] = {}
    finetuned_predictions: dict[str, list[int]] = {}
    finetuned_s: float = 0.0


def _wrong(found: Json) -> str:
    """Reason why a file's content is not a result of `Bench.compute`; "" where it may be."""
    try:
        msgspec.convert(found, _Result)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def settings_of(preset: Preset, cell: Cell) -> Json:
    """Everything but the data that decides a cell's values, as JSON gives it back."""
    entry = preset.named(cell.entry)
    chain = [entry, *(preset.named(name) for name in (entry.base, entry.guide) if name)]
    settings: Json = {
        "entries": [replaced(e, title="", section="", seeds=None, draws=None, amounts=None) for e in chain],
        "budgets": [e.budget or preset.budget for e in chain],
        "supervision": (entry.supervision or preset.supervision) if entry.finetune or entry.head else None,
        "amounts": (entry.amounts or preset.amounts) if cell.amount is None else None,
        "seed": cell.seed,
        "amount": cell.amount,
        "draw": cell.number,
    }
    if entry.as_long is not None:
        other = preset.named(entry.as_long)
        settings["as_long"] = settings_of(preset, replace(cell, entry=other.name))
    if preset.inputs != PUBLISHED:
        settings["inputs"] = preset.inputs
    if preset.classes:
        settings["classes"] = preset.classes
    plain: Json = json.loads(msgspec.json.encode(settings))
    for made in plain["entries"]:
        _as_before(made)
    return plain


def _as_before(entry: Json) -> None:
    """Take out what later versions added where it is as it was, so that cells of earlier ones still count."""
    for of, defaults in ((entry, {"as_long": None}), (entry["method"] or {}, _ADDED)):
        for key, default in defaults.items():
            if of.get(key) == default:
                del of[key]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """Computation of cells from trials in memory."""

    preset: Preset
    folder: Path
    train: Trials
    """All that any training may see."""
    test: Trials
    """Read by probes and heads that are done, never before."""

    def compute(self, cell: Cell, report: Report = silent) -> Json:
        """The cell's values, from its file where it is there."""
        known = kept(self.preset, self.folder, cell)
        if known is not None:
            return known
        started = time.perf_counter()
        network = self._network(self.preset.named(cell.entry), cell, report)
        trained = time.perf_counter() - started
        frozen = readout.Frozen.of(network, self.train, self.test)
        read = self._on_all_labels if cell.amount is None else self._on_few_labels
        result: Json = {
            "settings": settings_of(self.preset, cell),
            "trials": [len(self.train), len(self.test)],
            "pretraining_s": round(trained, 2),
            **read(cell, network, frozen, report),
        }
        write_json(self.folder / f"{cell.file}.json", result)
        return result

    def _on_few_labels(self, cell: Cell, network: Network, frozen: readout.Frozen, report: Report) -> Json:
        """One draw, whose labels pre-training had as well."""
        entry, amount, number = self.preset.named(cell.entry), cell.amount or 1, cell.number or 0
        few: Json = asdict(readout.few_labels(frozen, self.train, self.test, amount, number))
        if entry.finetune:
            labeled = self.train.rows(draw(self.train.labels, amount, number))
            few["finetuned"] = self._heads(entry, cell, network, labeled, report)["finetuned"]
        return {"few": [few]}

    def _on_all_labels(self, cell: Cell, network: Network, frozen: readout.Frozen, report: Report) -> Json:
        """Probes on all labels and on every draw of few, what the negatives were like, and trained heads."""
        entry = self.preset.named(cell.entry)
        linear = readout.linear_probe(frozen, self.train)
        amounts = entry.amounts or self.preset.amounts
        made: Json = {
            "linear": readout.accuracies(linear, self.test),
            "linear_predictions": {name: labels.tolist() for name, labels in linear.items()},
            "few": readout.label_curve(frozen, self.train, self.test, amounts),
        }
        if entry.method is not None and len(network.modalities) > 1:
            made["diagnostics"] = diagnose(network, self.train, entry.method)
            if entry.method.beta == 0:
                curve = presumed_curve(network, self.train, 1 / self.train.classes)
                made["inferred"] = inferred_pairs(network, self.train, amounts[0], DRAWS)
                made["presumed_curve"] = {f"{kappa:g}": share for kappa, share in curve.items()}
        return made | self._heads(entry, cell, network, self.train, report)

    def _network(self, entry: Entry, cell: Cell, report: Report) -> Network:
        """Pre-trained as the entry says, on labels that it may see."""
        if entry.base is None:
            network = build(entry.pair, entry.modalities, self.train.classes, cell.seed)
        else:
            network = self._base(entry.base, cell.seed, part(report, "base"))
        if entry.method is not None:
            seen = replace(self.train, augmentation=entry.augmentation)
            if entry.labels == "none":
                seen = seen.hidden(torch.empty(0, dtype=torch.int64))
            elif cell.amount is not None and cell.number is not None:
                seen = seen.hidden(draw(seen.labels, cell.amount, cell.number))
            guide = (
                self._base(entry.guide, cell.seed, part(report, "guide")).features if entry.guide else None
            )
            budget = entry.budget or self.preset.budget
            pretrain(network, seen, entry.method, budget, seed=cell.seed, teacher=guide, report=report)
        if self.preset.needs(entry.name):
            save_weights(network, self.folder / f"{cell.file}.safetensors")
        return network

    def _base(self, name: str, seed: int, report: Report) -> Network:
        """The pre-training of another entry: from its weights, or computed now."""
        entry, cell = self.preset.named(name), Cell(name, seed)
        weights = self.folder / f"{cell.file}.safetensors"
        if kept(self.preset, self.folder, cell) is None or not weights.exists():
            return self._network(entry, cell, report)
        network = build(entry.pair, entry.modalities, self.train.classes, seed)
        load_weights(network, weights)
        return network

    def _heads(self, entry: Entry, cell: Cell, network: Network, train: Trials, report: Report) -> Json:
        """Supervised readings on the given trials: the head on frozen encoders, then everything."""
        made: Json = {}
        train = replace(train, augmentation=entry.augmentation)
        settings = entry.supervision or self.preset.supervision
        if entry.as_long is not None:
            least, batches = self.preset.spent(entry.as_long, len(self.train), len(train))
            epochs = max(1, least, round(batches / settings.budget.batches(len(train))))
            settings = replaced(settings, budget=replaced(settings.budget, epochs=epochs))
        wanted = [("head", replaced(settings, encoder_rate=0.0))] if entry.head else []
        wanted += [("finetuned", settings)] if entry.finetune else []
        for name, supervision in wanted:
            started = time.perf_counter()
            supervise(network, train, supervision, seed=cell.seed, report=part(report, name))
            predicted = readout.predictions(network, self.test, supervision)
            made[name] = readout.accuracies(predicted, self.test)
            made[f"{name}_predictions"] = {subset: labels.tolist() for subset, labels in predicted.items()}
            made[f"{name}_s"] = round(time.perf_counter() - started, 2)
        return made
