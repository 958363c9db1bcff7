"""A whole comparison: every cell of a preset, by some processes, gone on with where it stopped."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from hnhar.model.errors import ConfigError

from ...bundles.runs import environment
from ...corpora.registry import load_corpus
from ...corpora.utd_mhad.splits import CONSULTED
from ...learn.checkpoint import Checkpoints
from ...learn.watch import TrainingReport
from ...output.board import Board
from ...output.storage import Json, write_json
from .cells import Bench, Cell, cells, kept
from .preset import Preset
from .ray_workers import OnRay
from .trials import TEST_SUBJECTS, TRAIN_SUBJECTS, performed, stack
from .worker_pool import opened
from .workers import show

EPOCHS = 10
"""Between two checkpoints of a cell."""
TRAINING = "training"
"""Description of the progress while cells are under way."""
PARTS = ("base", "guide", "head", "finetuned")
"""Trainings of a cell beside its pre-training, as `Bench` calls them."""
Advance = Callable[[str, float, int], None]
"""Takes a description, the number of cells that are done (those under way in part), and of how many."""


@dataclass(frozen=True, slots=True)
class Place:
    """Folders of a comparison, and the subjects that it trains and tests on."""

    folder: Path
    """Of the corpus."""
    run: Path
    train: tuple[int, ...] = TRAIN_SUBJECTS
    test: tuple[int, ...] = TEST_SUBJECTS
    corpus: str = "utd-mhad"
    """Its name (`train.corpora`)."""

    def bench(self, preset: Preset) -> Bench:
        """With the trials in memory."""
        corpus, signals = load_corpus(self.corpus, self.folder), preset.modalities
        classes = preset.classes or performed(corpus, self.train, signals)
        train, test = (stack(corpus, who, preset.inputs, signals, classes) for who in (self.train, self.test))
        return Bench(preset, self.run, train, test)


def subjects_of_split(corpus: str, folder: Path) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Subjects to consult, to train on and to test on, by the corpus's usual split; ConfigError without."""
    if corpus == "utd-mhad":
        return CONSULTED, TRAIN_SUBJECTS, TEST_SUBJECTS
    loaded = load_corpus(corpus, folder)
    train, test = loaded.subjects_of("train"), loaded.subjects_of("test")
    if not train or not test:
        raise ConfigError(f"the split of {corpus} has nobody to train on, or to test on, in '{folder}'")
    return (*train, *loaded.subjects_of("val")), train, test


def within(advance: Advance, before: int, total: int) -> Advance:
    """`advance` of a part of a comparison of `total` cells, `before` of which come first."""
    return lambda what, done, of: advance(what, before + done, total)


def run(preset: Preset, place: Place, *, workers: "int | OnRay", advance: Advance) -> list[tuple[Cell, Json]]:
    """Compute what is missing; returns every cell in the preset's order.

    Args:
        preset: The cells.
        place: Corpus, run folder and subjects.
        workers: Processes of one thread each, here or on a Ray cluster.
        advance: Called as cells get done.

    Raises:
        ConfigError: The run folder cannot be used, or holds results of other settings.
        RecordingError: The corpus cannot be read.
    """
    write_config(
        place,
        place.corpus,
        (*place.train, *place.test),
        {"preset": preset, "train": place.train, "test": place.test},
    )
    wanted = cells(preset)
    found = {cell: known for cell in wanted if (known := kept(preset, place.run, cell)) is not None}
    missing = [cell for cell in wanted if cell not in found]
    first = [cell for cell in missing if preset.needs(cell.entry)]
    later = [cell for cell in missing if not preset.needs(cell.entry)]

    def shown(part: float) -> None:
        advance(TRAINING, len(found) + part, len(wanted))

    advance(f"{len(found)} of {len(wanted)} cells are there", len(found), len(wanted))
    for wave in filter(None, (first, later)):
        with opened(workers, len(wave), place.run, _start, preset, place) as processes:
            for cell, result in processes.each(_one, wave, shown):
                found[cell] = result
                advance(cell.file, len(found), len(wanted))
    return [(cell, found[cell]) for cell in wanted]


_bench: list[Bench] = []
"""Of this worker process."""


def _start(preset: Preset, place: Place) -> None:
    _bench[:] = [place.bench(preset)]


def _one(cell: Cell) -> Json:
    """One cell, logged for TensorBoard, and gone on with at the last checkpoint of its pre-training."""
    bench = _bench[0]
    checkpoints = Checkpoints(bench.folder / "checkpoints", EPOCHS)

    with Board(bench.folder / "tensorboard") as board:

        def tell(training: str, epoch: int, epochs: int, measured: dict[str, float]) -> None:
            board.scalars(training, epoch, measured)
            if training == cell.file:  # its pre-training: the greater part of most cells
                show(epoch / (epochs + 1))

        result = bench.compute(cell, TrainingReport(tell, checkpoints, cell.file, apart=True))
    for training in (cell.file, *(f"{cell.file} {what}" for what in PARTS)):
        checkpoints.forget(training)
    show(0.0)
    return result


def write_config(place: Place, name: str, subjects: Collection[int], settings: Json) -> None:
    """config.json of the run folder: `settings`, the trials of these subjects, and the environment.

    ConfigError where the corpus or the folder cannot be used.
    """
    corpus = load_corpus(name, place.folder)
    used = tuple(trial for trial in corpus.trials if trial.subject in subjects)
    made_of = {"name": name, "trials": len(used), "sha256": replace(corpus, trials=used).digest()}
    write_json(place.run / "config.json", {**settings, "corpus": made_of, **environment()})
