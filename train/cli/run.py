"""Run folder, logs and checkpoints of the commands that train a bundle."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hnhar.model.bundle import bundle
from hnhar.model.errors import ConfigError
from hnhar.stream.cli.common import warn
from hnhar.stream.cli.console import SafeConsole
from hnhar.stream.cli.options.values import at_least

from ..output.progress import Display, shown

if TYPE_CHECKING:
    from hnhar.model.bundle.bundle import BundleInfo

    from ..bundles.runs import Run
    from ..learn.watch import Watcher

RUNS = """A run folder holds config.json (settings, corpus, commit, versions), log.jsonl, metrics.json,
tensorboard/ and, while it trains, checkpoints/. A training that was stopped goes on where it was when its
command is given again without --restart, and ends with the same weights to the bit.
The curves: tensorboard --logdir RUN/tensorboard"""
PRETRAINED, FINETUNED = "pretrained.safetensors", "finetuned.safetensors"
"""Weights that `hnhar-train pretrain` and `finetune` write to a run folder, maybe to the same one."""
_EVERY = 25
"""Batches between two checkpoints."""


@dataclass(frozen=True, slots=True)
class Watching:
    """A training that a command shows, logs and keeps."""

    run: "Run"
    display: Display
    stage: "Watcher"


def add_run_options(command: argparse.ArgumentParser) -> None:
    """--run, --checkpoint-every, --restart."""
    command.add_argument("--run", required=True, metavar="DIR", help="folder for everything that this makes")
    command.add_argument(
        "--checkpoint-every",
        type=at_least(0),
        default=_EVERY,
        metavar="N",
        help=f"batches between two checkpoints (default: {_EVERY}; 0: none)",
    )
    command.add_argument(
        "--restart",
        action="store_true",
        help="begin anew, and replace the stopped or finished training in the folder",
    )


@contextmanager
def watched(arguments: argparse.Namespace, makes: str = "") -> Iterator[Watching]:
    """The run folder of a command, open; its checkpoints are removed where all goes well.

    Args:
        arguments: Of the command.
        makes: Name of the weights that it writes there; "": a bundle, whatever its name.

    Raises:
        ConfigError: The folder cannot be used or holds such weights already, or an option cannot be.
    """
    from ..bundles.runs import Run
    from ..learn.checkpoint import Checkpoints
    from ..learn.watch import Watcher
    from ..output.board import Board

    there = Path(arguments.run).exists()
    run = Run(arguments.run, command=_command(arguments))
    checkpoints = Checkpoints(run.folder / "checkpoints", arguments.checkpoint_every)
    if arguments.restart:
        checkpoints.forget()
    elif not checkpoints.folder.exists():
        _refuse_finished(run.folder, makes)
    try:
        with shown(SafeConsole(stderr=True)) as display, Board(run.folder / "tensorboard") as board:
            if not board.available():
                warn(f"no TensorBoard logs: {board.missing}")
            display.log, display.board = run.log, board.scalars
            yield Watching(run, display, Watcher(display.step, checkpoints))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):  # below the last lines of the progress
            warn(_stopped(resumable=checkpoints.folder.exists(), restarted=arguments.restart))
        if not there and not any(run.folder.iterdir()):
            run.folder.rmdir()  # what was refused leaves nothing behind
        raise
    checkpoints.forget()


def _stopped(*, resumable: bool, restarted: bool) -> str:
    """A note on a training that was stopped: the command that goes on, or begins anew."""
    if not resumable:
        return "stopped before its first checkpoint: the same command, with the same options, begins anew."
    same = "The same command without --restart" if restarted else "The same command"
    return f"stopped. {same} goes on from here; with --restart it begins anew."


def _refuse_finished(folder: Path, makes: str) -> None:
    """Raise ConfigError where weights would be replaced that a training before this one ended with."""
    there = sorted(path.name for path in folder.glob(makes or "*.safetensors"))
    there = [name for name in there if makes or name not in (PRETRAINED, FINETUNED)]
    if there:
        raise ConfigError(
            f"the run folder '{folder}' holds what another training ended with: {', '.join(there)}. Give "
            "another --run, or --restart to train anew and replace it (again, where that was stopped before "
            "its first checkpoint)."
        )


def warn_if_not_tuned(info: "BundleInfo") -> None:
    """A line where `settle.settle_on` found nothing to tune the decisions, or some of them, on."""
    if not info.latency:
        warn(
            f"{info.name}: nothing was recognized on who was held out, so its decisions are the defaults and "
            "--latency has no curve. More recordings, or a longer training, may help."
        )
    elif remark := info.provenance.get("decisions"):
        warn(f"{info.name}: decides {remark}")


def warn_if_without_graph(path: Path) -> None:
    """A line where a bundle was written without a graph: without the extra, or of what ONNX does not have."""
    if bundle.read(path).graph is None:
        warn(
            f"{path} has no graph for ONNX Runtime, so torch will compute it: hnhar-train export {path} adds "
            "one, or says why not"
        )


def _command(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options of a command, with every default."""
    given = {key: value for key, value in vars(arguments).items() if key != "restart"}
    return {"program": "hnhar-train", "python": sys.version.split()[0], **given}
