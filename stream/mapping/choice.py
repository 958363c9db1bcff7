"""Choice among streams that match a source: the one that is meant, or the sensors of one device. Pure.

The one of a live run, and of the doctor that says what a run would do.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TypeVar

from hnhar.model.errors import SourceError
from hnhar.model.modality import Modality

from .places import assigned
from .selection import numbers_in
from .sensors import Described, completed, devices_of, known_of, select

T = TypeVar("T", bound=Described)


def choice(
    source: str,
    usable: Sequence[T],
    modality: Modality,
    *,
    created: Callable[[T], float] | None = None,
    among: Sequence[Modality] = (),
    beside: Callable[[T], Iterable[T]] | None = None,
    remedy: str = "",
) -> tuple[T, ...]:
    """The one stream meant, or those of one device's sensors where its kind has several; () where that of the
    modality is not among them.

    Args:
        source: As the user wrote it.
        usable: The streams that match it and can be read, one or more.
        modality: As the weights take it.
        created: Time of a stream's creation: the newest is taken. None: none is guessed.
        among: Modalities, this one with them, that the streams may be of: of several devices, places tell
            which is which.
        beside: Gives the streams among which the other sensors of a lone one's device are.
        remedy: A further way to say which is meant, for the error.

    Raises:
        SourceError: More than one may be meant.
    """
    kind = modality.kind
    devices = devices_of(known_of(usable, kind), kind)
    if len(among) > 1:
        return completed(assigned(devices, among).get(modality.name, ()), usable, kind, beside)
    if created is None and among and len(devices) > 1 and not numbers_in(source):
        with suppress(SourceError):
            return completed(assigned(devices, among)[modality.name], usable, kind, beside)
    return select(source, usable, kind, created=created, remedy=remedy, beside=beside)
