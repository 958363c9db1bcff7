"""One way to open any recording: by what the path is."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hnhar.model.errors import RecordingError

from .clock_checks import check_labels
from .clock_choice import TABLE, ClockChoice
from .opener import OpenOptions
from .recording import Recording
from .registry import opener_of
from .repairs import repaired


def open_recording(
    path: str | Path,
    *,
    subject: int | None = None,
    placement: str = "wrist",
    seed: int = 0,
    select: Mapping[str, str] | None = None,
    tables: bool = True,
    columns: str = "",
    clock: ClockChoice | None = None,
    labels: Path | None = None,
    tier: str = "",
) -> Recording:
    """The recording at `path`, or that of a word in its place ("synthetic"), by whichever opener takes it.

    The options are those of `OpenOptions`. With `tables`, the labels of a file are those of a table beside it
    where there is one (`beside.py`), or of the table `labels`, of whose tiers `tier` names some. Raises
    RecordingError.
    """
    choice = clock or ClockChoice()
    chosen = opener_of(str(path))
    recording = chosen.open(
        Path(path), OpenOptions(subject, placement, seed, dict(select or {}), columns, choice)
    )
    try:
        recording = repaired(recording)
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    composed = str(path) in chosen.opener.names or (Path(path).is_dir() and recording.annotations)
    if not tables or (composed and labels is None):
        return recording
    from .beside import labeled, table_beside  # and with it the readers of files, which players do without
    from .noted import noted, nowhere

    table = table_beside(Path(path)) if labels is None else labels
    if tier and table is None:
        raise RecordingError(f"{path}: --tier asks for '{tier}', and no table of labels is beside it")
    if table is not None:
        recording = labeled(recording, table, choice, tier)
    source, key = ("its markers", "markers") if table is None else (table.name, TABLE)
    if not choice.trusted and (reason := check_labels(recording, source, key)):
        raise RecordingError(f"{path}: {reason}")
    outside = nowhere(recording)
    return noted(replace(recording, notes=(*recording.notes, outside)) if outside else recording)
