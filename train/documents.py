"""Where commands write what they measured: a folder, a section of a document, the log of looks."""

import argparse
from collections.abc import Callable
from pathlib import Path

from hnhar.model.errors import ConfigError

from .protocol.document import add_look, put_section


def folder_of(text: str | None) -> Path | None:
    """The folder of `--out`, made; None where none was named. ConfigError where it cannot be made."""
    if text is None:
        return None
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {folder} cannot be made: {error.strerror or error}") from error
    return folder


def publish(arguments: argparse.Namespace, name: str, section: str, look: str | None) -> None:
    """Put a section into the file of `--doc`, and a look, where there was one, into that of `--looks`."""
    if arguments.doc:
        _change(Path(arguments.doc), lambda text: put_section(text, name, section))
    if arguments.looks and look is not None:
        _change(Path(arguments.looks), lambda text: add_look(text, look))


def _change(path: Path, change: Callable[[str], str]) -> None:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(change(text), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be written: {error.strerror or error}") from error
