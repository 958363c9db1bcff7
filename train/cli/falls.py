"""`hnhar-train falls`: falls of people who were left out, found with any sensor missing."""

import argparse
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

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
    from ..corpora.upfall.recordings import Performances
    from ..learn.watch import Stage

_EPILOG = """examples:
  hnhar-train falls --data ~/corpora --run runs/falls --doc docs/corpora.md --looks docs/corpora.md
      UP-Fall in four folds that leave people out: all five sensors, any one missing, each alone
  hnhar-train falls --without 4 --data ~/corpora --run runs/inner
      people of the other folds alone, to choose by: no look

A fold is a file in the run folder, and is not trained again. https://sites.google.com/up.edu.mx/har-up"""


def falls_parser(prog: str) -> Parser:
    """The options of `hnhar-train falls`."""
    command = parser(prog, "Find falls of people who were left out, with any sensor missing.", _EPILOG)
    add_data_option(command)
    command.add_argument("--run", metavar="DIR", required=True, help="folder of the folds and the table")
    command.add_argument("--without", metavar="N,N", help="people neither learned from nor read")
    command.add_argument(
        "--read-only",
        metavar="N,N",
        help="score these folds alone (0 to 3: numbers of people modulo 4); all are trained, as each is "
        "decided by the others",
    )
    command.add_argument("--seed", type=at_least(0), default=0, metavar="N", help="(default: 0)")
    command.add_argument(
        "--from-scratch", action="store_true", help="no pre-training, and as many batches: the fair partner"
    )
    add_preset_option(command)
    add_threads_option(command)
    add_bfloat16_option(command)
    add_document_options(command)
    return command


def _falls(arguments: argparse.Namespace) -> int:
    import torch

    from ..bundles.runs import Run, environment
    from ..studies.falls import report, study
    from ..studies.falls.fold import FallsConfig

    without = subject_numbers(arguments.without) if arguments.without else []
    torch.set_num_threads(threads_of(arguments))
    run = Run(arguments.run)
    config = study.quick(FallsConfig()) if arguments.preset == "quick" else FallsConfig()
    config = config.without_pretraining() if arguments.from_scratch else config
    config = replace(
        config,
        pretrain=replace(config.pretrain, bfloat16=arguments.bfloat16),
        finetune=replace(config.finetune, bfloat16=arguments.bfloat16),
    )
    with shown(SafeConsole(stderr=True)) as display:
        display.log = run.log
        loaded = _recordings(arguments, partial(display.advance, "reading"))
        recordings = [r for r in loaded.recordings if study.person_of(r) not in without]
        folds = study.folds(study.people_of(recordings))
        wanted = set(arguments.read_only.split(",")) if arguments.read_only else set()
        if not wanted <= {fold.name for fold in folds}:
            there = ", ".join(fold.name for fold in folds)
            raise ConfigError(f"--read-only takes some of {there}, not '{arguments.read_only}'")
        if not without:
            tested = sorted(p for fold in folds for p in fold.tested)
            open_log(tested, arguments.looks, "--without a fold's people")
        done = []
        for fold in folds:
            stage = _stage(display.step, f"without {', '.join(map(str, fold.tested))}")
            done.append(study.run(recordings, fold, config, arguments.seed, run.folder, stage))
    scored = study.score(done, wanted)
    counted = [fold for fold in done if not wanted or fold.name in wanted]
    options = " --from-scratch" * arguments.from_scratch + " --bfloat16" * arguments.bfloat16
    command = f"hnhar-train falls{options}"
    section = report.section(counted, scored, config, command)
    run.write("falls.json", {"folds": study.described(counted, scored), **environment()})
    write_text(run.folder / "falls.md", section)
    say(section)
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    how = "from scratch, " * arguments.from_scratch
    look = None if without else f"{now}: {how}{report.look(scored, counted)}"
    publish(arguments, "falls", section, look)
    return 0


def _stage(step: "Stage", what: str) -> "Stage":
    """The stage with words before the name of each training."""
    return lambda training, done, of, measured: step(f"{training}, {what}", done, of, measured)


def _recordings(arguments: argparse.Namespace, advance: "partial[None]") -> "Performances":
    """UP-Fall's recordings; ConfigError where no folder was named."""
    from ..corpora import registry
    from ..corpora.upfall.recordings import load_recordings

    corpus = registry.corpus("upfall")
    data = registry.named_folder(arguments.data)
    if data is None:
        raise ConfigError(f"no corpus was named: --data or HNHAR_DATA names its folder. {corpus.obtain}")
    return load_recordings(registry.folder_of(corpus, data), advance=advance)


FALLS = TrainProgram("falls", falls_parser, _falls)
