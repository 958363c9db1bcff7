"""Configuration of a run of `hnhar-stream`, from options or a TOML file: wearers, sources, weights and sinks,
validated.

weights = "utd-mhad-wrist"
hop = 0.25
publish = "tcp://127.0.0.1:5557"

[[wearer]]
id = "anna"
weights = "anna.safetensors"  # of hnhar adapt; without this line those above
imu = "name=WatchA"
skeleton = "type=MoCap,hostname=kinect-1"

A wearer's sources are keys named like the modalities of the weights (`imu.wrist = "MyWatch"` of several): a
modality that another package adds has its key too. What is said of one alone stands beside its source
(`imu.wrist = { source = "MyWatch", axes = "x,-z,y" }`).
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import msgspec

from hnhar.model.bundle.bundle import DEFAULT, find, read_info
from hnhar.model.errors import BundleError, ChannelError, ConfigError
from hnhar.model.files import read_regular
from hnhar.model.modality import kind_called, kinds, named_modalities

from ..decide.settings import Overrides
from ..mapping.channel_map import MappingOptions
from ..mapping.kind import find_mapping
from ..mapping.mapping import check_options
from ..publish.wire import TOPIC_PREFIX, check_prefix, check_wearer
from .errors import in_words
from .sources import DescribedModality, described_in

MAX_FILE: Final = 64 * 1024
"""bytes of a configuration file."""
_QUOTED: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"""|\Z)|' r"'''.*?(?:'''|\Z)|" r'"(?:[^"\\\n]|\\.)*+"?|' r"'[^'\n]*+'?|#[^\n]*+",
    re.DOTALL,
)
"""Strings and comments of TOML; an open one reaches to the end, so that every letter is looked at once."""
_TOO_DEEP: Final = re.compile(r"(?<![\w-])(?:[\w-]++\s*+\.\s*+){16}|(?:[\[{]\s*+){32}")
"""A key of many dots costs the parser seconds and gigabytes, many brackets its stack; neither is a setting of
ours."""
ADDRESS: Final = "tcp://127.0.0.1:5557"
"""Default address at which predictions are published."""

SHORTEST_HOP: Final = 0.02
LONGEST_HOP: Final = 60.0
"""s."""

Hop = Annotated[float, msgspec.Meta(ge=SHORTEST_HOP, le=LONGEST_HOP)]
Lifespan = Annotated[float, msgspec.Meta(ge=0.2, le=60.0)]
Deadline = Annotated[float, msgspec.Meta(ge=0.1, le=5.0)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Wearer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person and their streams. Raises ConfigError where it contradicts itself."""

    id: str = "wearer"
    """Becomes a level of the topics."""
    sources: dict[str, Text]
    """Modality -> its source: `scheme:address`, in a file each as a key of its own (imu = "MyWatch"). Of LSL,
    whose `lsl:` may be left out: a name, key=value pairs, or an XPath predicate."""
    signals: dict[str, MappingOptions] = {}
    """Modality -> what is said of it alone, in place of what follows."""
    weights: Text | None = None
    """A bundle that recognizes this wearer alone, as `hnhar adapt` writes; None: that of the run."""
    imu_sensor: Text | None = None
    """Which IMU of a stream that has several: "wrist"."""
    imu_unit: Text | None = None
    """Unit of the acceleration, after a comma that of the angular velocity, where the stream is silent or
    wrong."""
    imu_axes: Text | None = None
    """Sensor axes as the weights' x, y, z: "x,-z,y"; "auto": found from how the sensor moves."""
    imu_placement: Text | None = None
    """Place on the body where the IMU is worn, for a stream that does not say it."""
    body: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    """Which body of a skeleton stream that holds several."""
    mirror: bool = False
    """The camera image was mirrored."""
    joints: Text | None = None
    """Joint order of a skeleton stream without labels."""
    skeleton_axes: Text | None = None
    """Axes of a skeleton stream as x, y up and z: "x,-z,y"; "auto", as None: as its labels and samples
    say."""

    def __post_init__(self) -> None:
        check_wearer(self.id)
        if not self.sources:
            raise ConfigError(f"wearer '{self.id}' has no stream: name its imu, its skeleton, or both.")
        try:
            check_options(self.options)
        except ChannelError as error:
            raise ConfigError(str(error)) from error

    @property
    def options(self) -> MappingOptions:
        """The user's description of the streams, for mapping."""
        return MappingOptions(
            sensor=self.imu_sensor,
            imu_unit=self.imu_unit,
            imu_axes=self.imu_axes,
            body=self.body,
            mirror=self.mirror,
            placement=self.imu_placement,
            joints=self.joints,
            skeleton_axes=self.skeleton_axes,
            each=self.signals,
        )


class StreamConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run. Raises ConfigError where two wearers share an id or a source."""

    wearer: tuple[Wearer, ...]
    weights: Text = DEFAULT
    """A bundle: a file, or a shipped one by name."""
    hop: Hop | None = None
    """s between predictions; None: the bundle's."""
    latency: Text | None = None
    """"fast", "balanced", "sure", "0" (early) to "1" (sure), a median delay ("1.2s"); None: the bundle's."""
    decision: Overrides | None = None
    """Settings of the decision stage other than the bundle's."""
    lifespan: Lifespan | None = None
    """s; samples that come later than this after an interruption are dropped. None: 2."""
    deadline: Deadline | None = None
    """s of silence after which a stream is stalled, and no longer waited for. None: five of its periods, 0.5
    at least."""
    publish: Text = ADDRESS
    topic_prefix: Text = TOPIC_PREFIX
    curve_keys: Text | None = None
    """Folder that `hnhar-keys` made: everything is encrypted, and only whom it knows is let in."""
    record: Text | None = None
    """JSON lines file for every prediction and event."""
    sinks: Annotated[tuple[Text, ...], msgspec.Meta(max_length=64)] = ()
    """Further sinks of predictions and events, as `scheme:address` each."""

    def __post_init__(self) -> None:
        check_prefix(self.topic_prefix)
        if not self.wearer:
            raise ConfigError("nobody to recognize: name at least one wearer.")
        ids = [wearer.id for wearer in self.wearer]
        twice = next((i for i in ids if ids.count(i) > 1), None)
        if twice is not None:
            raise ConfigError(f"two wearers have the id '{twice}': give each its own.")
        taken: dict[tuple[object, ...], tuple[str, str]] = {}
        for wearer in self.wearer:
            for name in wearer.sources:
                other = taken.setdefault(_stream_of(wearer, name), (wearer.id, name))
                if other != (wearer.id, name):
                    raise ConfigError(_twice(other, wearer, name))


def _stream_of(wearer: Wearer, name: str) -> tuple[object, ...]:
    """Identity of the sensor that a wearer's modality is read from."""
    kind = kind_called(name) or name
    options = wearer.signals.get(name, wearer.options)
    carried = find_mapping(kind)
    share = carried.share(options) if carried is not None else 0
    return kind, wearer.sources[name].removeprefix("lsl:").strip(), share, options.sensor


def _twice(first: tuple[str, str], wearer: Wearer, name: str) -> str:
    source = wearer.sources[name]
    if first[0] != wearer.id:
        return (
            f"wearers '{first[0]}' and '{wearer.id}' have the same {name} source '{source}': a stream is of "
            "one person."
        )
    return (
        f"{first[1]} and {name} of wearer '{wearer.id}' have the same source '{source}': a sensor is at one "
        "place (one of several in a stream is named by sensor=…)."
    )


def check_modality(name: str, weights: str | None) -> None:
    """Raise ConfigError where nothing knows a modality of that name: no installed kind, nor the weights."""
    if kind_called(name) is not None:
        return
    known = kinds()
    with suppress(BundleError):  # told when the weights are opened
        modalities = read_info(find(weights or DEFAULT)).modalities
        if named_modalities(name, modalities):
            return
        known = [modality.name for modality in modalities]
    raise ConfigError(f"no modality '{name}' is known; there are {', '.join(known)}.")


def _with_sources(raw: object, asked: str | None) -> object:
    """The tables of a file, a wearer's keys that are no setting gathered as its sources; `asked`: weights in
    place of the file's.

    Raises msgspec.ValidationError, which says where, as for all that is wrong in a file.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("wearer"), list):
        return raw
    weights = asked or raw.get("weights")
    wearers: list[object] = []
    for number, table in enumerate(raw["wearer"]):
        if isinstance(table, dict) and "sources" not in table:
            settings = {key: table[key] for key in table if key in Wearer.__struct_fields__}
            known = table.get("weights") or weights
            signals = [
                _checked(described, known if isinstance(known, str) else None, number)
                for described in described_in({k: v for k, v in table.items() if k not in settings})
            ]
            alone = {d.name: d.options for d in signals if d.options}
            table = {**settings, "sources": {d.name: d.source for d in signals}, "signals": alone}
        wearers.append(table)
    return {**raw, "wearer": wearers}


def _checked(described: DescribedModality, weights: str | None, number: int) -> DescribedModality:
    """A modality of wearer `number`. Raises msgspec.ValidationError, also where none is called so."""
    name, place = described.name, f"$.wearer[{number}]"
    try:
        check_modality(name[:80], weights)
    except ConfigError as error:
        raise msgspec.ValidationError(
            f"Object contains unknown field `{name[:80]}` - at `{place}`"
        ) from error
    try:
        msgspec.convert(described.source, Text)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{error} - at `{place}.{name}`") from error
    try:
        msgspec.convert(dict(described.options), MappingOptions)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(str(error).replace("`$.", f"`{place}.{name}.")) from error
    return described


def check_hop(hop: float | None) -> None:
    """Raise ConfigError where `--hop` is out of bounds, s; None, the bundle's, never is."""
    if hop is not None and not SHORTEST_HOP <= hop <= LONGEST_HOP:
        raise ConfigError(f"--hop {hop:g} is not between {SHORTEST_HOP:g} and {LONGEST_HOP:g} s.")


def _known_keys() -> dict[str, list[str]]:
    """Table of the file -> its keys; of a wearer with the modalities that are installed."""
    wearer = [field for field in Wearer.__struct_fields__ if field not in ("sources", "signals")]
    return {
        "": list(StreamConfig.__struct_fields__),
        "wearer": [*kinds(), *wearer],
        "decision": list(Overrides.__struct_fields__),
    }


def too_deep(text: str) -> bool:
    """True if a TOML text nests keys or brackets so deeply that its parser would choke; in linear time."""
    return _TOO_DEEP.search(_QUOTED.sub(lambda m: "" if m[0][0] == "#" else "_", text)) is not None


def read_config(path: str | Path, weights: str | None = None) -> StreamConfig:
    """Read a TOML file; `weights` replace its own as those whose modalities its keys may name.

    Raises ConfigError that names the file and the fault in it.
    """
    path = Path(path)
    try:
        text = read_regular(path, MAX_FILE).decode()
    except OSError as error:
        raise ConfigError(f"the configuration {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the configuration {path} is not UTF-8 text.") from error
    if too_deep(text):
        raise ConfigError(f"the configuration {path} nests its keys deeper than any setting of hnhar.")
    try:
        return msgspec.convert(_with_sources(msgspec.toml.decode(text), weights), StreamConfig)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        wrong = in_words(str(error), text, _known_keys())
        if isinstance(error.__cause__, ConfigError) and wrong == str(error):
            wrong = str(error.__cause__)  # a contradiction that a struct found in itself
        raise ConfigError(f"the configuration {path} cannot be used: {wrong}") from error
