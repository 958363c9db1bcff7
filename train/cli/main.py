"""`hnhar-train`: from recordings to a bundle. This file only translates options."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from hnhar.model.bundle import bundle as bundles
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import guarded, parser

from ..bundles.learned import warn_if_known
from ..output.document import add_look, change, write_text
from ..output.looks import INSTEAD, NOT_CONSULTED, WHO, subject_numbers
from ..output.progress import Display
from .corpus import add_corpus_command
from .data import add_data_command
from .enrollment import add_enrollment_command
from .protocol import add_protocol_commands
from .run import (
    FINETUNED,
    PRETRAINED,
    RUNS,
    add_run_options,
    warn_if_not_tuned,
    watched,
)
from .spsw import add_spsw_command
from .streaming import add_streaming_options, run_streaming

if TYPE_CHECKING:
    from ..bundles.recipe import Recipe
    from ..learn.data import WindowSet

_EPILOG = f"""examples:
  hnhar-train bundle --synthetic-only --run runs/first --threads 2
      a bundle from synthetic performers alone: no corpus needed
  hnhar-train bundle --data ~/corpora --run runs/wrist
      compose, pre-train, fine-tune, calibrate, measure; ~/corpora/utd_mhad holds Inertial/ and Skeleton/
  hnhar-train corpus sub-*.xdf --run runs/mine
      your own recordings with their labels: docs/tutorial-own-recordings.md
  hnhar-train pretrain --data ~/corpora --run runs/a
  hnhar-train finetune --data ~/corpora --run runs/a --from runs/a/pretrained.safetensors
  hnhar-train evaluate runs/wrist/utd-mhad-wrist.safetensors --recording session.xdf
      an annotated recording of somebody whom it did not learn from
  hnhar-train evaluate utd-mhad-wrist --recording synthetic
  hnhar-train evaluate --streaming utd-mhad-wrist --recording session.xdf --out runs/streaming
      events, delays, calibration, the latency curve, and streams that go wrong
  hnhar-train evaluate runs/wrist/utd-mhad-wrist.safetensors --data ~/corpora --subjects 7
      to see that it runs: bundles learn from subjects 1, 3, 5 and 7, and are no strangers to them
  hnhar-train data check ~/corpora
      what is there, complete, missing or broken

The corpus: --data DIR, or the environment variable HNHAR_DATA.

{RUNS}"""
_DESCRIBED = {
    "bundle": """Five trainings: one without each of the four training subjects, which is watched by it to
set temperatures and decisions, and one of all four, which is the bundle. About half an hour on one core.""",
}
"""Command -> what it does, where the line of its help does not say it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    arguments = _parser().parse_args(argv)
    return guarded(lambda: int(arguments.run_command(arguments)))


def _parser() -> argparse.ArgumentParser:
    top = parser("hnhar-train", "Train, evaluate and write bundles for hnhar-stream.", _EPILOG)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_text, run in (
        ("bundle", "all of it: from data to a bundle with its figures and its card", _bundle),
        ("pretrain", "the contrastive part alone", _pretrain),
        ("finetune", "the supervised part alone, from a pre-training or from scratch", _finetune),
    ):
        command = commands.add_parser(
            name, help=help_text, description=_DESCRIBED.get(name), formatter_class=top.formatter_class
        )
        command.set_defaults(run_command=run)
        add_run_options(command)
        command.add_argument("--placement", choices=("wrist", "thigh"), default="wrist")
        command.add_argument(
            "--without", metavar="LABEL,LABEL", default="", help="actions that it must not learn"
        )
        command.add_argument("--synthetic-only", action="store_true", help="use no corpus")
        command.add_argument(
            "--preset", choices=("full", "quick"), default="full", help="quick: a trial of seconds"
        )
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--bfloat16", action="store_true", help="faster on processors that have it")
        _common(command)
        if name == "bundle":
            command.add_argument("--name", help="of the bundle (default: by placement)")
            command.add_argument(
                "--out", metavar="FILE", help="where to write the bundle (default: in the run folder)"
            )
            command.add_argument(
                "--card", metavar="FILE", help="where to write its model card (default: likewise)"
            )
            command.add_argument(
                "--looks", metavar="FILE", help="append the look at the test subjects to this file"
            )
        if name == "finetune":
            command.add_argument(
                "--from", dest="weights", metavar="WEIGHTS", help="a pre-training to start from"
            )
    command = commands.add_parser(
        "evaluate",
        help="a bundle on whole sessions, as it would run live",
        formatter_class=top.formatter_class,
    )
    command.set_defaults(run_command=_evaluate)
    command.add_argument(
        "weights", metavar="WEIGHTS", nargs="+", help="a bundle (--streaming: or several, figured together)"
    )
    command.add_argument("--subjects", metavar="N,N", help=f"of the corpus (default: 7; {WHO})")
    command.add_argument("--session-seed", type=int, default=0, help="of the composition")
    command.add_argument("--recording", metavar="FILE", help="a recording with its labels, or 'synthetic'")
    add_streaming_options(command)
    _common(command)
    add_corpus_command(commands, top.formatter_class)
    add_data_command(commands, top.formatter_class)
    add_enrollment_command(commands, top.formatter_class)
    add_protocol_commands(commands, top.formatter_class)
    add_spsw_command(commands, top.formatter_class)
    return top


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", metavar="DIR", help="folder of UTD-MHAD, or one that holds utd_mhad/")
    command.add_argument("--threads", type=int, default=1, help="of torch (default: 1)")


@dataclass(slots=True)
class _Material:
    recipe: "Recipe"
    corpus: Path | None
    trials: list[Any]
    people: "dict[str, WindowSet]"
    provenance: dict[str, Any]


def _material(arguments: argparse.Namespace, run: Any, display: Display) -> _Material:
    import torch

    from ..bundles.recipe import recipe
    from ..bundles.sessions import WHERE, corpus_digest, corpus_folder, load, training_windows
    from ..bundles.task import left_out_in

    if arguments.threads < 1:
        raise ConfigError(f"--threads must be at least 1, not {arguments.threads}")
    torch.set_num_threads(arguments.threads)
    made = recipe(arguments.preset, arguments.placement, synthetic_only=arguments.synthetic_only)
    made = replace(
        made,
        task=made.task.leaving_out(left_out_in(arguments.without, made.task.actions)),
        name=getattr(arguments, "name", None) or made.name,
        seed=arguments.seed,
        pretrain=replace(made.pretrain, bfloat16=arguments.bfloat16),
        finetune=replace(made.finetune, bfloat16=arguments.bfloat16),
    )
    corpus = None if arguments.synthetic_only else corpus_folder(arguments.data)
    if corpus is None and not arguments.synthetic_only:
        raise ConfigError(f"no corpus was named. {WHERE}")
    trials = load(corpus, made.task, made.train_subjects) if corpus is not None else []
    people = training_windows(made.task, trials, made.amount, seed=made.seed, advance=display.advance)
    digest = {"name": "UTD-MHAD", "trials": len(trials), "sha256": corpus_digest(trials)} if trials else {}
    provenance = run.describe(made, digest, people)
    return _Material(made, corpus, trials, people, provenance)


def _bundle(arguments: argparse.Namespace) -> int:
    from ..bundles.card import card
    from ..bundles.settle import settle
    from ..bundles.workflow import (
        describe,
        explain,
        explain_settling,
        finish,
        learned,
        measure,
        remember,
    )
    from ..learn.data import joined

    with watched(arguments) as watching:
        run, stage = watching.run, watching.stage
        material = _material(arguments, run, watching.display)
        recipe = material.recipe
        real = bool(material.trials)
        provenance = {**material.provenance, **explain(recipe, real), **explain_settling(recipe, real)}
        info = describe(recipe, provenance)
        info = settle(recipe, material.people, material.trials, info, stage)
        windows = joined(material.people.values())
        recognizer = learned(recipe, windows, stage)
        remember(recipe, recognizer, windows)
        measured = measure(recipe, info, recognizer, material.corpus, watching.display.advance)
        info = replace(info, metrics=measured)
        target = Path(arguments.out or run.folder / f"{recipe.name}.safetensors")
        info = finish(run, info, recognizer, target)
    write_text(Path(arguments.card or run.folder / f"{recipe.name}.md"), card(info))
    if arguments.looks and "real" in info.metrics:
        change(Path(arguments.looks), lambda text: add_look(text, _look(info)))
    warn_if_not_tuned(info)
    _print_figures(info.metrics)
    Console().print(f"bundle {info.id} in {target}", markup=False, highlight=False)
    return 0


def _pretrain(arguments: argparse.Namespace) -> int:
    from ..bundles.workflow import describe, explain, finish, fresh, run_pretraining
    from ..learn.data import joined

    with watched(arguments, PRETRAINED) as watching:
        material = _material(arguments, watching.run, watching.display)
        recognizer = fresh(material.recipe)
        windows = joined(material.people.values())
        run_pretraining(material.recipe, recognizer, windows, watching.stage, "pre-training")
        told = {
            "state": "pre-trained only: its head is untrained",
            **explain(material.recipe, bool(material.trials)),
        }
        info = describe(material.recipe, {**material.provenance, **told})
        target = watching.run.folder / PRETRAINED
        finish(watching.run, info, recognizer, target)
    Console().print(f"encoders in {target}", markup=False, highlight=False)
    return 0


def _finetune(arguments: argparse.Namespace) -> int:
    from hnhar.model.loading import load as load_bundle

    from ..bundles.workflow import describe, explain, finish, fresh, run_finetuning
    from ..learn.data import joined

    with watched(arguments, FINETUNED) as watching:
        material = _material(arguments, watching.run, watching.display)
        recognizer = fresh(material.recipe)
        told = {"state": "neither calibrated nor tuned", **explain(material.recipe, bool(material.trials))}
        if arguments.weights:
            start, loaded = load_bundle(bundles.find(arguments.weights))
            if loaded.config != recognizer.config:
                raise ConfigError(
                    f"'{arguments.weights}' ({start.name}) has another architecture or other labels"
                )
            recognizer = loaded
            recognizer.memory = None  # what it remembers is of the weights before this training
            told["from"] = start.id
        windows = joined(material.people.values())
        run_finetuning(material.recipe, recognizer, windows, watching.stage, "fine-tuning")
        info = describe(material.recipe, {**material.provenance, **told})
        target = watching.run.folder / FINETUNED
        finish(watching.run, info, recognizer, target)
    Console().print(f"recognizer in {target}", markup=False, highlight=False)
    return 0


def _check_evaluate(arguments: argparse.Namespace) -> None:
    """Refuse options that would be passed over without a word. Raises ConfigError."""
    if arguments.recording and (arguments.data or arguments.subjects):
        raise ConfigError("a bundle is measured on --recording or on --subjects of --data: leave one out")
    arguments.subjects = arguments.subjects or "7"
    only = ("out", "clean_only", "latency", "hop", "looks", "doc")
    given = [] if arguments.streaming else [name for name in only if getattr(arguments, name)]
    if given:
        raise ConfigError(f"--{given[0].replace('_', '-')} is for --streaming: add that, or leave it out")


def _evaluate(arguments: argparse.Namespace) -> int:
    _check_evaluate(arguments)
    if arguments.streaming:
        return run_streaming(arguments)
    from hnhar.model.loading import load as load_bundle
    from hnhar.model.runtime import Runtime

    from ..bundles.sessions import WHERE, corpus_folder, load, real_session, utd_task
    from ..evaluate.annotated import open_annotated, tell
    from ..evaluate.evaluate import evaluate

    if len(arguments.weights) > 1:
        raise ConfigError("several bundles are figured together with --streaming only")
    info, recognizer = load_bundle(bundles.find(arguments.weights[0]))
    if arguments.recording:
        sessions = {arguments.recording: open_annotated(arguments.recording, info, arguments.session_seed)}
        tell(sessions.values(), info)
    else:
        corpus = corpus_folder(arguments.data)
        if corpus is None:
            raise ConfigError(f"neither a recording nor a corpus was named. {WHERE}")
        task = utd_task(info.placement.split()[-1])
        wanted = subject_numbers(arguments.subjects)
        tested = [s for s in wanted if s in NOT_CONSULTED]
        if tested:
            raise ConfigError(
                f"subjects {', '.join(map(str, tested))} are test subjects: every look at them is logged. "
                f"Look with --streaming and --looks docs/results.md, or take training subjects ({INSTEAD})."
            )
        warn_if_known(info, wanted)
        trials = load(corpus, task, wanted)
        sessions = {f"subject {s}": real_session(trials, s, arguments.session_seed) for s in wanted}
    runtime = Runtime(info, recognizer, threads=max(arguments.threads, 1))
    for name, recording in sessions.items():
        _print_figures({name: evaluate(runtime, info, [recording])})
    return 0


def _print_figures(metrics: dict[str, Any]) -> None:
    console = Console()
    for name, figures in metrics.items():
        console.print(name, markup=False, highlight=False)
        for subset, values in figures.items():
            if isinstance(values, dict):
                text = "  ".join(f"{key} {value}" for key, value in values.items())
                console.print(f"  {subset}: {text}", markup=False, highlight=False, soft_wrap=True)
        for line in figures.get("lacking", ()):
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _look(info: bundles.BundleInfo) -> str:
    """This look at the test subjects, in a line."""
    real = info.metrics["real"]
    figures = "; ".join(
        f"{subset} {v['recognized']}/{v['actions']} recognized, "
        f"{v['events'] - v['recognized']} false of {v['events']}"
        for subset, v in real.items()
        if isinstance(v, dict)
    )
    subjects = ", ".join(map(str, real["subjects"]))
    return f"{info.provenance.get('date', '')}: release of `{info.id}`, subjects {subjects}: {figures}"
