"""Reports of the steps of a training, and its checkpoints, passed from a command to the training as one.

A training takes a report, any function of what it measured; one that is a `TrainingReport` has checkpoints
as well.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from .checkpoint import Checkpoints, ResumableTraining, TrainingState, resume

Report = Callable[[int, int, dict[str, float]], None]
"""Takes a step or epoch, their number, and the values measured there."""
Stage = Callable[[str, int, int, dict[str, float]], None]
"""Takes the name of a training, and what a `Report` takes."""


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """A report of a training whose checkpoints are kept."""

    tell: Stage
    checkpoints: Checkpoints
    name: str
    """Name of the training."""
    apart: bool = False
    """True where trainings of this name may differ in settings (`checkpoint.resume`)."""

    def __call__(self, step: int, steps: int, measured: dict[str, float]) -> None:
        self.tell(self.name, step, steps, measured)


@dataclass(frozen=True, slots=True)
class Watcher:
    """A stage all of whose trainings keep checkpoints."""

    tell: Stage
    checkpoints: Checkpoints

    def __call__(self, what: str, step: int, steps: int, measured: dict[str, float]) -> None:
        self.tell(what, step, steps, measured)


def report_of(stage: Stage, name: str) -> Report:
    """The report of the training `name` to a stage; with checkpoints where the stage keeps some."""
    if isinstance(stage, Watcher):
        return TrainingReport(stage.tell, stage.checkpoints, name)
    return lambda step, steps, measured: stage(name, step, steps, measured)


def part(report: Report, what: str) -> Report:
    """The same report for one of several trainings of one name."""
    return replace(report, name=f"{report.name} {what}") if isinstance(report, TrainingReport) else report


def begun(
    report: Report, parts: TrainingState, settings: Mapping[str, object], series: Sequence[str] = ()
) -> ResumableTraining:
    """A training that begins, or goes on from a checkpoint where its report keeps some.

    Args:
        report: Report of the training.
        parts: State of the training at its start; brought to where it goes on.
        settings: Everything that decides its result beside the parts.
        series: Names of the values that are measured at each step and returned at the end.

    Raises:
        ConfigError: There is a checkpoint that cannot be gone on from.
    """
    if isinstance(report, TrainingReport):
        return resume(report.checkpoints, report.name, parts, settings, series=series, apart=report.apart)
    return ResumableTraining(parts, 0, series={key: [] for key in series})
