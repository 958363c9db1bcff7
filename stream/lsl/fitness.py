"""Which of the streams that were found a bundle could take, and if not, why not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from hnhar.model.errors import ChannelError, OtherKindError
from hnhar.model.modality import Modality

from ..intake.choice import are_pair
from ..mapping.mapping import MappingOptions, map_streams
from .survey import Surveyed

ENOUGH = 20
"""Samples from which units and gravity can be judged."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a modality can be fed by a stream (or a sensor pair)."""

    modality: str
    streams: tuple[str, ...]
    """uids."""
    fits: bool
    notes: tuple[str, ...]
    """What would be assumed, or the one reason why not."""
    other_kind: bool = False
    """Nothing of it is what the modality is made of."""


def fits_of(surveyed: Sequence[Surveyed], modality: Modality, placement: str) -> list[Fit]:
    """One verdict per numeric stream, and per accelerometer and gyroscope of one device."""
    usable = [s for s in surveyed if not s.text and not s.fault]
    pairs = [
        (first, second)
        for first, second in combinations(usable, 2)
        if modality.kind == "imu" and are_pair(first.description, second.description)
    ]
    paired = {s.uid for pair in pairs for s in pair}
    groups = [*((s,) for s in usable if modality.kind != "imu" or s.uid not in paired), *pairs]
    return [_verdict(group, modality, placement) for group in groups]


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
