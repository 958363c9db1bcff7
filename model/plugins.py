"""Registry of entry points: parts that hnhar and other packages add under a group, such as a corpus.

Nothing of a part is imported before it is asked for by its name, and a broken part is an error in one line
that names its package: the others stay usable.
"""

import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .errors import ConfigError, HnharError


def names(group: str) -> list[str]:
    """Names registered under a group ("hnhar.corpora"), sorted."""
    return sorted({entry.name for entry in _entries(group)})


def packages(group: str) -> dict[str, str]:
    """Name -> package that registered it; of a name that several claim, any of them."""
    return {entry.name: entry.dist.name if entry.dist is not None else "" for entry in _entries(group)}


def load(group: str, name: str, kind: str) -> Any:
    """The object registered under a name, imported now.

    Args:
        group: Group of entry points, such as "hnhar.corpora".
        name: As registered.
        kind: The part in words, for errors: "corpus".

    Raises:
        ConfigError: There is none of this name, several packages claim it, or its import fails.
    """
    found = [entry for entry in _entries(group) if entry.name == name]
    if not found:
        raise ConfigError(f"there is no {kind} '{name}'; known are: {', '.join(names(group)) or 'none'}")
    if len({entry.value for entry in found}) > 1:
        packages = " and ".join(sorted(map(package_of, found)))
        raise ConfigError(f"the {kind} '{name}' is registered by {packages}: uninstall all but one of them")
    try:
        return found[0].load()
    except (Exception, SystemExit) as error:  # a third party's module may raise anything
        raise _broken(kind, found[0], error) from error


def part(group: str, name: str, kind: str, *arguments: Any, needs: Sequence[str]) -> Any:
    """The part that the callable registered under a name gives for these arguments.

    Args:
        group: Group of entry points.
        name: As registered.
        kind: The part in words, for errors: "sink".
        arguments: Handed to the callable.
        needs: Methods that the part must have.

    Raises:
        ConfigError: As `load`, or the callable fails, or gives something without these methods.
        HnharError: The part's own, meant for the user.
    """
    make = load(group, name, kind)
    try:
        made = make(*arguments)
        lacking = [method for method in needs if not callable(getattr(made, method, None))]
        if lacking:
            raise TypeError(f"{type(made).__name__} has no method {' and no '.join(lacking)}")
    except HnharError:
        raise
    except (Exception, SystemExit) as error:  # a third party's code may raise anything
        found = next(entry for entry in _entries(group) if entry.name == name)
        raise _broken(kind, found, error) from error
    return made


def _entries(group: str) -> tuple[EntryPoint, ...]:
    return _entries_on(tuple(sys.path), group)


@lru_cache(maxsize=64)
def _entries_on(path: tuple[str, ...], group: str) -> tuple[EntryPoint, ...]:
    """Looking through all packages takes 10 ms, and some ask for every file; `path` is what it depends on."""
    return tuple(entry_points(group=group))


def _broken(kind: str, entry: EntryPoint, error: BaseException) -> ConfigError:
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    return ConfigError(f"the {kind} '{entry.name}' of {package_of(entry)} cannot be used: {reason}")


def package_of(entry: EntryPoint) -> str:
    """The installed package that registered an entry point, for errors."""
    return f"the package {entry.dist.name}" if entry.dist is not None else f"'{entry.value}'"
