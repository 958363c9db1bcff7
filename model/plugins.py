"""Registry of entry points: parts that hnhar and other packages add under a group, such as a corpus.

Nothing of a part is imported before it is asked for by its name, and a broken part is an error in one line
that names its package: the others stay usable.
"""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .errors import ConfigError


def names(group: str) -> list[str]:
    """Names registered under a group ("hnhar.corpora"), sorted."""
    return sorted({entry.name for entry in entry_points(group=group)})


def load(group: str, name: str, kind: str) -> Any:
    """The object registered under a name, imported now.

    Args:
        group: Group of entry points, such as "hnhar.corpora".
        name: As registered.
        kind: The part in words, for errors: "corpus".

    Raises:
        ConfigError: There is none of this name, several packages claim it, or its import fails.
    """
    found = list(entry_points(group=group, name=name))
    if not found:
        raise ConfigError(f"there is no {kind} '{name}'; known are: {', '.join(names(group)) or 'none'}")
    if len({entry.value for entry in found}) > 1:
        packages = " and ".join(sorted(map(package_of, found)))
        raise ConfigError(f"the {kind} '{name}' is registered by {packages}: uninstall all but one of them")
    try:
        return found[0].load()
    except Exception as error:  # a third party's module may raise anything
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ConfigError(
            f"the {kind} '{name}' of {package_of(found[0])} cannot be used: {reason}"
        ) from error


def package_of(entry: EntryPoint) -> str:
    """The installed package that registered an entry point, for errors."""
    return f"the package {entry.dist.name}" if entry.dist is not None else f"'{entry.value}'"
