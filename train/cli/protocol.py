"""`hnhar-train table` and `hnhar-train sweep`: the comparison on whole trials. Only options and progress."""

import argparse
from collections.abc import Callable
from multiprocessing.util import _run_finalizers  # type: ignore[attr-defined]
from pathlib import Path
from typing import TYPE_CHECKING

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import leave, say, stopping, warn
from hnhar.stream.cli.options.values import at_least
from hnhar.stream.cli.parsing import Parser, parser

from .options import add_data_option
from .program import TrainProgram
from .remaining import counted, lasting
from .workers import count_of, workers_of

if TYPE_CHECKING:
    from ..studies.protocol.preset import Preset
    from ..studies.protocol.table import Place

TERMINATED = 143
"""Exit code after SIGTERM, as shells give it: what was asked for is not done."""
_STOPPED = """Ctrl-C (exit code 130) and SIGTERM (143) end it at once; the same command goes on from there."""
_TABLE = f"""examples:
  hnhar-train table --list
      the shipped presets and what each costs
  hnhar-train table modalities-spsw --data ~/corpora --run runs/spsw --workers 2
      phone and watch of spsw_har, training subjects left out: some 3 minutes
  hnhar-train table corpora --data ~/corpora --run runs/corpora --docs docs
      people left out on several corpora, every row trained as long as its partner: the summary
  hnhar-train table corpora --only spsw-har --data ~/corpora --run runs/corpora
      one of them; what it computes counts for all together
  hnhar-train table utd-mhad --data ~/corpora --run runs/loso7 --test-subjects 7 --workers 2
      the whole comparison, read on a subject that may be consulted: some 2.5 hours
  hnhar-train table utd-mhad --data ~/corpora --run runs/table --workers 2 --docs docs
      the same on the test subjects 2, 4, 6, into docs/results.md: a look, which is logged there

Computes every cell that is not in the run folder yet. Results: RUN/results.md, RUN/results/ and,
with --docs DIR, DIR/results.md instead. {_STOPPED}
The curves of the trainings: tensorboard --logdir RUN/tensorboard"""
_SWEEP = f"""examples:
  hnhar-train sweep kappa-spsw --data ~/corpora --run runs/kappa --workers 2
      every point of the grid on training subjects, each left out once: some 2 minutes
  hnhar-train sweep my-grid.toml --data ~/corpora --run runs/mine
  hnhar-train sweep --study study-utd-mhad --only cmc --trials 10 --data ~/corpora --run runs/study
      search temperature, κ, τ⁺, learning rate and epochs of one method (Optuna): table, JSON and figure
  hnhar-train sweep --study my-studies.toml --timeout 1800 --workers 2 --data ~/corpora --run runs/study

Reads no test subject. Results: RUN/results.md, RUN/results/ and, with --docs DIR, DIR/results.md instead.
{_STOPPED}
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
        help="read on these, who are taken from the training ones (default: 2,4,6 of UTD-MHAD, else the "
        "test subjects of the corpus's split)",
    )
    command.add_argument(
        "--only", metavar="NAME,NAME", help="of a preset over several corpora, these (default: all)"
    )
    command.add_argument(
        "--as-is",
        action="store_true",
        help="of a preset over several corpora: compute nothing, and table the cells that are there",
    )
    return command


def sweep_parser(prog: str) -> Parser:
    """The options of `hnhar-train sweep`."""
    command = parser(
        prog, "A grid, or a search, of what a method is set to, on training subjects; resumable.", _SWEEP
    )
    command.add_argument("grid", nargs="?", metavar="GRID", help="a shipped grid, or a TOML file")
    _places(command)
    command.add_argument("--no-docs", action="store_true", help=argparse.SUPPRESS)  # the default by now
    search = command.add_argument_group("a search instead of a grid")
    search.add_argument("--study", metavar="STUDIES", help="shipped studies, or a TOML file")
    search.add_argument("--only", metavar="NAME", help="this study of them (default: all)")
    search.add_argument(
        "--trials",
        type=at_least(1),
        metavar="N",
        help="of each study, in all (default: as its file says, else 20)",
    )
    search.add_argument(
        "--timeout", type=float, metavar="S", help="begin no trial of a study after so long (default: none)"
    )
    return command


def _places(command: Parser) -> None:
    add_data_option(command)
    command.add_argument("--run", metavar="DIR", help="folder of the cells and the results")
    command.add_argument(
        "--workers",
        type=at_least(1),
        metavar="N",
        help="processes of one thread each (default: 1; with --ray one a processor of the cluster)",
    )
    command.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="compute on the machines of a Ray cluster that share the run folder: HOST:PORT of its head, or "
        "auto for the one that runs here (default: on this machine, without Ray)",
    )
    command.add_argument(
        "--docs", metavar="DIR", help="put the results into results.md in this folder (default: into RUN)"
    )


def _table(arguments: argparse.Namespace) -> int:
    from ..studies.protocol import preset as presets

    if arguments.listing:
        for name, title, minutes in presets.described():
            say(f"{name:16} {lasting(None if minutes is None else 60 * minutes):>18}  {title}")
        return 0
    if arguments.preset is None or arguments.run is None:
        raise ConfigError("table takes a preset and --run DIR; `hnhar-train table --list` names the presets")
    return _stoppable(lambda: _compare(arguments))


def _compare(arguments: argparse.Namespace) -> int:
    from ..studies.protocol import preset as presets
    from ..studies.protocol import publish
    from ..studies.protocol.folds import run_folds
    from ..studies.protocol.table import run

    if presets.over_corpora(arguments.preset):
        return _over_corpora(arguments)
    if arguments.only is not None or arguments.as_is:
        option = "--as-is" if arguments.as_is else "--only"
        raise ConfigError(
            f"{option} is for a preset over several corpora, and '{arguments.preset}' is of one"
        )
    preset = presets.read(arguments.preset, presets.Preset)
    place = _place(arguments, preset)
    compute = run_folds if preset.left_out else run
    with workers_of(arguments) as workers, counted(preset.minutes, count_of(workers)) as advance:
        results = compute(preset, place, workers=workers, advance=advance)
    say(publish.text(preset, results, place))
    docs = _docs(arguments)
    publish.write(preset, results, place, Path(arguments.preset).stem, docs)
    say(f"results in {docs / 'results.md'}")
    return 0


def _over_corpora(arguments: argparse.Namespace) -> int:
    from ..studies.protocol import preset as presets
    from ..studies.protocol import publish
    from ..studies.protocol.cohorts import Cohorts
    from ..studies.protocol.folds import kept_folds, run_folds
    from ..studies.protocol.summary import ComparedCohort, text
    from ..studies.protocol.table import Place

    if arguments.test_subjects is not None:
        raise ConfigError("--test-subjects names whom to read, and this preset leaves people out by itself")
    if arguments.only is not None and arguments.docs is not None:
        raise ConfigError("--docs takes a preset whole: run it with --only first, then without, with --docs")
    cohorts = presets.read(arguments.preset, Cohorts)
    chosen = cohorts.chosen(arguments.only.split(",") if arguments.only else ())
    run = Path(arguments.run)
    folders = {of.corpus: run if arguments.as_is else _corpus(arguments, of.corpus) for of in chosen}
    compared = []
    with workers_of(arguments) as workers:
        for cohort in chosen:
            preset = cohorts.preset(cohort)
            place = Place(folders[cohort.corpus], run / cohort.name, corpus=cohort.corpus)
            if arguments.as_is:
                results = kept_folds(preset, place)
            else:
                with counted(None, count_of(workers), f"cells of {cohort.title}") as advance:
                    results = run_folds(preset, place, workers=workers, advance=advance)
            if results:
                compared.append(ComparedCohort(cohort, preset, results))
    if not compared:
        raise ConfigError(f"'{arguments.run}' has no cell of {arguments.preset}: leave --as-is out")
    name, docs = Path(arguments.preset).stem, _docs(arguments)
    section = text(cohorts.title, compared, f"hnhar-train table {name}{' --as-is' * arguments.as_is}")
    say(section)
    publish.write_summary(name, section, compared, run, docs)
    say(f"results in {docs / 'results.md'}")
    return 0


def _sweep(arguments: argparse.Namespace) -> int:
    if arguments.run is None:
        raise ConfigError("sweep takes --run DIR, the folder of its results")
    if (arguments.grid is None) == (arguments.study is None):
        raise ConfigError("sweep takes either a grid or --study STUDIES")
    return _stoppable(lambda: _grid(arguments) if arguments.study is None else _search(arguments))


def _grid(arguments: argparse.Namespace) -> int:
    from ..studies.protocol import publish, sweep
    from ..studies.protocol.preset import read
    from ..studies.protocol.table import Place

    grid = read(arguments.grid, sweep.Grid)
    place = Place(_corpus(arguments, grid.corpus), Path(arguments.run))
    with workers_of(arguments) as workers, counted(grid.minutes, count_of(workers)) as advance:
        points = sweep.sweep(grid, place, workers=workers, advance=advance)
    say(sweep.text(points))
    docs = _docs(arguments)
    publish.write_sweep(grid, points, Path(arguments.grid).stem, docs)
    say(f"results in {docs / 'results.md'}")
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from ..studies.protocol import publish
    from ..studies.protocol.preset import read
    from ..studies.protocol.study import Studies
    from ..studies.protocol.study_run import run_studies, summary
    from ..studies.protocol.table import Place

    if arguments.timeout is not None and not arguments.timeout > 0:
        raise ConfigError(f"--timeout must be above 0 s, not {arguments.timeout:g}")
    studies = read(arguments.study, Studies)
    studies.named(arguments.only)
    place = Place(_corpus(arguments, studies.corpus), Path(arguments.run))
    with workers_of(arguments) as workers, counted(None, count_of(workers), "trials") as advance:
        found = run_studies(
            studies,
            place,
            only=arguments.only,
            trials=arguments.trials,
            timeout=arguments.timeout,
            workers=workers,
            advance=advance,
        )
    say(summary(found))
    docs = _docs(arguments)
    publish.write_studies(studies, found, place.run, Path(arguments.study).stem, docs)
    say(f"results in {docs / 'results.md'}")
    return 0


def _docs(arguments: argparse.Namespace) -> Path:
    return Path(arguments.run if arguments.docs is None else arguments.docs)


def _stoppable(run: Callable[[], int]) -> int:
    """`run()`, which Ctrl-C and SIGTERM end at once, with a line that says how it goes on."""
    with stopping() as stop:
        try:
            with stop.interrupting():
                return run()
        except (KeyboardInterrupt, SystemExit):
            if not stop.is_set():
                raise
            warn("stopped. What is done is in the run folder: the same command goes on from there.")
            _run_finalizers()  # of locks that workers shared, or their tracker tells of a leak
            leave(stop.code or TERMINATED)  # taking torch apart may take seconds


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


TABLE = TrainProgram("table", table_parser, _table)
SWEEP = TrainProgram("sweep", sweep_parser, _sweep)
