"""Registry of corpora: found by their entry points `hnhar.corpora`, ours and other packages' alike."""

import os
from collections.abc import Collection
from pathlib import Path

from hnhar.model import plugins
from hnhar.model.errors import ConfigError, RecordingError

from .corpus import Corpus, LabeledTrials

GROUP = "hnhar.corpora"


def names() -> list[str]:
    """Names of all registered corpora, usable or not."""
    return plugins.names(GROUP)


def corpus(name: str) -> Corpus:
    """A corpus by its name; ConfigError where there is none, or where its package is broken."""
    found = plugins.load(GROUP, name, "corpus")
    if not isinstance(found, Corpus):
        raise ConfigError(
            f"the corpus '{name}' cannot be used: its entry point is no Corpus, but {found!r:.80}"
        )
    if found.name != name:
        raise ConfigError(f"the corpus '{name}' cannot be used: it calls itself '{found.name}'")
    return found


def corpora() -> tuple[list[Corpus], list[str]]:
    """All usable corpora by name, and a line for each that is broken."""
    usable, broken = [], []
    for name in names():
        try:
            usable.append(corpus(name))
        except ConfigError as error:
            broken.append(str(error))
    return usable, broken


def named_folder(data: str | Path | None) -> Path | None:
    """The folder of `--data`, or else of the environment variable HNHAR_DATA; None where neither is given."""
    named = data or os.environ.get("HNHAR_DATA")
    return Path(named) if named else None


def folder_of(corpus: Corpus, data: Path) -> Path:
    """The corpus's own folder: one in `data` that is called like it, `data` itself, or another one in it.

    Raises RecordingError where none of them is recognized.
    """
    inner = sorted(place for place in data.iterdir() if place.is_dir()) if data.is_dir() else []
    for folder in (data / corpus.name.replace("-", "_"), data, *inner):
        if folder.is_dir() and corpus.recognizes(folder):
            return folder
    where = f" {corpus.obtain}" if corpus.obtain else ""
    raise RecordingError(
        f"'{data}' holds no {corpus.title}: looked for {corpus.layout} in it and in the folders in it.{where}"
    )


def load_corpus(name: str, folder: str | Path, *, subjects: Collection[int] | None = None) -> LabeledTrials:
    """The labeled trials of a corpus, from its own folder. Raises ConfigError and RecordingError."""
    found = corpus(name)
    if not Path(folder).is_dir():
        raise RecordingError(f"the folder {folder} for the corpus {name} does not exist")
    return found.load(Path(folder), subjects=subjects)
