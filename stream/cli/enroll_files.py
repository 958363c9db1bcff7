"""The files of `hnhar-enroll`: which recordings its options name, and where its bundle may go."""

import argparse
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hnhar.model.bundle.bundle import BundleInfo
from hnhar.model.errors import ConfigError

from ..recordings.beside import check_apart, table_beside
from ..recordings.csv_names import SUFFIXES, siblings


def check_recordings(arguments: argparse.Namespace) -> None:
    """Refuse what contradicts itself before anything is read; keep one path of each recording."""
    paths = _one_of_each(arguments.recording or [])
    arguments.recording = paths or None
    if arguments.segments is not None and len(paths) != 1:
        raise ConfigError(
            f"--segments are those of one recording, and {len(paths)} are named: annotate several with "
            "markers, or with tables beside them."
            if paths
            else "--segments are those of a --recording: name it."
        )
    if arguments.validate is not None and _whole(arguments.validate) in map(_whole, paths):
        raise ConfigError(
            f"--validate {arguments.validate} is one of --recording: what was learned from says nothing of "
            "another time or person. Name a recording that is not learned from."
        )
    check_apart([Path(path) for path in (*paths, arguments.validate) if path is not None])


def target_of(arguments: argparse.Namespace, info: BundleInfo, word: str) -> Path:
    """Path of the new bundle, by default NAME-WORD. Raises ConfigError where it may not be written."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", word).strip("-.") or "enrolled"
    target = Path(arguments.out or f"{info.name}-{slug}.safetensors")
    there = target.exists()
    # what lies in a folder that is read may be read; what is new there is not
    places = {target.resolve(), *(target.resolve().parents if there else ())}
    if places & _inputs(arguments):
        raise ConfigError(f"'{target}' is read as a recording, or with one: name another file with --out.")
    if there and not target.is_file():
        raise ConfigError(f"--out {target} is no file: name one that is to be written.")
    if there and not arguments.overwrite:
        raise ConfigError(f"'{target}' exists already: name another file with --out, or add --overwrite.")
    if not target.parent.is_dir():
        raise ConfigError(f"--out {target}: there is no folder '{target.parent}'. Make it, or name another.")
    try:  # before minutes are performed and learned from, not after
        with tempfile.TemporaryFile(dir=target.resolve().parent):
            pass
    except OSError as error:
        raise ConfigError(
            f"--out {target} cannot be written: {error.strerror or error}. Name a file elsewhere."
        ) from error
    return target


def _inputs(arguments: argparse.Namespace) -> set[Path]:
    """Files that are read: the recordings named, what belongs to them, and the tables beside them."""
    named = [path for path in (*(arguments.recording or []), arguments.validate) if path is not None]
    tables = [table for path in named if (table := table_beside(Path(path))) is not None]
    return {file for path in named for file in _whole(path)} | {table.resolve() for table in tables}


def _one_of_each(paths: Sequence[str]) -> list[str]:
    """One path of each recording: the other files of it come along. ConfigError for one given twice."""
    kept: list[str] = []
    named: set[Path] = set()
    for path in paths:
        file = Path(path).resolve()
        if file in named:
            raise ConfigError(f"'{path}' is named twice: its performances would count twice.")
        named.add(file)
        if not any(file in _whole(other) for other in kept):
            kept.append(path)
    return kept


def _whole(path: str) -> frozenset[Path]:
    """The files of the recording that a path names: streams of one may lie in several CSV files."""
    whole = Path(path).resolve()
    tabled = whole.suffix.lower() in SUFFIXES and not whole.is_dir()
    return frozenset([whole, *map(Path.resolve, siblings(whole))] if tabled else [whole])
