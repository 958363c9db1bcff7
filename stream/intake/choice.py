"""Choice among streams that match a source: the one that is meant, or the sensors of one device. Pure."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from hnhar.model.errors import SourceError
from hnhar.model.modality import Modality

from ..mapping.kind import mapping_of
from ..mapping.places import assigned
from ..mapping.selection import numbers_in
from ..mapping.sensors import completed, devices_of, known_of, line, select
from .backend import Found

Beside = Callable[[Found], Sequence[Found]]


def choose(
    source: str,
    found: Sequence[Found],
    modality: Modality,
    *,
    pick: str | None = None,
    among: Sequence[Modality] = (),
    beside: Beside | None = None,
) -> tuple[Found, ...]:
    """The one stream meant, or those of one device's sensors where its kind has several; () where that of the
    modality is not among them.

    Args:
        source: As the user wrote it.
        found: The streams that match it now.
        modality: As the weights take it.
        pick: "newest" takes the most recently created of several.
        among: Modalities, this one with them, that the streams may be of: of several devices, places tell
            which is which.
        beside: Gives the streams among which the other sensors of a lone one's device are.

    Raises:
        SourceError: Nothing usable matches, or more than one does.
    """
    kind, usable = modality.kind, [stream for stream in found if not stream.unusable]
    if not usable:
        why = "; ".join(f"{line(stream.description)}: {stream.unusable}" for stream in found)
        raise SourceError(
            f"'{source}' matches no stream that can be read as {mapping_of(kind).title}: {why}. Choose "
            "another source."
        )
    devices = devices_of(known_of(usable, kind), kind)
    if len(among) > 1:
        return completed(assigned(devices, among).get(modality.name, ()), usable, kind, beside)
    if pick is None and among and len(devices) > 1 and not numbers_in(source):
        with suppress(SourceError):
            return completed(assigned(devices, among)[modality.name], usable, kind, beside)
    created = (lambda stream: stream.created) if pick == "newest" else None
    return select(source, usable, kind, created=created, remedy=", or --pick newest", beside=beside)
