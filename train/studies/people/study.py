"""The study that leaves people out: each fold trained once a method and seed, and kept as a file.

A fold that is in the run folder is not trained again, so a study goes on where it was stopped.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality

from ...corpora.corpus import LabeledTrial, LabeledTrials
from ...corpora.people import PARTS_OF_PEOPLE, part_of
from ...learn.watch import Stage
from ...output.storage import Json, read_json, write_json
from .fold import fit, recognized, subsets
from .recipe import METHODS, PeopleRecipe
from .trials import modalities_of, part


@dataclass(frozen=True, slots=True)
class PeopleFold:
    """People who are tested together, by what is trained on all others."""

    name: str
    """In file names: the number of the fold, or those of its people."""
    tested: tuple[int, ...]
    """Numbers of the people."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """People whose trials are tested, and others whose trials only train."""

    name: str
    """As users type it."""
    title: str
    classes: tuple[str, ...]
    tested: tuple[LabeledTrial, ...]
    """Trials of people each of whom is left out once."""
    others: tuple[LabeledTrial, ...] = ()
    """Trials of other people, of the same classes, that every training has."""
    modalities: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[int, ...]:
        """Numbers of the people who are tested, ascending."""
        return tuple(sorted({trial.subject for trial in self.tested}))


@dataclass(frozen=True, slots=True)
class Result:
    """Answers of one training to the trials of its fold."""

    method: str
    fold: PeopleFold
    seed: int
    parameters: int
    trained: int
    """Trials that it learned from."""
    seconds: float
    """Processor time of the training."""
    labels: tuple[int, ...]
    """Class of each tested trial."""
    subjects: tuple[int, ...]
    whole: tuple[bool, ...]
    """True for trials that have every modality."""
    predictions: dict[str, tuple[int, ...]]
    """Modalities, joined by "+" -> class of each trial; -1 where it lacks one of them."""


class _KeptResult(msgspec.Struct):
    settings: str
    result: Result


KEPT: Final = "{method}-{population}-{fold}-s{seed}.json"
"""Name of a result's file."""


def population(
    corpus: LabeledTrials, name: str, scene: int, *, without: Collection[int] = (), title: str = ""
) -> Population:
    """The people of a scene but for `without`; those of other scenes train, in the classes that these did.

    Raises ConfigError where nobody is left to test or to train on.
    """
    tested = tuple(t for t in corpus.trials if t.scene == scene and t.subject not in without)
    done = {t.label for t in tested}
    classes = tuple(label for label in corpus.classes if label in done)
    rest = tuple(t for t in corpus.trials if t.scene != scene and t.label in done)
    made = Population(name, f"{title or corpus.name}, {name}", classes, tested, rest, corpus.modalities)
    if len(made.people) < 2:
        raise ConfigError(
            f"{corpus.name} has {len(made.people)} people of '{name}' here: at least 2 are needed"
        )
    return made


def folds(people: Collection[int]) -> tuple[PeopleFold, ...]:
    """Folds by people's numbers alone (`corpora.people`); without those that nobody is in."""
    parts = {k: tuple(p for p in sorted(people) if part_of(p) == k) for k in range(PARTS_OF_PEOPLE)}
    return tuple(PeopleFold(str(k), tested) for k, tested in parts.items() if tested)


def fold_of(population: Population, tested: Sequence[int]) -> PeopleFold:
    """The one fold that tests these people; ConfigError where they are not there, or nobody else is."""
    if not set(tested) < set(population.people):
        raise ConfigError(
            f"--test-subjects are some, not all, of the people of {population.name} here, "
            f"{', '.join(map(str, population.people))}, not {', '.join(map(str, tested))}"
        )
    return PeopleFold("p" + "-".join(map(str, sorted(tested))), tuple(sorted(tested)))


def run(
    population: Population,
    fold: PeopleFold,
    method: str,
    recipe: PeopleRecipe,
    seed: int,
    folder: Path,
    stage: Stage,
) -> Result:
    """The result of one training, from its file where it is there. Raises ConfigError for a damaged one."""
    used = recipe if method == "hard" else recipe.without_pretraining()
    modalities = modalities_of(population.modalities, recipe.steps, recipe.steps_of)
    learned = [*(t for t in population.tested if t.subject not in fold.tested), *population.others]
    read = [t for t in population.tested if t.subject in fold.tested]
    train, test = (part(trials, population.classes, modalities) for trials in (learned, read))
    settings = _settings(used, (learned, read), seed)
    path = folder / KEPT.format(method=method, population=population.name, fold=fold.name, seed=seed)
    if path.exists():
        return _kept(path, settings)
    network, seconds = fit(modalities, train.windows, used, seed, stage)
    predictions = {
        "+".join(names): tuple(recognized(network, test.windows, names).tolist())
        for names in subsets(modalities)
    }
    result = Result(
        method,
        fold,
        seed,
        sum(p.numel() for p in network.parameters()),
        len(train.labels),
        round(seconds, 1),
        tuple(test.labels.tolist()),
        tuple(test.subjects.tolist()),
        tuple(test.windows.presence.all(dim=1).tolist()),
        predictions,
    )
    write_json(path, _KeptResult(settings, result))
    return result


def _settings(recipe: PeopleRecipe, parts: Sequence[Sequence[LabeledTrial]], seed: int) -> str:
    """Digest of all that decides a result."""
    made = hashlib.sha256(f"{seed} {json.dumps(asdict(recipe), sort_keys=True, default=str)}".encode())
    for trials in parts:
        made.update(b"part")
        for trial in trials:
            made.update(f"{trial.label} {trial.subject} {trial.scene} {trial.session}".encode())
            for name in sorted(trial.signals):
                times = trial.times[name] - trial.times[name][0]  # all that the grid takes of them
                made.update(name.encode() + trial.signals[name].tobytes() + times.tobytes())
    return made.hexdigest()


def _kept(path: Path, settings: str) -> Result:
    def wrong(found: Json) -> str:
        try:
            msgspec.convert(found, _KeptResult)
        except msgspec.ValidationError as error:
            return str(error)
        return ""

    kept = msgspec.convert(read_json(path, wrong), _KeptResult)
    if kept.settings != settings:
        raise ConfigError(
            f"'{path}' was made with other settings or data: name another run folder, or remove it"
        )
    return kept.result


def all_subsets(population: Population, recipe: PeopleRecipe) -> tuple[str, ...]:
    """Sets of modalities that are read, names joined by "+"."""
    modalities: tuple[Modality, ...] = modalities_of(population.modalities, recipe.steps, recipe.steps_of)
    return tuple("+".join(names) for names in subsets(modalities))


def quick(recipe: PeopleRecipe) -> PeopleRecipe:
    """A trial of seconds."""
    return replace(
        recipe,
        pretrain=replace(recipe.pretrain, steps=4, batch=16),
        finetune=replace(recipe.finetune, steps=8, batch=16),
    )


def describe(population: Population, recipe: PeopleRecipe, results: Sequence[Result]) -> dict[str, Any]:
    """All of it as JSON, for the run folder."""
    return {
        "population": population.name,
        "people": population.people,
        "classes": population.classes,
        "methods": {name: METHODS[name] for name in dict.fromkeys(r.method for r in results)},
        "recipe": json.loads(json.dumps(asdict(recipe), default=str)),
        "results": [msgspec.to_builtins(result) for result in results],
        "trials": int(np.sum([len(r.labels) for r in results if r.seed == 0])),
    }
