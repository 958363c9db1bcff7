"""`hnhar-train mount`: adds to a bundle how its worn sensor was mounted, for `--imu-axes auto`."""

import argparse
from dataclasses import replace
from pathlib import Path

from hnhar.model.bundle import bundle as bundles
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import say, warn
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.parsing import Parser, parser

from ..output.progress import shown
from .options import add_data_option
from .program import TrainProgram

_EPILOG = """examples:
  hnhar-train mount wrist.safetensors --data ~/corpora --out wrist.safetensors
      from the training subjects of UTD-MHAD, with the sensor where the bundle's is worn

A bundle that hnhar-train bundle or hnhar-train corpus wrote has it already. The weights stay as they are."""
SESSIONS, PERSONS = 2, 8
"""Compositions of each training subject, and synthetic performers, that it is learned from."""


def mount_parser(prog: str) -> Parser:
    """The options of `hnhar-train mount`."""
    command = parser(
        prog, "Add to a bundle how its worn sensor was mounted in training, for --imu-axes auto.", _EPILOG
    )
    command.add_argument("weights", metavar="BUNDLE", help="a bundle trained on UTD-MHAD")
    command.add_argument(
        "--out", metavar="FILE", required=True, help="the bundle that is written; may be the same"
    )
    add_data_option(command)
    return command


def _mount(arguments: argparse.Namespace) -> int:
    from hnhar.model.loading import load_file, save

    from ..bundles.graphs import graph_for
    from ..bundles.mounts import references
    from ..bundles.recipe import recipe
    from ..bundles.sessions import corpus_folder, training_windows
    from ..bundles.sessions import load as load_trials
    from ..learn.data import joined

    path = bundles.find(arguments.weights)
    base = bundles.read(path)
    info, recognizer = base.info, load_file(base, path)
    place = (info.placement.split() or [""])[-1]
    if place not in ("wrist", "thigh"):
        raise ConfigError(
            f"{info.id} was not trained on UTD-MHAD with the sensor on the wrist or the thigh: hnhar-train "
            "corpus writes the mounting of its own recordings into the bundle."
        )
    made = recipe("full", place)
    task = replace(made.task, modalities=info.modalities, window=info.window)
    with shown(SafeConsole(stderr=True)) as display:
        trials = load_trials(corpus_folder(arguments.data), task, made.train_subjects)
        amount = replace(made.amount, sessions=SESSIONS, persons=min(made.amount.persons, PERSONS))
        people = training_windows(task, trials, amount, seed=made.seed, advance=display.advance)
    mounts = references(joined(people.values()), info.modalities)
    graph, lacking = graph_for(info, recognizer, base)
    written = save(Path(arguments.out), replace(info, mounts=mounts), recognizer, graph)
    if lacking:
        warn(lacking)
    say(f"bundle {written.id} in {arguments.out}, with the mounting of {', '.join(mounts) or 'nothing'}")
    return 0


MOUNT = TrainProgram("mount", mount_parser, _mount)
