"""`hnhar-train people`: trials of people who were left out, recognized by any of their sensors."""

import argparse
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Final

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import say
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.options.compute import add_threads_option, threads_of
from hnhar.stream.cli.options.values import at_least
from hnhar.stream.cli.parsing import Parser, parser

from ..output.document import write_text
from ..output.documents import publish
from ..output.looks import open_log, subject_numbers
from ..output.progress import shown
from .options import add_bfloat16_option, add_data_option, add_document_options, add_preset_option
from .program import TrainProgram

if TYPE_CHECKING:
    from ..corpora.corpus import LabeledTrials
    from ..learn.watch import Stage
    from ..studies.people.recipe import PeopleRecipe
    from ..studies.people.study import PeopleFold, Population

_EPILOG = """examples:
  hnhar-train people --data ~/corpora --run runs/young --doc docs/corpora.md --looks docs/corpora.md
      SmartFallMM's young people in four folds, each trained with and without pre-training
  hnhar-train people --group old --methods hard --data ~/corpora --run runs/old --looks looks.md
  hnhar-train people --without 28,32,36,44 --test-subjects 34,39 --data ~/corpora --run runs/inner
      people of other folds, to choose by: no look
  hnhar-train people --test-subjects 38,45,46 --data ~/corpora --run runs/new --looks looks.md
      one training on everybody else

A fold is a file in the run folder, and is not trained again. https://github.com/txst-cs-smartfall/SmartFallMM-Dataset"""
GROUPS: Final[Mapping[str, int]] = {"young": 1, "old": 2}
"""Group -> the scene of its trials."""
WRIST, HIP = "accelerometer.wrist", "accelerometer.hip"
AIMS: Final[Mapping[str, float]] = {
    WRIST: 60,
    HIP: 70,
    f"{HIP}+{WRIST}": 88,
    "skeleton": 95,
    f"{HIP}+{WRIST}+skeleton": 97,
}
"""Modalities, joined by "+" -> accuracy aimed at for the 14 classes of the young, percent."""


def people_parser(prog: str) -> Parser:
    """The options of `hnhar-train people`."""
    command = parser(prog, "Recognize trials of people who were left out, by any of their sensors.", _EPILOG)
    add_data_option(command)
    command.add_argument("--run", metavar="DIR", required=True, help="folder of the folds and the table")
    command.add_argument(
        "--group", choices=tuple(GROUPS), default="young", help="whose trials are read (default: young)"
    )
    command.add_argument("--methods", metavar="NAME,NAME", help="of hard, scratch (default: both)")
    command.add_argument(
        "--folds", metavar="N,N", help="of 0 to 3: numbers of people modulo 4 (default: all)"
    )
    command.add_argument(
        "--test-subjects",
        metavar="N,N",
        help="instead of folds: these are read by what learned from all others",
    )
    command.add_argument("--without", metavar="N,N", help="of the group: neither learned from nor read")
    command.add_argument("--seeds", type=at_least(1), default=1, metavar="N", help="of each (default: 1)")
    add_preset_option(command)
    add_threads_option(command)
    add_bfloat16_option(command)
    add_document_options(command)
    return command


def _people(arguments: argparse.Namespace) -> int:
    import torch

    from ..bundles.runs import Run, environment
    from ..studies.people import report, study
    from ..studies.people.recipe import METHODS

    methods = tuple(arguments.methods.split(",")) if arguments.methods else tuple(METHODS)
    if not set(methods) <= set(METHODS):
        raise ConfigError(f"--methods takes some of {', '.join(METHODS)}, not '{arguments.methods}'")
    without = subject_numbers(arguments.without) if arguments.without else []
    torch.set_num_threads(threads_of(arguments))
    run = Run(arguments.run)
    recipe = _recipe(arguments)
    with shown(SafeConsole(stderr=True)) as display:
        display.log = run.log
        group = study.population(
            _corpus(arguments), arguments.group, GROUPS[arguments.group], without=without, title="SmartFallMM"
        )
        folds = _folds(arguments, group)
        if not without:
            tested = sorted(person for fold in folds for person in fold.tested)
            open_log(tested, arguments.looks, "--without a fold's people, --test-subjects of the others")
        results = []
        for seed, fold, method in product(range(arguments.seeds), folds, methods):
            what = f"{METHODS[method]}, without {', '.join(map(str, fold.tested))}"
            stage = _stage(display.step, what)
            results.append(study.run(group, fold, method, recipe, seed, run.folder, stage))
    given = (("--methods", arguments.methods), ("--test-subjects", arguments.test_subjects))
    options = "".join(f" {name} {value}" for name, value in given if value)
    command = f"hnhar-train people --group {arguments.group}{options}{' --bfloat16' * arguments.bfloat16}"
    aims = AIMS if arguments.group == "young" else {}
    section = report.section(group, results, aims, command)
    run.write("people.json", {**study.describe(group, recipe, results), **environment()})
    write_text(run.folder / "people.md", section)
    say(section)
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    look = None if without else f"{now}: {report.look(group, results)}"
    publish(arguments, f"people-{arguments.group}", section, look)
    return 0


def _stage(step: "Stage", what: str) -> "Stage":
    """The stage with words before the name of each training."""
    return lambda training, done, of, measured: step(f"{what}: {training}", done, of, measured)


def _folds(arguments: argparse.Namespace, group: "Population") -> "tuple[PeopleFold, ...]":
    """The folds that were asked for; ConfigError where there are none such."""
    from ..studies.people.study import fold_of, folds

    if arguments.test_subjects:
        return (fold_of(group, subject_numbers(arguments.test_subjects)),)
    there = {fold.name: fold for fold in folds(group.people)}
    names = arguments.folds.split(",") if arguments.folds else list(there)
    if not set(names) <= set(there):
        raise ConfigError(f"--folds takes some of {', '.join(there)}, not '{arguments.folds}'")
    return tuple(there[name] for name in dict.fromkeys(names))


def _corpus(arguments: argparse.Namespace) -> "LabeledTrials":
    """SmartFallMM; ConfigError where no folder was named."""
    from ..corpora import registry

    corpus = registry.corpus("smartfallmm")
    data = registry.named_folder(arguments.data)
    if data is None:
        raise ConfigError(f"no corpus was named: --data or HNHAR_DATA names its folder. {corpus.obtain}")
    return corpus.load(registry.folder_of(corpus, data))


def _recipe(arguments: argparse.Namespace) -> "PeopleRecipe":
    from ..studies.people.recipe import PeopleRecipe
    from ..studies.people.study import quick

    recipe = quick(PeopleRecipe()) if arguments.preset == "quick" else PeopleRecipe()
    bfloat16 = arguments.bfloat16
    return replace(
        recipe,
        pretrain=replace(recipe.pretrain, bfloat16=bfloat16),
        finetune=replace(recipe.finetune, bfloat16=bfloat16),
    )


PEOPLE = TrainProgram("people", people_parser, _people)
