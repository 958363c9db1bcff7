"""Choice among streams that match a source: the one that is meant, or the sensors of one device. Pure."""

from collections.abc import Callable, Sequence

from hnhar.model.errors import SourceError
from hnhar.model.modality import Modality

from ..mapping.choice import choice
from ..mapping.kind import mapping_of
from ..mapping.sensors import line
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
    usable = [stream for stream in found if not stream.unusable]
    if not usable:
        why = "; ".join(f"{line(stream.description)}: {stream.unusable}" for stream in found)
        title = mapping_of(modality.kind).title
        raise SourceError(
            f"'{source}' matches no stream that can be read as {title}: {why}. Choose another source."
        )
    created = (lambda stream: stream.created) if pick == "newest" else None
    return choice(
        source, usable, modality, created=created, among=among, beside=beside, remedy=", or --pick newest"
    )
