"""Sources of a wearer's modalities as a file gives them, and the modalities of the weights that they mean.

imu = "MyWatch"
imu.wrist = "MyWatch"
imu.hip = { source = "name=Phone,type=IMU", axes = "x,-z,y", unit = "m/s²" }
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from hnhar.model.errors import ConfigError
from hnhar.model.modality import Modality, kind_called, named_modalities

from ..mapping.channel_map import MappingOptions
from ..mapping.kind import find_mapping

SOURCE: Final = "source"
"""Key of a modality's source where more is said of it, and so no place."""
DEEPEST: Final = 3
"""Parts of a modality's name in a file, at most."""
_FIELDS: Final = frozenset(field.name for field in fields(MappingOptions)) - {"each"}
_ALONE: Final = ("unit", "axes", "placement", "sensor", "body", "mirror", "joints")
"""Settings that may be said of one modality, as `SOURCE` is; named like those of a wearer without `imu_`."""


@dataclass(frozen=True, slots=True)
class DescribedModality:
    """One modality of a wearer, as a file describes it."""

    name: str
    """As written: "imu", "imu.wrist", or what a corpus calls it."""
    source: object
    """Not checked yet."""
    options: Mapping[str, object]
    """Fields of `MappingOptions` that are said of it alone, not checked yet."""


@dataclass(frozen=True, slots=True)
class ModalitySource:
    """The source of one modality."""

    source: str
    """As the user wrote it."""
    among: tuple[Modality, ...]
    """Those whose sensors may be among the streams that it names; of several, places tell which is which."""


def described_in(table: Mapping[str, object]) -> Iterator[DescribedModality]:
    """The modalities of a wearer's table without its settings: keys with dots are tables inside of tables.

    Raises ConfigError for a modality without a source, and for a setting that none has.
    """
    for name, value in table.items():
        yield from _described(str(name), value, 1)


def _described(name: str, value: object, depth: int) -> Iterator[DescribedModality]:
    if not isinstance(value, dict):
        yield DescribedModality(name, value, {})
    elif SOURCE in value:
        options = {_field(name, str(key)): given for key, given in value.items() if key != SOURCE}
        yield DescribedModality(name, value[SOURCE], options)
    elif not value or set(value) & set(_ALONE) or depth == DEEPEST:
        raise ConfigError(f"'{name[:80]}' names no source: write {name[:80]} = {{ {SOURCE} = \"…\", … }}.")
    else:
        for key, inner in value.items():
            yield from _described(f"{name}.{key}", inner, depth + 1)


def _field(name: str, key: str) -> str:
    """The field of `MappingOptions` that a setting of a modality is. Raises ConfigError."""
    kind = kind_called(name) or ""
    mapping = find_mapping(kind)
    within = mapping.within if mapping is not None else ""
    named = [f"{kind}_{key}", key, f"{within}_{key}"]
    if not kind:  # a name of a corpus, whose kind only the weights know
        named += sorted(field for field in _FIELDS if field.endswith(f"_{key}"))
    found = next((field for field in named if field in _FIELDS), None)
    if found is None:
        listed = ", ".join((SOURCE, *_ALONE))
        raise ConfigError(f"there is no setting '{key[:80]}' of '{name[:80]}'; there are: {listed}.")
    return found


def resolved(
    sources: Mapping[str, str], modalities: Sequence[Modality], weights: str
) -> dict[str, ModalitySource]:
    """Modality of the weights -> its source.

    Args:
        sources: Modality as the user names it -> its source.
        modalities: Those that the weights take.
        weights: Their name, for the errors.

    Raises:
        ConfigError: The weights take no such modality, or one has two sources.
    """
    found: dict[str, ModalitySource] = {}
    asked: dict[str, str] = {}
    for name, source in sources.items():
        meant = named_modalities(name, modalities)
        if not meant:
            raise ConfigError(
                f"{weights} takes {_listed(modalities)}, no {name}: {_instead(name, modalities)}."
            )
        for modality in meant:
            if modality.name in found:
                raise ConfigError(
                    f"'{asked[modality.name]}' and '{name}' both name the source of {modality.name}: leave "
                    "one out."
                )
            found[modality.name] = ModalitySource(source, meant if len(meant) > 1 else (modality,))
            asked[modality.name] = name
    return found


def as_recorded(select: Mapping[str, str], modalities: Sequence[Modality], weights: str) -> dict[str, str]:
    """Modality as the user names it -> its source, by KIND or KIND.PLACE, as recordings are read.

    What is named so already, of a kind that the weights take, is left: what is not taken of it is noted.
    Raises ConfigError for what is no modality of the weights, nor of a kind of theirs.
    """
    found: dict[str, str] = {}
    mappings = [find_mapping(modality.kind) for modality in modalities]
    kinds = {m.kind for m in modalities} | {m.within for m in mappings if m is not None}
    for name, source in select.items():
        meant = named_modalities(name, modalities)
        if len(meant) != 1 and kind_called(name) not in kinds - {""}:
            raise ConfigError(
                f"{weights} takes {_listed(modalities)}, no {name}: {_instead(name, modalities)}."
            )
        found[_by_kind(meant[0]) if len(meant) == 1 else name] = source
    return found


def _by_kind(modality: Modality) -> str:
    return f"{modality.kind}.{modality.place}" if modality.place else modality.kind


def takes(modalities: Sequence[Modality], placement: str = "") -> str:
    """The modalities that weights take, in words: "imu.hip (worn: right hip, 50 Hz), skeleton (25 Hz); any
    subset of them". `placement`: where the worn sensor was, unless a modality says it."""
    named = []
    for modality in modalities:
        mapping = find_mapping(modality.kind)
        worn = (modality.placement or placement) if mapping is not None and mapping.worn else ""
        named.append(f"{modality.name} ({f'worn: {worn}, ' if worn else ''}{modality.rate:g} Hz)")
    return f"{', '.join(named)}{'; any subset of them' if len(named) > 1 else ''}"


def _listed(modalities: Sequence[Modality]) -> str:
    return ", ".join(modality.name for modality in modalities)


def _instead(name: str, modalities: Sequence[Modality]) -> str:
    """Advice for a name that the weights do not take."""
    kind = kind_called(name)
    same = [modality.name for modality in modalities if modality.kind == kind]
    if same:
        return (
            f"leave out the place ({same[0]}); '{name.rpartition('.')[2]}' is no key of a source"
            if len(same) == 1
            else f"say which of {', '.join(same)} it is"
        )
    mapping = [find_mapping(modality.kind) for modality in modalities]
    serving = [
        m.name for m, carried in zip(modalities, mapping, strict=True) if carried and carried.within == kind
    ]
    if serving:
        return f"its stream serves them as {' or '.join(serving)} (--source {serving[0]}=…)"
    return "leave that source out"
