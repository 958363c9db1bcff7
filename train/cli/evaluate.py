"""`hnhar-train evaluate`: a bundle on whole sessions, as it would run live. Only options."""

import argparse

from hnhar.model.bundle import bundle as bundles
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.options.compute import add_threads_option, threads_of
from hnhar.stream.cli.options.reading import add_reading_options
from hnhar.stream.cli.parsing import Parser, parser

from ..output.looks import INSTEAD, NOT_CONSULTED, WHO, subject_numbers
from .figures import print_figures
from .options import add_data_option, add_session_seed_option
from .program import TrainProgram
from .sessions import sessions_of
from .streaming import add_streaming_options, run_streaming

_EPILOG = """examples:
  hnhar-train evaluate runs/wrist/utd-mhad-wrist.safetensors --recording session.xdf
      an annotated recording of somebody whom it did not learn from
  hnhar-train evaluate utd-mhad-wrist --recording synthetic
  hnhar-train evaluate --streaming utd-mhad-wrist --recording session.xdf --out runs/streaming
      events, delays, calibration, the latency curve, and streams that go wrong
  hnhar-train evaluate --streaming utd-mhad-wrist --recording synthetic --rows mount,camera
      the same session with the sensor turned, and before a camera elsewhere
  hnhar-train evaluate runs/wrist/utd-mhad-wrist.safetensors --data ~/corpora --subjects 7
      to see that it runs: bundles learn from subjects 1, 3, 5 and 7, and are no strangers to them
"""


def evaluate_parser(prog: str) -> Parser:
    """The options of `hnhar-train evaluate`."""
    command = parser(prog, "A bundle on whole sessions, as it would run live.", _EPILOG)
    command.add_argument(
        "weights", metavar="WEIGHTS", nargs="+", help="a bundle (--streaming: or several, figured together)"
    )
    command.add_argument(
        "--recording",
        metavar="FILE",
        help="a recording with its labels, or 'synthetic' (default: sessions of --data)",
    )
    add_reading_options(command)
    add_data_option(command)
    command.add_argument("--subjects", metavar="N,N", help=f"of the corpus (default: 7; {WHO})")
    add_session_seed_option(command)
    add_threads_option(command)
    add_streaming_options(command)
    return command


def _check_evaluate(arguments: argparse.Namespace) -> None:
    """Refuse options that would be passed over without a word. Raises ConfigError."""
    if arguments.recording and (arguments.data or arguments.subjects):
        raise ConfigError("a bundle is measured on --recording or on --subjects of --data: leave one out")
    arguments.subjects = arguments.subjects or "7"
    only = ("out", "clean_only", "rows", "turns", "latency", "hop", "looks", "doc", "aims")
    given = [] if arguments.streaming else [name for name in only if getattr(arguments, name)]
    if given:
        raise ConfigError(f"--{given[0].replace('_', '-')} is for --streaming: add that, or leave it out")


def _evaluate(arguments: argparse.Namespace) -> int:
    _check_evaluate(arguments)
    if arguments.streaming:
        return run_streaming(arguments)
    from hnhar.model.loading import load as load_bundle
    from hnhar.model.runtime import Runtime

    from ..evaluate.evaluate import evaluate

    if len(arguments.weights) > 1:
        raise ConfigError("several bundles are figured together with --streaming only")
    info, recognizer = load_bundle(bundles.find(arguments.weights[0]))
    subjects = subject_numbers(arguments.subjects)
    if not arguments.recording and (tested := [s for s in subjects if s in NOT_CONSULTED]):
        raise ConfigError(
            f"subjects {', '.join(map(str, tested))} are test subjects: every look at them is logged. "
            f"Look with --streaming and --looks docs/results.md, or take training subjects ({INSTEAD})."
        )
    names = [arguments.recording] if arguments.recording else [f"subject {s}" for s in subjects]
    sessions = sessions_of(arguments, info, subjects, [arguments.session_seed])
    runtime = Runtime(info, recognizer, threads=threads_of(arguments))
    for name, recording in zip(names, sessions, strict=True):
        print_figures({name: evaluate(runtime, info, [recording])})
    return 0


EVALUATE = TrainProgram("evaluate", evaluate_parser, _evaluate)
