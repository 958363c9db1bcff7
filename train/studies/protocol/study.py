"""A study: the search space of a method, its training subjects, and the value of one setting.

Every subject of `left_out` is left out once, and read by probes on few labels; the value of a setting is the
mean of their accuracies. Test subjects cannot be named. Legend: a fold is one subject left out.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Annotated, Literal

import msgspec
import torch

from hnhar.model.errors import ConfigError

from ...corpora.utd_mhad.splits import CONSULTED
from ...learn.watch import Report
from ...output.storage import load_weights, save_weights
from . import readout
from .contrast import pretrain, silent
from .encoders import Network, build
from .labels import DRAWS, draw
from .method import Budget, Count, Method
from .preset import Name, refuse_test_subjects
from .trials import Trials

Params = dict[str, float]
"""Name of a searched setting -> its value."""


class Range(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds between which a value is searched."""

    low: float
    high: float
    log: bool = False
    """Evenly in its logarithm."""

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError(f"nothing can be searched from {self.low} to {self.high}")


class SearchSpace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ranges that are searched; None: the value of the method or the budget."""

    temperature: Range | None = None
    kappa: Range | None = None
    """β/t."""
    tau_plus: Range | None = None
    learning_rate: Range | None = None
    epochs: Range | None = None
    """Whole numbers."""

    def ranges(self) -> dict[str, Range]:
        """Those that are searched, by name."""
        return {name: of for name in self.__struct_fields__ if (of := getattr(self, name)) is not None}


class Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pre-training without labels that every trial goes on from."""

    method: Method = Method(pairs="all", views=2)
    budget: Budget = Budget(epochs=60)


class Study(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One method and its search space."""

    name: Name
    title: str
    space: SearchSpace
    method: Method = Method(pairs="all", views=2)
    budget: Budget = Budget(epochs=12)
    base: Base | None = None
    amount: Count = 1
    """Labels a class that the probe has, and a method that uses labels."""
    draws: Annotated[int, msgspec.Meta(ge=1, le=DRAWS)] = 4
    """Draws of labels; a method that uses labels is trained for each of them."""
    reading: Literal["plain", "spread"] = "spread"
    """A probe on the labeled trials, or on all trials with the labels that are inferred."""

    def __post_init__(self) -> None:
        ranges = self.space.ranges()
        if not ranges:
            raise ValueError(f"{self.name} searches nothing")
        for corner in ("low", "high"):
            chosen(self, {name: getattr(of, corner) for name, of in ranges.items()})


class Studies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of studies on the same folds; read from TOML."""

    title: str
    study: Annotated[tuple[Study, ...], msgspec.Meta(min_length=1)]
    corpus: str = "utd-mhad"
    modalities: tuple[str, ...] = ("imu", "skeleton")
    subjects: tuple[int, ...] = CONSULTED
    """Trained on, but for the one left out."""
    left_out: Annotated[tuple[int, ...], msgspec.Meta(min_length=1)] = (7, 5)
    """Each once, in this order; a trial that is behind after one is not read on the next."""
    trials: Count = 20
    """Of each study."""
    seed: int = 0
    minutes: float | None = None
    """As of `Preset`, for all studies."""

    def __post_init__(self) -> None:
        names = [study.name for study in self.study]
        if len(set(names)) < len(names):
            raise ValueError("two studies have one name")
        if not set(self.left_out) < set(self.subjects):
            raise ValueError("who is left out must be some of the subjects, not all")
        refuse_test_subjects(self.corpus, self.subjects)

    def named(self, name: str | None) -> tuple[Study, ...]:
        """The study of that name, or all for None; ConfigError where there is none."""
        wanted = tuple(study for study in self.study if name in (None, study.name))
        if not wanted:
            names = ", ".join(study.name for study in self.study)
            raise ConfigError(f"there is no study '{name}'; there are {names}")
        return wanted


def chosen(study: Study, params: Params) -> tuple[Method, Budget]:
    """Method and budget of a trial; msgspec.ValidationError where they cannot be."""
    method, budget = study.method, study.budget
    temperature = params.get("temperature", method.temperature)
    changed = {
        "temperature": temperature,
        "beta": params.get("kappa", method.kappa) * temperature,
        "tau_plus": params.get("tau_plus", method.tau_plus),
    }
    longer = {
        "learning_rate": params.get("learning_rate", budget.learning_rate),
        "epochs": round(params.get("epochs", budget.epochs)),
    }
    return (
        msgspec.convert(msgspec.to_builtins(method) | changed, Method),
        msgspec.convert(msgspec.to_builtins(budget) | longer, Budget),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One subject left out."""

    subject: int
    train: Trials
    test: Trials
    """Of the subject left out: read by probes that are done."""


def value(studies: Studies, study: Study, params: Params, fold: Fold, bases: Path) -> float:
    """Mean accuracy, percent, over draws and subsets of the modalities; repeatable to the bit."""
    method, budget = chosen(study, params)
    found = []
    network: Network | None = None
    for number in range(study.draws):
        rows = draw(fold.train.labels, study.amount, number)
        if network is None or method.uses_labels:
            network = start(studies, study, fold, bases)
            known = rows if method.uses_labels else torch.empty(0, dtype=torch.int64)
            pretrain(network, fold.train.hidden(known), method, budget, seed=studies.seed)
            frozen = readout.Frozen.of(network, fold.train, fold.test)
        few = readout.few_labels(frozen, fold.train, fold.test, study.amount, number)
        found.append(mean((few.plain if study.reading == "plain" else few.spread).values()))
    return mean(found)


def start(studies: Studies, study: Study, fold: Fold, bases: Path, report: Report = silent) -> Network:
    """Initial network of a trial: a fresh one, or the base, which is trained once and kept in `bases`."""
    network = build("compact", studies.modalities, fold.train.classes, studies.seed)
    if study.base is None:
        return network
    path = bases / f"{_digest(studies, study.base)}-without-{fold.subject}.safetensors"
    if path.exists():
        load_weights(network, path)
        return network
    unlabeled = fold.train.hidden(torch.empty(0, dtype=torch.int64))
    pretrain(network, unlabeled, study.base.method, study.base.budget, seed=studies.seed, report=report)
    bases.mkdir(parents=True, exist_ok=True)
    save_weights(network, path)
    return network


def _digest(studies: Studies, base: Base) -> str:
    """Hash of everything but the fold that decides a base."""
    deciding = [base, studies.corpus, studies.modalities, studies.subjects, studies.seed]
    return hashlib.sha256(msgspec.json.encode(deciding)).hexdigest()[:12]
