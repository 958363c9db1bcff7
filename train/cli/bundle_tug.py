"""`hnhar-train bundle tug`: from spsw_har to the bundle that knows the phases of a Timed Up and Go."""

import argparse
from pathlib import Path

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import say
from hnhar.stream.cli.options.compute import threads_of

from ..output.document import add_look, change, put_section, write_text
from ..output.looks import open_log
from .run import watched

REFUSED = ("synthetic_only", "without", "name")
"""Options of the other tasks that would be passed over."""


def train(arguments: argparse.Namespace) -> int:
    """Train, tune, measure and write the bundle; the exit code."""
    import torch

    from hnhar.model.loading import save

    from ..bundles.tug.card import card, look, measured
    from ..bundles.tug.recipe import tug_recipe
    from ..bundles.tug.workflow import train_tug
    from ..corpora import registry
    from ..corpora.spsw_har.corpus import CORPUS

    for option in REFUSED:
        if getattr(arguments, option):
            raise ConfigError(f"--{option.replace('_', '-')} is not for the task tug: leave it out")
    named = registry.named_folder(arguments.data)
    if named is None:
        raise ConfigError(f"no corpus was named. {CORPUS.obtain} Name its folder with --data or HNHAR_DATA.")
    folder = registry.folder_of(CORPUS, named)
    recipe = tug_recipe(arguments.preset, seed=arguments.seed, bfloat16=arguments.bfloat16)
    open_log(recipe.test_subjects, arguments.looks, "--preset quick, which tests nobody")
    torch.set_num_threads(threads_of(arguments))
    with watched(arguments) as watching:
        info, recognizer = train_tug(recipe, folder, watching.stage, watching.display.advance)
        target = Path(arguments.out or watching.run.folder / f"{recipe.name}.safetensors")
        target.parent.mkdir(parents=True, exist_ok=True)
        info = save(target, info, recognizer)
        watching.run.write("metrics.json", {"bundle": info.id, "file": str(target), **info.metrics})
    write_text(Path(arguments.card or watching.run.folder / f"{recipe.name}.md"), card(info))
    if "test" in info.metrics:
        change(Path(arguments.looks), lambda text: add_look(text, look(info)))
    if arguments.doc:
        section = "\n".join(measured(info))
        change(Path(arguments.doc), lambda text: put_section(text, "tug", section))
    say("\n".join(measured(info)))
    say(f"bundle {info.id} in {target}")
    return 0
