"""Registry of source backends: `scheme:address` to the backend that an installed package registered for it.

`lsl` is the default and may be left out, so names with colons and XPath axes stay LSL's: only a registered
scheme counts as one, and `lsl:` in front escapes those.
"""

import re
from typing import Final, cast

from hnhar.model import plugins
from hnhar.model.errors import ConfigError

from ..mapping.selection import split_sensor
from .backend import SourceBackend

GROUP: Final = "hnhar.sources"
"""Entry points: scheme -> a callable without arguments that gives a `SourceBackend`."""
DEFAULT: Final = "lsl"
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!:)(.*)", re.DOTALL)
_NEEDED: Final = ("check", "find", "find_again", "find_partners", "detailed", "inlet")


def schemes() -> tuple[str, ...]:
    """Schemes of the installed backends, sorted. Nothing of them is imported."""
    return tuple(plugins.names(GROUP))


def split_source(text: str) -> tuple[str, str]:
    """(scheme, address) of a source as the user wrote it.

    Raises ConfigError for `scheme://…` of a scheme that is not installed: no stream has such a name.
    """
    match = _SCHEME.fullmatch(text.strip())
    if match is None:
        return DEFAULT, text.strip()
    scheme, address = match[1].lower(), match[2].strip()
    if scheme in schemes():
        return scheme, address
    if address.startswith("//"):
        raise ConfigError(
            f"no source '{scheme}:' is installed for '{text.strip()}'; there are {_listed()}. "
            f"An LSL stream of that very name is {DEFAULT}:{text.strip()}."
        )
    return DEFAULT, text.strip()


def source_backend(text: str) -> tuple[SourceBackend, str]:
    """A new backend for a source as the user wrote it, and the address for it.

    Raises ConfigError where the backend cannot be loaded; the address is not checked yet.
    """
    scheme, address = split_source(text)
    return cast("SourceBackend", plugins.part(GROUP, scheme, "source", needs=_NEEDED)), address


def check_source(text: str) -> None:
    """Refuse a source that is malformed, before anything is opened. Raises ConfigError."""
    source, sensor = split_sensor(text)
    if sensor is not None and not source:
        raise ConfigError(
            f"the source '{text}' names a sensor and no stream: name it too, as name=…,sensor=…, or leave "
            "the source out and say --imu-sensor."
        )
    backend, address = source_backend(source)
    backend.check(address)


def hint(text: str) -> str:
    """Note on a source that looks like `scheme:…` and was taken as an LSL name; "" for any other."""
    match = _SCHEME.fullmatch(text)
    if match is None or match[1].lower() in schemes():
        return ""
    return f" (no source '{match[1]}:' is installed, so an LSL stream is looked for; there are {_listed()})"


def _listed() -> str:
    return ", ".join(f"{scheme}:" for scheme in schemes())
