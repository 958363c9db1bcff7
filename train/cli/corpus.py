"""`hnhar-train corpus`: a bundle from your own recordings. This file only translates options."""

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

from hnhar.model.errors import ConfigError
from hnhar.model.labels import shortened
from hnhar.stream.cli.common import say, warn
from hnhar.stream.cli.options.compute import add_seed_option, add_threads_option, threads_of
from hnhar.stream.cli.options.decision import add_hop_option
from hnhar.stream.cli.options.reading import add_reading_options, clock_of, columns_of
from hnhar.stream.cli.options.sources import (
    add_mapping_options,
    add_marker_option,
    add_source_options,
    mapping_options,
    selection,
)
from hnhar.stream.cli.options.values import split as parts_of
from hnhar.stream.cli.parsing import Parser, parser

from ..output.document import write_text
from .options import add_preset_option
from .program import TrainProgram
from .run import RUNS, add_run_options, warn_if_not_tuned, warn_if_without_graph, watched

_EPILOG = f"""examples:
  hnhar-train corpus recordings/sub-*.xdf --run runs/mine
      LabRecorder's files with markers such as stir/start and stir/stop; subjects by name
  hnhar-train corpus monday.xdf --events monday.tsv --run runs/mine --preset quick
  hnhar-train corpus sub-01_imu.csv sub-01_skeleton.csv sub-02_imu.csv sub-02_skeleton.csv --run runs/mine
  hnhar-stream --weights runs/mine/own.safetensors --imu-source MyWatch

Labels: markers such as 'stir/start' and 'stir/stop', or JSON {{"label": ..., "duration": ...}}; or a table
beside the file (NAME_events.tsv with the columns onset, duration, label; seconds from the start of the
recording; without a column confidence: that is what hnhar-stream recognized). What has no label is idle.

CSV: a column 'time' in s, the others channels with their unit, such as acc_x [m/s²]; one file a stream. Files
of one recording differ in a last _imu, _acc, _gyro or _skeleton only.

From recording to live prediction: hnhar-docs tutorial-own-recordings

{RUNS}"""


def corpus_parser(prog: str) -> Parser:
    """The options of `hnhar-train corpus`."""
    command = parser(prog, "A bundle from your own recordings.", _EPILOG)
    command.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="recordings: .xdf, .csv, folders, .zip and others (hnhar-docs formats)",
    )
    add_run_options(command)
    command.add_argument("--name", metavar="NAME", default="own", help="of the bundle (default: own)")
    command.add_argument(
        "--out", metavar="FILE", help="the bundle (default: NAME.safetensors in the run folder)"
    )
    add_preset_option(command, "to try it out; full takes minutes")
    add_seed_option(command, "all that is drawn")
    add_threads_option(command, default=2)
    labels = command.add_argument_group("what was done, and by whom")
    labels.add_argument(
        "--events", metavar="FILE", help="table of the only recording's events (default: its markers)"
    )
    labels.add_argument(
        "--labels",
        metavar="L,L",
        default="",
        help="learn only these, which must be there; the others are idle (default: learn all)",
    )
    labels.add_argument(
        "--idle", metavar="LABEL", default="idle", help="label of time without an activity (default: idle)"
    )
    labels.add_argument(
        "--subject-from",
        metavar="RULE",
        default="name",
        help="how the person is told. name: by sub-XX in the path, or each file its own; one: all are the "
        "same; or a regular expression that finds the person in the path (default: name)",
    )
    serving = command.add_argument_group("what is recognized with")
    serving.add_argument(
        "--window", type=float, default=3.0, metavar="S", help="length of a window in s (default: 3)"
    )
    add_hop_option(serving, default=0.25)
    serving.add_argument(
        "--placement", metavar="PLACE", help="where the IMU was worn (default: as its stream says)"
    )
    streams = command.add_argument_group("the streams, where they are silent or several")
    add_source_options(streams)
    add_marker_option(streams, "streams of markers that hold labels (XDF; default: all)")
    add_reading_options(streams, table=False)
    add_mapping_options(streams, placement=False)
    return command


def _corpus(arguments: argparse.Namespace) -> int:
    import torch

    from ..bundles.workflow import finish
    from ..custom.files import read_all
    from ..custom.split import split
    from ..custom.workflow import Wanted, card, provenance, recipe_for, train_own

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", arguments.name):
        raise ConfigError(f"--name '{arguments.name}' is not made of letters, digits, '.', '_' and '-'")
    torch.set_num_threads(threads_of(arguments))
    wanted = Wanted(
        arguments.name,
        arguments.preset,
        arguments.window,
        arguments.hop,
        arguments.idle,
        arguments.placement,
        arguments.seed,
    )
    with watched(arguments) as watching:
        display, run = watching.display, watching.run
        sessions, notes = read_all(arguments.files, _reading(arguments), display.advance)
        for note in dict.fromkeys(notes):
            warn(note)
        recipe = recipe_for(sessions, wanted)
        count = Counter(a.label for s in sessions for a in s.recording.annotations)
        learns = shortened([f"{label} {number}" for label, number in sorted(count.items())])
        say(f"learns {learns}, and {wanted.idle}")
        parts = split(sessions, recipe.task.window)
        origin = provenance(run, recipe, sessions, parts)
        info, recognizer = train_own(recipe, sessions, parts, origin, watching.stage, display.advance)
        target = Path(arguments.out or run.folder / f"{recipe.name}.safetensors")
        info = finish(run, info, recognizer, target)
    write_text(run.folder / f"{recipe.name}.md", card(info))
    warn_if_not_tuned(info)
    warn_if_without_graph(target)
    if recognizer.memory is None:
        warn("a label, or idle, hardly fills a window, so hnhar-enroll cannot add to this bundle")
    _tell(info.metrics["own"], f"bundle {info.id} in {target}")
    return 0


def _reading(arguments: argparse.Namespace) -> Any:
    from ..custom.labels import ReadingOptions

    return ReadingOptions(
        events=arguments.events,
        subject_from=arguments.subject_from,
        labels=tuple(parts_of(arguments.labels)),
        idle=arguments.idle,
        options=mapping_options(arguments),
        select=tuple(selection(arguments).items()),
        columns=columns_of(arguments),
        clock=clock_of(arguments),
        tier=arguments.tier,
    )


def _tell(figures: dict[str, Any], last: str) -> None:
    from ..evaluate.timing import stretched, timing

    say(f"On what was left out ({figures['held_out']}):")
    for subset, values in figures.items():
        if isinstance(values, dict):
            false = values["events"] - values["recognized"]
            say(
                f"  {subset}: {values['recognized']} of {values['actions']} recognized, "
                f"{false} of {values['events']} events false, F1 {values['f1']}{timing(values)}"
            )
            if line := stretched(subset, values):
                warn(line)
    for line in figures.get("lacking", ()):
        say(f"  {line}")
    say(last)


CORPUS = TrainProgram("corpus", corpus_parser, _corpus)
