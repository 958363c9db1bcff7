"""Fitness of the streams that are there for a modality of a bundle: what a run would take, and why not. Pure.

For streams on the network and of a file alike, by the functions that a run itself decides by.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hnhar.model.errors import ChannelError, OtherKindError, SourceError
from hnhar.model.modality import Modality

from ..messages import StreamDescription
from .choice import choice
from .kind import mapping_of
from .mapping import MappingOptions, map_streams
from .places import is_at
from .selection import split_sensor
from .sensors import line, with_partners

UNTOLD: Final = "nothing says which of"
"""Begin of the note on a stream that a run does not take unless its source is named."""


@dataclass(frozen=True, slots=True, eq=False)
class Surveyed:
    """One stream as found."""

    uid: str
    """Tells it from every other."""
    description: StreamDescription
    text: bool = False
    """Its samples are text (markers)."""
    samples: NDArray[np.floating] | None = None
    """(n, channels) as sent; None where it was not opened."""
    measured_rate: float | None = None
    """Hz by arrival, in a file by its time stamps; None where nothing came."""
    clock_offset: float | None = None
    """s to add to its stamps; None where its time service does not answer."""
    fault: str = ""
    """Reason why it cannot be read; "" where it can."""
    numbers: bool = False
    """Its samples are markers that are numbers (triggers)."""
    number: int = 0
    """By which `index=` selects it."""


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


def fits_of(
    surveyed: Sequence[Surveyed],
    modality: Modality,
    placement: str,
    options: MappingOptions | None = None,
    among: Sequence[Modality] = (),
) -> list[Fit]:
    """One verdict per numeric stream with its partners: as if each had been selected by all of its keys.

    `among`: the modalities of this one's kind, of which a stream may be another by the place or name it has.
    """
    usable = [s for s in surveyed if not s.text and not s.fault]
    groups: dict[frozenset[str], tuple[Surveyed, ...]] = {}
    for stream in usable:
        group = with_partners(stream, usable, modality.kind)
        groups.setdefault(frozenset(s.uid for s in group), group)
    options = (options or MappingOptions()).of(modality)
    return [
        _told_apart(_verdict(group, modality, placement, options), group, modality, among)
        for group in groups.values()
    ]


def _told_apart(fit: Fit, group: Sequence[Surveyed], modality: Modality, among: Sequence[Modality]) -> Fit:
    """The verdict on streams that may be of several modalities, as a run that is told no source has it."""
    if not fit.fits or len(among) < 2:
        return fit
    at = [m.name for m in among if is_at(group[0].description, m)]
    if at and modality.name not in at:
        return replace(fit, fits=False, notes=(f"by its place or name it is {' or '.join(at)}",))
    if len(at) == 1:
        return fit
    ways = " or ".join(f"--source {m.name}=…" for m in among)
    return replace(fit, notes=(*fit.notes, f"{UNTOLD} {' and '.join(m.name for m in among)} it is: {ways}"))


def fit_of(
    asked: str,
    matching: Sequence[Surveyed],
    surveyed: Sequence[Surveyed],
    modality: Modality,
    placement: str,
    options: MappingOptions | None = None,
    among: Sequence[Modality] = (),
) -> Fit:
    """The verdict on a source that the user names: on the stream or the pair that a run would take of those
    that match it, or its refusal. `among`: see `choice`."""
    usable = [s for s in matching if not s.text and not s.fault]
    if not usable:
        why = "; ".join(
            f"{line(s.description)}: {s.fault or 'its samples are text (markers), not numbers'}"
            for s in matching
        )
        there = (
            f"'{asked}' matches no stream that can be read" if matching else f"no stream matches '{asked}'"
        )
        return Fit(modality.name, (), False, (f"{there}: {why}" if why else there,))
    others = [s for s in surveyed if not s.text and not s.fault]
    options, sensor = (options or MappingOptions()).of(modality), split_sensor(asked)[1]
    if sensor is not None:
        options = replace(options, sensor=sensor)
    alone = (replace(modality, placement=modality.placement or placement),)
    among = among if len(among) > 1 else alone
    try:
        group = choice(asked, usable, modality, among=among, beside=lambda _: others)
    except SourceError as error:
        return Fit(modality.name, tuple(s.uid for s in usable), False, (str(error),))
    if not group:
        return Fit(modality.name, (), False, (f"no stream at {modality.place} matches '{asked}'",))
    return _verdict(group, modality, placement, options)


def _verdict(group: Sequence[Surveyed], modality: Modality, placement: str, options: MappingOptions) -> Fit:
    samples = [s.samples for s in group if s.samples is not None and len(s.samples)]
    complete = len(samples) == len(group)
    descriptions = [s.description for s in group]
    mapping, placement = mapping_of(modality.kind), modality.placement or placement
    uids = tuple(s.uid for s in group)
    try:
        if complete and mapping.needs_samples(descriptions, options):
            pairs = zip(descriptions, samples, strict=True)
            if any(mapping.is_blank(description, heard, options) for description, heard in pairs):
                return Fit(modality.name, uids, False, (mapping.blank,))
        maps = map_streams(
            descriptions, modality, options, placement=placement, samples=samples if complete else None
        )
    except ChannelError as error:
        return Fit(modality.name, uids, False, (str(error),), isinstance(error, OtherKindError))
    return Fit(modality.name, uids, True, tuple(note for m in maps for note in m.notes))
