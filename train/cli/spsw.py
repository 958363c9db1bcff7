"""`hnhar-train spsw`: our encoders beside a plain CNN on real recordings. Options, table, files."""

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import say
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.options.compute import add_threads_option, threads_of
from hnhar.stream.cli.options.values import at_least
from hnhar.stream.cli.parsing import Parser, parser

from ..output.document import table, write_text
from ..output.documents import publish
from ..output.looks import open_log, subject_numbers
from ..output.progress import shown
from .options import add_bfloat16_option, add_document_options, add_preset_option
from .program import TrainProgram

_EPILOG = """examples:
  hnhar-train spsw --data ~/corpora/spsw_har --run runs/spsw --doc docs/streaming.md --looks docs/results.md
      train on subjects 1 to 12, test on 13 to 16, three seeds of each method
  hnhar-train spsw --data ~/corpora/spsw_har --run runs/trial --test-subjects 11,12 --seeds 1
      the same, tested on training subjects that are left out: may be consulted

Continuous recordings of a phone and a watch, every instant labeled; https://doi.org/10.1016/j.dib.2023.109809"""


def spsw_parser(prog: str) -> Parser:
    """The options of `hnhar-train spsw`."""
    command = parser(prog, "Our encoders beside a plain CNN on the phone and watch of spsw_har.", _EPILOG)
    command.add_argument("--data", metavar="DIR", required=True, help="folder of spsw_har (s01, s02, …)")
    command.add_argument("--run", metavar="DIR", required=True, help="folder for spsw.json and spsw.md")
    command.add_argument(
        "--test-subjects", metavar="N,N", help="who is tested, and not trained on (default: 13,14,15,16)"
    )
    command.add_argument(
        "--seeds", type=at_least(1), default=3, metavar="N", help="of each method (default: 3)"
    )
    command.add_argument(
        "--methods",
        metavar="NAME,NAME",
        help="of cnn, scratch, scratch-long, hard (default: all, in one run)",
    )
    add_preset_option(command, "a trial")
    add_threads_option(command)
    add_bfloat16_option(command)
    add_document_options(command)
    return command


def _spsw(arguments: argparse.Namespace) -> int:
    import torch

    from ..bundles.runs import Run, environment
    from ..corpora.spsw_har.executions import load_executions
    from ..studies.spsw import METHODS, TEST, TRAIN, SpswConfig, compare, quick

    chosen = tuple(arguments.methods.split(",")) if arguments.methods else tuple(METHODS)
    if not set(chosen) <= set(METHODS):
        raise ConfigError(f"--methods takes some of {', '.join(METHODS)}, not '{arguments.methods}'")
    test = tuple(subject_numbers(arguments.test_subjects)) if arguments.test_subjects else TEST
    if not set(test) <= {*TRAIN, *TEST}:
        raise ConfigError(
            f"--test-subjects are some of 1 to 16, not {arguments.test_subjects}: others are kept"
        )
    open_log([s for s in test if s in TEST], arguments.looks, "--test-subjects 11,12")
    train = tuple(s for s in TRAIN if s not in test)
    if not train:
        raise ConfigError(f"--test-subjects {arguments.test_subjects} leaves none of 1 to 12 to train on")
    if arguments.preset == "quick":
        train = train[:2]
    torch.set_num_threads(threads_of(arguments))
    run = Run(arguments.run)
    config = quick(SpswConfig()) if arguments.preset == "quick" else SpswConfig()
    config = replace(
        config,
        pretrain=replace(config.pretrain, bfloat16=arguments.bfloat16),
        finetune=replace(config.finetune, bfloat16=arguments.bfloat16),
    )
    with shown(SafeConsole(stderr=True)) as display:
        display.log = run.log
        recordings = {
            part: load_executions(
                arguments.data, subjects, advance=partial(display.advance, f"reading ({part})")
            ).recordings
            for part, subjects in (("train", train), ("test", test))
        }
        rows = compare(
            recordings["train"], recordings["test"], config, range(arguments.seeds), chosen, display.step
        )
    section = _section(rows, train, test, len(recordings["test"]))
    run.write(
        "spsw.json", {"train": train, "test": test, "config": asdict(config), "rows": rows, **environment()}
    )
    write_text(run.folder / "spsw.md", section)
    say(section)
    publish(arguments, "spsw", section, _look(rows, test) if set(test) & set(TEST) else None)
    return 0


def _section(
    rows: Sequence[dict[str, Any]], train: Sequence[int], test: Sequence[int], executions: int
) -> str:
    """Mean ± standard deviation over seeds, Markdown."""
    from ..studies.spsw import METHODS, NEAR

    seeds = len({row["seed"] for row in rows})
    count = f"{seeds} seeds" if seeds > 1 else "1 seed"
    lines = [
        "## spsw_har: real continuous recordings",
        "",
        f"`hnhar-train spsw`: phone and watch, trained on subjects {_listed(train)}, tested on "
        f"{_listed(test)} ({executions} executions), mean ± standard deviation over {count}. "
        "Windows of 2 s are asked for their middle, so an answer comes 1 s late; at either end of an "
        "execution its last sample is held for 1 s. Aim: macro-F1 of 0.95, and ahead of the plain CNN.",
        "",
    ]
    figures = ("sample_macro_f1", "sample_macro_f1_inside", "sample_accuracy", "event_f1_iou_0.5")
    labels = list(rows[0]["f1_by_label"])
    whole, by_label = [], []
    for method in dict.fromkeys(r["method"] for r in rows):
        runs = [r for r in rows if r["method"] == method]
        cells = [_spread([r[k] for r in runs]) for k in figures]
        whole.append([METHODS[method], f"{runs[0]['parameters']:,}", *cells])
        by_label.append([METHODS[method], *(_spread([r["f1_by_label"][k] for r in runs]) for k in labels)])
    heading = ["method", "parameters", "per-sample macro-F1", f"the same, {NEAR:g} s off changes"]
    heading += ["per-sample accuracy", "event F1, IoU 0.5"]
    lines += [table(heading, whole), "", table(["F1 of each label", *labels], by_label)]
    return "\n".join(lines) + "\n"


def _spread(values: Sequence[float]) -> str:
    mean = statistics.fmean(values)
    return f"{mean:.3f} ± {statistics.stdev(values):.3f}" if len(values) > 1 else f"{mean:.3f}"


def _look(rows: Sequence[dict[str, Any]], test: Sequence[int]) -> str:
    """A line for the log of looks at test subjects."""
    best = "; ".join(
        f"{m} {_spread([r['sample_macro_f1'] for r in rows if r['method'] == m])}"
        for m in dict.fromkeys(r["method"] for r in rows)
    )
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return f"{now}: spsw_har, subjects {_listed(test)}: per-sample macro-F1 {best}"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


SPSW = TrainProgram("spsw", spsw_parser, _spsw)
