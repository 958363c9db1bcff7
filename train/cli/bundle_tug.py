"""`hnhar-train bundle tug`: from spsw_har to the bundle that knows the phases of a Timed Up and Go."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import say
from hnhar.stream.cli.options.compute import threads_of

from ..output.document import add_look, change, put_section, write_text
from ..output.looks import open_log
from .run import Watching, warn_if_without_graph, watched

if TYPE_CHECKING:
    from hnhar.model.bundle.bundle import BundleInfo
    from hnhar.model.recognizer import Recognizer

    from ..bundles.tug.recipe import TugRecipe

REFUSED = ("synthetic_only", "without", "name")
"""Options of the other tasks that would be passed over."""


def train(arguments: argparse.Namespace) -> int:
    """Train, tune, measure and write the bundle; the exit code."""
    import torch

    from hnhar.model.loading import save

    from ..bundles.graphs import graph_for
    from ..bundles.tug.card import card, look, measured
    from ..bundles.tug.recipe import tug_recipe

    for option in REFUSED:
        if getattr(arguments, option):
            raise ConfigError(f"--{option.replace('_', '-')} is not for the task tug: leave it out")
    folder = _folder(arguments)
    recipe = tug_recipe(arguments.preset, seed=arguments.seed, bfloat16=arguments.bfloat16)
    open_log(recipe.test_subjects, arguments.looks, "--preset quick, which tests nobody")
    torch.set_num_threads(threads_of(arguments))
    with watched(arguments) as watching:
        info, recognizer = _made(arguments, recipe, folder, watching)
        target = Path(arguments.out or watching.run.folder / f"{recipe.name}.safetensors")
        target.parent.mkdir(parents=True, exist_ok=True)
        info = save(target, info, recognizer, graph_for(info, recognizer)[0])
        warn_if_without_graph(target)
        watching.run.write("metrics.json", {"bundle": info.id, "file": str(target), **info.metrics})
    write_text(Path(arguments.card or watching.run.folder / f"{recipe.name}.md"), card(info))
    section = "\n".join(measured(info))
    if recipe.test_subjects:
        change(Path(arguments.looks), lambda text: add_look(text, look(info)))
    if arguments.doc:
        change(Path(arguments.doc), lambda text: put_section(text, "tug", section))
    say(section)
    say(f"bundle {info.id} in {target}")
    return 0


def _made(
    arguments: argparse.Namespace, recipe: "TugRecipe", folder: Path, watching: Watching
) -> "tuple[BundleInfo, Recognizer]":
    """A bundle that was trained, or that of `--measure`, and in either case its figures."""
    from hnhar.model.bundle.bundle import find
    from hnhar.model.loading import load

    from ..bundles.tug.measure import measure
    from ..bundles.tug.workflow import executions, train_tug

    if arguments.measure:
        info, recognizer = load(find(arguments.measure))
        if info.labels != recipe.labels or info.modalities != recipe.modalities:
            raise ConfigError(f"--measure {arguments.measure}: {info.id} is no bundle of the task tug")
    else:
        info, recognizer = train_tug(recipe, folder, watching.stage, watching.display.advance)
    if recipe.test_subjects:
        figures = measure(info, recognizer, executions(folder, recipe.test_subjects), watching.stage)
        info = replace(info, metrics={"test": {"subjects": list(recipe.test_subjects), **figures}})
    return info, recognizer


def _folder(arguments: argparse.Namespace) -> Path:
    """The folder of spsw_har. Raises ConfigError where none was named, RecordingError where it has none."""
    from ..corpora import registry
    from ..corpora.spsw_har.corpus import CORPUS

    named = registry.named_folder(arguments.data)
    if named is None:
        raise ConfigError(f"no corpus was named. {CORPUS.obtain} Name its folder with --data or HNHAR_DATA.")
    return registry.folder_of(CORPUS, named)
