"""Looks at test subjects: who these are, and that none is taken without a log that can be written."""

from collections.abc import Sequence
from pathlib import Path

from hnhar.model.errors import ConfigError

from ..corpora.utd_mhad import splits
from .document import change, with_log

NOT_CONSULTED = splits.TEST
"""Subjects of UTD-MHAD whose every evaluation is logged."""
WHO = "bundles learn from 1, 3, 5 and 7 unless a training left them out"
"""Said where subjects are chosen: figures of who taught a bundle are no figures of others."""
INSTEAD = "--subjects 7, whom most bundles learned from"
"""The option that takes a subject who may be looked at."""


def subject_numbers(text: str) -> list[int]:
    """Numbers between commas, each once; ConfigError where there is none, or anything else."""
    wrong = f"subjects are given as numbers and commas (5,7), not '{text}'"
    try:
        numbers = [int(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigError(wrong) from error
    if not numbers:
        raise ConfigError(wrong)
    return list(dict.fromkeys(numbers))


def open_log(tested: Sequence[int], looks: str | None, instead: str) -> None:
    """Open the log before anything is measured, so that a look at the `tested` subjects can be logged.

    Args:
        tested: Test subjects that are to be looked at; with none nothing is asked for.
        looks: File of the log (`--looks`).
        instead: Option that takes training subjects.

    Raises:
        ConfigError: No log was named, or it cannot be written.
    """
    if not tested:
        return
    if not looks:
        raise ConfigError(
            f"subjects {', '.join(map(str, tested))} are test subjects: every look at them is logged. Name "
            f"the log with --looks docs/results.md, or take training subjects ({instead})."
        )
    change(Path(looks), with_log)
