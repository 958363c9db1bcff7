"""`hnhar-train bundle`, `pretrain`, `finetune`: from UTD-MHAD, or synthetic performers, to a bundle. Only
options."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hnhar.model.bundle import bundle as bundles
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import say
from hnhar.stream.cli.options.compute import add_seed_option, add_threads_option, threads_of
from hnhar.stream.cli.parsing import Parser, parser

from ..output.document import add_look, change, write_text
from ..output.progress import Display
from .figures import print_figures
from .options import (
    LOOKS,
    add_bfloat16_option,
    add_data_option,
    add_preset_option,
)
from .program import TrainProgram
from .run import (
    FINETUNED,
    PRETRAINED,
    RUNS,
    add_run_options,
    warn_if_not_tuned,
    warn_if_without_graph,
    watched,
)

if TYPE_CHECKING:
    from hnhar.model.recognizer import Recognizer

    from ..bundles.recipe import Recipe
    from ..bundles.runs import Run
    from ..corpora.utd_mhad.trials import UtdTrial
    from ..learn.data import WindowSet

_BUNDLE = f"""examples:
  hnhar-train bundle --synthetic-only --run runs/first --threads 2
      a bundle from synthetic performers alone: no corpus needed
  hnhar-train bundle --data ~/corpora --run runs/wrist
      compose, pre-train, fine-tune, calibrate, measure; ~/corpora/utd_mhad holds Inertial/ and Skeleton/
  hnhar-train bundle --data ~/corpora --placement camera --run runs/camera
      skeletons alone, for a webcam (hnhar camera)
  hnhar-train bundle tug --data ~/corpora --run runs/tug --looks docs/results.md
      the phases of a Timed Up and Go from spsw_har; ~/corpora/spsw_har holds s01, s02, …

Five trainings: one without each of the four training subjects, which is watched by it to set temperatures and
decisions, and one of all four, which is the bundle. About half an hour on one core. --placement camera: two
trainings, one without subject 7; about six minutes.

{RUNS}"""
_PRETRAIN = f"""examples:
  hnhar-train pretrain --data ~/corpora --run runs/a
  hnhar-train finetune --data ~/corpora --run runs/a --from runs/a/pretrained.safetensors

{RUNS}"""
_FINETUNE = f"""examples:
  hnhar-train finetune --data ~/corpora --run runs/a --from runs/a/pretrained.safetensors
  hnhar-train finetune --data ~/corpora --run runs/b       from scratch

{RUNS}"""


def bundle_parser(prog: str) -> Parser:
    """The options of `hnhar-train bundle`."""
    command = _training_parser(prog, "From data to a bundle with its figures and its card.", _BUNDLE)
    command.add_argument(
        "task",
        nargs="?",
        choices=("actions", "tug"),
        default="actions",
        metavar="TASK",
        help="actions: those of UTD-MHAD; tug: the phases of a Timed Up and Go, of spsw_har "
        "(default: actions)",
    )
    command.add_argument("--name", metavar="NAME", help="of the bundle (default: by placement)")
    command.add_argument(
        "--out", metavar="FILE", help="where to write the bundle (default: in the run folder)"
    )
    command.add_argument(
        "--card", metavar="FILE", help="where to write its model card (default: in the run folder)"
    )
    command.add_argument("--looks", metavar="FILE", help=LOOKS)
    command.add_argument(
        "--measure",
        metavar="BUNDLE",
        help="for tug: train nothing, but measure this bundle anew (default: train)",
    )
    command.add_argument(
        "--doc",
        metavar="FILE",
        help="for tug: put its figures into this file, between its markers (default: none)",
    )
    return command


def pretrain_parser(prog: str) -> Parser:
    """The options of `hnhar-train pretrain`."""
    return _training_parser(prog, "The contrastive part of a training alone.", _PRETRAIN)


def finetune_parser(prog: str) -> Parser:
    """The options of `hnhar-train finetune`."""
    command = _training_parser(prog, "The supervised part of a training alone.", _FINETUNE)
    command.add_argument(
        "--from",
        dest="weights",
        metavar="WEIGHTS",
        help="begin with the encoders in this file, such as `pretrain` wrote (default: begin with random "
        "ones)",
    )
    return command


def _training_parser(prog: str, about: str, epilog: str) -> Parser:
    command = parser(prog, about, epilog)
    add_run_options(command)
    add_data_option(command)
    command.add_argument("--synthetic-only", action="store_true", help="use no corpus")
    command.add_argument(
        "--placement",
        choices=("wrist", "thigh", "camera"),
        default="wrist",
        help="the actions with the IMU there; camera: those of the wrist, by skeletons alone, also such as a "
        "single camera gives (default: wrist)",
    )
    command.add_argument(
        "--without", metavar="L,L", default="", help="actions that it must not learn (default: learn all)"
    )
    add_preset_option(command)
    add_seed_option(command, "all that is drawn")
    add_bfloat16_option(command)
    add_threads_option(command)
    return command


@dataclass(slots=True)
class _Material:
    """The recipe and the data of a training."""

    recipe: "Recipe"
    corpus: Path | None
    trials: "Sequence[UtdTrial]"
    people: "dict[str, WindowSet]"
    provenance: dict[str, Any]


def _material(arguments: argparse.Namespace, run: Any, display: Display) -> _Material:
    import torch

    from ..bundles.recipe import recipe
    from ..bundles.sessions import corpus_digest, corpus_folder, load, training_windows
    from ..bundles.task import left_out_in

    torch.set_num_threads(threads_of(arguments))
    made = recipe(
        arguments.preset,
        arguments.placement,
        synthetic_only=arguments.synthetic_only,
        bfloat16=arguments.bfloat16,
    )
    made = replace(
        made,
        task=made.task.leaving_out(left_out_in(arguments.without, made.task.actions)),
        name=getattr(arguments, "name", None) or made.name,
        seed=arguments.seed,
    )
    corpus = None if arguments.synthetic_only else corpus_folder(arguments.data)
    trials = load(corpus, made.task, made.train_subjects) if corpus is not None else ()
    people = training_windows(made.task, trials, made.amount, seed=made.seed, advance=display.advance)
    digest = {"name": "UTD-MHAD", "trials": len(trials), "sha256": corpus_digest(trials)} if trials else {}
    provenance = run.describe(made, digest, people)
    return _Material(made, corpus, trials, people, provenance)


def _bundle(arguments: argparse.Namespace) -> int:
    if arguments.task == "tug":
        from .bundle_tug import train

        return train(arguments)
    for option in ("doc", "measure"):
        if getattr(arguments, option):
            raise ConfigError(f"--{option} is for the task tug: leave it out")
    from ..bundles.card import card
    from ..bundles.mounts import references
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
        info = replace(info, metrics=measured, mounts=references(windows, info.modalities, recipe.seed))
        target = Path(arguments.out or run.folder / f"{recipe.name}.safetensors")
        info = finish(run, info, recognizer, target)
    write_text(Path(arguments.card or run.folder / f"{recipe.name}.md"), card(info))
    if arguments.looks and "real" in info.metrics:
        change(Path(arguments.looks), lambda text: add_look(text, _look(info)))
    warn_if_not_tuned(info)
    warn_if_without_graph(target)
    print_figures(info.metrics)
    say(f"bundle {info.id} in {target}")
    return 0


def _pretrain(arguments: argparse.Namespace) -> int:
    from ..bundles.workflow import fresh, run_pretraining
    from ..learn.data import joined

    with watched(arguments, PRETRAINED) as watching:
        material = _material(arguments, watching.run, watching.display)
        recognizer = fresh(material.recipe)
        windows = joined(material.people.values())
        run_pretraining(material.recipe, recognizer, windows, watching.stage, "pre-training")
        state = {"state": "pre-trained only: its head is untrained"}
        target = _written(watching.run, material, recognizer, PRETRAINED, state)
    say(f"encoders in {target}")
    return 0


def _finetune(arguments: argparse.Namespace) -> int:
    from hnhar.model.loading import load as load_bundle

    from ..bundles.workflow import fresh, run_finetuning
    from ..learn.data import joined

    with watched(arguments, FINETUNED) as watching:
        material = _material(arguments, watching.run, watching.display)
        recognizer = fresh(material.recipe)
        state = {"state": "neither calibrated nor tuned"}
        if arguments.weights:
            start, loaded = load_bundle(bundles.find(arguments.weights))
            if loaded.config != recognizer.config:
                raise ConfigError(
                    f"'{arguments.weights}' ({start.name}) has another architecture or other labels"
                )
            recognizer = loaded
            recognizer.memory = None  # what it remembers is of the weights before this training
            state["from"] = start.id
        windows = joined(material.people.values())
        run_finetuning(material.recipe, recognizer, windows, watching.stage, "fine-tuning")
        target = _written(watching.run, material, recognizer, FINETUNED, state)
    say(f"recognizer in {target}")
    return 0


def _written(
    run: "Run", material: _Material, recognizer: "Recognizer", name: str, state: dict[str, str]
) -> Path:
    """The file in the run folder to which weights between two stages were written."""
    from ..bundles.workflow import describe, explain, finish

    explained = explain(material.recipe, bool(material.trials))
    info = describe(material.recipe, {**material.provenance, **state, **explained})
    target = run.folder / name
    finish(run, info, recognizer, target, served=False)
    return target


def _look(info: bundles.BundleInfo) -> str:
    """A line for the log of looks at test subjects."""
    real = info.metrics["real"]
    figures = "; ".join(
        f"{subset} {v['recognized']}/{v['actions']} recognized, "
        f"{v['events'] - v['recognized']} false of {v['events']}"
        for subset, v in real.items()
        if isinstance(v, dict)
    )
    subjects = ", ".join(map(str, real["subjects"]))
    return f"{info.provenance.get('date', '')}: release of `{info.id}`, subjects {subjects}: {figures}"


BUNDLE = TrainProgram("bundle", bundle_parser, _bundle)
PRETRAIN = TrainProgram("pretrain", pretrain_parser, _pretrain)
FINETUNE = TrainProgram("finetune", finetune_parser, _finetune)
