"""Fitness of the streams that were found for a modality of a bundle. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from hnhar.model.errors import ChannelError, OtherKindError
from hnhar.model.modality import Modality

from ..mapping.mapping import MappingOptions, map_streams
from ..mapping.sensors import with_partners
from .survey import Surveyed

ENOUGH = 20
"""Samples from which units and gravity can be judged."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Verdict on one stream, or a sensor pair, as the input of a modality."""

    modality: str
    streams: tuple[str, ...]
    """uids."""
    fits: bool
    notes: tuple[str, ...]
    """Assumptions, or the one reason why it does not fit."""
    other_kind: bool = False
    """It has no channel of the modality at all."""


def fits_of(surveyed: Sequence[Surveyed], modality: Modality, placement: str) -> list[Fit]:
    """One verdict per numeric stream, and per accelerometer and gyroscope of one device."""
    usable = [s for s in surveyed if not s.text and not s.fault]
    kind = modality.kind
    groups: dict[frozenset[str], tuple[Surveyed, ...]] = {}
    for stream in usable:
        others = [s for s in usable if s is not stream]
        group = with_partners(stream, others, kind)
        groups.setdefault(frozenset(s.uid for s in group), group)
    return [_verdict(group, modality, placement) for group in groups.values()]


def _verdict(group: Sequence[Surveyed], modality: Modality, placement: str) -> Fit:
    samples = [s.samples for s in group if s.samples is not None and len(s.samples) >= ENOUGH]
    options = MappingOptions()
    uids = tuple(s.uid for s in group)
    try:
        maps = map_streams(
            [s.description for s in group],
            modality,
            options,
            placement=placement,
            samples=samples if len(samples) == len(group) else None,
        )
    except ChannelError as error:
        return Fit(modality.name, uids, False, (str(error),), isinstance(error, OtherKindError))
    return Fit(modality.name, uids, True, tuple(note for m in maps for note in m.notes))
