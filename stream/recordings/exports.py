"""Files that a run of a recording writes for others: `--export bids=FOLDER`, `--export elan=FILE.eaf`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hnhar.model.errors import ConfigError

from .export_bids import write_bids
from .export_elan import write_elan
from .exported import ExportedRun


@dataclass(frozen=True, slots=True)
class ExportTarget:
    """One thing that is written."""

    kind: str
    """"bids" or "elan"."""
    path: Path


def parse_exports(texts: Sequence[str]) -> tuple[ExportTarget, ...]:
    """The targets that `--export` names, each time a text. Raises ConfigError."""
    targets = []
    for text in texts:
        kind, equals, value = text.partition("=")
        kind = kind.strip().lower()
        if kind not in ("bids", "elan") or not equals or not value.strip():
            raise ConfigError(f"--export takes bids=FOLDER or elan=FILE.eaf, not '{text[:80]}'")
        path = Path(value.strip())
        if kind == "elan" and path.suffix.lower() != ".eaf":
            raise ConfigError(f"--export {text}: ELAN's files end in .eaf")
        if kind == "elan" and not path.absolute().parent.is_dir():
            raise ConfigError(f"--export {text}: there is no folder '{path.parent}'")
        if kind == "bids" and path.exists() and not path.is_dir():
            raise ConfigError(f"--export {text}: '{path}' is no folder")
        targets.append(ExportTarget(kind, path))
    return tuple(targets)


def export(run: ExportedRun, target: ExportTarget) -> Path:
    """Write a target; the path to show. Raises RecordingError where it cannot be written."""
    if target.kind == "elan":
        write_elan(target.path, run)
        return target.path
    return write_bids(target.path, run)
