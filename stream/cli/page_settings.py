"""Settings of the page: who wears what, in a TOML file as `hnhar-stream --config` reads it."""

import json
import math
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from hnhar.model.errors import ConfigError
from hnhar.model.files import read_regular, write_whole

from ..config.config import MAX_FILE, read_config, too_deep
from ..mapping.channel_map import MappingOptions

_KEY: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,2}")
_MOST: Final = 16


class PageSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The source of one modality."""

    source: str
    placement: str = ""
    """Place where it is worn; "": as the stream says."""


class PageWearer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person."""

    id: str
    sources: dict[str, PageSource] = {}
    """Modality -> its source."""
    weights: str = ""
    """Weights of their own; "": those of all."""


class PageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part of the file that the page asks for."""

    wearers: tuple[PageWearer, ...] = ()
    weights: str = ""
    """"": the default ones."""


class SettingsFile:
    """The file, which keeps what it holds besides."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> PageSettings:
        """Its settings; empty where there is none. Raises ConfigError for one that cannot be used."""
        if not self.path.exists():
            return PageSettings()
        read_config(self.path)  # its own words for all that is wrong
        raw = self._raw()
        return PageSettings(
            tuple(_wearer(table) for table in raw.get("wearer", [])), str(raw.get("weights", ""))
        )

    def get(self, key: str) -> object:
        """A setting of the run that the page does not ask for; None where it is not there."""
        return self._raw().get(key) if self.path.exists() else None

    def options(self, wearer: str) -> MappingOptions:
        """Options of a wearer's streams, as a run takes them; none of somebody who is not in it.

        Raises ConfigError for a file that cannot be used.
        """
        known = read_config(self.path).wearer if self.path.exists() else ()
        return next((each.options for each in known if each.id == wearer), MappingOptions())

    def write(self, settings: PageSettings) -> None:
        """Write it, if it can be used; what it held before stays else. Raises ConfigError."""
        if not settings.wearers:
            raise ConfigError("nobody to recognize: name at least one person, and a sensor.")
        if len(settings.wearers) > _MOST:
            raise ConfigError(f"the page has room for {_MOST} persons, not {len(settings.wearers)}.")
        raw = self._raw() if self.path.exists() else {}
        before = {str(table.get("id", "wearer")): table for table in raw.get("wearer", [])}
        raw["wearer"] = [_table(wearer, before.get(wearer.id, {})) for wearer in settings.wearers]
        raw.pop("weights", None)
        if settings.weights:
            raw = {"weights": settings.weights, **raw}
        text = toml_of(raw)
        if self.path.exists() and self.path.read_text("utf-8") == text:
            return
        try:
            with tempfile.TemporaryDirectory() as folder:
                written = Path(folder) / self.path.name
                written.write_text(text, encoding="utf-8")
                _check(written, self.path)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, text)
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be written: {error.strerror or error}.") from error

    def _raw(self) -> dict[str, Any]:
        try:
            text = read_regular(self.path, MAX_FILE).decode()
            if too_deep(text):
                raise ConfigError(f"{self.path} nests its keys deeper than any setting of hnhar.")
            return tomllib.loads(text)
        except (OSError, ValueError) as error:
            raise ConfigError(f"the configuration {self.path} cannot be used: {error}.") from error


def _check(written: Path, path: Path) -> None:
    """Raise ConfigError, in the words for `path`, where a run could not read it."""
    try:
        read_config(written)
    except ConfigError as error:
        words = str(error).replace(f"the configuration {written} cannot be used: ", "")
        raise ConfigError(words.replace(f"{written}: ", "").replace(str(written), str(path))) from error


_SETTINGS: Final = frozenset(
    ("id", "weights", "imu_sensor", "imu_unit", "imu_axes", "imu_placement", "body", "mirror", "joints")
) | {"skeleton_axes"}
"""Keys of a wearer that are no source."""


def _wearer(table: Mapping[str, Any]) -> PageWearer:
    sources: dict[str, PageSource] = {}
    for key, value in table.items():
        if key not in _SETTINGS:
            sources |= _sources(key, value)
    return PageWearer(str(table.get("id", "wearer")), sources, str(table.get("weights", "")))


def _sources(name: str, value: object) -> dict[str, PageSource]:
    if isinstance(value, str):
        return {name: PageSource(value)}
    if not isinstance(value, dict):
        return {}
    if "source" in value:
        return {name: PageSource(str(value["source"]), str(value.get("placement", "")))}
    found: dict[str, PageSource] = {}
    for key, inner in value.items():
        found |= _sources(f"{name}.{key}", inner)
    return found


def _table(wearer: PageWearer, before: Mapping[str, Any]) -> dict[str, Any]:
    """A wearer's table of the file, with the settings that it had `before` and the page does not ask for."""
    kept = {key: value for key, value in before.items() if key in _SETTINGS - {"id", "weights"}}
    made: dict[str, Any] = {"id": wearer.id}
    if wearer.weights:
        made["weights"] = wearer.weights
    for name, given in wearer.sources.items():
        if not _KEY.fullmatch(name):
            raise ConfigError(f"'{name[:80]}' is no modality.")
        old = _at(before, name)
        more = {k: v for k, v in old.items() if k not in ("source", "placement")}
        if given.placement:
            more["placement"] = given.placement
        made[name] = {"source": given.source, **more} if more else given.source
    return made | kept


def _at(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    found: Any = table
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, dict) and "source" in found else {}


def toml_of(fields: Mapping[str, Any]) -> str:
    """A table as TOML; keys may be dotted, lists of tables come last. Raises ConfigError for what has no form
    in it."""
    plain = [f"{key} = {_value(value)}" for key, value in fields.items() if not _is_tables(value)]
    tables = [
        f"\n[[{key}]]\n" + "\n".join(f"{name} = {_value(inner)}" for name, inner in table.items()) + "\n"
        for key, value in fields.items()
        if _is_tables(value)
        for table in value
    ]
    return "\n".join(plain) + "\n" + "".join(tables)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(k)} = {_value(v)}' for k, v in value.items())} }}"
    raise ConfigError(f"a setting of the kind {type(value).__name__} cannot be written.")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
