"""`hnhar-train table` and `hnhar-train sweep`: the comparison on whole trials. Only options and progress."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.parsing import Parser, parser

from .options import add_data_option
from .program import TrainProgram

if TYPE_CHECKING:
    from ..studies.protocol.preset import Preset
    from ..studies.protocol.table import Advance, Place

_TABLE = """examples:
  hnhar-train table utd-mhad --data ~/corpora --run runs/table --workers 2
      every cell that is not in runs/table yet, then docs/results.md
  hnhar-train table utd-mhad --data ~/corpora --run runs/loso7 --test-subjects 7
      the same, read on a subject that may be consulted: nothing is written to docs
  hnhar-train table --list

Reads the test subjects 2, 4, 6: that is a look, and is logged as one in the results.
The curves of the trainings: tensorboard --logdir RUN/tensorboard"""


_SWEEP = """examples:
  hnhar-train sweep kappa --data ~/corpora --run runs/kappa --workers 2
      every point of the grid on training subjects, each left out once; then the section in docs/results.md
  hnhar-train sweep my-grid.toml --data ~/corpora --run runs/mine --no-docs
  hnhar-train sweep --study study-utd-mhad --only hard-few --trials 30 --data ~/corpora --run runs/study
      search temperature, κ, τ⁺, learning rate and epochs of one method (Optuna): table, JSON and figure
  hnhar-train sweep --study my-studies.toml --timeout 1800 --workers 2 --data ~/corpora --run runs/study

Both go on where they were stopped. Reads no test subject.
The curves of the trainings: tensorboard --logdir RUN"""


def table_parser(prog: str) -> Parser:
    """The options of `hnhar-train table`."""
    command = parser(prog, "The whole comparison of methods, resumable.", _TABLE)
    command.add_argument("preset", nargs="?", metavar="PRESET", help="a shipped preset, or a TOML file")
    command.add_argument("--list", action="store_true", dest="listing", help="name the shipped presets")
    _places(command)
    command.add_argument(
        "--test-subjects",
        metavar="N,N",
        help="read on these subjects instead of 2,4,6; they are taken from the training ones, and 7",
    )
    return command


def sweep_parser(prog: str) -> Parser:
    """The options of `hnhar-train sweep`."""
    command = parser(
        prog, "A grid, or a search, of what a method is set to, on training subjects; resumable.", _SWEEP
    )
    command.add_argument("grid", nargs="?", metavar="GRID", help="a shipped grid, or a TOML file")
    _places(command)
    command.add_argument(
        "--no-docs", action="store_true", help="write results.md and figures into the run folder instead"
    )
    search = command.add_argument_group("a search instead of a grid")
    search.add_argument("--study", metavar="STUDIES", help="shipped studies, or a TOML file")
    search.add_argument("--only", metavar="NAME", help="this study of them (default: all)")
    search.add_argument("--trials", type=int, metavar="N", help="of each study, in all (default: its own)")
    search.add_argument("--timeout", type=float, metavar="S", help="begin no trial of a study after so long")
    return command


def _places(command: Parser) -> None:
    add_data_option(command)
    command.add_argument("--run", metavar="DIR", help="folder of the cells")
    command.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes of one thread each (default: 1)"
    )
    command.add_argument("--docs", metavar="DIR", default="docs", help="where results.md is (default: docs)")


def _table(arguments: argparse.Namespace) -> int:
    from ..studies.protocol import preset as presets
    from ..studies.protocol import publish
    from ..studies.protocol.folds import run_folds
    from ..studies.protocol.table import run

    console = Console(soft_wrap=True, highlight=False)
    if arguments.listing:
        console.print("\n".join(presets.shipped()), markup=False)
        return 0
    if arguments.preset is None or arguments.run is None:
        raise ConfigError("table takes a preset and --run DIR; `hnhar-train table --list` names the presets")
    preset = presets.load(arguments.preset)
    place = _place(arguments, preset)
    compute = run_folds if preset.left_out else run
    with _progress() as advance:
        results = compute(preset, place, workers=_workers(arguments), advance=advance)
    console.print(publish.text(preset, results, place), markup=False)
    if arguments.test_subjects is None:
        publish.write(preset, results, place, Path(arguments.preset).stem, Path(arguments.docs))
    return 0


def _sweep(arguments: argparse.Namespace) -> int:
    from ..studies.protocol import publish, sweep
    from ..studies.protocol.preset import read
    from ..studies.protocol.table import Place

    if arguments.run is None:
        raise ConfigError("sweep takes --run DIR, the folder of its results")
    if (arguments.grid is None) == (arguments.study is None):
        raise ConfigError("sweep takes either a grid or --study STUDIES")
    if arguments.study is not None:
        return _search(arguments)
    grid = read(arguments.grid, sweep.Grid)
    place = Place(_corpus(arguments, grid.corpus), Path(arguments.run))
    with _progress() as advance:
        points = sweep.sweep(grid, place, workers=_workers(arguments), advance=advance)
    Console(soft_wrap=True, highlight=False).print(sweep.text(points), markup=False)
    docs = place.run if arguments.no_docs else Path(arguments.docs)
    publish.write_sweep(grid, points, Path(arguments.grid).stem, docs)
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from ..studies.protocol import publish
    from ..studies.protocol.preset import read
    from ..studies.protocol.study import Studies
    from ..studies.protocol.study_run import run_studies, summary
    from ..studies.protocol.table import Place

    if arguments.trials is not None and arguments.trials < 1:
        raise ConfigError(f"--trials must be at least 1, not {arguments.trials}")
    if arguments.timeout is not None and not arguments.timeout > 0:
        raise ConfigError(f"--timeout must be above 0 s, not {arguments.timeout:g}")
    studies = read(arguments.study, Studies)
    studies.named(arguments.only)
    place = Place(_corpus(arguments, studies.corpus), Path(arguments.run))
    with _progress() as advance:
        found = run_studies(
            studies,
            place,
            only=arguments.only,
            trials=arguments.trials,
            timeout=arguments.timeout,
            workers=_workers(arguments),
            advance=advance,
        )
    Console(soft_wrap=True, highlight=False).print(summary(found), markup=False)
    docs = place.run if arguments.no_docs else Path(arguments.docs)
    publish.write_studies(studies, found, place.run, Path(arguments.study).stem, docs)
    return 0


def _workers(arguments: argparse.Namespace) -> int:
    if arguments.workers < 1:
        raise ConfigError(f"--workers must be at least 1, not {arguments.workers}")
    return int(arguments.workers)


def _corpus(arguments: argparse.Namespace, name: str) -> Path:
    """The corpus's own folder: in --data or HNHAR_DATA, or that folder itself."""
    from ..corpora import registry

    corpus = registry.corpus(name)
    data = registry.named_folder(arguments.data)
    if data is None:
        raise ConfigError(
            f"no corpus was named: --data or HNHAR_DATA names its folder. {corpus.obtain}".rstrip()
        )
    return registry.folder_of(corpus, data)


def _place(arguments: argparse.Namespace, preset: "Preset") -> "Place":
    from ..studies.protocol.table import Place, subjects_of_split

    corpus, run = _corpus(arguments, preset.corpus), Path(arguments.run)
    if preset.left_out:
        if arguments.test_subjects is not None:
            raise ConfigError(
                "--test-subjects names whom to read, and this preset leaves subjects out by itself"
            )
        return Place(corpus, run, corpus=preset.corpus)
    consulted, train, test = subjects_of_split(preset.corpus, corpus)
    if arguments.test_subjects is None:
        return Place(corpus, run, train, test, preset.corpus)
    try:
        test = tuple(int(part) for part in arguments.test_subjects.split(","))
    except ValueError as error:
        raise ConfigError(
            f"--test-subjects takes numbers and commas, not '{arguments.test_subjects}'"
        ) from error
    if not set(test) < set(consulted):
        raise ConfigError(
            f"--test-subjects are some of {consulted}, not {test}: others are not to be consulted"
        )
    train = tuple(subject for subject in consulted if subject not in test)
    return Place(corpus, run, train, test, preset.corpus)


@contextmanager
def _progress() -> "Iterator[Advance]":
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("cells", total=None)

        def advance(what: str, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, description=what)

        yield advance


TABLE = TrainProgram("table", table_parser, _table)
SWEEP = TrainProgram("sweep", sweep_parser, _sweep)
