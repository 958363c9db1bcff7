"""The search of a study: Optuna's TPE asks, processes answer fold by fold, and the median rule stops early.

It repeats: each trial's sampler is seeded by the study's seed and by how many trials were done before, and
trials are asked and answered in rounds of as many as there are workers. It is kept in SQLite, so it goes on
where it was stopped; a trial that was under way then is asked again.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from hnhar.model.errors import ConfigError, MissingExtraError

from .study import Params, Studies, Study
from .table import Advance

if TYPE_CHECKING:
    import optuna

Evaluate = Callable[[Sequence[tuple[Study, Params, int]]], list[float]]
"""Values, percent, of trials (study, parameters, number of the fold), in their order."""
FOLDS, SETTINGS = "folds", "settings"
"""Attributes of a trial, and of a study, beside those of Optuna."""
SEEDS = 100_000
"""Trials of one seed, at most."""
STARTUP = 8
"""Trials drawn at random before the search takes notice of what was found."""
UNPRUNED = 5
"""Trials that are done before one can be stopped."""


class StudyTrial(msgspec.Struct, frozen=True):
    """One setting that was tried."""

    params: Params
    folds: Annotated[list[float], msgspec.Meta(min_length=1)]
    """Percent, of each fold that it was read on."""
    pruned: bool
    """True if it was below the median of the others and was read on no further fold."""

    @property
    def value(self) -> float:
        """Mean over its folds, percent."""
        return mean(self.folds)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a search, which ends between rounds."""

    trials: int
    """In all, those of earlier runs included."""
    timeout: float | None
    """s; None: none."""
    clock: Callable[[], float]
    """s."""


def search(
    studies: Studies,
    study: Study,
    file: Path,
    evaluate: Evaluate,
    limits: Limits,
    *,
    workers: int,
    advance: Advance,
) -> list[StudyTrial]:
    """Every trial that is done, in order, those of earlier runs included.

    Args:
        studies: The file of the study.
        study: One of them.
        file: SQLite, made where it is not there.
        evaluate: Computes the values of trials.
        limits: Trials and time.
        workers: Trials of a round.
        advance: Takes the best so far, the trials that are done, and of how many.

    Raises:
        ConfigError: The file is none of ours, or holds a study of other settings.
        MissingExtraError: Optuna is not installed.
    """
    optuna = _optuna()
    began = limits.clock()
    with _storage(file) as storage:
        with _readable(file):
            found = _opened(storage, studies, study, workers, file)
        while True:
            with _readable(file):
                done = _done(found, study)
            advance(_best_so_far(study, done), len(done), limits.trials)
            late = limits.timeout is not None and limits.clock() - began >= limits.timeout
            if late or len(done) >= limits.trials:
                return done
            asked = []
            for number in range(len(done), min(len(done) + workers, limits.trials)):
                found.sampler = optuna.samplers.TPESampler(
                    seed=SEEDS * studies.seed + number, n_startup_trials=STARTUP
                )
                asked.append(found.ask(_distributions(study)))
            _round(found, study, asked, evaluate, len(studies.left_out))


def best_of(trials: Sequence[StudyTrial]) -> StudyTrial | None:
    """The best that was read on every fold; None where there is none."""
    return max((t for t in trials if not t.pruned), key=lambda t: t.value, default=None)


def _round(
    found: "optuna.Study",
    study: Study,
    asked: Sequence["optuna.Trial"],
    evaluate: Evaluate,
    folds: int,
) -> None:
    """Read some trials fold by fold, each while it is not behind; then tell all of them in their order."""
    read: dict[int, list[float]] = {trial.number: [] for trial in asked}
    behind: set[int] = set()
    for fold in range(folds):
        going = [trial for trial in asked if trial.number not in behind]
        values = evaluate([(study, dict(trial.params), fold) for trial in going])
        for trial, value in zip(going, values, strict=True):
            read[trial.number].append(value)
            trial.report(mean(read[trial.number]), fold)
            if fold < folds - 1 and trial.should_prune():
                behind.add(trial.number)
    for trial in asked:
        trial.set_user_attr(FOLDS, read[trial.number])
        if trial.number in behind:
            found.tell(trial, state=_optuna().trial.TrialState.PRUNED)
        else:
            found.tell(trial, mean(read[trial.number]))


def _distributions(study: Study) -> dict[str, Any]:
    optuna = _optuna()
    return {
        name: optuna.distributions.IntDistribution(round(of.low), round(of.high), log=of.log)
        if name == "epochs"
        else optuna.distributions.FloatDistribution(of.low, of.high, log=of.log)
        for name, of in study.space.ranges().items()
    }


def _opened(storage: Any, studies: Studies, study: Study, workers: int, file: Path) -> "optuna.Study":
    """The study in the file, begun or gone on with; what was under way when it was stopped is given up."""
    package = _optuna()
    found: optuna.Study = package.create_study(
        storage=storage,
        study_name=study.name,
        direction="maximize",
        load_if_exists=True,
        pruner=package.pruners.MedianPruner(n_startup_trials=UNPRUNED),
    )
    decisive = msgspec.to_builtins(msgspec.structs.replace(studies, title="", study=(study,), trials=1))
    del decisive["minutes"]  # it decides nothing
    settings = json.dumps({"studies": decisive, "workers": workers}, sort_keys=True)
    if found.user_attrs.setdefault(SETTINGS, settings) != settings:
        raise ConfigError(
            f"'{file}' holds the study {study.name} with other settings or another number of workers: name "
            "another run folder, or remove it"
        )
    found.set_user_attr(SETTINGS, settings)
    for trial in found.get_trials(states=(package.trial.TrialState.RUNNING,)):
        found.tell(trial.number, state=package.trial.TrialState.FAIL)
    return found


def _done(found: "optuna.Study", study: Study) -> list[StudyTrial]:
    """Trials that are done, in order; ValueError where the file holds what is no trial of the study."""
    states = _optuna().trial.TrialState
    out = []
    for trial in found.get_trials(states=(states.COMPLETE, states.PRUNED)):
        if trial.params.keys() != study.space.ranges().keys():
            raise ValueError(f"trial {trial.number} is of something else than {study.name}")
        kept = {"params": trial.params, "folds": trial.user_attrs.get(FOLDS)}
        out.append(msgspec.convert(kept | {"pruned": trial.state == states.PRUNED}, StudyTrial))
    return out


def _best_so_far(study: Study, done: Sequence[StudyTrial]) -> str:
    best = best_of(done)
    if best is None:
        return study.name
    return f"{study.name}: best {best.value:.1f} % with {as_text(best.params)}"


def as_text(params: Params) -> str:
    """Parameters of a trial in a line: "temperature 0.5, kappa 2"."""
    return ", ".join(f"{name} {value:.3g}" for name, value in params.items())


@contextmanager
def _storage(file: Path) -> "Iterator[Any]":
    """The SQLite file, open."""
    optuna = _optuna()
    from sqlalchemy import URL, NullPool

    address = URL.create("sqlite", database=str(file)).render_as_string()
    # without a pool: a pool forgets, and does not close, the connection in whose use an error was raised
    engine = {"connect_args": {"timeout": 60}, "poolclass": NullPool}
    with _readable(file):
        storage = optuna.storages.RDBStorage(address, engine_kwargs=engine)
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """ConfigError for what a file that is none of ours, or damaged, makes Optuna and SQLAlchemy raise."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, RuntimeError, LookupError, TypeError, ValueError) as error:
        raise ConfigError(
            f"'{file}' cannot be used as a file of studies ({str(error)[:200]}): name another run folder, or "
            "remove it"
        ) from error


def _optuna() -> Any:
    """The package, silent; MissingExtraError where it is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("optuna", "train", "searching") from error
    optuna.logging.set_verbosity(logging.WARNING)
    return optuna
