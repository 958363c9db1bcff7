"""Results of commands as files: a folder, a section of a document, the log of looks."""

import argparse
from pathlib import Path
from typing import Any

from hnhar.model.errors import ConfigError

from .document import add_look, change, put_section, write_text


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
        change(Path(arguments.doc), lambda text: put_section(text, name, section))
    if arguments.looks and look is not None:
        change(Path(arguments.looks), lambda text: add_look(text, look))


def write_results(out: Path, name: str, content: dict[str, Any], section: str) -> None:
    """NAME.json and NAME.md in the folder of `--out`. ConfigError where they cannot be written."""
    from .storage import write_json  # with torch, which options do without

    write_json(out / f"{name}.json", content)
    write_text(out / f"{name}.md", section)
