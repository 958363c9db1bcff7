"""Subjects of your recordings, by the names of the files."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from hnhar.model.errors import ConfigError
from hnhar.stream.recordings.csv_names import SUFFIXES, recording_name

_SUBJECT = re.compile(r"sub-([A-Za-z0-9]+)")


def subjects_of(paths: Sequence[Path], rule: str) -> list[str]:
    """The subject of each recording, by `ReadingOptions.subject_from`. Raises ConfigError for a bad rule.

    A subject of a single recording is called by that file, with as many of its folders as tell it from the
    others: two people may both have a `session1.xdf`.
    """
    if rule == "one":
        return ["one"] * len(paths)
    if rule != "name":
        return [_found(path, rule) for path in paths]
    matches = [_SUBJECT.search(path.name) or _SUBJECT.search(str(path.parent)) for path in paths]
    named = {match[1] for match in matches if match}
    nameless = {path.resolve() for path, match in zip(paths, matches, strict=True) if not match}
    return [
        match[1] if match else _short(path.resolve(), nameless, named)
        for path, match in zip(paths, matches, strict=True)
    ]


def _short(path: Path, nameless: Collection[Path], named: Collection[str]) -> str:
    """The shortest name of a recording without a subject's that no other subject has."""
    for folders in range(len(path.parts)):
        name = _tail(path, folders)
        if name not in named and name not in {_tail(p, folders) for p in nameless if p != path}:
            return name
    return str(path)


def _tail(path: Path, folders: int) -> str:
    """The recording's name with its last folders."""
    name = recording_name(path) if path.suffix.lower() in SUFFIXES else path.stem
    return "/".join([*path.parent.parts[len(path.parent.parts) - folders :], name])


def _found(path: Path, rule: str) -> str:
    try:
        match = re.search(rule, str(path))
        groups = re.compile(rule).groups
    except re.error as error:
        raise ConfigError(f"--subject-from '{rule}' is no regular expression: {error}") from error
    if groups != 1:
        raise ConfigError(f"--subject-from '{rule}' needs one group in parentheses: the subject's name")
    if match is None:
        raise ConfigError(f"--subject-from '{rule}' finds no subject in '{path}'")
    return match[1]
