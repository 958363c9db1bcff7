"""Studies from a corpus to their results: worker processes, files and text."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ...bundles.runs import environment
from ...corpora.registry import load_corpus
from ...learn.checkpoint import Checkpoints
from ...learn.watch import TrainingReport
from ...output.board import Board
from ...output.document import table
from ...output.storage import write_json
from .ray_workers import OnRay
from .search import Limits, StudyTrial, as_text, best_of, search
from .study import Fold, Params, Studies, Study, start, value
from .table import EPOCHS, Advance, Place, write_config
from .trials import stack
from .worker_pool import opened

SHOWN = 8
"""Trials in the table of a study: the best."""
Found = list[tuple[Study, list[StudyTrial]]]


def run_studies(
    studies: Studies,
    place: Place,
    *,
    only: str | None,
    trials: int | None,
    timeout: float | None,
    workers: int | OnRay,
    advance: Advance,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Every study of a file, or `only` one; goes on with what is in the run folder.

    Args:
        studies: The file of studies.
        place: Corpus and run folder; the subjects are those of `studies`.
        only: Name of the study that is wanted; None: all, one after the other.
        trials: Of each study, in all; None: as the file says.
        timeout: s of each study; None: none.
        workers: Processes of one thread each, here or on a Ray cluster.
        advance: Takes the best so far, the trials that are done, and of how many.
        clock: s.

    Raises:
        ConfigError: There is no such study, or the run folder cannot be used.
    """
    wanted = studies.named(only)
    write_config(place, studies.corpus, studies.subjects, {"studies": studies})
    limits = Limits(trials or studies.trials, timeout, clock)
    found: Found = []
    count = workers if isinstance(workers, int) else workers.count
    with opened(workers, count, place.run, _start, studies, place) as processes:
        for study in wanted:
            advance(f"{study.name}: what its trials go on from", 0, limits.trials)
            processes.map(_base, [(study, fold) for fold in range(len(studies.left_out))])

            def evaluate(asked: Sequence[tuple[Study, Params, int]]) -> list[float]:
                return processes.map(_value, asked)

            done = search(
                studies, study, place.run / "studies.db", evaluate, limits, workers=count, advance=advance
            )
            found.append((study, done))
            write(place.run / f"study-{study.name}.json", studies, study, done)
    return found


_work: list[tuple[Studies, list[Fold], Path]] = []
"""Of this worker process."""


def _start(studies: Studies, place: Place) -> None:
    corpus = load_corpus(studies.corpus, place.folder)
    folds = [
        Fold(out, stack(corpus, [s for s in studies.subjects if s != out]), stack(corpus, [out]))
        for out in studies.left_out
    ]
    _work[:] = [(studies, folds, place.run)]


def _base(asked: tuple[Study, int]) -> None:
    """Train the base of a fold's trials, where it is not there."""
    study, fold = asked
    studies, folds, run = _work[0]
    name = f"{study.name} without {folds[fold].subject}"
    checkpoints = Checkpoints(run / "checkpoints", EPOCHS)
    with Board(run / "tensorboard") as board:

        def tell(training: str, epoch: int, epochs: int, measured: dict[str, float]) -> None:
            board.scalars(training, epoch, measured)

        start(studies, study, folds[fold], run / "bases", TrainingReport(tell, checkpoints, name, apart=True))
    checkpoints.forget(name)


def _value(asked: tuple[Study, Params, int]) -> float:
    study, params, fold = asked
    studies, folds, run = _work[0]
    return value(studies, study, params, folds[fold], run / "bases")


def write(path: Path, studies: Studies, study: Study, done: Sequence[StudyTrial]) -> None:
    """Everything of one study as JSON; ConfigError where it cannot be written."""
    best = best_of(done)
    content = {
        "study": study,
        "left_out": studies.left_out,
        "subjects": studies.subjects,
        "seed": studies.seed,
        "best": None if best is None else {"params": best.params, "value": best.value},
        "trials": [{**msgspec.to_builtins(trial), "value": trial.value} for trial in done],
        **environment(),
    }
    write_json(path, content)


def text(studies: Studies, found: Found) -> str:
    """The studies as Markdown: for each the best trials, and how many were stopped early."""
    parts = []
    for study, done in found:
        names = list(study.space.ranges())
        heading = [*names, "mean, %", *(f"without {subject}, %" for subject in studies.left_out)]
        whole = sorted((t for t in done if not t.pruned), key=lambda t: -t.value)
        rows = [
            [
                *(f"{trial.params[name]:.3g}" for name in names),
                f"{trial.value:.1f}",
                *(f"{fold:.1f}" for fold in trial.folds),
            ]
            for trial in whole[:SHOWN]
        ]
        pruned = sum(trial.pruned for trial in done)
        parts += [
            f"### {study.title}",
            f"{len(done)} trials, {pruned} of them stopped after a subject. The best:",
            table(heading, rows) if rows else "none yet",
        ]
    return "\n\n".join(parts)


def summary(found: Found) -> str:
    """One line a study."""
    lines = []
    for study, done in found:
        best = best_of(done)
        reached = "nothing yet" if best is None else f"{best.value:.1f} % with {as_text(best.params)}"
        lines.append(f"{study.name}: {reached} ({len(done)} trials)")
    return "\n".join(lines)
